#!/bin/sh
# What the chart asks of an image of MySQL or MariaDB, on Debian's package: MYSQL_DATABASE, MYSQL_USER, MYSQL_PASSWORD_FILE and
# MYSQL_ROOT_PASSWORD_FILE are made at the first start; arguments go to the server; any user may run it.
set -eu
data=/var/lib/mysql
first=""
if [ ! -d "$data/mysql" ]; then
  mariadb-install-db --no-defaults --datadir="$data" --auth-root-authentication-method=normal --skip-test-db >/tmp/install.log 2>&1 || {
    cat /tmp/install.log
    exit 1
  }
  # Carried out before anybody can connect.
  first=/tmp/first.sql
  cat >"$first" <<SQL
CREATE DATABASE \`$MYSQL_DATABASE\` CHARACTER SET utf8mb4;
CREATE USER '$MYSQL_USER'@'%' IDENTIFIED BY '$(cat "$MYSQL_PASSWORD_FILE")';
GRANT ALL ON \`$MYSQL_DATABASE\`.* TO '$MYSQL_USER'@'%';
ALTER USER root@localhost IDENTIFIED BY '$(cat "$MYSQL_ROOT_PASSWORD_FILE")';
SQL
fi
exec mariadbd --no-defaults --datadir="$data" --socket=/var/run/mysqld/mysqld.sock --pid-file=/var/run/mysqld/mysqld.pid \
  ${first:+--init-file="$first"} "$@"
