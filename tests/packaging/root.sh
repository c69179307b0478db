# Functions for tests that install packages in a Debian root of their own. The test sets -e, and is in the project's directory.

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "FAILED: $*" >&2; exit 1; }
step() { printf '\n-- %s\n' "$*"; }

require_tools() { # command…
  local tool
  for tool; do command -v "$tool" >/dev/null || skip "there is no $tool"; done
}

# Makes build/clean-root or build/clean-root-SUITE, a minimal Debian, unless it is there. Tests that run at the same time share it.
ensure_root() { # [suite]
  ((EUID == 0)) || skip "only root can change into another root"
  require_tools debootstrap chroot apt-get unshare
  local suite=${1:-bookworm} mirror options=()
  root=$PWD/build/clean-root${1:+-$1}
  mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' | sed -n 's/ bookworm main$//p' | head -n 1)
  [[ -n $mirror ]] || skip "apt knows no mirror of Debian 12"
  [[ -n ${1:-} ]] || options=(--include=man-db,bash-completion,zsh,fish)
  mkdir -p build
  exec {lock}>"$root.lock"
  flock "$lock"
  if [[ ! -e $root/complete ]]; then
    rm -rf "$root"
    debootstrap --variant=minbase "${options[@]}" "$suite" "$root" "$mirror" >"$root.log" 2>&1 ||
      { tail "$root.log"; skip "debootstrap failed: is the mirror in reach?"; }
    touch "$root/complete"
  fi
  exec {lock}>&-
}

# Fails unless the files that accompany the program are below a prefix.
expect_files() { # prefix
  local file
  for file in share/man/man1/aluvia-connect.1.gz share/bash-completion/completions/aluvia-connect \
    share/fish/vendor_completions.d/aluvia-connect.fish share/zsh/*/_aluvia-connect \
    lib/systemd/user/aluvia-connect{.service,.socket,@.service} \
    share/doc/aluvia-connect/{README.md,SECURITY.md,NOTICES,docs/install.md} \
    share/doc/aluvia-connect/examples/{example.conf,aluvia-connect.logrotate,grafana/{dashboard.json,alerts.yaml}}; do
    compgen -G "$1/$file" >/dev/null || fail "$1 has no $file"
  done
}

# Prints the command of docs/install.md for a way to install.
documented_command() { # way
  local command
  command=$(sed -n "s/^| $1 | \`\([^\`]*\)\` |.*/\1/p" docs/install.md)
  [[ -n $command ]] || fail "docs/install.md has no way '$1'"
  printf '%s\n' "$command"
}

# Prints the block of commands under a heading of docs/install.md.
documented_block() { # heading
  local block
  block=$(sed -n "/^## $1\$/,/^## /{/^\`\`\`sh\$/,/^\`\`\`\$/{/^\`\`\`/d;p}}" docs/install.md)
  [[ -n $block ]] || fail "docs/install.md has no commands under '$1'"
  printf '%s\n' "$block"
}

# Makes $work a Debian that ends with the script: a root of ensure_root with a layer for changes on it. Where the kernel has no such
# layers, it is a copy.
open_root() { # [suite [user]]
  ensure_root ${1:+"$1"}
  work=$(mktemp -d)
  trap 'kill $(jobs -p) 2>/dev/null || true; wait; umount "$work" 2>/dev/null || true; rm -rf "$work" "$work".*' EXIT
  mkdir "$work.upper" "$work.work"
  mount -t overlay overlay -o "lowerdir=$root,upperdir=$work.upper,workdir=$work.work" "$work" 2>/dev/null ||
    cp -a "$root/." "$work"
  cp /etc/resolv.conf "$work/etc/"
  # No function: in the background it would be a shell of its own, and signals would not reach the program.
  # The control socket needs /proc, as every container and machine has it; the mount ends with the command.
  as_user=(unshare --mount --propagation private sh -c 'mount -t proc proc "$0/proc" && exec "$@"' "$work"
    chroot --userspec="${2:-12345}:${2:-12345}" "$work" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/tmp LANG=C.UTF-8)
}

# Runs a command line of the documents. In the root everything is root's, and apt asks nothing.
documented_inside() { # command line
  printf '#!/bin/sh\nexec "$@"\n' >"$work/usr/local/bin/sudo"
  chmod +x "$work/usr/local/bin/sudo"
  printf 'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\n' >"$work/etc/apt/apt.conf.d/90answers"
  local status=0
  chroot "$work" /usr/bin/env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive bash -euc "cd /srv; $1" >"$work.log" 2>&1 || status=$?
  rm "$work/usr/local/bin/sudo" "$work/etc/apt/apt.conf.d/90answers"
  ((status == 0)) || { cat "$work.log"; fail "$1"; }
}

inside() { chroot "$work" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8 "$@"; }
try_apt_inside() { inside DEBIAN_FRONTEND=noninteractive apt-get -yq "$@" >"$work.log" 2>&1; }
apt_inside() { try_apt_inside "$@" || { cat "$work.log"; fail "apt-get $1"; }; }
packages_inside() { inside dpkg-query --show --showformat='${db:Status-Abbrev}${Package}\n' | sort; }

# Starts the emulated Aluvia, whose CA certificate is in $ca_file; describe KEY prints a value of its JSON.
start_sandbox() { # program with its arguments, as all functions below
  [[ -e $work.sandbox ]] || mkfifo "$work.sandbox"
  "$@" sandbox --json --rule '*.proxied.example' --ca-file "${ca_file:-/tmp/ca.pem}" >"$work.sandbox" &
  sandbox=$!
  read -r description <"$work.sandbox" || fail "the sandbox has ended"
}
describe() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" <<<"$description"; } # key
stop_sandbox() {
  kill "$sandbox"
  wait "$sandbox" || fail "the sandbox ended with $?"
}

# Runs a proxy against the sandbox, sends a request by each route, and stops the proxy by its control socket.
use_proxy() { # api, program…
  [[ -e $work.url ]] || mkfifo "$work.url"
  local proxy url host
  "${@:2}" run --token "$(describe token)" --api-base-url "$(describe "$1")" --gateway-host 127.0.0.1 \
    --gateway-port "$(describe gateway_port)" --dns-server "$(describe dns_server)" --allow-loopback-names --log-level debug \
    >"$work.url" 2>"$work.log" &
  proxy=$!
  read -r url <"$work.url" || { cat "$work.log"; fail "the proxy printed no URL"; }
  for host in www.proxied.example www.direct.example; do
    curl -sS --fail --noproxy '' -x "$url" -o "$work.page" -w "$host: %{http_code}\n" "http://$host:$(describe origin_port)/"
  done
  grep -E 'example.*(gateway|direct)' "$work.log" || { cat "$work.log"; fail "the routes are not logged"; }
  "${@:2}" status --port "${url##*:}" >"$work.status"
  head -n 3 "$work.status"
  "${@:2}" stop --port "${url##*:}"
  wait "$proxy" || fail "the proxy ended with $?"
}

use_program() { # program…
  start_sandbox "$@"
  use_proxy api "$@"
  stop_sandbox
}
