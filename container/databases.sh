#!/bin/sh
# A database and a role for every service and for the monolith; a role reaches its own database only. Does nothing twice.
set -eu
PGPASSWORD=$(cat /run/secrets/postgres_password)
export PGPASSWORD

for name in users topics messages forum; do
  PASSWORD=$(cat "/run/secrets/${name}_password") \
    psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --set=name="$name" <<'SQL'
\getenv password PASSWORD
SELECT format('CREATE ROLE %I', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" LOGIN PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE ALL ON DATABASE :"name", postgres, template1 FROM PUBLIC;
SQL
done
