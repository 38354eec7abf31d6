#!/usr/bin/env bash
# ./run.sh with programs that are built already: which server it finds, starts and talks to.
#   test_run_script.sh FOLDER_OF_THE_PROGRAMS
set -euo pipefail
bin=$(cd "$1" && pwd)
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$tree/tests/live/client_common.sh"
other_pid=
clean_up() {
  local pid
  for pid in $server_pid $other_pid; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT

# runs WANTED NAME OPTION...: connects, leaves with the word q and ends with that exit code;
# what it said is in NAME.out. The home is the same every time.
runs() {
  local wanted=$1 name=$2 status tries=0
  shift 2
  mkdir -p "$folder/home"
  while :; do
    status=0
    printf 'q\n' | HOME="$folder/home" "$tree/run.sh" --bin "$bin" --lang en "$@" >"$folder/$name.out" 2>&1 ||
      status=$?
    [ "$status" -ne "$wanted" ] || return 0
    # A test that runs beside this one may hold the port for a moment.
    grep -q 'in use' "$folder/$name.out" || break
    [ $((tries += 1)) -le "$seconds_max" ] || break
    sleep 1
  done
  fail "run.sh $*: exit code $status instead of $wanted"
}

# ---- a server that runs is found where it listens ------------------------------------
start_server
runs 0 found --data "$folder/server"
expect_text "$folder/found.out" "Using the server that runs on $folder/server, port $port."
runs 0 found --data "$folder/server" --port 1
expect_text "$folder/found.out" "port $port."
kill_server TERM

# ---- one after the other at the same address, each with a key of its own ---------------
runs 0 first --data "$folder/first" --port "$port"
expect_text "$folder/first.out" "Started a server on port $port "
runs 0 second --data "$folder/second" --port "$port"
rm -r "$folder/second"
runs 0 second --data "$folder/second" --port "$port"
[ ! -e "$folder/home/.config/rchat/known_hosts" ] || fail "the keys of own servers are kept in the home"
runs 0 any --data "$folder/first" --port 0
expect_no_text "$folder/any.out" "port 0 "

# ---- a folder whose key has changed: what is advised can be typed as it stands ----------
rm "$folder/first/server.key"
runs 4 first --data "$folder/first" --port "$port"
expect_text "$folder/first.out" "has CHANGED"
advice=$(sed -n 's/.* is right, run \(.*\) and connect again\..*/\1/p' "$folder/first.out")
HOME="$folder/home" bash -c "$advice" >"$folder/advice.out" 2>&1 || fail "does not work: $advice"
expect_text "$folder/advice.out" "Forgotten"
runs 0 first --data "$folder/first" --port "$port"

# ---- a port that is not to be had on IPv6, because somebody has it or there is none -------
"$bin/rchatd" --listen "[::]:$port" --data "$folder/other" >"$folder/other.out" 2>&1 </dev/null &
other_pid=$!
settled() { ended "$other_pid" || grep -q '^rchatd listening on ' "$folder/other.out"; }
until_true "the other server listens, or cannot" settled
runs 0 first --data "$folder/first" --port "$port"
expect_text "$folder/first.out" "Started a server on port $port "
if ! ended "$other_pid"; then
  runs 0 other --data "$folder/other"
  expect_text "$folder/other.out" "Using the server that runs on $folder/other, port $port."
fi
echo "passed: run.sh"
