#!/usr/bin/env bash
# Makes a Node that runs uWebSockets.js on a Debian whose glibc is older than the 2.38 its Linux binaries need.
# It fetches Debian 13's C and C++ libraries from the machine's own Debian mirror into node_modules, copies the
# project's Node beside them and points the copy at them. It installs nothing on the system and changes no package.
#
#   scripts/node-with-newer-glibc.sh            makes node_modules/.cache/mimika/node
#   scripts/node-with-newer-glibc.sh --install  and puts it in place of node_modules/node/bin/node, so that every
#                                               npm script uses it; `npm ci` brings the original back
#
# Where the system's glibc is new enough it does nothing. Running it again is cheap: what is there is kept.
set -euo pipefail

glibc_needed=2.38
release=trixie
packages=(libc6 libstdc++6 libgcc-s1 zlib1g)

fail() {
  printf 'Cannot make a Node with a newer glibc: %s\n' "$*" >&2
  exit 1
}

install=no
case "${1-}" in
  "") ;;
  --install) install=yes ;;
  *) fail "unknown argument \"$1\". Say --install or nothing" ;;
esac

cd "$(dirname "$0")/.."
root=$PWD
cache=$root/node_modules/.cache/mimika
libraries=$cache/glibc
original=$root/node_modules/node/bin/node
made=$cache/node

[ "$(uname -s)" = Linux ] || { echo "Not Linux: nothing to do"; exit 0; }
glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | cut -d' ' -f2) || true
[ -n "$glibc" ] || fail "this system has no glibc. uWebSockets.js has no binary for it; the server falls back to ws"
if [ "$(printf '%s\n' "$glibc_needed" "$glibc" | sort -V | head -n1)" = "$glibc_needed" ]; then
  echo "glibc $glibc is new enough: nothing to do"
  exit 0
fi

[ -x "$original" ] || fail "node_modules/node/bin/node is missing. Run npm ci first"
for tool in apt-get dpkg patchelf; do
  command -v "$tool" >/dev/null || fail "$tool is missing. On Debian: apt-get install patchelf; elsewhere use a system with glibc $glibc_needed"
done
architecture=$(dpkg --print-architecture)
case "$architecture" in
  amd64) triplet=x86_64-linux-gnu loader=usr/lib64/ld-linux-x86-64.so.2 ;;
  arm64) triplet=aarch64-linux-gnu loader=usr/lib/ld-linux-aarch64.so.1 ;;
  *) fail "no uWebSockets.js binary for $architecture" ;;
esac

# Debian's mirror as this machine's apt knows it, without the host appearing in any file of ours.
debian_mirror() {
  apt-get indextargets --format '$(SITE) $(ORIGIN) $(COMPONENT) $(CODENAME)' 'Created-By: Packages' 2>/dev/null |
    awk '$2 == "Debian" && $3 == "main" && $4 !~ /security/ { print $1; exit }'
}

fetch_libraries() {
  local work mirror keyring
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || fail "apt knows no Debian mirror here. Run apt-get update first, and check the sources of apt"
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -r "$keyring" ] || fail "$keyring is missing. Run apt-get install debian-archive-keyring"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' RETURN
  mkdir -p "$work"/{lists/partial,archives/partial,packages,parts}
  : >"$work/status"
  printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$release" >"$work/sources.list"
  local options=(
    -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts="$work/parts"
    -o Dir::State::Lists="$work/lists" -o Dir::State::Status="$work/status"
    -o Dir::Cache="$work" -o Dir::Cache::Archives="$work/archives"
    -o APT::Architecture="$architecture" -o APT::Architectures="$architecture"
    -o APT::Sandbox::User=root -o APT::Get::List-Cleanup=0 -o Acquire::Languages=none -o Acquire::Retries=3
  )
  apt-get "${options[@]}" -qq update || fail "apt-get update of Debian's $release failed. Check that the mirror carries $release"
  (cd "$work/packages" && apt-get "${options[@]}" -qq download "${packages[@]}") ||
    fail "fetching ${packages[*]} of Debian's $release failed. Check the network and run this again"
  rm -rf "$libraries.new"
  mkdir -p "$libraries.new"
  local package
  for package in "$work"/packages/*.deb; do dpkg -x "$package" "$libraries.new"; done
  # An older Debian keeps the loader in /lib64, a newer one in /usr/lib64; one place serves both.
  [ -e "$libraries.new/$loader" ] || fail "the fetched libc6 has no $loader"
  rm -rf "$libraries"
  mv "$libraries.new" "$libraries"
}

# The patched copy names its loader, so a copy that is in place already is known by it.
patched() { [ "$(patchelf --print-interpreter "$1" 2>/dev/null)" = "$libraries/$loader" ]; }

mkdir -p "$cache"
[ -e "$libraries/$loader" ] || fetch_libraries
if patched "$original"; then
  [ -x "$made" ] || cp "$original" "$made"
elif ! { [ -x "$made" ] && patched "$made" && [ "$made" -nt "$original" ]; }; then
  cp "$original" "$made.new"
  patchelf --set-interpreter "$libraries/$loader" --set-rpath "$libraries/usr/lib/$triplet" --force-rpath "$made.new"
  mv "$made.new" "$made"
fi

"$made" -e 'require("@btc-vision/uwebsockets.js")' || fail "the Node made does not load uWebSockets.js (see above)"
if [ "$install" = yes ] && ! patched "$original"; then
  cp "$made" "$original.new"
  mv "$original.new" "$original"
  echo "node_modules/node/bin/node loads uWebSockets.js"
fi
echo "$made loads uWebSockets.js"
