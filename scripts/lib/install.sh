#!/usr/bin/env bash
# install.sh run|demo|test: installs what is missing through apt, and says first what that is.
# Silent when everything is there. NEARFAR_REPLACE=1 lets apt remove packages that stand in the way.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/packages.sh"

has() {
  local name=${1%%>=*} least= version
  [ "$name" = "$1" ] || least=${1#*>=}
  version=$(dpkg-query -W -f='${db:Status-Status} ${Version}' "$name" 2>/dev/null) || return 1
  [ "${version%% *}" = installed ] || return 1
  [ -z "$least" ] || dpkg --compare-versions "${version#* }" ge "$least"
}

wanted() {
  case $1 in
    run) printf '%s\n' "${packages_run[@]}" ;;
    demo) printf '%s\n' "${packages_demo[@]}" ;;
    test)
      printf '%s\n' "${packages_test[@]}"
      # Any npm will do (it may come from elsewhere than apt): it fetches the Node the tests run on.
      command -v npm >/dev/null || printf 'npm\n'
      ;;
  esac
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    env DEBIAN_FRONTEND=noninteractive "$@"
  else
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

# The archive that this system already uses for its own release, and the key it is checked with.
system_mirror() {
  apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 2>/dev/null |
    awk -v release="$VERSION_CODENAME" '$2 == release { sub("/$", "", $1); print $1; exit }'
}

# Only what is named as PACKAGE/bookworm-backports comes from there: priority 100 is below the
# release's 500 (apt_preferences(5)).
enable_backports() {
  local mirror list=/etc/apt/sources.list.d/nearfar-backports.list
  [ ! -e "$list" ] || return 0
  ! apt-cache policy 2>/dev/null | grep -q "$suite/main" || return 0
  mirror=$(system_mirror)
  [ -n "$mirror" ] || fail "apt lists no archive for $VERSION_CODENAME: add one to /etc/apt/sources.list.d first"
  say "adding $list and its pin in /etc/apt/preferences.d/nearfar-backports"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$mirror" "$suite" |
    as_root tee "$list" >/dev/null
  printf 'Package: *\nPin: release n=%s\nPin-Priority: 100\n' "$suite" |
    as_root tee /etc/apt/preferences.d/nearfar-backports >/dev/null
}

# Other Boost headers cannot live beside ours (Debian's -dev packages conflict).
check_evictions() {
  local gone
  gone=$(apt-get -s -qq --no-install-recommends install "$@" 2>/dev/null | awk '/^Remv/ { print $2 }')
  [ -n "$gone" ] || return 0
  say "apt would remove these, because they conflict with what is needed:"
  printf '  %s\n' $gone
  if [ "${NEARFAR_REPLACE:-}" != 1 ]; then
    [ -t 0 ] || fail "nothing was installed; NEARFAR_REPLACE=1 ${NEARFAR_COMMAND:-$0} lets apt remove them"
    local answer
    read -r -p "remove them? [y/N] " answer
    [ "$answer" = y ] || [ "$answer" = Y ] || fail "nothing was installed"
  fi
  removal=
}

[[ ${1:-} =~ ^(run|demo|test)$ ]] || fail "usage: install.sh run|demo|test"
missing=()
while read -r package; do
  has "$package" || missing+=("${package%%>=*}")
done < <(wanted "$1")
[ "${#missing[@]}" -gt 0 ] || exit 0

command -v apt-get >/dev/null || fail "no apt-get here; install these by hand: ${missing[*]}"
. /etc/os-release
suite=${VERSION_CODENAME:-}-backports
removal=--no-remove

say "installing ${#missing[@]} packages with apt:"
printf '  %s\n' "${missing[*]}" | fold -s -w 100
[ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail "this needs root, or sudo: run it once as root"
names=()
for package in "${missing[@]}"; do
  if [ "${VERSION_CODENAME:-}" = bookworm ] && [[ $package =~ $from_backports ]]; then
    enable_backports
    names+=("$package/$suite")
  else
    names+=("$package")
  fi
done

mkdir -p "$root/build"
log=$root/build/install.log
logged "$log" as_root apt-get update -q
check_evictions "${names[@]}"
logged "$log" as_root apt-get install -y -q $removal --no-install-recommends "${names[@]}"
say "  installed"
