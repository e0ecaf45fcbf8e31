# Listens on $1 as the service $2, then tries to reach its sibling: out/reach.txt gets a line a try, name|exit code.
# shellcheck shell=sh

port=$1 own=$2
while :; do echo hello | nc -l -p "$port" >/dev/null 2>&1; done &
until echo | nc -w 1 127.0.0.1 "$port" >/dev/null; do sleep 0.1; done
echo "$port" >/work/out/listening
until [ -e /work/out/peer ]; do sleep 0.1; done
read -r me peer name <peer

try() { # try NAME COMMAND…
    name_of_try=$1
    shift
    timeout 5 "$@" >/dev/null 2>&1 </dev/null
    echo "$name_of_try|$?" >>/work/out/reach.txt
}

try own-port nc -w 2 "$me" "$port"
try own-name nslookup "$own" 127.0.0.11
try peer-port nc -w 2 "$peer" "$port"
try peer-ping ping -c 1 -W 2 "$peer"
try peer-name nslookup "$name" 127.0.0.11
try peer-address-by-name nc -w 2 "$name" "$port"
try peer-name-by-address nslookup "$peer" 127.0.0.11
