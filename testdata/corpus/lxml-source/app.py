from lxml import etree, html

page = html.fromstring("<ul><li>one<li>two</ul>")
style = etree.XSLT(etree.parse("/app/report.xsl"))
print(str(style(page)).strip(), etree.LIBXML_VERSION)
