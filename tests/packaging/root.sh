# Functions for tests that install packages in a Debian root of their own. The test sets -e, and is in the project's directory.

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "FAILED: $*" >&2; exit 1; }
step() { printf '\n-- %s\n' "$*"; }

require_tools() { # command…
  local tool
  for tool; do command -v "$tool" >/dev/null || skip "there is no $tool"; done
}

# Makes $work a Debian 12 that ends with the script: the minimal one in build/clean-root, which debootstrap makes the first time,
# with a layer for changes on it. Where the kernel has no such layers, it is a copy.
open_root() {
  ((EUID == 0)) || skip "only root can change into another root"
  require_tools debootstrap chroot apt-get unshare
  local mirror root=$PWD/build/clean-root
  mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' | sed -n 's/ bookworm main$//p' | head -n 1)
  [[ -n $mirror ]] || skip "apt knows no mirror of Debian 12"
  # Tests that run at the same time share it.
  mkdir -p build
  exec {lock}>"$root.lock"
  flock "$lock"
  if [[ ! -e $root/complete ]]; then
    rm -rf "$root"
    debootstrap --variant=minbase --include=man-db,bash-completion,zsh,fish bookworm "$root" "$mirror" >"$root.log" 2>&1 ||
      { tail "$root.log"; skip "debootstrap failed: is the mirror in reach?"; }
    touch "$root/complete"
  fi
  exec {lock}>&-
  work=$(mktemp -d)
  trap 'kill $(jobs -p) 2>/dev/null || true; wait; umount "$work" 2>/dev/null || true; rm -rf "$work" "$work".*' EXIT
  mkdir "$work.upper" "$work.work"
  mount -t overlay overlay -o "lowerdir=$root,upperdir=$work.upper,workdir=$work.work" "$work" 2>/dev/null ||
    cp -a "$root/." "$work"
  cp /etc/resolv.conf "$work/etc/"
  # No function: in the background it would be a shell of its own, and signals would not reach the program.
  # The control socket needs /proc, as every container and machine has it; the mount ends with the command.
  as_user=(unshare --mount --propagation private sh -c 'mount -t proc proc "$0/proc" && exec "$@"' "$work"
    chroot --userspec=12345:12345 "$work" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/tmp LANG=C.UTF-8)
}

inside() { chroot "$work" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8 "$@"; }
try_apt_inside() { inside DEBIAN_FRONTEND=noninteractive apt-get -yq "$@" >"$work.log" 2>&1; }
apt_inside() { try_apt_inside "$@" || { cat "$work.log"; fail "apt-get $1"; }; }
packages_inside() { inside dpkg-query --show --showformat='${db:Status-Abbrev}${Package}\n' | sort; }
