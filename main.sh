#!/bin/sh
# Starts s3-sync from a checkout, for people (`./main.sh demo`) and for OpsKit, which looks for this file.
# Sets up what is missing first: installs the packages and builds. Only Node and npm are needed. Standard output belongs to the tool
# (scripts parse its JSON), so everything said here goes to stderr.

say() { printf 's3-sync: %s\n' "$1" >&2; }

# 3 is "could not start" (see --help, exit codes).
fail() {
  say "$1"
  exit 3
}

# The checkout may be reached through symbolic links; `readlink -f` is not everywhere.
self=$0
while [ -L "$self" ]; do
  link=$(readlink "$self")
  case $link in
    /*) self=$link ;;
    *) self=$(dirname "$self")/$link ;;
  esac
done
root=$(CDPATH='' cd -- "$(dirname -- "$self")" && pwd -P) || exit 3

command -v node >/dev/null 2>&1 || fail 'Node.js is not installed (or not in PATH). Version 20.18.1 or newer is needed: https://nodejs.org'
version=$(node --version 2>/dev/null)
IFS=. read -r major minor patch <<EOF
${version#v}
EOF
# `v22.0.0-nightly`: what is behind the dash is no number.
patch=${patch%%[!0-9]*}
case $major:$minor:$patch in
  *[!0-9:]* | :* | *:: | *:) fail 'node does not answer --version; is it Node.js?' ;;
esac
[ $((major * 1000000 + minor * 1000 + patch)) -ge 20018001 ] ||
  fail "Node.js 20.18.1 or newer is needed, this is $version. See https://nodejs.org"

# Built, and nothing newer than the build. Without sources (only dist was delivered) what is there is taken as it is.
is_built() {
  [ -f "$root/dist/main.js" ] || return 1
  [ -d "$root/src" ] || return 0
  [ -z "$(find "$root/src" "$root"/*.mjs "$root/package.json" "$root/package-lock.json" -newer "$root/dist/main.js" | head -n 1)" ]
}

is_installed() {
  [ -f "$root/node_modules/.package-lock.json" ] &&
    [ -z "$(find "$root/package-lock.json" -newer "$root/node_modules/.package-lock.json")" ]
}

# quietly WHAT COMMAND...: runs it in the checkout; its output is shown only when it fails.
quietly() {
  what=$1
  shift
  if output=$(cd "$root" && "$@" 2>&1 </dev/null); then return 0; fi
  printf '%s\n' "$output" | tail -n 15 >&2
  fail "$what failed, see above. The first start needs the npm registry; behind a proxy, set HTTPS_PROXY or npm's own configuration."
}

# One at a time: the lock is a directory, which only one process can make. It names its owner, so that one left by a killed process
# does not block for ever.
lock=$root/.setup.lock
lock_setup() {
  told=
  missing=
  until mkdir "$lock" 2>/dev/null; do
    if [ ! -d "$lock" ]; then
      [ -z "$missing" ] || fail "cannot write to $root, and the first start has to: install as a user who can"
      # Its owner may have removed it just now.
      missing=yes
      continue
    fi
    missing=
    owner=$(cat "$lock/pid" 2>/dev/null)
    if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
      rm -rf "$lock"
      continue
    fi
    [ -n "$told" ] || say 'waiting for another s3-sync that is being set up here …'
    told=yes
    sleep 1
  done
  trap 'rm -rf "$lock"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  echo $$ >"$lock/pid"
}

if ! is_built; then
  command -v npm >/dev/null 2>&1 || fail 'npm is not installed (or not in PATH); it comes with Node.js: https://nodejs.org'
  lock_setup
  if ! is_installed; then
    say 'first start: installing packages, this takes a minute …'
    # The build tools are development dependencies, which npm leaves out under NODE_ENV=production.
    quietly 'npm ci' npm ci --include=dev --no-audit --no-fund
  fi
  if ! is_built; then
    say 'building …'
    quietly 'npm run build' npm run build
  fi
  rm -rf "$lock"
  trap - EXIT INT TERM
fi

# Hints name the command that was typed. OpsKit names the tool that it runs.
if [ -n "${OPSKIT_BASE_PATH:-}" ] && [ -n "${TOOL_NAME:-}" ]; then
  S3_SYNC_COMMAND="opskit run $TOOL_NAME"
else
  case $0 in
    *\'*) S3_SYNC_COMMAND= ;;
    *[!A-Za-z0-9_./-]*) S3_SYNC_COMMAND="'$0'" ;;
    */*) S3_SYNC_COMMAND=$0 ;;
    *) S3_SYNC_COMMAND="sh $0" ;;
  esac
fi
export S3_SYNC_COMMAND
exec node "$root/dist/main.js" "$@"
