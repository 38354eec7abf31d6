#!/usr/bin/env bash
# Holds three tables of docs/ against the tree. Prints what it found; exit code 1 where a row is not borne out.
#
#   scripts/proof.sh threats            every threat of docs/THREATS.md is named by a test
#   scripts/proof.sh features BUILD     every feature of docs/FEATURES.md has a public call, and a test of ctest
#   scripts/proof.sh limits BUILD       every limit of docs/LIMITS.md has its constant, and a test of ctest
#
# A test names a threat in a comment of its own, directly above a test function (`// Threat S3.`,
# `// Threats S3, S4.`), above an add_test line or in a shell test (`# Threat P12.`). BUILD is a configured build
# folder: its ctest says which tests there are.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# rows FILE: the cells of a table's rows, separated by tabs; not the heads of tables.
rows() {
  awk -F'|' '
    /^\|/ {
      line = ""
      for (i = 2; i < NF; ++i) { cell = $i; gsub(/^[ \t]+|[ \t]+$/, "", cell); line = line (i > 2 ? "\t" : "") cell }
      if ($2 ~ /^ ?-+ ?$/) { held = ""; next }
      if (held != "") print held
      held = line
      next
    }
    { if (held != "") print held; held = "" }
    END { if (held != "") print held }' "$1"
}

# The tests that name a threat: ID <tab> FILE:LINE <tab> name of the test.
named_threats() {
  find tests fuzz -type f \( -name '*.cpp' -o -name '*.hpp' -o -name '*.sh' -o -name 'CMakeLists.txt' \) -print0 |
    sort -z | xargs -0 awk '
      function tell(name,   i) { for (i = 1; i <= count; ++i) printf "%s\t%s\t%s\n", ids[i], where, name; count = 0 }
      FNR == 1 { count = 0 }
      match($0, /^[ \t]*(\/\/|#) Threats? [A-Z]-?[0-9]+(, [A-Z]-?[0-9]+)*\./) {
        list = substr($0, RSTART, RLENGTH - 1)
        sub(/^.*Threats? /, "", list)
        found = split(list, added, ", ")
        if (count == 0) where = FILENAME ":" FNR
        for (i = 1; i <= found; ++i) ids[++count] = added[i]
        next
      }
      count > 0 && /^[ \t]*(\/\/|#)/ { next }
      count > 0 && match($0, /[A-Za-z_][A-Za-z0-9_]*\(void\*\*/) { tell(substr($0, RSTART, RLENGTH - 7)); next }
      count > 0 && match($0, /NAME [A-Za-z0-9_\/]+/) { tell(substr($0, RSTART + 5, RLENGTH - 5)); next }
      count > 0 && NF { tell(FILENAME) }'
}

tests_of_ctest() {
  [ -f "$1/CTestTestfile.cmake" ] || { echo "$1 is not a configured build folder" >&2; exit 2; }
  ctest --test-dir "$1" -N | sed -nE 's/^ *Test +#[0-9]+: //p'
}

# known_tests NAMES CELL: whether the cell names tests in backticks or bare, and ctest knows them all.
known_tests() {
  local name any=
  for name in $(tr '`,' '  ' <<<"$2"); do
    any=1
    grep -qxF "$name" <<<"$1" || { echo "no test of that name: $name"; return; }
  done
  [ -n "$any" ] || echo "no test"
}

check_threats() {
  local named known bad=0 id what tests
  named=$(named_threats)
  while IFS=$'\t' read -r id what; do
    tests=$(awk -F'\t' -v id="$id" '$1 == id { print "    " $2 " " $3 }' <<<"$named")
    if [ -n "$tests" ]; then
      printf '%-5s %s\n%s\n' "$id" "$what" "$tests"
    else
      printf '%-5s %s\n    NO TEST\n' "$id" "$what"
      bad=$((bad + 1))
    fi
  done < <(rows docs/THREATS.md)
  known=$(rows docs/THREATS.md | cut -f1)
  while read -r id; do
    # Groups of which no row is there are those of other documents.
    grep -q "^${id%%[-0-9]*}-\?[0-9]" <<<"$known" || continue
    grep -qxF "$id" <<<"$known" || { echo "named by a test, not in docs/THREATS.md: $id"; bad=$((bad + 1)); }
  done < <(cut -f1 <<<"$named" | sort -u)
  echo "$(wc -l <<<"$known") threats, $bad without a test or unknown"
  [ "$bad" -eq 0 ]
}

check_features() {
  local names feature call test word bad=0 count=0 why
  names=$(tests_of_ctest "$1")
  while IFS=$'\t' read -r feature call test; do
    count=$((count + 1))
    why=
    # A call that is a word of test.sh or a program is none of the library.
    [ -n "$(tr -d '` ' <<<"$call")" ] || why="no call"
    for word in $(grep -oE '`[^`]+`' <<<"$call" | sed -E 's/\([^)]*\)//g' | grep -oE '[A-Za-z_][A-Za-z0-9_]*' || true); do
      [ "$word" = rudp ] || grep -qrwF -- "$word" rudp/include/rudp || why="$why; not in a public header: $word"
    done
    grep -q '`' <<<"$call" || why="$why; the call is not in backticks"
    why=$why$(known_tests "$names" "$test" | sed 's/^/; /')
    [ -z "$why" ] && continue
    echo "$feature: ${why#; }"
    bad=$((bad + 1))
  done < <(rows docs/FEATURES.md)
  echo "$count features, $bad not borne out"
  [ "$bad" -eq 0 ] && [ "$count" -gt 0 ]
}

# The columns of docs/LIMITS.md: what, constant or option, value, at the limit, test.
check_limits() {
  local names what constant value effect test word bad=0 count=0 why
  names=$(tests_of_ctest "$1")
  while IFS=$'\t' read -r what constant value effect test; do
    count=$((count + 1))
    why=
    for word in $(grep -oE '`[^`]+`' <<<"$constant" | grep -oE '[A-Za-z_][A-Za-z0-9_]*' || true); do
      grep -qrwF --include='*.hpp' --include='*.cpp' -- "$word" rudp || why="$why; not in rudp/: $word"
    done
    grep -q '`' <<<"$constant" || why="$why; no constant"
    [ -n "$effect" ] || why="$why; nothing said about the limit"
    why=$why$(known_tests "$names" "$test" | sed 's/^/; /')
    [ -z "$why" ] && continue
    echo "$what: ${why#; }"
    bad=$((bad + 1))
  done < <(rows docs/LIMITS.md)
  echo "$count limits, $bad not borne out"
  [ "$bad" -eq 0 ] && [ "$count" -gt 0 ]
}

case ${1:-} in
  threats) check_threats ;;
  features) check_features "${2:?a build folder}" ;;
  limits) check_limits "${2:?a build folder}" ;;
  *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
