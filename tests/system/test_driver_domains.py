# SPDX-License-Identifier: MIT
"""A guest whose disks and network come from driver domains, by our tools in dom0 and our devd there. One boot."""
from harness.errors import check, check_equal
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import IMAGES
from system import driver_domains as dd
from system.guest_commands import ask, check_all_kib_freed, free_kib, wait_until

driver_domains = Scenario("driver_domains", MachineOptions(initrd=IMAGES / "dom0-initrd-driver.gz", xen_options="guest_loglvl=all"))
VIF = "bridge=xenbr0,backend=net"
XVDA, XVDB = dd.PHY.format("a", "xvda"), dd.QDISK.format("b", "xvdb")


@driver_domains.check
def start(dom0):
    """Two driver domains start, each with devd."""
    dom0.free_at_start, dom0.nodes_at_start = free_kib(dom0), dd.nodes(dom0)
    dd.start_storage(dom0)
    dd.start_net(dom0)
    dom0.nodes_with_drivers = dd.nodes(dom0)


@driver_domains.check
def serve(dom0):
    """A guest has a disk by blkback, one by qemu and a network, none of them from dom0."""
    dd.start_guest(dom0, [XVDA, XVDB], [VIF])
    dd.disk_works(dom0, "xvda", "a")
    dd.disk_works(dom0, "xvdb", "b")
    dd.network_works(dom0)
    check_equal(dom0.run("xenstore-list /local/domain/0/backend").split(), ["console"], "backends in dom0")
    dd.is_calm(dom0)
    return ask(dom0, "storage", f"cat {dd.DEVD_LOG}").strip()


@driver_domains.check
def shared_file(dom0):
    """Script `block` refuses a second writer of a file, whatever loop device that has."""
    result = dom0.try_run(f"xl block-attach linux '{dd.PHY.format('a', 'xvdc')}'", 60)
    check(result.status != 0 and "is in use by domain" in result.output, f"not refused: {result.output}")
    check(not dd.has_disk(dom0, "xvdc"), "the disk is there")


@driver_domains.check
def unplug(dom0):
    """Disks and network are taken away and given back while the guest runs."""
    for device, disk, file in (("xvda", XVDA, "a"), ("xvdb", XVDB, "b")):
        dom0.run(f"xl block-detach linux {device}", 60)
        wait_until("the disk goes", lambda: not dd.has_disk(dom0, device))
        dom0.run(f"xl block-attach linux '{disk}'", 60)
        wait_until("the disk comes", lambda: dd.has_disk(dom0, device))
        dd.disk_works(dom0, device, file)
    dom0.run("xl network-detach linux 0", 60)
    wait_until("the network goes", lambda: "eth0" not in ask(dom0, "linux", "ls /sys/class/net"))
    dom0.run(f"xl network-attach linux {VIF.replace(',', ' ')}", 60)
    wait_until("the network comes", lambda: "eth0" in ask(dom0, "linux", "ls /sys/class/net"))
    dd.network_works(dom0)


@driver_domains.check
def in_use(dom0):
    """A disk that the guest does not let go of stays, unless by force. (Linux lets go of disks in use, so the guest is paused.)"""
    dom0.run("xl pause linux")
    result = dom0.try_run("xl block-detach linux xvda", 60)
    check(result.status != 0 and "is in use" in result.output, f"not refused: {result.output}")
    dom0.run("xl unpause linux")
    wait_until("the guest lets go", lambda: not dd.has_disk(dom0, "xvda"))
    dom0.run(f"xl block-detach linux xvda && xl block-attach linux '{XVDA}'", 60)
    wait_until("the disk comes", lambda: dd.has_disk(dom0, "xvda"))
    dom0.run("xl pause linux")
    dom0.run("xl block-detach --force linux xvda", 60)
    dom0.run("xl unpause linux")
    wait_until("the disk goes", lambda: not dd.has_disk(dom0, "xvda"))
    dom0.run(f"xl block-attach linux '{XVDA}'", 60)
    wait_until("the disk comes", lambda: dd.has_disk(dom0, "xvda"))
    dd.disk_works(dom0, "xvda", "a")


@driver_domains.check
def devd_restarts(dom0):
    """While devd is away the guest reads and writes on; the next one knows what there is."""
    for file, device in (("a", "xvda"), ("b", "xvdb")):
        dd.kill_devd(dom0)
        dd.disk_works(dom0, device, file)
        dd.start_devd(dom0)
        dom0.run(f"xl block-detach linux {device}", 60)
    dd.nothing_left(dom0)


@driver_domains.check
def end(dom0):
    """The guest's end leaves nothing in the driver domains; theirs leaves nothing at all."""
    dd.destroy(dom0, "linux")
    dd.nothing_left(dom0, "storage")
    dd.nothing_left(dom0, "net")
    dd.check_same_nodes(dom0, dom0.nodes_with_drivers)
    dd.destroy(dom0, "storage")
    dd.destroy(dom0, "net")
    dd.check_same_nodes(dom0, dom0.nodes_at_start)
    check_all_kib_freed(dom0, dom0.free_at_start)
    dd.is_calm(dom0)
