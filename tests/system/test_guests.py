# SPDX-License-Identifier: MIT
"""PVH guests, started and handled by Debian's xl in dom0. One boot."""
import re

from harness.errors import check, check_equal
from harness.machine import MachineOptions
from harness.platform import PLATFORM
from harness.scenario import Scenario
from harness.settings import IMAGES
from system.guest_commands import (ask, check_all_freed, cpu_shares, create_linux, create_tiny, free_memory, row, said,
                                   vcpu_rows, wait_until, wait_until_gone)

guests = Scenario("guests", MachineOptions(initrd=IMAGES / "dom0-initrd-guests.gz", xen_options="guest_loglvl=all"))


@guests.check
def tiny(dom0):
    """A guest of 4 MiB starts, says so, and gives its memory back."""
    before = free_memory(dom0)
    create_tiny(dom0)
    guest = row(dom0, "tiny")
    check_equal((guest["memory"], guest["vcpus"]), (4, 1), "memory and vCPUs")
    wait_until("the guest's line in xl dmesg", lambda: said(dom0, guest["id"], "actor: idle"))
    check(free_memory(dom0) <= before - 4, "its memory came from nowhere")
    dom0.run("xl destroy tiny")
    wait_until_gone(dom0, "tiny")
    check_all_freed(dom0, before)


@guests.check
def power_off(dom0):
    create_tiny(dom0, "poweroff")
    wait_until_gone(dom0, "tiny")


@guests.check
def crash(dom0):
    """A crashed guest is kept for a look, as its configuration wants."""
    create_tiny(dom0, "crash")
    wait_until("the crash is seen", lambda: row(dom0, "tiny")["state"] == "---sc-")
    dom0.run("xl destroy tiny")
    wait_until_gone(dom0, "tiny")


@guests.check
def triple_fault(dom0):
    """It is a reboot, unless the toolstack wants something else."""
    create_tiny(dom0, "fault", on_reboot="preserve")
    wait_until("the end is seen", lambda: row(dom0, "tiny")["state"] == "---sr-")
    dom0.run("xl destroy tiny")
    wait_until_gone(dom0, "tiny")


@guests.check
def reboot(dom0):
    """The guest comes back in a new domain. It reboots in domains of odd number only: in the second of these two runs."""
    first = _number_it_stays_with(dom0)
    check_equal(_number_it_stays_with(dom0), first + 2, "number after a reboot")


def _number_it_stays_with(dom0):
    create_tiny(dom0, "second")
    number = wait_until("a domain of even number", lambda: _even((row(dom0, "tiny") or {"id": 1})["id"]))
    # A domain is listed while it is being made; who destroys it then leaves what its maker writes afterwards.
    wait_until("the guest's line in xl dmesg", lambda: said(dom0, number, "actor: second"))
    dom0.run("xl destroy tiny")
    wait_until_gone(dom0, "tiny")
    return number


def _even(number):
    return number if number % 2 == 0 else None


@guests.check
def pause(dom0):
    """A paused guest uses no time, and goes on afterwards."""
    create_tiny(dom0, "spin")
    dom0.run("xl pause tiny")
    check_equal(row(dom0, "tiny")["state"][2], "p", "state after xl pause")
    check_equal(cpu_shares(dom0, 1, "tiny"), [0], "CPU seconds of a paused guest")
    dom0.run("xl unpause tiny")
    wait_until("the guest runs again", lambda: cpu_shares(dom0, 1, "tiny")[0] > 0.3)
    dom0.run("xl destroy tiny")


@guests.check
def smp_and_pinning(dom0):
    """Two vCPUs run on two CPUs, on one after xl vcpu-pin."""
    create_tiny(dom0, "all", vcpus=2)
    wait_until("both vCPUs run", lambda: all(vcpu["seconds"] > 0.2 for vcpu in vcpu_rows(dom0, "tiny")))
    dom0.run("xl vcpu-pin tiny all 1")
    check_equal([vcpu["hard"] for vcpu in vcpu_rows(dom0, "tiny")], ["1", "1"], "affinity")
    dom0.run("sleep 1")
    check_equal([vcpu["cpu"] for vcpu in vcpu_rows(dom0, "tiny")], [1, 1], "CPUs")
    used, = cpu_shares(dom0, 2, "tiny")
    dom0.run("xl destroy tiny")
    check(used < 1.4, f"{used:.0%} of one CPU")


