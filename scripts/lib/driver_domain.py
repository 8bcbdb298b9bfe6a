# SPDX-License-Identifier: MIT
"""RAM disks of the driver domains that tests start: a Debian kernel's backends with the project's devd and hotplug scripts, and
apart from that, as few of them need it, Debian's qemu. The kernel unpacks one after the other when both are given as one."""
import subprocess
import tempfile
from pathlib import Path

from cpio import CpioArchive

ROOT = Path(__file__).resolve().parent.parent.parent
QEMU = "/usr/libexec/xen-qemu-system-i386"
MODULES = ("xen-evtchn", "xen-privcmd", "xen-gntdev", "xen-gntalloc", "xen-blkback", "xen-netback", "bridge", "loop", "xen-blkfront",
           "xen-netfront")
PROGRAMS = ("/usr/bin/flock", "/usr/bin/xenstore", "/sbin/losetup")
XENSTORE_NAMES = ("exists", "list", "ls", "read", "rm", "watch", "write")
FOLDERS = ("/proc", "/sys", "/dev", "/mnt", "/sbin", "/usr/bin", "/usr/sbin", "/root", "/run/xen", "/tmp", "/var/log/xen", "/var/lib/xen")


def stripped(program, strip="strip"):
    data = program.read_bytes()
    if not data.startswith(b"\x7fELF"):  # test guests of arm64 are images
        return data
    with tempfile.NamedTemporaryFile() as file:
        subprocess.run([strip, "-o", file.name, program], check=True)
        return Path(file.name).read_bytes()


def add_with_libraries(archive, sysroot, programs):
    """Programs below the sysroot, with what they load."""
    for path in list(programs) + sysroot.libraries_of(programs):
        archive.file(path, sysroot.read(path), 0o755)
    archive.file("/lib64/ld-linux-x86-64.so.2", sysroot.read("/lib64/ld-linux-x86-64.so.2"), 0o755)


def add_hotplug_scripts(archive):
    for script in sorted((ROOT / "tools/hotplug").iterdir()):
        if script.suffix == "":
            archive.file(f"/etc/xen/scripts/{script.name}", script.read_bytes(), 0o755)


def add_modules(archive, sysroot):
    modules = sysroot.modules(MODULES)
    for path, data in modules:
        archive.file(f"/modules/{Path(path).name}", data)
    archive.file("/modules/list", "".join(f"/modules/{Path(path).name}\n" for path, _ in modules).encode())


def driver_archive(sysroot, busybox, devd):
    archive = CpioArchive()
    for folder in FOLDERS:
        archive.folder(folder)
    archive.file("/bin/busybox", busybox.read_bytes(), 0o755)
    archive.link("/bin/sh", "busybox")
    archive.link("/var/run", "../run")
    archive.character_device("/dev/console", 5, 1)
    archive.character_device("/dev/null", 1, 3, 0o666)
    add_modules(archive, sysroot)
    add_with_libraries(archive, sysroot, PROGRAMS)
    for name in XENSTORE_NAMES:
        archive.link(f"/usr/bin/xenstore-{name}", "xenstore")
    archive.file("/usr/sbin/xenolith-devd", stripped(devd), 0o755)
    for path in sysroot.libraries_of([devd]):
        archive.file(path, sysroot.read(path), 0o755)
    add_hotplug_scripts(archive)
    archive.file("/init", (ROOT / "tests/driver-domain/init").read_bytes(), 0o755)
    archive.file("/usr/bin/agent", (ROOT / "tests/dom0/usr/bin/agent").read_bytes(), 0o755)
    return archive


def qemu_archive(sysroot):
    archive = CpioArchive()
    add_with_libraries(archive, sysroot, [QEMU])
    return archive
