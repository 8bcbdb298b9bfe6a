# SPDX-License-Identifier: MIT
"""xl's commands that no other scenario uses, with the project's own tools in dom0. One boot."""
import re

from harness.errors import check, check_equal
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import IMAGES
from system.guest_commands import ask, counts, create_linux, create_tiny, row, wait_for_counts, wait_until, wait_until_gone

commands = Scenario("commands", MachineOptions(initrd=IMAGES / "dom0-initrd-driver.gz", xen_options="guest_loglvl=all"))
CHANNELS = ["name=org.xenolith.pty,connection=pty", "name=org.xenolith.socket,connection=socket,path=/run/xen/channel"]


def write(dom0, path, *lines):
    dom0.run(f"printf '%s\\n' {' '.join(repr(line) for line in lines)} >{path}")


@commands.check
def messages(dom0):
    """An unknown key is a warning with its line, a wrong value an error with key, line, value and expectation; nothing is left."""
    create_tiny(dom0)  # the first one leaves folders in xenstore and a lock's file
    dom0.run("xl destroy tiny")
    before = counts(dom0)
    tiny = ('name = "t"', 'type = "pvh"', 'kernel = "/guests/actor"', "memory = 4")
    write(dom0, "/tmp/warn.cfg", *tiny, "memoy = 5")
    check("/tmp/warn.cfg:5: memoy: unknown key" in dom0.run("xl create -p /tmp/warn.cfg && xl destroy t"), "no warning")
    write(dom0, "/tmp/wrong.cfg", *tiny, 'on_crash = "explode"')
    for words, said in (("/tmp/wrong.cfg", '/tmp/wrong.cfg:5: on_crash = "explode": expected one of destroy, restart'),
                        ("/tmp/warn.cfg vcpus=0", 'command line: vcpus = "0": expected a number from 1 to 4096'),
                        ("/tmp/nothing.cfg", "/tmp/nothing.cfg: No such file"),
                        ("/tmp/warn.cfg 'kernel=\"/guests/none\"'", "/guests/none: No such file")):
        result = dom0.try_run(f"xl create {words}")
        check(result.status != 0 and said in result.output, f"xl create {words}: {result.status}: {result.output}")
    dom0.run("rm /tmp/warn.cfg /tmp/wrong.cfg")
    wait_for_counts(dom0, before)


@commands.check
def progress(dom0):
    """A creation that takes longer than a second says what it is doing."""
    dom0.run('printf "#!/bin/sh\\nsleep 2\\n. /etc/xen/scripts/block\\n" >/etc/xen/scripts/slow; chmod 755 /etc/xen/scripts/slow; '
             "modprobe -a loop xen-blkback; dd if=/dev/zero of=/tmp/disk bs=1M count=1 2>/dev/null")
    said = dom0.run("xl create -q /guests/tiny.cfg 'disk=[\"format=raw,vdev=xvda,access=r,script=slow,target=/tmp/disk\"]'")
    check(re.search(r"^xl: [1-9]\.\d s: connecting devices$", said, re.MULTILINE), f"it says: {said}")
    dom0.run("xl destroy tiny; rm /tmp/disk")


@commands.check
def foreground(dom0):
    """xl create -F stays until the guest's end, and says what it did."""
    said = dom0.run("xl create -q -F /guests/tiny.cfg 'cmdline=\"poweroff\"'")
    check("Action for shutdown reason code 0 is destroy" in said and "Done. Exiting now" in said, f"it says: {said}")
    check(row(dom0, "tiny") is None, "the domain is still there")


@commands.check
def top(dom0):
    """xl top shows all domains."""
    create_tiny(dom0)
    screen = dom0.run("(sleep 2; echo q) | TERM=vt100 timeout 20 xl top")
    dom0.run("xl destroy tiny")
    check("Domain-0" in screen and "tiny" in screen, f"it shows: {screen[-300:]!r}")


@commands.check
def real_time_scheduler(dom0):
    """The hypervisor has credit2 only; the commands of other schedulers list no pool, and change nothing."""
    check_equal(dom0.run("xl sched-rtds"), dom0.run("xl sched-credit"), "without a pool of theirs")
    result = dom0.try_run("xl sched-rtds -d 0 -p 10000 -b 5000")
    check(result.status != 0 and result.output.strip(), f"{result.status}: {result.output}")
    check("Domain-0" in dom0.run("xl sched-credit2"), "sched-credit2 is silent")
    dom0.run("xl cpupool-numa-split")
    check("Pool-node0" in dom0.run("xl cpupool-list"), "the pool did not get its node's name")


@commands.check
def completion(dom0):
    """bash completes subcommands, options and domains."""
    def completed(*words):
        line = " ".join(f"'{word}'" for word in words)
        return dom0.run("bash -c \"source /usr/share/bash-completion/completions/xl; "
                        f"COMP_WORDS=(xl {line}); COMP_CWORD={len(words)}; _xl; echo \\${{COMPREPLY[*]}}\"").split()
    check_equal(completed("vcpu-"), ["vcpu-list", "vcpu-pin", "vcpu-set"], "vcpu-")
    check_equal(completed("domid", "Dom"), ["Domain-0"], "a domain")
    check("--quiet" in completed("create", "--q"), "no option")


