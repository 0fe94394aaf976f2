#!/usr/bin/env bash
# Three services that call each other, each behind its own `meshctl run`, people who use them, and the dashboard that shows it all.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: examples/dashboard/demo.sh [--duration SECONDS]

Starts a shop, its stock and its payments, traffic with errors and slow routes, and `meshctl dashboard`.
Prints the address to open. Ctrl-C ends everything; so does the end of --duration.
$MESHCTL names the program to use; without it, meshctl is built (Debian 12 installs what is missing).
EOF
}

duration=
while (($#)); do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --duration)
      duration=${2:-}
      duration=${duration%s}
      [[ $duration =~ ^[0-9]+$ ]] || { echo "demo: --duration takes seconds, such as 20" >&2; exit 2; }
      shift
      ;;
    *) echo "demo: there is no option '$1'; see --help" >&2; exit 2 ;;
  esac
  shift
done

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(cd "$here/../.." && pwd)
scratch=$(mktemp -d)
started=()

clean_up() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# shellcheck source=tests/support/packages.sh
source "$tree/tests/support/packages.sh"
if [[ -z ${MESHCTL:-} ]]; then
  mkdir -p "$tree/build/logs"
  install_missing "$tree/build/logs/demo-apt.log" "${packages_build[@]}" python3:python3
  log=$tree/build/logs/demo-build.log
  echo "building meshctl; minutes the first time (log: $log)"
  if ! (cd "$tree" && cmake --preset release && cmake --build --preset release) >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    echo "demo: the build failed; the whole log is $log" >&2
    exit 1
  fi
  MESHCTL=$tree/build/release/cli/meshctl
fi

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# take_port FROM: the first port from there on that nobody listens at, in $port.
port=0
take_port() {
  ((port >= $1)) && port=$((port + 1)) || port=$1
  while listens "$port"; do port=$((port + 1)); done
}

# wait_for NAME PORT: until it listens, for at most ten seconds.
wait_for() {
  local tries=200
  until listens "$2"; do
    ((tries-- > 0)) || { echo "demo: $1 did not start; it said:" >&2; cat "$scratch/$1.log" >&2; exit 1; }
    sleep 0.05
  done
}

start() {
  local name=$1
  shift
  "$@" >"$scratch/$name.log" 2>&1 </dev/null &
  started+=("$!")
}

take_port 14080
dashboard=$port
start dashboard "$MESHCTL" dashboard --listen "$dashboard" --data "$scratch/meshctl.db"
wait_for dashboard "$dashboard"

# serve NAME PEER...: a service, and its proxy; the proxy's URL is in $url.
serve() {
  local name=$1 application
  shift
  take_port 18080
  application=$port
  start "$name" python3 "$here/demo_service.py" "$name" "$application" "$@"
  wait_for "$name" "$application"
  take_port 18080
  MESHCTL_SERVICE=$name POD_NAME=$name-1 POD_NAMESPACE=demo \
    start "$name-proxy" "$MESHCTL" run --upstream "$application" --listen "$port" --admin off --output none \
    --dashboard "http://127.0.0.1:$dashboard"
  wait_for "$name-proxy" "$port"
  url=http://127.0.0.1:$port
}

serve stock
stock=$url
serve payments
payments=$url
serve shop "$stock" "$payments"
start traffic python3 "$here/demo_service.py" traffic "$url"

start rest sleep "${duration:-infinity}"
echo "open http://127.0.0.1:$dashboard/"
echo "the shop itself is at $url/; Ctrl-C ends everything"
wait "${started[-1]}"
