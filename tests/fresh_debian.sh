#!/usr/bin/env bash
# Runs examples/quickstart.sh and tests/run.sh on a Debian 12 that has git and nothing else: a system
# made by mmdebstrap from this machine's own package sources, entered by pivot_root with process and
# mount namespaces of its own. Needs root and mmdebstrap; removes all it made.
#
# usage: tests/fresh_debian.sh [COMMAND...]     (default: both scripts)
# Containers cannot be expected to run in there: e2e skips by name, unless CI=true is in the environment.
set -euo pipefail
exec </dev/null
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if [[ ${1:-} == --inside ]]; then
  # In the new namespaces, still with the old root.
  root=$2
  shift 2
  mount --bind "$root" "$root"
  mkdir -p "$root/proc" "$root/dev/pts" "$root/dev/shm" "$root/sys" "$root/old"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  mkdir -p "$root/dev/pts" "$root/dev/shm"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  for node in null zero full random urandom tty; do
    : >"$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
  done
  ln -s /proc/self/fd "$root/dev/fd"
  cd "$root"
  pivot_root . old
  cd /
  umount -l /old
  rmdir /old
  exec env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    TERM=dumb CI="${CI:-}" bash -c 'cd /root/meshctl && eval "$1"' bash "$*"
fi

((EUID == 0)) || { echo "fresh_debian: needs root, for the namespaces" >&2; exit 1; }
command -v mmdebstrap >/dev/null ||
  { echo "fresh_debian: mmdebstrap is missing: apt-get install mmdebstrap" >&2; exit 1; }

scratch=$(mktemp -d)
trap 'rm -rf --one-file-system "$scratch"' EXIT
root=$scratch/root
if (($#)); then commands=("$*"); else commands=("examples/quickstart.sh" "tests/run.sh"); fi

echo "bootstrapping Debian 12 (log: $scratch/bootstrap.log)"
# The archive that this machine itself is configured with: its Debian entries, its proxy.
apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
  sort -u >"$scratch/sources.list"
proxy=$(apt-config shell proxy Acquire::http::Proxy | sed "s/^proxy='\(.*\)'$/\1/")
if ! mmdebstrap --variant=minbase --include=git,ca-certificates \
  ${proxy:+--aptopt="Acquire::http::Proxy \"$proxy\""} \
  bookworm "$root" "$scratch/sources.list" >"$scratch/bootstrap.log" 2>&1; then
  tail -n 20 "$scratch/bootstrap.log" >&2
  exit 1
fi
cp --dereference /etc/resolv.conf "$root/etc/resolv.conf"
git clone -q --no-hardlinks "$tree" "$root/root/meshctl"

verdict=0
for command in "${commands[@]}"; do
  echo "== $command"
  started=$SECONDS
  if unshare --mount --pid --uts --ipc --fork --kill-child --propagation private \
    bash "$tree/tests/fresh_debian.sh" --inside "$root" "$command"; then
    echo "== $command: succeeded in $((SECONDS - started)) s"
  else
    echo "== $command: FAILED with $? after $((SECONDS - started)) s"
    verdict=1
  fi
done
((verdict == 0)) && echo "verdict: works on a fresh Debian 12" || echo "verdict: does NOT work on a fresh Debian 12"
exit $verdict
