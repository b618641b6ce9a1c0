#!/bin/sh
# Starts HAProxy in a pod of the StatefulSet. Two of them are peers: their addresses must be known at the start, and change with every
# pod, so whoever starts looks up the other and connects to it; the other knows it by its name.
set -eu
own=$((${POD_NAME##*-} + 1))
export IM_PROXY_NAME="proxy$own"
if [ "${PEERS:-1}" = 2 ]; then
  other=$((3 - own))
  address=""
  tries=0
  while [ -z "$address" ] && [ "$tries" -lt 20 ]; do
    address=$(getent hosts "${POD_NAME%-*}-$((other - 1)).$PEER_DOMAIN" | cut -d' ' -f1) || true
    [ -n "$address" ] || sleep 0.5
    tries=$((tries + 1))
  done
  # One that is away for now: its name must be known, and port 1 refuses at once.
  export "IM_PROXY_PEER_$other=${address:-127.0.0.1}:$([ -n "$address" ] && echo 8405 || echo 1)"
  export "IM_PROXY_PEER_$own=0.0.0.0:8405"
fi
exec haproxy -W -db -f /usr/local/etc/haproxy/haproxy.cfg
