# SPDX-License-Identifier: MIT
"""Debian's i386 kernel, unmodified, as a PVH guest: 32-bit layouts of everything that a kernel shares and passes. One boot. At the
end, Debian's kernel for clouds."""
from harness.errors import check, check_equal
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import IMAGES
from system.guest_commands import ask, check_all_freed, create_linux, free_memory, wait_until_gone

compat = Scenario("compat", MachineOptions(initrd=IMAGES / "dom0-initrd-kernels.gz", xen_options="guest_loglvl=all"))

KERNEL = {"kernel": "/guests/vmlinuz-i386", "ramdisk": "/guests/initrd-i386.gz", "memory": 192}


@compat.check
def boots(dom0):
    """With two vCPUs, a disk and a network interface; the checks after this one go on with it."""
    dom0.free_before_linux = free_memory(dom0)
    dom0.run("modprobe -a loop xen-blkback xen-netback && brctl addbr xenbr0 && ip link set xenbr0 up && "
             "ip addr add 10.0.0.1/24 dev xenbr0")
    dom0.run("dd if=/dev/zero of=/tmp/disk0 bs=1M count=8 2>/dev/null; losetup /dev/loop0 /tmp/disk0")
    create_linux(dom0, vcpus=2, disk=["phy:/dev/loop0,xvda,w"], vif=["bridge=xenbr0"], **KERNEL)
    check_equal(ask(dom0, "linux", "uname -m").strip(), "i686", "its machine")
    check_equal(int(ask(dom0, "linux", "nproc")), 2, "its CPUs")
    check_equal(_bad_messages(dom0), "", "kernel complaints")
    return dom0.run("ask --wait linux '^guest: up'").strip()


def _bad_messages(dom0):
    return ask(dom0, "linux", 'dmesg | grep -E "WARNING:|BUG:|Oops|Call Trace|unchecked MSR|soft lockup" || true')


@compat.check
def fifo_events(dom0):
    """Events of both vCPUs, by the FIFO form."""
    check("Using FIFO-based ABI" in ask(dom0, "linux", "dmesg | grep xen:events"), "another form")
    ask(dom0, "linux", "for i in 1 2 3 4 5 6 7 8; do taskset $((i % 2 + 1)) true; sleep 0.02; done")


@compat.check
def clocks(dom0):
    """The wall clock lies elsewhere in a 32-bit shared_info: the guest's date is dom0's."""
    inside = int(ask(dom0, "linux", "date +%s"))
    outside = int(dom0.run("date +%s"))
    check(abs(inside - outside) < 60, f"{inside} in the guest, {outside} in dom0")
    check("clocksource: Switched to clocksource" in ask(dom0, "linux", "dmesg"), "no clock source")
    stolen = ask(dom0, "linux", "head -n 1 /proc/stat").split()
    check(int(stolen[8]) < 100 * 3600, f"stolen time: {stolen[8]} ticks")


@compat.check
def disk(dom0):
    """What the guest writes to its disk is on the backend's: grants by 32-bit frame numbers."""
    ask(dom0, "linux", "dd if=/dev/urandom of=/tmp/data bs=64k count=32 && dd if=/tmp/data of=/dev/xvda bs=64k conv=fsync", 30)
    inside = ask(dom0, "linux", "md5sum </tmp/data")
    check_equal(dom0.run("head -c 2097152 /tmp/disk0 | md5sum"), inside, "the data's sum")


@compat.check
def network(dom0):
    ask(dom0, "linux", "ifconfig eth0 10.0.0.2 netmask 255.255.255.0 up")
    ask(dom0, "linux", "ping -c 5 -i 0.2 -s 1400 10.0.0.1", 30)


@compat.check
def balloon(dom0):
    """memory_op with lists of 32-bit frame numbers: it gives memory back and gets it again."""
    free = free_memory(dom0)
    dom0.run("xl mem-set linux 128")
    dom0.run(f"for i in $(seq 200); do test $(xl info free_memory) -ge {free + 60} && exit 0; usleep 50000; done; exit 1", 30)
    dom0.run("xl mem-set linux 192")
    dom0.run(f"for i in $(seq 200); do test $(xl info free_memory) -le {free + 2} && exit 0; usleep 50000; done; exit 1", 30)


@compat.check
def ends(dom0):
    """xenstore's request to power off arrives; all memory comes back."""
    dom0.run("xl shutdown -w linux", 60)
    wait_until_gone(dom0, "linux")
    check_all_freed(dom0, dom0.free_before_linux)


@compat.check
def one_vcpu_two_level(dom0):
    """One vCPU, 2-level events: words of 32 bits."""
    create_linux(dom0, cmdline="console=hvc0 xen.fifo_events=0", **KERNEL)
    check("Using 2-level ABI" in ask(dom0, "linux", "dmesg | grep xen:events"), "another form")
    check_equal(_bad_messages(dom0), "", "kernel complaints")
    dom0.run("xl destroy linux")
    wait_until_gone(dom0, "linux")


@compat.check
def cloud_kernel(dom0):
    """Debian's kernel for clouds, with a disk and a network interface."""
    create_linux(dom0, kernel="/guests/vmlinuz-cloud", ramdisk="/guests/initrd-cloud.gz", memory=192, vcpus=2,
                 disk=["phy:/dev/loop0,xvda,w"], vif=["bridge=xenbr0"])
    release = ask(dom0, "linux", "uname -r").strip()
    check("cloud" in release, f"kernel {release}")
    check_equal(_bad_messages(dom0), "", "kernel complaints")
    ask(dom0, "linux", "dd if=/dev/urandom of=/tmp/data bs=64k count=32 && dd if=/tmp/data of=/dev/xvda bs=64k conv=fsync", 30)
    inside = ask(dom0, "linux", "md5sum </tmp/data")
    check_equal(dom0.run("head -c 2097152 /tmp/disk0 | md5sum"), inside, "the data's sum")
    ask(dom0, "linux", "ifconfig eth0 10.0.0.2 netmask 255.255.255.0 up && ping -c 3 -w 20 10.0.0.1", 30)
    dom0.run("xl shutdown -w linux", 60)
    wait_until_gone(dom0, "linux")
    return release
