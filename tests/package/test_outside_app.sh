#!/usr/bin/env bash
# Installs rudp into a folder of its own and builds applications against it that
# know nothing of this tree: the echo of the README, which must echo, and one
# program for each of the other libraries. Run by ctest, which sets RUDP_BUILD_DIR.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cmake=${RUDP_CMAKE:-cmake}
work=$(mktemp -d "${TMPDIR:-/tmp}/rudp-package.XXXXXX")
server_pid=

clean_up() {
  [ -z "$server_pid" ] || kill "$server_pid" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }

# wait_for FILE PATTERN: until a line of the file matches, a minute at most.
wait_for() {
  local tries=0
  until grep -qE -- "$2" "$1"; do
    [ $((tries += 1)) -le 600 ] || { cat "$1" >&2; fail "no line like \"$2\" in ${1##*/}"; }
    sleep 0.1
  done
}

# build_outside FOLDER: configures and builds what was copied to $work/FOLDER.
build_outside() {
  "$cmake" -S "$work/$1" -B "$work/$1/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" \
    -DCMAKE_CXX_FLAGS="${CXXFLAGS:-} -Wall -Wextra -Werror" >"$work/$1.log" 2>&1 &&
    "$cmake" --build "$work/$1/build" -j 2 >>"$work/$1.log" 2>&1 || { cat "$work/$1.log" >&2; fail "$1 does not build"; }
}

"$cmake" --install "$RUDP_BUILD_DIR" --prefix "$work/prefix" --component rudp >"$work/install.log" ||
  { cat "$work/install.log" >&2; fail "install"; }
cp -r "$here/app" "$here/parts" "$work/"
cp "$root/examples/echo_server.cpp" "$root/examples/echo_client.cpp" "$work/app/"

# Nothing that was installed may point back into the tree or the build.
if grep -rlF -e "$root/" "$work/prefix" --include='*.cmake' --include='*.hpp'; then
  fail "an installed file names this tree"
fi
for library in librudp_core librudp librudp_sim; do
  found=$(find "$work/prefix" -name "$library.so.0.1.0" -o -name "$library.a" | wc -l)
  [ "$found" -eq 1 ] || fail "$library is not installed with its version"
done

build_outside app
build_outside parts
"$work/parts/build/core_only" || fail "core_only"
"$work/parts/build/sim_only" || fail "sim_only"

# A program that asks for another minor version must be refused: before 1.0 it may differ.
sed 's/find_package(rudp 0.1/find_package(rudp 0.2/' "$work/parts/CMakeLists.txt" >"$work/parts/new" &&
  mv "$work/parts/new" "$work/parts/CMakeLists.txt"
if "$cmake" -S "$work/parts" -B "$work/parts/newer" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null 2>&1; then
  fail "version 0.2 was found where 0.1.0 is installed"
fi

(cd "$work" && exec "$work/app/build/echo_server" 127.0.0.1:0) >"$work/server.out" 2>&1 &
server_pid=$!
wait_for "$work/server.out" 'rudp://'
url=$(grep -oE 'rudp://[^ ]+' "$work/server.out" | head -n 1)
timeout 60 "$work/app/build/echo_client" "$url" >"$work/client.out" 2>&1 || { cat "$work/client.out" >&2; fail "echo_client"; }
grep -q 'hello' "$work/client.out" || { cat "$work/client.out" >&2; fail "the echo did not come back"; }
echo "installed, found, built outside, echoed: $(grep -m 1 'hello' "$work/client.out")"