@commands.check
def channels(dom0):
    """A guest with a channel on a pseudo terminal and one on a socket, by qemu in dom0; data goes both ways."""
    dom0.run("cd / && zcat /guests/qemu.gz | cpio -idmu 2>/dev/null", 60)
    create_linux(dom0, kernel="/guests/vmlinux", channel=CHANNELS)
    listing = dom0.run("xl channel-list linux").splitlines()
    check_equal([line.split()[5] for line in listing[1:]], ["pty", "socket"], "connections")
    terminal = listing[1].split()[6]
    dom0.run(f"test -S /run/xen/channel && test -c {terminal}")
    dom0.run(f"(head -n 1 {terminal} >/tmp/from-guest) >/dev/null 2>&1 &")
    ask(dom0, "linux", "echo from the guest >/dev/hvc1")
    wait_until("the guest's words", lambda: "from the guest" in dom0.run("cat /tmp/from-guest"))
    ask(dom0, "linux", "(head -n 1 /dev/hvc1 >/tmp/from-dom0) >/dev/null 2>&1 &")
    # Kept open: qemu looks once a second who has it open, and reads while somebody has.
    dom0.run(f"(echo from dom0; sleep 5) >{terminal} 2>/dev/null &")
    wait_until("dom0's words", lambda: "from dom0" in ask(dom0, "linux", "cat /tmp/from-dom0"))


@commands.check
def system_request(dom0):
    dom0.run("xl sysrq linux h")
    wait_until("the guest's answer", lambda: "sysrq: HELP" in ask(dom0, "linux", "dmesg | tail -n 5"))


@commands.check
def trigger(dom0):
    """An NMI reaches the guest."""
    dom0.run("xl trigger linux nmi")
    wait_until("the guest's answer", lambda: re.search(r"NMI.*reason", ask(dom0, "linux", "dmesg | tail -n 5")))


def restarted(dom0, before):
    """The guest's number after its restart, when it is up again."""
    number = wait_until("the guest comes back", lambda: (row(dom0, "linux") or {"id": before})["id"] not in (before, None), 60)
    dom0.run("ask --wait linux '^guest: up'", 120)
    return number


@commands.check
def reboot(dom0):
    """xl reboot: a new domain with what was changed meanwhile: memory by mem-set, the rest by config-update."""
    first = row(dom0, "linux")["id"]
    dom0.run("xl mem-set linux 104")
    wait_until("the balloon", lambda: row(dom0, "linux")["memory"] == 104)
    dom0.run("sed -e s,/guests/vmlinuz,/guests/vmlinux, -e 's,console=hvc0,console=hvc0 updated,' /guests/linux.cfg >/tmp/new.cfg; "
             "xl config-update linux /tmp/new.cfg; rm -f /var/log/xen/console/guest-linux.log")
    check_equal(int(dom0.run("xl list -l linux | grep -m 1 target_memkb | tr -dc 0-9")), 104 << 10, "memory in xl list -l")
    dom0.run("xl reboot linux", 60)
    restarted(dom0, first)
    check_equal(row(dom0, "linux")["memory"], 104, "memory after the restart")
    check("updated" in ask(dom0, "linux", "cat /proc/cmdline"), "the updated configuration was not used")
    check_equal(dom0.run("xl channel-list linux | tail -n +2"), "", "channels, which the new configuration does not have")


@commands.check
def backend_daemon(dom0):
    """With run_hotplug_scripts=0 xl devd in dom0 runs the scripts; it is restarted without the guest noticing."""
    dom0.run("echo run_hotplug_scripts=0 >>/etc/xen/xl.conf; xl devd; dd if=/dev/zero of=/tmp/disk bs=1M count=4 2>/dev/null")
    dom0.run("xl block-attach linux phy:/tmp/disk,xvdb,w", 60)
    wait_until("the disk comes", lambda: "xvdb" in ask(dom0, "linux", "cat /proc/partitions"))
    dom0.run("kill -9 $(cat /run/xen/devd.pid)")
    ask(dom0, "linux", "dd if=/dev/zero of=/dev/xvdb bs=64k count=4 conv=fsync 2>/dev/null")
    dom0.run("xl devd")
    dom0.run("xl block-detach linux xvdb", 60)
    check_equal(dom0.run("losetup -a"), "", "loop devices")
    dom0.run("kill $(cat /run/xen/devd.pid); sed -i /run_hotplug_scripts/d /etc/xen/xl.conf")


@commands.check
def shutdown_all(dom0):
    """xl shutdown -a -w -w waits until all are gone."""
    dom0.run("xl shutdown -a -w -w", 90)
    check_equal(dom0.run("xl list | tail -n +3"), "", "domains")
    wait_until_gone(dom0, "linux")
