#!/usr/bin/env bash
# rchat without a terminal: real clients and a real server over UDP on this machine.
#   test_client_pipe.sh FOLDER_OF_THE_PROGRAMS
set -euo pipefail
bin=$1
. "$(dirname "${BASH_SOURCE[0]}")/client_common.sh"
clients=()
clean_up() {
  local pid
  for pid in "${clients[@]}" $server_pid; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT

# open_pipe NAME PIPE: for a client whose input stays open; what a former run said is removed.
open_pipe() {
  rm -f "$folder/$1.out" "$folder/$1.err"
  mkfifo "$folder/$2"
}

start_server

# ---- registering, and what is refused ---------------------------------------------
expect_code 0 alice 1 alice "correct horse" "hello, world" /who quit
expect_text "$folder/alice.out" "Registered. Welcome, alice!"
expect_text "$folder/alice.out" "alice: hello, world"
expect_text "$folder/alice.out" "Online (1): alice"
[ -s "$folder/alice.err" ] && fail "alice: there was no problem to be told"
[ "$(stat -c %a "$folder/alice/.config/rchat/known_hosts")" = 600 ] || fail "known_hosts can be read by others"

expect_code 5 alice 2 alice "wrong horse"
expect_text "$folder/alice.err" "Wrong name or wrong password."
expect_code 5 mallory 1 alice "battery staple"
expect_text "$folder/mallory.err" "The name alice is taken."
expect_code 5 mallory 1 bob short
expect_text "$folder/mallory.err" "at least 8 characters"
expect_code 1 mallory nonsense
expect_code 1 mallory 2 alice
expect_text "$folder/mallory.err" "The input ended before the login was complete."
expect_code 0 mallory q

# ---- end of input waits for the acknowledgements -----------------------------------
expect_code 0 bob 1 bob "battery staple" "bob's first line" PC alice "a secret for 小明" "//slash" "/say PC"
expect_text "$folder/bob.out" "[private] you to alice: a secret for 小明"
expect_text "$folder/bob.out" "alice is offline; the message is stored"
expect_text "$folder/bob.out" "bob: /slash"
expect_text "$folder/bob.out" "bob: PC"
expect_code 1 bob 2 bob "battery staple" PC nobody "is there anybody"
expect_text "$folder/bob.err" "There is nobody called nobody."

# ---- bytes that are no text are told, and end nothing ---------------------------------
expect_code 1 bob 2 bob "battery staple" $'/msg Jos\xe9 hello' "after the stray byte"
expect_text "$folder/bob.err" 'There is nobody called Jos\x{E9}.'
expect_text "$folder/bob.out" "bob: after the stray byte"
expect_no_text "$folder/bob.out" "closed the connection"
expect_code 5 mallory 2 "$(printf 'n%.0s' $(seq 600))" "battery staple"
expect_text "$folder/mallory.err" "A name has at most 32 characters."

# ---- stored messages are delivered once --------------------------------------------
expect_code 0 alice 2 alice "correct horse"
expect_text "$folder/alice.out" "[private] bob to you: a secret for 小明"
expect_text "$folder/alice.out" "bob's first line"
expect_code 0 alice 2 alice "correct horse"
expect_no_text "$folder/alice.out" "a secret for"

# ---- nothing that steers a terminal comes through ----------------------------------
expect_code 1 bob 2 bob "battery staple" $'\x1b[2Jboo'
expect_text "$folder/bob.err" "control characters"
expect_no_text "$folder/bob.out" $'\x1b'

# ---- two at once: an open input, and a login from elsewhere -------------------------
open_pipe alice in
chat alice <"$folder/in" &
clients+=($!)
exec {input}>"$folder/in"
printf '%s\n' 2 alice "correct horse" >&"$input"
until_true "alice is in" grep -qsF "Logged in as alice." "$folder/alice.out"
# Who comes and leaves between two notices of the server is in neither, so bob stays until he was noticed.
bob_talks() {
  printf '%s\n' 2 bob "battery staple"
  until_true "alice is told that bob joined" grep -qsF "bob joined" "$folder/alice.out"
  printf '%s\n' "are you there?" "/msg alice psst"
}
status=0
bob_talks | chat bob || status=$?
[ "$status" -eq 0 ] || fail "bob: exit code $status"
expect_text "$folder/bob.out" "alice is online and gets it now."
until_true "alice reads it" grep -qsF "[private] bob to you: psst" "$folder/alice.out"

expect_code 0 alice2 2 alice "correct horse" "from elsewhere"
code_of "${clients[0]}"
exec {input}>&-
[ "$status" -eq 6 ] || fail "the replaced client ended with $status"
expect_text "$folder/alice.err" "alice logged in from 127.0.0.1"
clients=()

# ---- kill -9 and a restart: everything once ----------------------------------------
open_pipe alice in2
chat alice <"$folder/in2" &
clients+=($!)
exec {input}>"$folder/in2"
printf '%s\n' 2 alice "correct horse" >&"$input"
until_true "alice is in" grep -qsF "Logged in as alice." "$folder/alice.out"
for i in $(seq 1 40); do echo "before the crash $i"; done >&"$input"
kill_server KILL
for i in $(seq 1 20); do echo "while it is down $i"; done >&"$input"
start_server
exec {input}>&-
code_of "${clients[0]}"
clients=()
[ "$status" -eq 0 ] || fail "alice ended with $status after the restart"
expect_text "$folder/alice.out" "was restarted"
expect_text "$folder/alice.out" "Connected again."
expect_code 0 carol 1 carol "public library"
for line in $(seq -f 'before_%g' 1 40) $(seq -f 'while_%g' 1 20); do
  text=${line/before_/before the crash }
  text=${text/while_/while it is down }
  for who in alice carol; do
    count=$(grep -cE "alice: $text\$" "$folder/$who.out" || true)
    # carol sees the last 50 lines of these 60.
    case $who$count in
      alice1 | carol1) ;;
      carol0) [[ $line =~ ^before_([1-9]|10)$ ]] || fail "carol misses: $text" ;;
      *) fail "$who saw $count times: $text" ;;
    esac
  done
