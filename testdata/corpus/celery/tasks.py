import celery
import psycopg2
from cryptography.fernet import Fernet

SPOOL = "/var/spool/celery"
app = celery.Celery("tasks", broker="filesystem://", backend="file://" + SPOOL)
app.conf.broker_transport_options = {"data_folder_in": SPOOL, "data_folder_out": SPOOL, "control_folder": SPOOL}


@app.task
def connect(port):
    try:
        psycopg2.connect(host="127.0.0.1", port=port)
    except psycopg2.OperationalError as error:
        return "refused" in str(error) and len(Fernet.generate_key())
