# SPDX-License-Identifier: MIT
# Shared by the project's shell scripts: where things are, and how to tell the person what is going on.
# Source it with ROOT unset; it finds the repository from its own place.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
OUT=$ROOT/out
CACHE=$OUT/cache
SYSROOT=$CACHE/sysroot

note() { printf '==> %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# as_root COMMAND...: through sudo where the caller is not root.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# usage: prints the comment block at the head of the calling script, which is its manual.
usage() { awk 'NR > 2 && !/^#/ { exit } NR > 2 { sub(/^# ?/, ""); print }' "$0"; }
