#!/bin/sh
# The two logins of the processes, made once, before the schema: neither owns a table, so neither can change proof (INV-07).
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set service="$SERVICE_PASSWORD" --set eraser="$ERASER_PASSWORD" <<'SQL'
create role counterfoil_service login password :'service';
create role counterfoil_eraser login password :'eraser';
SQL