done

# ---- what is not acknowledged is kept, and sent the next time ----------------------
open_pipe bob in3
timeout=8 chat bob <"$folder/in3" &
clients+=($!)
exec {input}>"$folder/in3"
printf '%s\n' 2 bob "battery staple" >&"$input"
until_true "bob is in" grep -qsF "Logged in as bob." "$folder/bob.out"
kill -STOP "$server_pid"
printf '%s\n' "typed into the void" >&"$input"
exec {input}>&-
code_of "${clients[0]}"
clients=()
kill -CONT "$server_pid"
[ "$status" -eq 7 ] || fail "bob ended with $status although nothing was acknowledged"
expect_text "$folder/bob.err" "1 message is not acknowledged; it is kept"
expect_code 0 bob 2 bob "battery staple"
[ "$(grep -cF "bob: typed into the void" "$folder/bob.out")" = 1 ] || fail "the kept message was not sent exactly once"

# ---- a script that may say no more before it is answered does not wait for ever --------
open_pipe carol in4
timeout=8 chat carol <"$folder/in4" &
clients+=($!)
exec {input}>"$folder/in4"
printf '%s\n' 2 carol "public library" >&"$input"
until_true "carol is in" grep -qsF "Logged in as carol." "$folder/carol.out"
kill -STOP "$server_pid"
seq -f 'line %g' 1 400 >&"$input"
code_of "${clients[0]}"
clients=()
kill -CONT "$server_pid"
exec {input}>&-
[ "$status" -eq 7 ] || fail "carol ended with $status although nothing was acknowledged"
expect_no_text "$folder/carol.out" "is lost"

# ---- a file of known servers that cannot be read, and an address with another key ----
mkdir -p "$folder/dave/.config/rchat"
echo "127.0.0.1:$port broken" >"$folder/dave/.config/rchat/known_hosts"
expect_code 1 dave q
expect_text "$folder/dave.err" "known_hosts:1"
status=0
HOME=$folder/bob "$bin/rchat" --lang en "rudp://127.0.0.1:$port/#$(printf 'A%.0s' $(seq 43))" \
  >"$folder/url.out" 2>"$folder/url.err" </dev/null || status=$?
[ "$status" -eq 4 ] || fail "an address with another key ended with $status"
expect_text "$folder/url.err" "has CHANGED"

# ---- of two first contacts at the same time the first one's key holds -------------------
mkdir -p "$folder/erin/.config/rchat"
kill -STOP "$server_pid"
chat erin <<<q &
clients+=($!)
until_true "erin waits for the server" grep -qsF "Connecting to " "$folder/erin.out" "$folder/erin.err"
echo "127.0.0.1:$port $(printf 'A%.0s' $(seq 43))" >"$folder/erin/.config/rchat/known_hosts"
kill -CONT "$server_pid"
code_of "${clients[0]}"
clients=()
[ "$status" -eq 4 ] || fail "a key that was pinned meanwhile is overlooked: $status"
expect_text "$folder/erin.err" "has CHANGED"
expect_no_text "$folder/erin.out" "First contact"

# ---- another key, no server ----------------------------------------------------------
old_key=$(sed -n 's/.* key //p' "$folder/rchatd.log")
kill_server TERM
rm "$folder/server/server.key"
start_server
new_key=$(sed -n 's/.* key //p' "$folder/rchatd.log")
expect_code 4 bob 2 bob "battery staple"
expect_text "$folder/bob.err" "$old_key"
expect_text "$folder/bob.err" "$new_key"
expect_text "$folder/bob.err" "rchat --forget 127.0.0.1:$port"
HOME=$folder/bob "$bin/rchat" --lang en --forget "127.0.0.1:$port" >"$folder/forget.out"
expect_text "$folder/forget.out" "Forgotten"
expect_code 0 bob 2 bob "battery staple"
expect_text "$folder/bob.out" "$new_key"

kill_server TERM
status=0
printf '2\nbob\nbattery staple\n' | timeout=2 chat bob || status=$?
[ "$status" -eq 3 ] || fail "without a server it ended with $status"
expect_text "$folder/bob.out" "Connecting to 127.0.0.1:$port; no answer yet."
expect_text "$folder/bob.err" "No answer from 127.0.0.1:$port"
echo "passed: rchat without a terminal"
