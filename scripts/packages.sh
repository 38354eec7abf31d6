#!/usr/bin/env bash
# scripts/packages.sh GROUP...: installs what is missing of these groups of
# packages.txt. Where it cannot (not Debian, not root), it says what is missing
# and how to get it, and exits 1.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Lines "PACKAGE PROBE REASON" of the groups asked for.
listed() {
  local group package probe reason wanted=" $* "
  while read -r group package probe reason; do
    case $group in '' | '#'*) continue ;; esac
    [[ $wanted == *" $group "* ]] && printf '%s %s %s\n' "$package" "$probe" "${reason#\# }"
  done <"$root/packages.txt"
  return 0
}

installed_packages() {
  command -v dpkg-query >/dev/null || return 0
  dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' || true
}

probe_finds() {
  case $1 in
    cmd:*) command -v "${1#cmd:}" >/dev/null ;;
    pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
    inc:*) printf '#include <%s>\n' "${1#inc:}" | g++ -std=c++20 -fsyntax-only -x c++ - 2>/dev/null ;;
    *) return 0 ;;
  esac
}

# Those of LIST (lines of `listed`) that are not there; with "probe" also looked for beside dpkg.
missing_of() {
  local how=$1 list=$2 have package probe reason
  have=$(installed_packages $(cut -d' ' -f1 <<<"$list"))
  while read -r package probe reason; do
    [ -n "$package" ] || continue
    grep -qxF -- "$package" <<<"$have" && continue
    [ "$how" = probe ] && probe_finds "$probe" && continue
    printf '%s %s %s\n' "$package" "$probe" "$reason"
  done <<<"$list"
}

# How to become root here: "" for root, "sudo" where it works without a prompt
# or can ask on a terminal. Fails where there is no way.
become_root() {
  if [ "$(id -u)" -eq 0 ]; then return 0; fi
  command -v sudo >/dev/null || return 1
  if sudo -n true 2>/dev/null; then echo sudo; return 0; fi
  [ -t 0 ] && [ -t 2 ] || return 1
  say "Installing packages needs root; sudo may ask for your password."
  sudo -v || return 1
  echo sudo
}

explain() {
  local list=$1 why=$2 names package probe reason
  names=$(cut -d' ' -f1 <<<"$list" | tr '\n' ' ')
  say "$why These are missing (names as in Debian 12):"
  while read -r package probe reason; do
    printf '  %-22s %s\n' "$package" "$reason" >&2
  done <<<"$list"
  if command -v apt-get >/dev/null; then
    say "Install them as root, then run this again:"
    say "  apt-get install --no-install-recommends $names"
  else
    say "Install what your system calls them, with their header files, then run this again."
  fi
  exit 1
}

install_packages() {
  local as_root=$1 apt
  shift
  apt=($as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
  "${apt[@]}" update
  "${apt[@]}" install --no-install-recommends "$@"
}

main() {
  local list missing as_root names
  [ $# -gt 0 ] || die "usage: scripts/packages.sh GROUP..."
  list=$(listed "$@")
  missing=$(missing_of dpkg "$list")
  [ -n "$missing" ] || return 0

  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    missing=$(missing_of probe "$list")
    [ -z "$missing" ] || explain "$missing" "This system has no apt-get, so nothing was installed."
    return 0
  fi
  if ! as_root=$(become_root); then
    missing=$(missing_of probe "$list")
    [ -z "$missing" ] || explain "$missing" "Installing needs root, and there is no way to become root here."
    return 0
  fi
  names=$(cut -d' ' -f1 <<<"$missing")
  say "Installing $(wc -l <<<"$names") packages: $(tr '\n' ' ' <<<"$names")"
  step "install packages" packages.log install_packages "$as_root" $names ||
    explain "$(missing_of dpkg "$list")" "apt-get could not install everything (its words are above)."
}

main "$@"
