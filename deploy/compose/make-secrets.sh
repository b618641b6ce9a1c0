#!/bin/sh
# Makes the passwords and keys of docker-compose.yml in ./secrets (or in the folder that is named), those that are missing.
# Keep a copy of encryption_key in a safe place: without it the database cannot be read.
#
#   sh deploy/compose/make-secrets.sh [folder]
set -eu
folder=${1:-${IM_SECRETS:-secrets}}

random() { openssl rand -hex 24; }
# The folder keeps other users of this host out. The files themselves are readable, because containers see them with the number of
# an account of their own.
mkdir -p "$folder"
chmod 700 "$folder"
umask 022
keep() { [ -s "$folder/$1" ] || printf '%s\n' "$2" >"$folder/$1"; }

keep encryption_key "$(openssl rand -base64 33 | tr '+/' '-_')"
keep mysql_root_password "$(random)"
keep mysql_password "$(random)"
keep grafana_password "$(random)"
keep data_db "mysql://im:$(cat "$folder/mysql_password")@mysql/im"
# Read by Redis itself, as a line of its configuration.
keep redis_password "requirepass $(random)"
keep redis_url "redis://:$(cut -d' ' -f2 "$folder/redis_password")@redis:6379"
echo "The secrets are in $folder."
