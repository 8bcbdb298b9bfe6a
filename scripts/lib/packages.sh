# SPDX-License-Identifier: MIT
# Debian packages that the project uses, by what happens to them.

# Installed on the machine: compilers, emulator, image tools.
HOST_PACKAGES=(
  g++ clang libclang-rt-14-dev cmake ninja-build python3 python3-pexpect
  libboost-dev libgtest-dev libxen-dev
  pkg-config libsystemd-dev libfmt-dev libcli11-dev nlohmann-json3-dev zlib1g-dev liblzma-dev libzstd-dev liblz4-dev
  qemu-system-x86 qemu-utils ovmf ipxe-qemu bochs bochs-term
  grub-common grub-pc-bin grub-efi-amd64-bin xorriso mtools
  mmdebstrap e2fsprogs fdisk spin
  busybox-static cpio xz-utils zstd kmod binutils
  libfdt-dev device-tree-compiler
)

# The same, for building and running arm64.
ARM64_HOST_PACKAGES=(g++-aarch64-linux-gnu binutils-aarch64-linux-gnu qemu-system-arm qemu-efi-aarch64)

# Downloaded and unpacked below out/cache, never installed: they would add boot entries, services or libraries to the
# machine. The kernel's own package is found through linux-image-amd64.
SYSROOT_PACKAGES=(
  xen-hypervisor-4.17-amd64 xen-utils-4.17 xen-utils-common xenstore-utils
  libxencall1 libxendevicemodel1 libxenevtchn1 libxenforeignmemory1 libxengnttab1 libxenhypfs1 libxenmisc4.17
  libxenstore4 libxentoolcore1 libxentoollog1
  libc6 libgcc-s1 libncurses6 libtinfo6 libyajl2 libuuid1 liblzma5 libzstd1 zlib1g
  bash ncurses-base grub-xen-host util-linux
  libstdc++6 libfmt9 libsystemd0 libcap2 libgcrypt20 libgpg-error0 liblz4-1
  stress-ng libapparmor1 libbsd0 libmd0 libcrypt1 libdrm2 libegl1 libexpat1 libffi8 libgbm1 libgles2 libglvnd0
  libipsec-mb1 libjpeg62-turbo libjudydebian1 libkmod2 libsctp1 libssl3 libwayland-server0 libxxhash0
  mount libsmartcols1
  qemu-system-xen libbz2-1.0 libdw1 libelf1 libfdt1 libglib2.0-0 libgstreamer-plugins-base1.0-0 libgstreamer1.0-0 libopus0
  liborc-0.4-0 libpcre2-8-0 libpixman-1-0 libsasl2-2 libspice-server1 libudev1 libunwind8 libusb-1.0-0
  lvm2 libaio1 libblkid1 libdevmapper1.02.1 libdevmapper-event1.02.1 libedit2 libselinux1
)

# The same for arm64, with the development files that cross-built tools are linked with; its kernel's package is found through
# linux-image-arm64.
ARM64_PACKAGES=(
  xen-hypervisor-4.17-arm64 xen-utils-4.17 xen-utils-common xenstore-utils busybox-static
  libxencall1 libxendevicemodel1 libxenevtchn1 libxenforeignmemory1 libxengnttab1 libxenhypfs1 libxenmisc4.17
  libxenstore4 libxentoolcore1 libxentoollog1
  libc6 libgcc-s1 libncurses6 libtinfo6 libyajl2 libuuid1 liblzma5 libzstd1 zlib1g
  bash ncurses-base util-linux mount libsmartcols1 libblkid1 libmount1 libselinux1 libpcre2-8-0 libcom-err2
  libstdc++6 libfmt9 libsystemd0 libcap2 libgcrypt20 libgpg-error0 liblz4-1 libfdt1 libext2fs2
  stress-ng libapparmor1 libbsd0 libmd0 libcrypt1 libdrm2 libegl1 libexpat1 libffi8 libgbm1 libgles2 libglvnd0
  libjpeg62-turbo libjudydebian1 libkmod2 libsctp1 libssl3 libwayland-server0 libxxhash0
  libc6-dev libxen-dev libsystemd-dev libfmt-dev zlib1g-dev liblzma-dev libzstd-dev liblz4-dev libfdt-dev
  lvm2 libaio1 libdevmapper1.02.1 libdevmapper-event1.02.1 libedit2 libudev1
  grub-efi-arm64-bin
)

# Of i386, for a guest of 32 bits; its kernel's package is found through linux-image-686-pae.
I386_GUEST_PACKAGES=(busybox-static)
