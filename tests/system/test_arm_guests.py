# SPDX-License-Identifier: MIT
"""What guests of arm64 have and those of x86 have not."""
import base64
import subprocess

from harness.errors import check, check_equal
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import IMAGES
from system.guest_commands import ask, check_all_freed, create_linux, free_memory, wait_until, wait_until_gone
from system.test_commands import backend_daemon

arm_guests = Scenario("arm_guests", MachineOptions(initrd=IMAGES / "dom0-initrd-guests.gz", xen_options="guest_loglvl=all"))

SERIAL_LOG = "/var/log/xen/console/guest-linux-vuart0.log"
LINES = 2000


@arm_guests.check
def serial_line(dom0):
    """A serial line (vuart) beside the PV console: what the guest says and what is typed for it comes over, all and in order."""
    before = free_memory(dom0)
    create_linux(dom0, vuart="sbsa_uart", cmdline="console=ttyAMA0 console=hvc0")
    check("Run /init" in dom0.run(f"tr -d '\\r' <{SERIAL_LOG}"), "the kernel's messages are not on the serial line")
    ask(dom0, "linux", f"seq 1 {LINES} >/dev/ttyAMA0")
    wait_until("the last line", lambda: f"\n{LINES}\n" in dom0.run(f"tail -n 2 {SERIAL_LOG} | tr -d '\\r'"), 60)
    numbers = dom0.run(f"tail -n {LINES} {SERIAL_LOG} | tr -d '\\r' | md5sum")
    check_equal(numbers, dom0.run(f"seq 1 {LINES} | md5sum"), "what came over the line")
    ask(dom0, "linux", "stty -F /dev/ttyAMA0 -echo; (head -n 50 /dev/ttyAMA0 >/tmp/typed; echo >/tmp/done) >/dev/null 2>&1 &")
    dom0.run("seq 1 50 >$(xenstore-read /local/domain/$(xl domid linux)/vuart/0/tty)")
    wait_until("what is typed", lambda: "done" in ask(dom0, "linux", "ls /tmp"), 30)
    check_equal(ask(dom0, "linux", "md5sum </tmp/typed"), dom0.run("seq 1 50 | md5sum"), "what was typed")
    client_shows_the_line(dom0)
    dom0.run("xl destroy linux")
    wait_until_gone(dom0, "linux")
    check("vuart" not in dom0.run("xenstore-ls -f /local/domain /libxl"), "nodes of the line are left")
    check_all_freed(dom0, before)


def client_shows_the_line(dom0):
    dom0.run("xl console -t vuart linux </dev/null >/tmp/client 2>&1 & echo $! >/tmp/client.pid")
    ask(dom0, "linux", "echo for the client >/dev/ttyAMA0")
    wait_until("the line in the client", lambda: dom0.try_run("grep -q 'for the client' /tmp/client").status == 0, 30)
    dom0.run("kill $(cat /tmp/client.pid)")


# A 32-bit program, in Thumb instructions, linked at 0x10054, behind its headers. It counts to four million, long enough to be interrupted.
PROGRAM_32 = bytes.fromhex(
    "7f454c46" "01010100" "0000000000000000" "0200" "2800" "01000000" "55000100" "34000000" "00000000" "00020005" "3400" "2000" "0100" "0000" "0000" "0000"
    "01000000" "00000000" "00000100" "00000100" "7c000000" "7c000000" "05000000" "00100000"
    "0125" "ad05" "013d" "fdd1"         # for (r5 = 1 << 22; r5 != 0; --r5);
    "0120" "04a1" "0c22" "0427" "00df"  # write(1, text, 12)
    "2800" "0127" "00df"                # exit(r5)
    "00be" "00be") + b"32 bits: ok\n"


def processes_of_32_bits(dom0):
    """Of dom0 and of a guest, interrupted by other vCPUs' turns."""
    make = f"echo {base64.b64encode(PROGRAM_32).decode()} | base64 -d >/tmp/program; chmod 755 /tmp/program"
    run_often = "for i in $(seq 20); do /tmp/program || echo failed; done"
    create_linux(dom0)
    for run in (dom0.run, lambda command: ask(dom0, "linux", command)):
        run(make)
        check_equal(run(run_often).splitlines(), ["32 bits: ok"] * 20, "what it says")
    dom0.run("xl destroy linux")
    wait_until_gone(dom0, "linux")


arm_guests.check(processes_of_32_bits)

PARTIAL_TREE = """/dts-v1/; / { #address-cells = <2>; #size-cells = <2>;
  aliases { board-note = "/passthrough/note"; };
  passthrough { compatible = "simple-bus"; ranges; #address-cells = <2>; #size-cells = <2>;
    note { compatible = "xenolith,note"; text = "from the partial tree"; inner { value = <42>; }; }; }; };
"""


@arm_guests.check
def partial_tree(dom0):
    """What a partial device tree (device_tree) has below /passthrough is in the guest's."""
    blob = subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb"], input=PARTIAL_TREE.encode(), capture_output=True, check=True).stdout
    digits = "".join(f"\\x{byte:02x}" for byte in blob)
    dom0.run(": >/tmp/partial.dtb")
    for at in range(0, len(digits), 800):
        dom0.run(f"printf '{digits[at:at + 800]}' >>/tmp/partial.dtb")
    create_linux(dom0, device_tree="/tmp/partial.dtb")
    tree = "/proc/device-tree"
    ask(dom0, "linux", f"grep -q from.the.partial.tree {tree}/passthrough/note/text")
    ask(dom0, "linux", f"grep -q /passthrough/note {tree}/aliases/board-note")
    ask(dom0, "linux", f"test -f {tree}/passthrough/note/inner/value")
    dom0.run("xl destroy linux")
    wait_until_gone(dom0, "linux")


own_arm_guests = Scenario("own_arm_guests", MachineOptions(initrd=IMAGES / "dom0-initrd-own.gz", xen_options="guest_loglvl=all"))
own_arm_guests.check(serial_line)
own_arm_guests.check(partial_tree)


@own_arm_guests.check
def devd(dom0):
    """xl devd serves a disk of dom0's, and is killed and started again."""
    dom0.run("modprobe -a loop xen-blkback")
    create_linux(dom0)
    backend_daemon(dom0)
    dom0.run("xl destroy linux")
    wait_until_gone(dom0, "linux")
