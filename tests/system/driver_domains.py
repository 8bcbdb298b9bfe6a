# SPDX-License-Identifier: MIT
"""Driver domains "storage" and "net" and a guest "linux" whose devices they serve; what tests do to them. Needs dom0-initrd-driver.gz."""
import re
import time

from harness.errors import check_equal
from harness.settings import scaled
from system.guest_commands import ask, boot_linux, create_linux, free_memory, row, wait_until, wait_until_gone

KERNEL = "/guests/vmlinux"
# Disks of the storage domain: files for the kernel's backend, by script `block`, and for qemu.
PHY = "phy:/tmp/{},{},w,backend=storage"
QDISK = "format=raw,vdev={1},access=w,backendtype=qdisk,backend=storage,target=/tmp/{0}"
DEVD_LOG = "/var/log/xen/xl-devd.log"
# /local/domain/N/... with what a boot of a guest or time changes left out
VOLATILE = r"/(start_time|tty|ring-ref|port|event-channel|memory/.*|xenolith/.*)$"
ROOTS = ('/vm = ""', '/libxl = ""')  # they come with the first domain and stay


def start_driver(dom0, name, qemu=False):
    """Starts a driver domain and waits for its userland."""
    settings = {"ramdisk": "/guests/driver-qemu.gz", "memory": 320} if qemu else {}
    if qemu:
        dom0.run("[ -f /guests/driver-qemu.gz ] || cat /guests/driver.gz /guests/qemu.gz >/guests/driver-qemu.gz")
    boot_linux(dom0, "driver", name, **settings)


def start_storage(dom0):
    start_driver(dom0, "storage", qemu=True)
    ask(dom0, "storage", "for i in a b; do dd if=/dev/zero of=/tmp/$i bs=1M count=8 2>/dev/null; done")


def start_net(dom0):
    start_driver(dom0, "net")
    ask(dom0, "net", "ip addr add 10.0.0.1/24 dev xenbr0")


def start_guest(dom0, disks=(), vifs=()):
    create_linux(dom0, kernel=KERNEL, disk=list(disks), vif=list(vifs))


def disk_works(dom0, device, file):
    """What the guest writes to its disk is in the storage domain's file, and comes back from there."""
    ask(dom0, "linux", f"dd if=/dev/urandom of=/tmp/data bs=64k count=16 2>/dev/null && "
        f"dd if=/tmp/data of=/dev/{device} bs=64k conv=fsync 2>/dev/null", 60)
    inside = ask(dom0, "linux", "md5sum </tmp/data")
    check_equal(ask(dom0, "storage", f"head -c 1048576 /tmp/{file} | md5sum"), inside, f"what {device} wrote")
    ask(dom0, "linux", "echo 1 >/proc/sys/vm/drop_caches")
    check_equal(ask(dom0, "linux", f"head -c 1048576 /dev/{device} | md5sum"), inside, f"what {device} reads")


def network_works(dom0):
    ask(dom0, "linux", "ip addr add 10.0.0.2/24 dev eth0 2>/dev/null; ip link set eth0 up && ping -c 2 -w 20 10.0.0.1", 40)
    ask(dom0, "net", "ping -c 2 -w 20 10.0.0.2", 40)


def has_disk(dom0, device):
    return device in ask(dom0, "linux", "cat /proc/partitions")


def left_in_driver(dom0, name):
    """What a driver domain has of guests: backends, loop devices, processes, nodes of its own."""
    return ask(dom0, name, "ls /sys/bus/xen-backend/devices; losetup -a; ls /sys/class/net | grep vif; "
               "ps | grep -E \"[x]en-qemu|[/]scripts/\"; xenstore-ls backend 2>/dev/null | grep -E \"state|params\"; "
               "xenstore-ls libxl; xenstore-ls device-model; true").strip()


def nothing_left(dom0, name="storage"):
    wait_until(f"{name} has let go of everything", lambda: left_in_driver(dom0, name) == "")


def nodes(dom0):
    """All paths of xenstore with what is constant of their values, for comparison."""
    lines = dom0.run("xenstore-ls -f").splitlines()
    return {line for line in lines if line not in ROOTS and not re.search(VOLATILE, line.partition(" = ")[0])}


def check_same_nodes(dom0, before):
    """Backends take their time; in the end nothing is there that was not, and nothing is missing."""
    deadline = time.monotonic() + scaled(20)
    while (now := nodes(dom0)) != before and time.monotonic() < deadline:
        time.sleep(0.2)
    check_equal((sorted(now - before), sorted(before - now)), ([], []), "nodes that are new, and that are missing")


def is_calm(dom0):
    """No zombies, no tool left running, and the guests that should live do."""
    wait_until("no domain is dying", lambda: "(null)" not in dom0.run("xl list"))
    left = dom0.run("ps | grep -E '[x]l (block|network|create|destroy)|[x]en-qemu' || true")
    check_equal(left, "", "processes in dom0")


def in_background(dom0, command):
    """Starts a command in dom0 whose result finished() tells later."""
    dom0.run(f"rm -f /tmp/job.*; ( ({command}) >/tmp/job.out 2>&1; echo $? >/tmp/job.new; mv /tmp/job.new /tmp/job.status ) "
             ">/dev/null 2>&1 &")


def finished(dom0, seconds=60):
    """The exit status and output of what in_background() started."""
    wait_until("the command's end", lambda: dom0.try_run("[ -f /tmp/job.status ]").status == 0, seconds)
    return int(dom0.run("cat /tmp/job.status")), dom0.run("cat /tmp/job.out").strip()


def backend_state(dom0, driver, kind, device=51728):
    guest, backend = row(dom0, "linux")["id"], row(dom0, driver)["id"]
    return dom0.try_run(f"xenstore-read /local/domain/{backend}/backend/{kind}/{guest}/{device}/state").output.strip()


def kill_devd(dom0, name="storage"):
    ask(dom0, name, "kill -9 $(pidof xenolith-devd)")


def start_devd(dom0, name="storage"):
    ask(dom0, name, "xenolith-devd")


def destroy(dom0, name):
    dom0.run(f"xl destroy {name}", 60)
    wait_until_gone(dom0, name)


