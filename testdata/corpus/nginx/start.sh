#!/bin/bash
set -e
mkdir -p /run
gunicorn --daemon --bind unix:/run/app.sock app:app
exec nginx -g "daemon off;"
