#!/usr/bin/env bash
# Runs every test of the tree, on a Debian 12 that needs nothing but this checkout and a shell.
# The last line of its output is `N passed, N failed, N skipped`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

usage() {
  cat <<'TEXT'
usage: tests/run.sh [--full] [PART...]

Installs the Debian packages that are missing (and says which), builds, runs the tests, and ends
with one line, `N passed, N failed, N skipped`; the exit code is 0 if none failed.

parts (default: all of them):
  unit          the doctest programs, and the checks of the tree itself
  integration   the programs, from outside: real clients, real servers
  e2e           the pod, for real: image, podman, inject, traffic
  bench-smoke   the benches, for a few seconds, to see that they still run

  --full        also the unit tests, and load, under the sanitizers (which is the build with clang),
                the fuzzers for 55 s and the format check; with CI=true in the environment, this is
                the default, and a skipped test counts as failed
  -h, --help    this text

environment: PODMAN  the podman to use (default: podman)
logs are in build/logs/
TEXT
}

full=no
parts=()
for argument in "$@"; do
  case $argument in
    --full) full=yes ;;
    -h | --help) usage; exit 0 ;;
    unit | integration | e2e | bench-smoke) parts+=("$argument") ;;
    *) echo "tests/run.sh: there is no part or option '$argument'; -h lists them" >&2; exit 2 ;;
  esac
