# The conversation that ./run.sh --demo shows: two real clients and a server over
# UDP on this machine. Sourced by run.sh, whose functions it uses.

demo_dir=
demo_seconds_max=30 # for one line to arrive; ten times what a slow machine needs
declare -A demo_pid=() demo_input=()

run_demo() {
  demo_dir=$(mktemp -d "${TMPDIR:-/tmp}/rudp-demo.XXXXXX")
  trap 'end_demo' EXIT
  data_dir=$demo_dir/server

  start_server "$demo_dir/rchatd.log" 127.0.0.1:0 ||
    { cat "$demo_dir/rchatd.log" >&2; die "demo: the server did not start"; }
  port=$(port_of "$demo_dir/rchatd.log")
  echo "A server listens on 127.0.0.1:$port; everything from here on is encrypted UDP."

  open_chat alice
  types alice 1 alice "correct horse"
  types alice quit
  leaves alice
  echo "alice registered and left."

  open_chat bob
  types bob 1 bob "battery staple"
  types bob "anybody here?"

  open_chat alice
  types alice 2 alice "correct horse"
  reads alice "anybody here?" # perhaps from the history: bob did not wait for her
  types alice "hello everyone, this is alice"
  reads bob "hello everyone, this is alice"
  types bob "hi alice, good to see you"
  reads alice "hi alice, good to see you"
  types alice PC bob "just between the two of us"
  reads bob "just between the two of us"

  types alice quit
  leaves alice
  types bob quit
  leaves bob
  stop_server
  echo "demo passed: two users registered, logged in, talked in public and in private, and left."
}

end_demo() {
  local name
  for name in "${!demo_pid[@]}"; do kill "${demo_pid[$name]}" 2>/dev/null || true; done
  stop_server
  rm -rf "$demo_dir"
}

# A client with a home of its own, its input held open on a pipe.
open_chat() {
  local name=$1 home=$demo_dir/$1 input
  mkdir -p "$home"
  rm -f "$home/in"
  mkfifo "$home/in"
  env HOME="$home" XDG_CONFIG_HOME="$home/config" XDG_DATA_HOME="$home/data" XDG_STATE_HOME="$home/state" \
    XDG_CACHE_HOME="$home/cache" "$bin_dir/rchat" --lang en 127.0.0.1 "$port" <"$home/in" >"$home/out" 2>&1 &
  demo_pid[$name]=$!
  exec {input}>"$home/in"
  demo_input[$name]=$input
}

# types NAME LINE...: what the user of this client types, shown but for the password.
types() {
  local name=$1 shown
  shift
  shown=$(printf ' | %s' "$@")
  case $1 in 1 | 2) shown=" | $1 | $2 | ********" ;; esac
  printf '%5s types   %s\n' "$name" "${shown# | }"
  (trap '' PIPE; printf '%s\n' "$@" >&"${demo_input[$name]}") 2>/dev/null || demo_failed "$name left too early"
}

# reads NAME TEXT: waits until the text stands in the client's output, and shows that line.
reads() {
  local name=$1 text=$2 out=$demo_dir/$1/out tries=0 line
  until line=$(grep -F -m 1 -- "$text" "$out"); do
    [ $((tries += 1)) -le $((demo_seconds_max * 10)) ] || demo_failed "$name never read: $text"
    sleep 0.1
  done
  printf '%5s reads   %s\n' "$name" "$line"
}

# leaves NAME: the client must end by itself, with exit code 0.
leaves() {
  local name=$1 pid=${demo_pid[$1]} tries=0 status=0 input=${demo_input[$1]}
  exec {input}>&-
  while kill -0 "$pid" 2>/dev/null; do
    [ $((tries += 1)) -le $((demo_seconds_max * 10)) ] || demo_failed "$name did not leave"
    sleep 0.1
  done
  wait "$pid" || status=$?
  unset "demo_pid[$name]"
  [ "$status" -eq 0 ] || demo_failed "$name left with exit code $status"
}

demo_failed() {
  local file
  say "demo FAILED: $1"
  for file in "$demo_dir"/*/out "$demo_dir/rchatd.log"; do
    say "--- ${file#"$demo_dir"/}"
    tail -n 30 "$file" >&2
  done
  exit 1
}
