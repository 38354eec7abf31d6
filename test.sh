#!/usr/bin/env bash
# Everything that CI runs, and the longer runs by name. See ./test.sh help.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/scripts/common.sh"

ci_seeds=5000          # from a fresh base; the fixed seeds are among the tests of ctest
ci_fuzz_inputs=1650000 # of all fuzz targets together: 100,000 of each, fewer of the slowest two

usage() {
  cat <<'END'
usage: ./test.sh                        what CI runs: at most 30 minutes on two cores
       ./test.sh seeds N [--base SEED]  N simulator seeds from SEED on (default: a fresh, printed one)
       ./test.sh traces [N]             N seeds (default 200) leave equal traces, built by gcc and clang at -O0 and -O2
       ./test.sh fuzz SECONDS           every fuzz target for SECONDS
       ./test.sh fuzz-inputs N          N inputs of all fuzz targets together; parsers get more than whole endpoints
       ./test.sh coverage               coverage of rudp/ by the tests, and by the fuzz corpora alone
       ./test.sh threats                each threat of docs/THREATS.md and the tests that name it
       ./test.sh features               docs/FEATURES.md and docs/LIMITS.md, held against headers and tests
       ./test.sh mutants [NAME]...      one bug at a time, on purpose: a test must notice each
       ./test.sh asan                   the tests under AddressSanitizer and UndefinedBehaviorSanitizer
       ./test.sh tsan                   the tests under ThreadSanitizer
       ./test.sh bench [WORD]...        figures beside ENet, TCP and TLS: loopback, live (root), memory;
                                        options may follow, such as --seconds 2 --runs 5
       ./test.sh tables [--check]       computes tests/tables/ anew, ten minutes on one core; or compares all of it
       ./test.sh help                   this text

Installs what is missing (Debian 12). Logs are in build/log, findings of the fuzz
targets in build/fuzz/findings.
END
}

wrong_use() { say "$1"; usage >&2; exit 2; }
is_number() { [[ ${1:-} =~ ^[0-9]{1,18}$ ]]; }

passed=0
failed=0
skipped=0
began=$SECONDS

# check LABEL LOG COMMAND...: a step that counts as one test, or, where its log
# holds a summary of ctest, as the tests that it names.
check() {
  local log=$log_dir/$2 status=0
  step "$@" || status=$?
  count_tests "$log" "$status"
}

