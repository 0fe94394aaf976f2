# The Debian packages that the scripts of this tree need, in one place. To be sourced by bash.
# `package:command` is satisfied by the command too, whoever installed it.

packages_build=(g++ cmake ninja-build pkg-config
  libyaml-cpp-dev libcli11-dev libuv1-dev libfmt-dev nlohmann-json3-dev libexpected-dev node-llhttp libnghttp2-dev libsqlite3-dev libjs-dygraphs)

# What examples/quickstart.sh shows its work with.
packages_quickstart=(git curl:curl python3)

# libclang-rt: libFuzzer and the sanitizers of clang 14.
packages_unit=(doctest-dev ccache:ccache clang libclang-rt-14-dev clang-format:clang-format
  python3 python3-pytest)

# The independent programs that the integration tests and the benches measure against.
packages_integration=(git nodejs:node npm:npm openssl:openssl curl:curl nghttp2-client nghttp2-server:nghttpd nghttp2-proxy:nghttpx python3-grpcio nginx:nginx postgresql:pg_ctlcluster redis-server:redis-server python3-aiosmtpd
  openssh-server openssh-client:ssh haproxy:haproxy prometheus:promtool python3-prometheus-client busybox-static procps:ps tmux:tmux make:make python3-yaml
  util-linux:runuser iproute2 kubernetes-client:kubectl strace:strace
  chromium:chromium chromium-driver:chromedriver python3-selenium)
packages_bench=(wrk:wrk time nghttp2-client nghttp2-server:nghttpd)

packages_e2e=(busybox-static python3-yaml podman:podman buildah crun:crun netavark aardvark-dns catatonit iptables)

# is_installed PACKAGE[:COMMAND]
is_installed() {
  local package=${1%%:*} command=''
  [[ $1 == *:* ]] && command=${1#*:}
  if [[ -n $command ]] && PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null; then
    return 0
  fi
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]]
}

# install_missing LOG PACKAGE...: installs what is not there, says what, and touches nothing else.
# Services that come with a package (nginx, postgresql, ...) are not started.
install_missing() {
  local log=$1 missing=() package
  shift
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say_what_to_install "$@"
    return 1
  fi
  for package in "$@"; do
    is_installed "$package" || missing+=("${package%%:*}")
  done
  ((${#missing[@]})) || return 0

  local -a as_root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      echo "these packages are missing: ${missing[*]}" >&2
      echo "install them (apt-get install), or run this as root or with sudo at hand" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "installing: ${missing[*]} (log: $log)"
  mkdir -p "$(dirname "$log")"

  # The one switch that both init systems ask before they start a service. An administrator's
  # own policy stays as it is.
  local policy=/usr/sbin/policy-rc.d own_policy=no
  if [[ ! -e $policy ]]; then
    own_policy=yes
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
  fi
  local -a apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q
    -o Dpkg::Options::=--force-confold)
  local outcome=0
  {
    "${apt[@]}" install --no-install-recommends "${missing[@]}" ||
      { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "${missing[@]}"; }
  } >"$log" 2>&1 </dev/null || outcome=$?
  [[ $own_policy == no ]] || "${as_root[@]}" rm -f "$policy"
  if ((outcome != 0)); then
    tail -n 15 "$log" >&2
    echo "apt-get could not install them; the whole log is $log" >&2
    return 1
  fi
}

# say_what_to_install PACKAGE...: for systems other than Debian and its kin.
say_what_to_install() {
  echo "this script installs packages on Debian 12 only. Here, please install the like of:" >&2
  printf '  %s\n' "${@%%:*}" >&2
  echo "llhttp may be any llhttp 8 (library and header); then build with" >&2
  echo "  cmake -B build -G Ninja && cmake --build build" >&2
}
