#!/usr/bin/env bash
# Plants one bug at a time and asks whether a test notices.
#
#   scripts/mutants.sh            all of tests/mutants/
#   scripts/mutants.sh NAME...    these
#   scripts/mutants.sh --some N   N of them, drawn by a fresh seed, which is printed
#
# A file NAME.mutant says, one a line: `breaks: ` what, `file: ` which, `from: ` a piece of one line that the file
# holds exactly once, `to: ` what stands there instead, and `test: ` a target with its arguments, once or several
# times. The tree is copied to build/mutants and built there; there the tests must pass first, and then, with the
# bug, one of them must fail within a minute or two.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cd "$root"
copy=$build_root/mutants/tree
tree=$build_root/mutants/build
original=$build_root/mutants/original # the file that the mutant at hand changes, as it was
patience=120 # seconds that a test may take before it counts as hung, and thereby as failed

field() { sed -n "s/^$2: //p" "tests/mutants/$1.mutant"; }

# The copy follows the tree; what did not change keeps its time, so that little is built again.
copy_tree() {
  mkdir -p "$copy"
  local list=$build_root/mutants/files
  find . -path ./build -prune -o -path ./.git -prune -o -type f -print | sed 's,^\./,,' | sort >"$list"
  (cd "$copy" && find . -type f | sed 's,^\./,,' | sort) | comm -13 "$list" - | (cd "$copy" && xargs -r -d '\n' rm -f)
  while read -r file; do
    cmp -s "$file" "$copy/$file" && continue
    mkdir -p "$copy/$(dirname "$file")"
    cp "$file" "$copy/$file"
    chmod "$([ -x "$file" ] && echo 755 || echo 644)" "$copy/$file"
  done <"$list"
}

configure_copy() {
  local launcher=()
  # Each mutant is taken back, so the same file is compiled again and again.
  if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_C_COMPILER_LAUNCHER=ccache); fi
  cmake -S "$copy" -B "$tree" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -DNDEBUG" \
    -DBUILD_SHARED_LIBS=OFF -DRUDP_BUILD_EXAMPLES=OFF "${launcher[@]}" >/dev/null
}

build_targets() { ninja -C "$tree" -j "$cores" "$@" >"$build_root/mutants/build.log" 2>&1; }

# passes TEST-LINE: whether the test is content with the copy as it is.
passes() {
  local words
  read -ra words <<<"$1"
  # The shell would say that a test was aborted; that is what is hoped for.
  { (cd "$copy" && timeout "$patience" "$tree/tests/${words[0]}" "${words[@]:1}") >"$build_root/mutants/test.log" 2>&1; } 2>/dev/null
}

# plant NAME: puts the bug into the copy.
plant() {
  local file from to
  file=$(field "$1" file) from=$(field "$1" from) to=$(field "$1" to)
  cp "$copy/$file" "$original"
  FROM=$from TO=$to awk '
    { at = index($0, ENVIRON["FROM"]) }
    at { ++found; $0 = substr($0, 1, at - 1) ENVIRON["TO"] substr($0, at + length(ENVIRON["FROM"])) }
    { print }
    END { exit found == 1 ? 0 : 1 }' "$original" >"$copy/$file"
}

take_back() { cp "$original" "$copy/$(field "$1" file)"; }

# tests_of NAME...: their test lines, each once.
tests_of() { for name in "$@"; do field "$name" test; done | sort -u; }

check_clean_tree() {
  local line
  build_targets $(tests_of "$@" | awk '{ print $1 }' | sort -u) || { tail -n 20 "$build_root/mutants/build.log"; die "the tree does not build"; }
  while read -r line; do
    passes "$line" || { tail -n 20 "$build_root/mutants/test.log"; die "fails without a mutant: $line"; }
  done < <(tests_of "$@")
}

# try NAME: one line, and whether the mutant was caught.
try() {
  local line how began=$SECONDS verdict=
  plant "$1" || { take_back "$1"; echo "STALE     $1: 'from' is not in $(field "$1" file) exactly once"; return 1; }
  if ! build_targets $(tests_of "$1" | awk '{ print $1 }' | sort -u); then
    verdict="NO BUILD  $1: $(grep -a -m 1 -E 'error' "$build_root/mutants/build.log" || true)"
  else
    while read -r line; do
      passes "$line" && continue
      [ $? -eq 124 ] && how=hangs || how=fails
      verdict="caught    $1: $(field "$1" breaks) ($line $how; $((SECONDS - began)) s)"
      break
    done < <(field "$1" test)
  fi
  take_back "$1"
  echo "${verdict:-SURVIVED  $1: $(field "$1" breaks)}"
  [[ $verdict == caught* ]]
}

names=("$@")
all=($(cd tests/mutants && ls -- *.mutant | sed 's/\.mutant$//'))
if [ $# -eq 0 ]; then names=("${all[@]}"); fi
if [ "${1:-}" = --some ]; then
  seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
  echo "mutants drawn by seed $seed"
  names=($(printf '%s\n' "${all[@]}" | awk -v seed="$seed" 'BEGIN { srand(seed) } { print rand(), $0 }' | sort | awk '{ print $2 }' | head -n "$2"))
fi

copy_tree
configure_copy
check_clean_tree "${names[@]}"
survivors=()
for name in "${names[@]}"; do
  try "$name" || survivors+=("$name")
done
echo "${#names[@]} mutants, $((${#names[@]} - ${#survivors[@]})) caught${survivors:+; not caught: ${survivors[*]}}"
[ ${#survivors[@]} -eq 0 ]
