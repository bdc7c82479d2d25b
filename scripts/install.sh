#!/bin/sh
# Puts the one file in place: sh install.sh [--from DIRECTORY|https://…] [--to DIRECTORY]
# Looked for beside this script, put into ~/.local/bin as `entangle`. Nothing is replaced before its sum was checked.
set -eu

say() { printf '%s\n' "$*" >&2; }
stop() { say "install: $1"; say "hint: $2"; exit "${3:-1}"; }

from=$(dirname "$0")
to=${HOME:+$HOME/.local/bin}
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) sed -n 's/^# //p' "$0" | head -n 2; exit 0 ;;
    --from | --to) [ $# -ge 2 ] || stop "$1 needs a value" 'see --help' 64 ;;
    *) stop "unknown option $1" 'see --help' 64 ;;
  esac
  case $1 in --from) from=${2%/} ;; --to) to=${2%/} ;; esac
  shift 2
done
[ -n "$to" ] || stop 'there is no HOME' 'name a place: --to DIRECTORY' 64

case $(uname -s) in
  Linux) system=linux ;;
  Darwin) system=darwin ;;
  *) stop "no file is made for $(uname -s)" 'build it from source: npm start' 7 ;;
esac
case $(uname -m) in
  x86_64 | amd64) cpu=x64 ;;
  aarch64 | arm64) cpu=arm64 ;;
  *) stop "no file is made for $(uname -m)" 'build it from source: npm start' 7 ;;
esac
file=entangle-$system-$cpu

mkdir -p "$to"
to=$(cd "$to" && pwd)
[ ! -d "$to/entangle" ] || stop "$to/entangle is a directory" 'move it away, or name another place: --to DIRECTORY' 3
# Beside its place, so that the last step is one rename
work=$(mktemp -d "$to/.entangle-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

get() {
  case $from in
    https://*) curl --proto '=https' --tlsv1.2 -fsSL "$from/$1" -o "$work/$1" ;;
    *://*) stop "will not load over ${from%%:*}" 'give an address that begins with https://' 64 ;;
    *) cp "$from/$1" "$work/$1" ;;
  esac || stop "cannot get $from/$1" 'name where it is: --from DIRECTORY or --from https://…' 6
}
get "$file"
get "$file.sha256"

# The sum alone is taken: a list may name any file
wanted=$(cut -c1-64 "$work/$file.sha256" | head -n 1)
if command -v sha256sum >/dev/null; then sum=sha256sum; else sum='shasum -a 256'; fi
found=$($sum <"$work/$file")
[ "$wanted" = "$(printf %s "$found" | cut -c1-64)" ] ||
  stop "$file is not what its sum says: nothing was installed" 'get both again; if that does not help, do not use it'

chmod 755 "$work/$file"
mv -f "$work/$file" "$to/entangle"
say "installed $to/entangle"
case ":${PATH:-}:" in
  *":$to:"*) say 'next: entangle demo' ;;
  *) say "next: export PATH='$(printf %s "$to" | sed "s/'/'\\\\''/g")':\"\$PATH\" && entangle demo" ;;
esac
