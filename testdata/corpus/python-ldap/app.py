import ldap

print(ldap.OPT_API_INFO, ldap.SASL_AVAIL, ldap.TLS_AVAIL)
connection = ldap.initialize("ldap://127.0.0.1:1")
try:
    connection.simple_bind_s("cn=app", "secret")
except ldap.SERVER_DOWN:
    print("server down")
