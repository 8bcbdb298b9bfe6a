# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Debian's packages for another architecture than the machine's own, downloaded without telling dpkg or apt of it: a state of apt's own
# below out/cache. Sourced after common.sh.

foreign_state() { echo "$CACHE/apt-$1"; }

# foreign_prepare ARCH: makes the state and reads the lists once.
foreign_prepare() {
  local state
  state=$(foreign_state "$1")
  [ ! -f "$state/ready" ] || return 0
  mkdir -p "$state/lists/partial" "$state/archives/partial"
  : >"$state/status"
  cat >"$state/apt.conf" <<END
APT::Architecture "$1";
#clear APT::Architectures;
APT::Architectures { "$1"; };
Acquire::Languages "none";
Dir::State "$state";
Dir::State::lists "$state/lists";
Dir::State::status "$state/status";
Dir::Cache "$state";
Dir::Cache::archives "$state/archives";
Debug::NoLocking "true";
END
  foreign_refresh "$1"
  touch "$state/ready"
}

foreign_refresh() {
  note "reading apt's package lists for $1"
  APT_CONFIG=$(foreign_state "$1")/apt.conf apt-get -qq update >"$OUT/apt.log" 2>&1 ||
    note "some lists could not be read; what was read is used"
}

# foreign_kernel ARCH PACKAGE: the versioned kernel package that PACKAGE stands for.
foreign_kernel() {
  APT_CONFIG=$(foreign_state "$1")/apt.conf apt-cache depends "$2" 2>/dev/null |
    sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -1
}

# foreign_download ARCH FOLDER PACKAGE...: into the folder, which is made.
foreign_download() {
  local arch=$1 folder=$2
  shift 2
  rm -rf "$folder" && mkdir -p "$folder"
  chmod 777 "$folder"
  (cd "$folder" && APT_CONFIG=$(foreign_state "$arch")/apt.conf apt-get -qq download "$@" >"$OUT/apt.log" 2>&1) ||
    { tail -5 "$OUT/apt.log" >&2; return 1; }
}