@guests.check
def weights_and_caps(dom0):
    """A cap holds a guest back; weights divide a CPU."""
    create_tiny(dom0, "spin", "light", cpus="1", cpu_weight=128)
    dom0.run("xl sched-credit2 -d light -c 25")
    capped, = cpu_shares(dom0, 3, "light")
    check(capped < 0.5, f"{capped:.0%} of a CPU with a cap of 25 %")
    dom0.run("xl sched-credit2 -d light -c 0")
    create_tiny(dom0, "spin", "heavy", cpus="1", cpu_weight=1024)
    light, heavy = cpu_shares(dom0, 4, "light", "heavy")
    dom0.run("xl destroy light; xl destroy heavy")
    check(heavy > 2 * light, f"weights 128 and 1024 got {light:.0%} and {heavy:.0%}")
    return f"cap 25 %: {capped:.0%} of a CPU; weights 1 : 8: {light:.0%} and {heavy:.0%}"


@guests.check
def cycles(dom0):
    """Creating and destroying again and again leaves nothing behind."""
    count = 50 if dom0.bench.thorough else 8
    before = free_memory(dom0)
    dom0.run(f"for i in $(seq {count}); do xl create -q -e /guests/tiny.cfg && xl destroy tiny || exit 1; done", 12 * count)
    wait_until_gone(dom0, "tiny")
    check_all_freed(dom0, before)
    check_equal(dom0.run("xenstore-list /local/domain").split(), ["0"], "domains in xenstore")
    return f"{count} cycles"


@guests.check
def linux_boots(dom0):
    """Debian's kernel with two vCPUs, a disk and a network interface; the checks after this one go on with it."""
    dom0.free_before_linux = free_memory(dom0)
    dom0.run("modprobe -a loop xen-blkback xen-netback && brctl addbr xenbr0 && ip link set xenbr0 up && "
             "ip addr add 10.0.0.1/24 dev xenbr0")
    dom0.run("for i in 0 1; do dd if=/dev/zero of=/tmp/disk$i bs=1M count=8 2>/dev/null; losetup /dev/loop$i /tmp/disk$i; done")
    create_linux(dom0, vcpus=2, disk=["phy:/dev/loop0,xvda,w"], vif=["bridge=xenbr0"])
    check_equal(int(ask(dom0, "linux", "nproc")), 2, "its CPUs")
    bad = ask(dom0, "linux", 'dmesg | grep -E "WARNING:|BUG:|Oops|Call Trace|unchecked MSR|soft lockup" || true')
    # Without libxl's changes to a domain's CPU policy, Xen's default makes the kernel warn of XSAVE's size.
    if dom0.bench.hypervisor.name != "xen":
        check_equal(bad, "", "kernel complaints")
    up = dom0.run("ask --wait linux '^guest: up'")
    return up.strip()


@guests.check
def linux_disk(dom0):
    """What the guest writes to its disk is on the backend's."""
    ask(dom0, "linux", "dd if=/dev/urandom of=/tmp/data bs=64k count=32 && dd if=/tmp/data of=/dev/xvda bs=64k conv=fsync", 30)
    inside = ask(dom0, "linux", "md5sum </tmp/data")
    check_equal(dom0.run("head -c 2097152 /tmp/disk0 | md5sum"), inside, "the data's sum")
    check(re.search(r"^51712\s+0\s+\d+\s+4\s", dom0.run("xl block-list linux"), re.MULTILINE), "xl block-list lacks it")


