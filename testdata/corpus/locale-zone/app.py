import datetime
import locale

locale.setlocale(locale.LC_ALL, "")
print(locale.currency(1234567.89, grouping=True), datetime.date(2024, 3, 1).strftime("%A, %d. %B"))
print(datetime.datetime.fromtimestamp(1720000000).astimezone().tzname())
