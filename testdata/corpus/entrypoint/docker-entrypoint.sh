#!/bin/bash
set -euo pipefail
wait-for
jq -n --arg by "$(hostname)" '{started: $by}' >/tmp/start.json
chown app /tmp/start.json
exec gosu app "$@"
