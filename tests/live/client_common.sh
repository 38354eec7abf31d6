# What the live tests of rchat share: a server and clients on this machine's
# loopback, each with a folder of its own; sourced with the programs' folder in $bin.
# Ends only processes that it started itself.

export LC_ALL=C.UTF-8 LANGUAGE=
unset NO_COLOR XDG_CONFIG_HOME XDG_DATA_HOME || true
folder=$(mktemp -d "${TMPDIR:-/tmp}/rchat-live.XXXXXX")
server_pid=
port=0
seconds_max=60 # for one thing to happen, on a slow machine

fail() {
  echo "FAILED: $*" >&2
  local file
  for file in "$folder"/*.out "$folder"/*.err "$folder"/rchatd.log; do
    [ -s "$file" ] && { echo "--- ${file##*/}"; tail -n 25 "$file"; } >&2
  done
  exit 1
}

# start_server: on the port of the former one, or any free one the first time.
start_server() {
  local tries=0
  launch_server
  until grep -q '^rchatd listening on ' "$folder/rchatd.log"; do
    [ $((tries += 1)) -le $((seconds_max * 10)) ] || fail "the server never listens"
    # A test that runs beside this one may hold the port for a moment.
    if ended "$server_pid" && grep -q 'in use' "$folder/rchatd.log"; then launch_server; fi
    sleep 0.1
  done
  port=$(sed -n 's/^rchatd listening on .*:\([0-9]*\) key .*/\1/p' "$folder/rchatd.log")
}

launch_server() {
  : >"$folder/rchatd.log"
  (
    # A client's end of input comes when nobody holds its pipe open any more.
    [ -z "${input:-}" ] || exec {input}>&-
    exec "$bin/rchatd" --listen "127.0.0.1:$port" --data "$folder/server" >"$folder/rchatd.log" 2>&1 </dev/null
  ) &
  server_pid=$!
}

# kill_server SIGNAL
kill_server() {
  kill "-$1" "$server_pid" 2>/dev/null || true
  wait "$server_pid" 2>/dev/null || true
  server_pid=
}

# until_true WHAT COMMAND...: tries until it succeeds.
until_true() {
  local what=$1 tries=0
  shift
  until "$@"; do
    [ $((tries += 1)) -le $((seconds_max * 10)) ] || fail "never happened: $what"
    sleep 0.1
  done
}

# ended PID: whether it has ended.
ended() { ! kill -0 "$1" 2>/dev/null; }

# code_of PID: sets $status to the exit code of a background client, which must end by itself.
code_of() {
  until_true "the client ends" ended "$1"
  status=0
  wait "$1" || status=$?
}

# chat NAME OPTION... : a client with a home of its own, standard input as it is; its exit code.
chat() {
  local name=$1
  shift
  mkdir -p "$folder/$name"
  HOME="$folder/$name" "$bin/rchat" --lang en --timeout "${timeout:-20}" "$@" 127.0.0.1 "$port" \
    >"$folder/$name.out" 2>"$folder/$name.err"
}

# expect_code WANTED NAME LINE...: a client that types these lines ends with that code.
expect_code() {
  local wanted=$1 name=$2 status=0
  shift 2
  printf '%s\n' "$@" | chat "$name" || status=$?
  [ "$status" -eq "$wanted" ] || fail "$name: exit code $status instead of $wanted"
}

expect_text() { grep -qF -- "$2" "$1" || fail "${1##*/} does not say: $2"; }
expect_no_text() { ! grep -qF -- "$2" "$1" || fail "${1##*/} says: $2"; }