@guests.check
def linux_disk_hotplug(dom0):
    dom0.run("xl block-attach linux phy:/dev/loop1,xvdb,w", 30)
    wait_until("the second disk", lambda: "xvdb" in ask(dom0, "linux", "cat /proc/partitions"))
    dom0.run("xl block-detach linux xvdb", 30)
    check("xvdb" not in ask(dom0, "linux", "cat /proc/partitions"), "the disk is still there")


# A disk with two partitions, the second of which is for LVM.
PARTITIONS = "o\\nn\\np\\n1\\n\\n+8M\\nn\\np\\n2\\n\\n\\nw\\n"


@guests.check
def linux_volumes(dom0):
    """A partition and an LVM volume as disks."""
    dom0.run(f"modprobe dm-mod; truncate -s 32M /tmp/disk5; printf '{PARTITIONS}' | busybox fdisk /tmp/disk5 >/dev/null; "
             "losetup -P /dev/loop5 /tmp/disk5")
    dom0.run("mkdir -p /run/lvm; lvm pvcreate -q /dev/loop5p2 && lvm vgcreate -q volumes /dev/loop5p2 && lvm lvcreate -q -n disk -L 8M volumes", 60)
    for device in ("/dev/loop5p1", "/dev/volumes/disk"):
        dom0.run(f"xl block-attach linux phy:{device},xvdc,w", 30)
        wait_until("the disk", lambda: "xvdc" in ask(dom0, "linux", "cat /proc/partitions"))
        ask(dom0, "linux", "dd if=/dev/urandom of=/tmp/data bs=64k count=8 && dd if=/tmp/data of=/dev/xvdc bs=64k conv=fsync", 30)
        inside = ask(dom0, "linux", "md5sum </tmp/data")
        dom0.run("xl block-detach linux xvdc", 30)
        check_equal(dom0.run(f"head -c 524288 {device} | md5sum"), inside, f"what is on {device}")
    dom0.run("lvm vgchange -q -an volumes; losetup -d /dev/loop5; rm /tmp/disk5", 30)


@guests.check
def linux_network(dom0):
    ask(dom0, "linux", "ip addr add 10.0.0.2/24 dev eth0 && ip link set eth0 up")
    ask(dom0, "linux", "ping -c 2 -w 20 10.0.0.1", 30)
    dom0.run("ping -c 2 -w 20 10.0.0.2", 30)
    check(re.search(r"^0\s+0\s+\S+\s+0\s+4\s", dom0.run("xl network-list linux"), re.MULTILINE), "xl network-list lacks it")


@guests.check
def linux_console(dom0):
    """xl console shows what the guest says. (What is typed goes through the same terminal in all the other checks.)"""
    output = dom0.run("timeout 5 xl console linux </dev/null | tail -n 40 || true", 20)
    check("ping statistics" in output, f"not what the guest said: {output[-300:]!r}")


@guests.check
def linux_vcpu_hotplug(dom0):
    online = "/sys/devices/system/cpu/cpu1/online"
    dom0.run("xl vcpu-set linux 1")
    wait_until("one CPU", lambda: int(ask(dom0, "linux", "nproc")) == 1)
    wait_until("the vCPU goes down", lambda: vcpu_rows(dom0, "linux")[1]["cpu"] is None)
    dom0.run("xl vcpu-set linux 2")
    # Bringing a CPU on line that has come is left to the guest's user space.
    wait_until("the CPU to come", lambda: "0" in ask(dom0, "linux", f"cat {online} || true"))
    ask(dom0, "linux", f"echo 1 >{online}")
    check_equal(int(ask(dom0, "linux", "nproc")), 2, "CPUs afterwards")


@guests.check
def linux_balloon(dom0):
    """Memory goes to the hypervisor and comes back."""
    before, whole = free_memory(dom0), PLATFORM.linux_memory
    _set_memory(dom0, whole - 24)
    wait_until("memory is given back", lambda: free_memory(dom0) >= before + 24)
    wait_until("xl list tells so", lambda: row(dom0, "linux")["memory"] == whole - 24)
    _set_memory(dom0, whole)
    wait_until("memory comes again", lambda: row(dom0, "linux")["memory"] == whole)
    check_equal(free_memory(dom0), before, "free memory afterwards")


