# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The disk that ./run boots and the system tests use. Sourced after common.sh.

# current_dom0_disk DISK [FRESH]: makes packages that are older than what they hold, and a disk that is older than its packages or
# the script that makes it, anew; the old disk is kept as DISK.old.
current_dom0_disk() {
  local disk=$1 fresh=${2-} newest
  mkdir -p "$OUT/packages"
  newest=$(find "$OUT/packages" -name 'xenolith-tools_*.deb')
  if [ -z "$newest" ] || [ -n "$(find "$OUT/tools/bin" "$OUT/x86_64/xenolith" "$ROOT/packaging" "$ROOT/tools/hotplug" -newer "$newest" -type f -print -quit)" ]; then
    "$ROOT/scripts/make-packages" --no-build
    newest=$(find "$OUT/packages" -name 'xenolith-tools_*.deb')
  fi
  [ -z "$fresh" ] && [ "$disk" -nt "$newest" ] && [ "$disk" -nt "$ROOT/scripts/make-dom0-disk" ] && return
  [ ! -f "$disk" ] || mv "$disk" "$disk.old"
  "$ROOT/scripts/make-dom0-disk" --out "$disk"
}
