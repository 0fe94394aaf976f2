#!/usr/bin/env bash
# From a fresh checkout to numbers: builds meshctl, shows what `inject` does to a pod, and puts
# `run` in front of a real web server under real traffic. Needs Debian 12; ends what it starts.
set -euo pipefail
exec </dev/null
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scratch=$(mktemp -d)
started=()

clean_up() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  cd /
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

headline() { printf '\n== %s\n' "$*"; }

# wait_until WHAT COMMAND...: until the command succeeds, for at most ten seconds.
wait_until() {
  local what=$1 tries=200
  shift
  until "$@" 2>/dev/null; do
    ((tries-- > 0)) || { echo "quickstart: $what did not come within 10 s" >&2; exit 1; }
    sleep 0.05
  done
}
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

headline "Building meshctl"
# shellcheck source=tests/support/packages.sh
source "$tree/tests/support/packages.sh"
install_missing "$tree/build/logs/quickstart-apt.log" "${packages_build[@]}" "${packages_quickstart[@]}"
log=$tree/build/logs/quickstart-build.log
mkdir -p "$tree/build/logs"
echo "the static binary, as for the image; minutes the first time (log: $log)"
if ! (cd "$tree" && cmake --preset release && cmake --build --preset release) >"$log" 2>&1; then
  tail -n 30 "$log" >&2
  echo "quickstart: the build failed; the whole log is $log" >&2
  exit 1
fi
meshctl=$tree/build/release/cli/meshctl
echo "built $meshctl"

headline "What 'meshctl inject' adds to a pod"
cp "$tree/examples/article/pod.yml" "$scratch/pod.yml"
cd "$scratch"
echo "\$ meshctl inject pod.yml >injected.yml; git diff --no-index pod.yml injected.yml"
"$meshctl" inject pod.yml >injected.yml
# git diff says 1 when there are differences, and here there must be some.
difference=0
git --no-pager diff --no-index pod.yml injected.yml || difference=$?
((difference == 1)) || { echo "quickstart: inject changed nothing" >&2; exit 1; }

headline "A web server, and 'meshctl run' in front of it"
port=8087
if listens "$port"; then
  echo "port $port is taken on this machine"
  while listens "$port"; do port=$((port + 1)); done
fi
mkdir "$scratch/site"
echo '<h1>Hello</h1>' >"$scratch/site/index.html"
head -c 50000 /dev/zero | tr '\0' 'x' >"$scratch/site/report.txt"
python3 -m http.server "$port" --bind 127.0.0.1 --directory "$scratch/site" \
  >"$scratch/server.log" 2>&1 &
started+=($!)
wait_until "the web server" listens "$port"
echo "\$ python3 -m http.server $port"

"$meshctl" run --upstream "$port" --listen 0 --admin 0 --output table \
  >"$scratch/usage" 2>"$scratch/said" &
run=$!
started+=("$run")
echo "\$ meshctl run --upstream $port --listen 0 --admin 0"
wait_until "the start line of meshctl" grep -q 'metrics at' "$scratch/said"
cat "$scratch/said"
proxy=$(sed -n 's/^meshctl: forwarding \([^ ]*\) -> .*/\1/p' "$scratch/said")

headline "Traffic: 200 pages, 50 reports, 7 that do not exist"
curl -sS -o /dev/null -w '%{http_code} %{size_download}\n' \
  "http://$proxy/index.html?[1-200]" -o /dev/null "http://$proxy/report.txt?[1-50]" \
  -o /dev/null "http://$proxy/missing/[1-7]" |
  awk '{ calls[$1]++; bytes += $2 }
       END { for (code in calls) printf "curl: %d calls answered %s\n", calls[code], code | "sort -k5"
             close("sort -k5")
             printf "curl: %d payload bytes\n", bytes }'

headline "The usage, as meshctl saw it"
kill -TERM "$run"
wait "$run" || { echo "quickstart: meshctl run ended with $?" >&2; cat "$scratch/said" >&2; exit 1; }
cat "$scratch/usage"
