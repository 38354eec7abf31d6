# What run.sh, test.sh and scripts/packages.sh share: where things are, and how
# a long step is shown. Sourced by bash with `set -euo pipefail` in force.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build_root=$root/build
log_dir=$build_root/log
cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# step LABEL LOG COMMAND...: runs the command with its output in build/log/LOG,
# one line on the screen: what, and how long it took. A failure shows the end of
# the log and returns the command's status.
step() {
  local label=$1 log=$log_dir/$2 began=$SECONDS status=0 watcher=
  shift 2
  mkdir -p "$log_dir"
  : >"$log"
  if [ -t 2 ]; then
    watch_step "$label" "$log" &
    watcher=$!
  fi
  ("$@") >"$log" 2>&1 || status=$?
  if [ -n "$watcher" ]; then
    kill "$watcher" 2>/dev/null || true
    wait "$watcher" 2>/dev/null || true
    printf '\r\033[K' >&2
  fi
  if [ "$status" -eq 0 ]; then
    say "  ok    $label ($((SECONDS - began)) s)"
  else
    say "  FAIL  $label ($((SECONDS - began)) s, exit code $status); the end of $log:"
    tail -n 40 "$log" | sed 's/^/        /' >&2
  fi
  return "$status"
}

# The line that moves while a step runs on a terminal: seconds and the newest line of the log.
watch_step() {
  local label=$1 log=$2 began=$SECONDS newest width
  trap '' INT
  while sleep 1 && kill -0 $$ 2>/dev/null; do
    newest=$(tail -n 1 "$log" 2>/dev/null | tr -d '\r\033' || true)
    width=$(($(tput cols 2>/dev/null || echo 80) - ${#label} - 16))
    [ "$width" -gt 10 ] || newest=
    printf '\r\033[K  ...   %s (%d s) %s' "$label" $((SECONDS - began)) "${newest:0:$((width > 0 ? width : 0))}" >&2
  done
}

# configure_and_build PRESET [-D...]... -- [TARGET...]: cmake and ninja in build/PRESET.
configure_and_build() {
  local preset=$1 options=()
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
  [ $# -eq 0 ] || shift
  step "configure $preset" "$preset-configure.log" configure "$preset" "${options[@]}" || return
  step "build $preset" "$preset-build.log" ninja -C "$build_root/$preset" -j "$cores" "$@"
}

configure() {
  cd "$root"
  cmake --preset "$@"
}