done
[[ ${CI:-} == true ]] && full=yes
((${#parts[@]})) || parts=(unit integration e2e bench-smoke)
wanted() { [[ " ${parts[*]} " == *" $1 "* ]]; }

export LC_ALL=C.UTF-8
logs=build/logs
rm -rf "$logs"
mkdir -p "$logs"

# --- what must be there -------------------------------------------------------------------------
# shellcheck source=tests/support/packages.sh
source tests/support/packages.sh
packages=("${packages_build[@]}" "${packages_unit[@]}")
if wanted integration; then packages+=("${packages_integration[@]}"); fi
if wanted bench-smoke; then packages+=("${packages_integration[@]}" "${packages_bench[@]}"); fi
if wanted e2e; then packages+=("${packages_e2e[@]}" curl:curl); fi
install_missing "$logs/apt.log" $(printf '%s\n' "${packages[@]}" | sort -u)

if command -v ccache >/dev/null; then
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
  # What one clone has compiled serves every other, wherever they lie.
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=true
fi
jobs=$(nproc)

# --- steps: each has a log, a line, and a share in the counts --------------------------------------
# A step that is no test of its own (a build) counts only when it fails.
failed_steps=0

# step NAME COMMAND...: runs it, quietly; the log is build/logs/NAME.log.
step() {
  local name=$1 started=$SECONDS log
  shift
  log=$logs/${name// /-}.log
  printf '%-28s' "$name"
  if "$@" >"$log" 2>&1; then
    echo "ok      $((SECONDS - started)) s"
  else
    echo "FAILED  $((SECONDS - started)) s, see $log"
    # What failed, and how it ended: the tail of a long log alone need not say the first.
    { grep -a -m 10 -A 6 -e 'ERROR: ' -e '^E  ' -e Sanitizer "$log" || true; echo ...; tail -n 30 "$log"; } |
      sed 's/^/    /'
    return 1
  fi
}

# must_step: as step, and a failure counts as one failed test.
must_step() { step "$@" || { failed_steps=$((failed_steps + 1)); return 1; }; }

build() {
  local preset=$1
  shift
  [[ -f build/$preset/build.ninja ]] || cmake --preset "$preset" || return 1
  cmake --build --preset "$preset" -j "$jobs" "$@"
}

# unit_tests PRESET: its counts are read from the report afterwards, so a failure is not counted here.
unit_tests() {
  step "unit tests $1" ctest --preset "$1" --parallel "$jobs" --output-junit "$PWD/$logs/ctest-$1.xml" \
    --test-output-size-passed 1000000 --test-output-size-failed 1000000 --timeout 300 || true
}

# A few seconds from the corpus on, to see that the fuzzer runs; who looks for bugs gives it longer.
fuzz_briefly() {
  mkdir -p build/fuzz/found
  build/fuzz/tests/fuzz/inject_fuzzer build/fuzz/found tests/fuzz/corpus/inject -seed=1 \
    -max_total_time=20 -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
    -dict=tests/fuzz/inject.dict -artifact_prefix="$logs/" || return 1
  local parser
  for parser in detector http1 http2 websocket tls tap routes; do
    mkdir -p "build/fuzz/found-$parser"
    "build/fuzz/tests/fuzz/${parser}_fuzzer" "build/fuzz/found-$parser" "tests/fuzz/corpus/$parser" -seed=1 \
      -max_total_time=5 -max_len=4096 -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$logs/" || return 1
  done
}

# python_tests NAME SECONDS FOLDER...
python_tests() {
  local name=$1 limit=$2
  shift 2
  step "$name tests" timeout --kill-after=20 "$limit" /usr/bin/python3 -m pytest -c tests/pytest.ini -ra \
    --durations=10 --junitxml="$logs/pytest-$name.xml" "$@" || true
  # A run that was cut short leaves no report, and must not look like success.
  [[ -f $logs/pytest-$name.xml ]] || failed_steps=$((failed_steps + 1))
}

# load_tests PRESET: the proxy under load, on one loop and several, and the dashboard, watched by a sanitizer.
load_tests() {
  local files=(threads agreement drain otlp http http2)
  files=("${files[@]/#/tests/integration/test_run_}")
  MESHCTL=$PWD/build/$1/cli/meshctl python_tests "load-$1" 300 "${files[@]/%/.py}" tests/integration/test_dashboard.py
}

export PYTHONDONTWRITEBYTECODE=1
export MESHCTL=$PWD/build/dev/cli/meshctl MESHCTL_IMAGE_BINARY=$PWD/build/release/cli/meshctl
built=yes
must_step "build dev" build dev || built=no
if wanted unit; then
  if [[ $built == yes ]]; then unit_tests dev; fi
  python_tests architecture 120 tests/architecture
fi
# The static binary: the quickstart that the integration tests run builds it too.
released=yes
if wanted integration || wanted e2e || wanted bench-smoke; then
  must_step "build release" build release || released=no
fi
if wanted integration && [[ $built == yes ]]; then
  python_tests integration 1800 tests/integration
fi
if wanted e2e && [[ $released == yes ]]; then
  python_tests e2e 600 tests/e2e
fi
if wanted bench-smoke && [[ $built == yes ]]; then
  if [[ $released == yes ]]; then
    must_step "bench smoke run" timeout 300 /usr/bin/python3 tests/bench/proxy_bench.py --smoke \
      --meshctl "$MESHCTL_IMAGE_BINARY" || true
    must_step "bench smoke inject" timeout 300 /usr/bin/python3 tests/bench/inject_bench.py --smoke \
      --meshctl "$MESHCTL_IMAGE_BINARY" || true
    must_step "bench smoke dashboard" timeout 300 /usr/bin/python3 tests/bench/dashboard_bench.py --smoke \
      --meshctl "$MESHCTL_IMAGE_BINARY" || true
  fi
fi
if wanted unit && [[ $full == yes ]]; then
  must_step "format check" cmake --build --preset dev --target format-check || true
  for preset in asan tsan; do
    if must_step "build $preset" build "$preset"; then
      unit_tests "$preset"
      load_tests "$preset"
    fi
  done
  if must_step "build fuzz" build fuzz; then must_step "fuzz 55 s" fuzz_briefly || true; fi
fi

# --- the sum -----------------------------------------------------------------------------------
echo "logs: $logs/"
/usr/bin/python3 tests/support/tally.py --failed-steps "$failed_steps" "$logs"