def _set_memory(dom0, megabytes):
    """libxl 4.17 ends in an assertion on arm64 (`libxl_defbool_val`, of a device model that nobody asked for): what it would have written
    is written by hand there."""
    if PLATFORM.has_mem_set:
        dom0.run(f"xl mem-set linux {megabytes}")
    else:
        dom0.run(f"xenstore-write /local/domain/$(xl domid linux)/memory/target {megabytes * 1024}")


@guests.check
def linux_shuts_down(dom0):
    """xl shutdown: the guest powers itself off, and all that it had is let go of."""
    dom0.run("xl shutdown -w linux", 60)
    wait_until_gone(dom0, "linux")
    check_all_freed(dom0, dom0.free_before_linux)
    left = dom0.run("xenstore-ls -f /local/domain/0/backend 2>/dev/null | grep -E '/(vbd|vif|console)/[0-9]+/' || true")
    check_equal(left, "", "backends that are left")


@guests.check
def linux_emulated_counter(dom0):
    """A Linux guest whose time stamp counter is emulated keeps the time that passes outside."""
    create_linux(dom0, "counter", tsc_mode="always_emulate")
    dom0.run("xl debug-keys s")
    number = dom0.run("xl domid counter").strip()
    shown = dom0.run(f"xl dmesg | grep -E '^.*dom{number}.*: mode=1' | tail -n 1")
    if dom0.bench.hypervisor.name != "xen":
        check(",emulated" in shown, f"not emulated: {shown}")
    begin = float(dom0.run("cut -d ' ' -f 1 /proc/uptime"))
    inside = ask(dom0, "counter", "read -r a x </proc/uptime; sleep 3; read -r b x </proc/uptime; echo $a $b", 60).split()
    outside = float(dom0.run("cut -d ' ' -f 1 /proc/uptime")) - begin
    passed = float(inside[1]) - float(inside[0])
    check(2.9 <= passed <= outside + 0.2, f"{passed} s passed for it, {outside} for dom0")
    dom0.run("xl shutdown -w counter", 60)
    wait_until_gone(dom0, "counter")
    return f"{passed:.2f} s of {outside:.2f} s outside"


GRUB_MENU = r"set timeout=0\nmenuentry linux {\n linux /vmlinuz console=hvc0\n initrd /initrd.gz\n}\n"


@guests.check
def grub(dom0):
    """Debian's GRUB for PVH guests starts the kernel that is on the guest's own disk."""
    dom0.run("modprobe -a loop xen-blkback ext4 && dd if=/dev/zero of=/tmp/system bs=1M count=16 2>/dev/null && "
             "losetup /dev/loop2 /tmp/system && mke2fs /dev/loop2 >/dev/null && mount -t ext4 /dev/loop2 /mnt", 30)
    dom0.run("mkdir -p /mnt/boot/grub && cp /guests/vmlinuz /guests/initrd.gz /mnt && "
             f"printf '{GRUB_MENU}' >/mnt/boot/grub/grub.cfg && umount /mnt", 30)
    create_linux(dom0, "booted", patience=170, kernel="/guests/grub-pvh", ramdisk="", cmdline="", memory=256,
                 disk=["phy:/dev/loop2,xvda,w"])
    check("BOOT_IMAGE=" in ask(dom0, "booted", "cat /proc/cmdline"), "not started by GRUB")
    dom0.run("xl shutdown -w booted", 60)
    wait_until_gone(dom0, "booted")


@guests.check
def hypervisor_is_calm(dom0):
    """Nothing went wrong unseen on the way."""
    bad = dom0.run("xl dmesg | grep -E 'BUG|ssertion|leak|WARNING|warning' || true")
    check_equal(bad, "", "what the hypervisor says")
