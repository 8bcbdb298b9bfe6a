// SPDX-License-Identifier: MIT
#include "tools/toolstack/disk_backend.hpp"

#include <sys/stat.h>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

void refuse_missing_backends(const DiskConfig& disk) {
  if (disk.virtio) fail(ENOTSUP, "disk {}: specification=virtio is not there", disk.vdev);
  if (disk.backend_type == DiskBackend::tap) fail(ENOTSUP, "disk {}: backendtype=tap is not there", disk.vdev);
  if (disk.backend_type == DiskBackend::standalone) fail(ENOTSUP, "disk {}: backendtype=standalone is not there", disk.vdev);
}

void check_empty(const DiskConfig& disk) {
  if (!disk.cdrom) fail(EINVAL, "disk {}: only a cdrom can be empty", disk.vdev);
  if (!disk.target.empty()) fail(EINVAL, "disk {}: format=empty with target '{}'", disk.vdev, disk.target);
}

// Whether the kernel's backend can serve the target, which lies in this domain.
bool kernel_can_serve(const DiskConfig& disk) {
  struct stat status;
  check(stat(disk.target.c_str(), &status), "disk {}: {}", disk.vdev, disk.target);
  return S_ISBLK(status.st_mode) || S_ISREG(status.st_mode);
}

bool phy_is_possible(const DiskConfig& disk, DomainId own_domain) {
  if (disk.format != DiskFormat::raw) return false;
  bool elsewhere = disk.backend.id != own_domain;
  return elsewhere || !disk.script.empty() || kernel_can_serve(disk);
}

}  // namespace

void choose_disk_backend(DiskConfig& disk, DomainId own_domain) {
  refuse_missing_backends(disk);
  if (disk.format == DiskFormat::unknown) disk.format = DiskFormat::raw;
  if (disk.format == DiskFormat::empty) check_empty(disk);
  if (disk.backend_type != DiskBackend::qdisk && phy_is_possible(disk, own_domain)) {
    disk.backend_type = DiskBackend::phy;
    return;
  }
  if (disk.backend_type == DiskBackend::phy)
    fail(EINVAL, "disk {}: backendtype=phy needs format=raw and a block device or file", disk.vdev);
  if (!disk.script.empty()) fail(EINVAL, "disk {}: a script needs format=raw and the kernel's backend", disk.vdev);
  disk.backend_type = DiskBackend::qdisk;
}

}  // namespace xenolith::tools