count_tests() {
  local log=$1 status=$2 summary bad all not_run
  summary=$(grep -E '^[0-9]+% tests passed, [0-9]+ tests failed out of [0-9]+' "$log" | tail -n 1 || true)
  if [ -z "$summary" ]; then
    if [ "$status" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    return
  fi
  bad=$(sed -E 's/.*, ([0-9]+) tests failed.*/\1/' <<<"$summary")
  all=${summary##* }
  not_run=$(grep -c '\*\*\*Skipped' "$log" || true)
  [ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
  say "        $summary$([ "$not_run" -eq 0 ] || echo ", $not_run of them skipped")"
  [ "$not_run" -eq 0 ] || show_skipped "$log"
  [ "$bad" -eq 0 ] || show_failed "$log"
  passed=$((passed + all - bad - not_run))
  failed=$((failed + bad))
  skipped=$((skipped + not_run))
}

# Names the tests that ctest skipped, each with the last line that it printed.
show_skipped() {
  local log=$1 name outcome
  tests_that '(Skipped)' "$log" | while read -r name outcome; do
    say "        skipped: $name: $(output_of "$name" "$log" | grep . | tail -n 1)"
  done
}

# Names the tests that failed, each with the lines that say why. They are said again at
# the end of the run: of a long log, a build machine may keep no more.
show_failed() {
  local log=$1 name outcome
  tests_that '(Failed|Timeout|Exception|Not Run)' "$log" | while read -r name outcome; do
    echo "failed: $name ($outcome)"
    output_of "$name" "$log" | reasons | sed 's/^/    /'
  done | tee -a "$log_dir/failures.txt" | sed 's/^/        /' >&2
}

tests_that() { # OUTCOME LOG
  sed -nE "s/^.* Test +#[0-9]+: ([^ ]+) .*\*\*\*$1.*/\1 \2/p" "$2"
}

output_of() { # NAME LOG
  local tree
  tree=$(sed -n 's/^Internal ctest changing into directory: //p' "$2")
  awk -v title=" Testing: $1" '
    index($0, title) && substr($0, length($0) - length(title) + 1) == title { inside = 1 }
    inside && /^<end of output>/ { exit }
    inside == 2
    inside && /^-----/ { inside = 2 }' "$tree/Testing/Temporary/LastTest.log"
}

# Of the output of a failed test: what CMocka printed while the failing one ran; where
# none is marked as failed, the last lines. 15 lines at most.
reasons() {
  awk '
    function show(line) { if (++shown <= 15) print line }
    /^\[ RUN / { lines = 0 }
    /^\[==========\] [0-9]+ test/ { exit }
    { kept[lines++] = $0; last[NR] = $0 }
    /^\[  FAILED  \]/ {
      for (i = lines > 10 ? lines - 10 : 0; i < lines; ++i) show(kept[i])
      found = 1
      lines = 0
    }
    END { for (i = NR > 15 ? NR - 14 : 1; !found && i <= NR; ++i) show(last[i]) }'
}

# The last line of every run.
finish() {
  local note=
  [ ! -s "$log_dir/failures.txt" ] || cat "$log_dir/failures.txt"
  [ "$skipped" -eq 0 ] || note=", $skipped skipped"
  echo "$passed passed, $failed failed$note ($((SECONDS - began)) s)"
  [ "$failed" -eq 0 ] || exit 1
  [ "$passed" -gt 0 ] || exit 1
}

# build PRESET [-D...]... -- [TARGET...]: a failed build ends the run as a failure.
build() {
  configure_and_build "$@" && return
  failed=$((failed + 1))
  finish
}

run_ctest() { # PRESET CTEST-OPTION...
  local preset=$1
  shift
  ctest --test-dir "$build_root/$preset" -j "$cores" --output-on-failure --no-tests=error "$@"
}

simulate() { # SEEDS BASE
  check "simulator, $1 seeds from base $2" seeds.log run_seeds "$1" "$2"
}

# One process for each core; all of them must be content.
run_seeds() {
  local shard pids=() pid status=0
  trap 'kill "${pids[@]}" 2>/dev/null || true' EXIT
  for ((shard = 1; shard <= cores; shard++)); do
    "$build_root/dev/tests/scenario_seeds" --seeds "$1" --base "$2" --shard "$shard/$cores" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || status=1; done
  trap - EXIT
  return "$status"
}

fresh_base() { od -An -N6 -tu8 /dev/urandom | tr -d ' '; }

# fuzz_share NAME: how many inputs a target gets beside the others. Whole handshakes and whole
# worlds cost a hundred times what a parser costs.
fuzz_share() {
  case $1 in
    two_peers) echo 2 ;;
    endpoint_handshake) echo 3 ;;
    *) echo 10 ;;
  esac
}

# Those that take longest first, so that no core waits for another at the end.
fuzz_targets() {
  local slow="two_peers sealed_endpoint endpoint_handshake handshake streams chat_service" source
  printf '%s\n' $slow
  for source in "$root"/fuzz/fuzz_*.cpp; do
    source=${source##*/fuzz_}
    [[ " $slow " == *" ${source%.cpp} "* ]] || echo "${source%.cpp}"
  done
}

# fuzz_all inputs|seconds NUMBER: every fuzz target from its corpus, one for each core at
# a time: NUMBER inputs together, or so many seconds each. New inputs go to build/fuzz/corpus.
fuzz_all() {
  local names name shares=0 running=0 limit=-max_total_time=$2
  build fuzz -- fuzz_targets
  names=$(fuzz_targets)
  for name in $names; do shares=$((shares + $(fuzz_share "$name"))); done
  trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
  for name in $names; do
    [ "$running" -lt "$cores" ] || { wait -n || true; running=$((running - 1)); }
    [ "$1" = seconds ] || limit=-runs=$((($2 * $(fuzz_share "$name") + shares - 1) / shares))
    fuzz_one "$name" "$limit" &
    running=$((running + 1))
  done
  wait
  trap - EXIT
  count_fuzz "$([ "$1" = seconds ] && echo 1 || echo "$2")" $names
}

# One target: its output in a log, one line on the screen.
fuzz_one() {
  local name=$1 log=$log_dir/fuzz-$1.log began=$SECONDS status=0
  run_fuzz "$@" >"$log" 2>&1 || status=$?
  echo "exit code $status" >>"$log"
  if [ "$status" -eq 0 ]; then
    say "  ok    fuzz $name: $(fuzz_inputs "$name") inputs ($((SECONDS - began)) s)"
  else
    say "  FAIL  fuzz $name ($((SECONDS - began)) s, exit code $status); the end of $log:"
    tail -n 40 "$log" | sed 's/^/        /' >&2
  fi
}

# Without -entropic=0, libFuzzer spends more time on its own tables than on whole endpoints. What one input
# frees is at most a few megabytes: a longer quarantine finds nothing more and touches new pages for ever.
run_fuzz() {
  local grown=$build_root/fuzz/corpus/$1
  mkdir -p "$grown" "$build_root/fuzz/findings"
  ASAN_OPTIONS=quarantine_size_mb=16:malloc_context_size=8 "$build_root/fuzz/bin/fuzz_$1" "$2" -entropic=0 \
    -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$build_root/fuzz/findings/$1-" "$grown" "$root/fuzz/corpus/$1"
}

fuzz_inputs() { sed -n 's/^stat::number_of_executed_units: *//p' "$log_dir/fuzz-$1.log"; }

# count_fuzz LEAST NAME...: each target is a test; together they must have run so many inputs.
count_fuzz() {
  local least=$1 name inputs=0
  shift
  for name in "$@"; do
    inputs=$((inputs + $(fuzz_inputs "$name" | grep . || echo 0)))
    [ "$(tail -n 1 "$log_dir/fuzz-$name.log")" = "exit code 0" ] && passed=$((passed + 1)) && continue
    failed=$((failed + 1))
    echo "failed: fuzz $name" >>"$log_dir/failures.txt"
  done
  say "        fuzz: $inputs inputs in all, $# targets"
  [ "$inputs" -ge "$least" ] || { failed=$((failed + 1)); say "  FAIL  fuzz: fewer than $least inputs"; }
}

demo() { "$root/run.sh" --demo --bin "$build_root/dev/bin"; }

word_ci() {
  local base
  base=$(fresh_base)
  build dev --
  check "tests" ctest.log run_ctest dev
  hold_the_tables
  simulate "$ci_seeds" "$base"
  fuzz_all inputs "$ci_fuzz_inputs"
  check "demo" demo.log demo
}

word_seeds() {
  local seeds=${1:-} base
  is_number "$seeds" || wrong_use "seeds needs a number"
  shift
  base=$(fresh_base)
  if [ $# -gt 0 ]; then
    [ $# -eq 2 ] && [ "$1" = --base ] && is_number "$2" || wrong_use "seeds takes --base SEED, nothing else"
    base=$2
  fi
  build dev -- scenario_seeds
  simulate "$seeds" "$base"
  cat "$log_dir/seeds.log"
}

# The simulator built in four ways, and each way the same seeds in a process of its own.
word_traces() {
  local seeds=${1:-200} way programs=()
  is_number "$seeds" && [ $# -le 1 ] || wrong_use "traces takes a number of seeds, nothing else"
  for way in gcc-O0 gcc-O2 clang-O0 clang-O2; do
    build "traces-$way" -- scenario_seeds
    programs+=("$build_root/traces-$way/tests/scenario_seeds")
  done
  check "traces of $seeds seeds, built in ${#programs[@]} ways" traces.log compare_traces "$seeds" "${programs[@]}"
  cat "$log_dir/traces.log"
}

compare_traces() { # SEEDS PROGRAM...
  local seeds=$1
  shift
  cmake "-DPROGRAMS=$(IFS=,; echo "$*")" "-DSEEDS=$seeds" -P "$root/tests/scenario/compare_traces.cmake"
}

word_fuzz() {
  is_number "${1:-}" && [ "$1" -gt 0 ] || wrong_use "fuzz needs a number of seconds for each target"
  fuzz_all seconds "$1"
}

word_fuzz_inputs() {
  is_number "${1:-}" && [ "$1" -gt 0 ] || wrong_use "fuzz-inputs needs a number of inputs for all targets together"
  fuzz_all inputs "$1"
}

word_coverage() {
  local tree=$build_root/coverage
  build coverage --
  find "$tree" -name '*.gcda' -delete
  check "tests, counted" coverage-ctest.log run_ctest coverage
  cover "rudp/ by the tests" coverage-tests.log 95 85 'rudp/'

  find "$tree" -name '*.gcda' -delete
  check "fuzz corpora, counted" coverage-corpus-ctest.log run_ctest coverage -L '^fuzz$'
  cover "rudp/wire/ by the fuzz corpora alone" coverage-wire.log 95 0 'rudp/wire/'
  cover "receive.cpp by the fuzz corpora alone" coverage-receive.log 90 0 'rudp/connection/receive\.cpp'
}

# cover LABEL LOG LINES BRANCHES PATTERN: the table of gcovr for the files that the pattern
# names; fails below so many percent of their lines, or of their branches.
cover() {
  check "coverage of $1" "$2" count_lines "$3" "$4" "$5"
  cat "$log_dir/$2"
}

# gcovr 5.2 cannot merge functions that stand on other lines in the portable build of rudp/uv/.
count_lines() {
  cd "$root"
  gcovr --root . --filter "$3" --exclude-directories '.*_portable\.dir' --exclude-throw-branches --exclude-unreachable-branches \
    --gcov-ignore-parse-errors --print-summary --fail-under-line "$1" --fail-under-branch "$2" \
    build/coverage/rudp build/coverage/tests build/coverage/fuzz
}

# The tables of docs/, against the tree: threats, features, limits.
hold_the_tables() {
  hold_threats
  hold_features
}

hold_threats() { check "threats" threats.log "$root/scripts/proof.sh" threats; }

hold_features() {
  check "features" features.log "$root/scripts/proof.sh" features "$build_root/dev"
  check "limits" limits.log "$root/scripts/proof.sh" limits "$build_root/dev"
}

word_threats() {
  hold_threats
  cat "$log_dir/threats.log"
}

word_features() {
  [ -f "$build_root/dev/CTestTestfile.cmake" ] || step "configure dev" dev-configure.log configure dev
  hold_features
  cat "$log_dir/features.log" "$log_dir/limits.log"
}

word_mutants() {
  check "mutants" mutants.log "$root/scripts/mutants.sh" "$@"
  cat "$log_dir/mutants.log"
}

sanitized() { # PRESET
  build "$1" --
  check "tests under $1" "$1-ctest.log" run_ctest "$1"
}

word_asan() { sanitized asan; }
word_tsan() { sanitized tsan; }

word_tables() {
  local table
  build dev -- scenario_tables
  for table in goodput fairness; do check "table $table" "table-$table.log" write_table "$table"; done
}

word_tables_check() {
  build dev -- scenario_tables
  check "tables" "tables-check.log" "$build_root/dev/tests/scenario_tables" --check-all "$root/tests/tables"
}

word_bench() {
  local word=loopback
  case ${1:-} in loopback | live | memory) word=$1 && shift ;; esac
  build bench -- benchmarks
  case $word in
    loopback) check "loopback" bench-loopback.log "$build_root/bench/bench/loopback" "$@" ;;
    live) check "live" bench-live.log "$build_root/bench/bench/live" "$@" ;;
    memory) check "memory" bench-memory.log "$build_root/bench/bench/idle_memory" "$@" ;;
  esac
  cat "$log_dir/bench-$word.log"
}

write_table() {
  "$build_root/dev/tests/scenario_tables" "$1" >"$log_dir/$1.txt"
  mv "$log_dir/$1.txt" "$root/tests/tables/$1.txt"
}

main() {
  local word=${1:-ci} groups=(build run test)
  [ $# -eq 0 ] || shift
  case $word in
    help | --help | -h) usage; exit 0 ;;
    ci | seeds | traces | fuzz | fuzz-inputs | coverage | threats | features | mutants | asan | tsan | tables) ;;
    bench) groups=(build bench) ;;
    *) wrong_use "unknown word: $word" ;;
  esac
  [ "$word ${1:-}" != 'tables --check' ] || { word=tables-check; shift; }
  case $word in ci | coverage | threats | features | asan | tsan | tables | tables-check) [ $# -eq 0 ] || wrong_use "$word takes no more words" ;; esac
  "$root/scripts/packages.sh" "${groups[@]}" || exit 1
  mkdir -p "$log_dir"
  : >"$log_dir/failures.txt"
  "word_${word//-/_}" "$@"
  finish
}

main "$@"
