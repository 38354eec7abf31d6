#!/usr/bin/env bash
# Builds the chat and opens it. See ./run.sh --help.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/scripts/common.sh"

usage() {
  cat <<'END'
usage: ./run.sh [--lang LANG] [--data DIR] [--port PORT]
       ./run.sh [--lang LANG] HOST [PORT]
       ./run.sh [--lang LANG] rudp://HOST:PORT/#KEY
       ./run.sh --demo [--database URL]

Installs what is missing (Debian 12), builds the chat in build/release, and opens
the client.

Without a HOST it talks to the server of this machine: one that runs on the data
folder is used as it is, on its own port, otherwise one is started, and stopped
when this client ends. With a HOST only the client is opened.

  --demo        a conversation of two users over UDP on this machine, in a folder
                that is thrown away afterwards; shows it, exits 0 when it worked
  --lang LANG   language of the client: en or zh_CN (default: your locale)
  --data DIR    folder of the server's key, database and log, and of the file in
                which the client keeps that key
                (default: $XDG_DATA_HOME/rudp-chat, that is ~/.local/share/rudp-chat)
  --port PORT   UDP port of the server that is started (default: 8000; 0: a free one)
  --database URL  where the server that is started keeps the chat: sqlite:PATH or
                mariadb://USER@HOST/NAME (docs/OPERATING.md; default: a file in --data)
  --bin DIR     use the programs in DIR instead of building them
  --help        this text
END
}

data_home=${XDG_DATA_HOME:-}
case $data_home in /*) ;; *) data_home=${HOME:-~}/.local/share ;; esac # a relative one is to be ignored (XDG)
data_dir=$data_home/rudp-chat
bin_dir=
demo=no
port=
client_options=()
server_options=()
target=()
server_pid=
own_address= # of the server on the data folder, with its port
own_key=

# The name of an option, then what follows it: the value that must be there.
value_of() { [ $# -ge 2 ] || { say "$1 needs a value"; usage >&2; exit 2; }; printf '%s' "$2"; }

read_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) usage; exit 0 ;;
      --demo) demo=yes ;;
      --lang) client_options+=(--lang "$(value_of "$@")"); shift ;;
      --data) data_dir=$(value_of "$@"); shift ;;
      --port) port=$(value_of "$@"); shift ;;
      --database) server_options+=(--database "$(value_of "$@")"); shift ;;
      --bin) bin_dir=$(value_of "$@"); shift ;;
      -*) say "unknown option: $1"; usage >&2; exit 2 ;;
      *) target+=("$1") ;;
    esac
    shift
  done
  [ ${#target[@]} -le 2 ] || { usage >&2; exit 2; }
}

build_programs() {
  "$root/scripts/packages.sh" build run || exit 1
  local tree=$build_root/release
  if [ ! -f "$tree/build.ninja" ]; then
    say "Building the chat; the first time takes a few minutes."
    step "configure" release-configure.log configure release || exit 1
  fi
  step "build" release-build.log ninja -C "$tree" -j "$cores" rchatd rchat rchatctl || exit 1
  bin_dir=$tree/bin
}

# find_server: sets own_address and own_key where a server runs on the data folder.
find_server() {
  local status
  status=$("$bin_dir/rchatctl" --data "$data_dir" status --json 2>/dev/null) || return 1
  own_key=$(sed -n 's/.*"key":"\([^"]*\)".*/\1/p' <<<"$status")
  own_address=$(sed -n 's/.*"listen":\[{"address":"\([^"]*\)".*/\1/p' <<<"$status")
  # Who listens everywhere is reached over the loopback.
  case $own_address in
    0.0.0.0:*) own_address="127.0.0.1:${own_address##*:}" ;;
    "[::]":*) own_address="[::1]:${own_address##*:}" ;;
  esac
}

# start_server LOG ADDRESS...: a server of its own session, so that Ctrl-C in the
# client does not reach it. Returns once it is ready.
start_server() {
  local log=$1 listen=() address tries=0
  shift
  for address in "$@"; do listen+=(--listen "$address"); done
  mkdir -p "$(dirname "$log")"
  : >"$log"
  setsid "$bin_dir/rchatd" "${listen[@]}" --data "$data_dir" "${server_options[@]}" >"$log" 2>&1 </dev/null &
  server_pid=$!
  until grep -q '^rchatd listening on ' "$log"; do
    if ! kill -0 "$server_pid" 2>/dev/null || [ $((tries += 1)) -gt 300 ]; then
      stop_server
      return 1
    fi
    sleep 0.1
  done
}

stop_server() {
  [ -n "$server_pid" ] || return 0
  kill -TERM "$server_pid" 2>/dev/null || true
  wait "$server_pid" 2>/dev/null || true
  server_pid=
}

# The port that the server was really given: the last number of its first ready line.
port_of() { sed -n 's/^rchatd listening on .*:\([0-9]*\) key .*/\1/p' "$1" | head -n 1; }

# start_own_server LOG: with --port on both families, or on IPv4 alone where the port
# is not to be had on IPv6; many machines have none.
start_own_server() {
  [ -n "$port" ] || { start_server "$1"; return; }
  start_server "$1" "0.0.0.0:$port" "[::]:$port" && return
  grep -qF 'cannot listen on [::]:' "$1" || return
  start_server "$1" "0.0.0.0:$port"
}

use_or_start_server() {
  local log=$log_dir/rchatd.log
  if find_server; then
    say "Using the server that runs on $data_dir, port ${own_address##*:}."
    return
  fi
  if ! start_own_server "$log"; then
    # Another run.sh may have been a moment faster.
    find_server && return
    say "The server did not start; it said:"
    tail -n 20 "$log" >&2
    exit 1
  fi
  find_server || die "The server that was started does not answer on $data_dir."
  say "Started a server on port ${own_address##*:} (data in $data_dir); it stops when you leave."
}

open_client() {
  if [ ${#target[@]} -eq 0 ]; then
    use_or_start_server
    # Its key is known first hand. It is kept beside it, for the server of another
    # folder has another key, and may have had the same address before.
    target=(--known-hosts "$data_dir/known_hosts" "rudp://$own_address/#$own_key")
  fi
  local status=0
  "$bin_dir/rchat" "${client_options[@]}" "${target[@]}" || status=$?
  return "$status"
}

main() {
  read_options "$@"
  trap stop_server EXIT
  trap 'exit 129' HUP
  trap 'exit 143' TERM
  [ -n "$bin_dir" ] || build_programs
  if [ "$demo" = yes ]; then
    . "$root/scripts/demo.sh"
    run_demo
  else
    open_client
  fi
}

main "$@"
