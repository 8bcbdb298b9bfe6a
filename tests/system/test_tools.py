# SPDX-License-Identifier: MIT
"""dom0 boots to userland and Debian's Xen tools tell the truth about the machine. One boot."""
import json
import re

from harness.errors import check, check_equal
from harness.machine import MachineOptions
from harness.platform import PLATFORM
from harness.scenario import Scenario
from system.xl_output import domains, fields, vcpus

CPUS, MEMORY, DOM0_MEMORY = 2, 2048, 1024
tools = Scenario("tools", MachineOptions(cpus=CPUS, memory=f"{MEMORY}M", dom0_memory=f"{DOM0_MEMORY}M"))


@tools.check
def userland(dom0):
    """The kernel is Debian's, on Xen, as the control domain."""
    check_equal(dom0.run("cat /sys/hypervisor/type").strip(), "xen", "hypervisor type")
    check("Debian" in dom0.run("cat /proc/version"), "not Debian's kernel")
    check_equal(int(dom0.run("nproc")), CPUS, "dom0's CPUs")
    return f"userland after {dom0.uptime_at_start:.1f} s of dom0's uptime"


@tools.check
def kernel_is_calm(dom0):
    """No warning or oops on the way up."""
    bad = dom0.run("dmesg | grep -E 'WARNING:|BUG:|Oops|Call Trace|unchecked MSR|soft lockup|rcu.*stall' || true")
    check_equal(bad, "", "kernel complaints")


@tools.check
def xl_info(dom0):
    """Version 4.17, the machine's CPUs, and memory figures that add up."""
    info = fields(dom0.run("xl info"))
    check_equal((info["xen_major"], info["xen_minor"]), ("4", "17"), "version")
    check(info["xen_version"].startswith("4.17"), f"xen_version is {info['xen_version']}")
    check_equal(int(info["nr_cpus"]), CPUS, "nr_cpus")
    check_equal(int(info["max_cpu_id"]), CPUS - 1, "max_cpu_id")
    check_equal(int(info["xen_pagesize"]), 4096, "xen_pagesize")
    check(PLATFORM.xen_caps in info["xen_caps"], f"xen_caps is {info['xen_caps']}")
    check(f"dom0_mem={DOM0_MEMORY}M" in info["xen_commandline"], f"xen_commandline is {info['xen_commandline']}")
    check(info["xen_scheduler"] == "credit2", f"xen_scheduler is {info['xen_scheduler']}")
    total, free = int(info["total_memory"]), int(info["free_memory"])
    check(MEMORY - 64 <= total <= MEMORY, f"total_memory is {total} of {MEMORY}")
    check(free <= total - DOM0_MEMORY, f"free_memory is {free} of {total} while dom0 has {DOM0_MEMORY}")
    check(free >= total - DOM0_MEMORY - 128, f"free_memory is {free} of {total}: the hypervisor keeps too much")
    return f"{total - free - DOM0_MEMORY} MiB kept"


@tools.check
def xl_info_numa(dom0):
    info = dom0.run("xl info -n")
    check(re.search(r"^cpu_topology\s*:", info, re.MULTILINE), "no cpu_topology")
    rows = re.findall(r"^\s*(\d+):\s+(\d+)\s+(\d+)\s+(\d+)$", info, re.MULTILINE)
    check_equal([int(row[0]) for row in rows[:CPUS]], list(range(CPUS)), "CPUs in the topology")


@tools.check
def xl_list(dom0):
    rows = domains(dom0.run("xl list"))
    check_equal(list(rows), ["Domain-0"], "domains")
    row = rows["Domain-0"]
    check_equal((row["id"], row["vcpus"]), (0, CPUS), "Domain-0's id and vCPUs")
    check(DOM0_MEMORY - 16 <= row["memory"] <= DOM0_MEMORY, f"Domain-0 has {row['memory']} MiB")
    later = domains(dom0.run("xl list"))["Domain-0"]["seconds"]
    check(later >= row["seconds"] > 0, f"CPU seconds went from {row['seconds']} to {later}")


@tools.check
def xl_list_long(dom0):
    (domain,) = json.loads(dom0.run("xl list -l"))
    check_equal(domain["domid"], 0, "domid")
    check_equal(domain["config"]["c_info"]["name"], "Domain-0", "name")


@tools.check
def xl_vcpu_list(dom0):
    rows = vcpus(dom0.run("xl vcpu-list"))
    check_equal([row["vcpu"] for row in rows], list(range(CPUS)), "vCPUs")
    check(all(row["hard"] == "all" for row in rows), "affinity is not 'all'")
    check(any(row["state"][0] == "r" for row in rows), "no vCPU is running, but one asked")


@tools.check
def xl_vcpu_pin(dom0):
    dom0.run("xl vcpu-pin Domain-0 0 1")
    row = vcpus(dom0.run("xl vcpu-list"))[0]
    check_equal((row["hard"], row["cpu"]), ("1", 1), "hard affinity and CPU after the pin")
    dom0.run("xl vcpu-pin Domain-0 0 all")
    check_equal(vcpus(dom0.run("xl vcpu-list"))[0]["hard"], "all", "hard affinity after the unpin")


@tools.check
def xl_uptime(dom0):
    output = dom0.run("xl uptime")
    check(re.search(r"^Domain-0\s+0\s+\d+:\d\d:\d\d", output, re.MULTILINE), f"unexpected: {output}")


@tools.check
def xl_dmesg(dom0):
    """The ring holds what was on the serial line, and -c empties it."""
    check("dom0_mem=" in dom0.run("xl dmesg"), "the ring lacks the command line")
    dom0.run("xl dmesg -c")
    check("dom0_mem=" not in dom0.run("xl dmesg"), "the ring was not cleared")


@tools.check
def xl_debug_keys(dom0):
    dom0.run("xl debug-keys h")
    ring = dom0.run("xl dmesg")
    check("showing installed handlers" in ring, "no answer to debug key h")
    for key in ("q", "r"):
        check(re.search(rf"key '{key}'", ring), f"debug key {key} is not offered")


@tools.check
def xl_cpupool_list(dom0):
    output = dom0.run("xl cpupool-list")
    check(re.search(rf"^Pool-0\s+{CPUS}\s+credit2\s+y\s+1$", output, re.MULTILINE), f"unexpected: {output}")


@tools.check
def xl_sched_credit2(dom0):
    check(re.search(r"^Domain-0\s+0\s+256\b", dom0.run("xl sched-credit2"), re.MULTILINE), "default weight is not 256")
    dom0.run("xl sched-credit2 -d 0 -w 512")
    check(re.search(r"^Domain-0\s+0\s+512\b", dom0.run("xl sched-credit2"), re.MULTILINE), "the weight was not set")
    dom0.run("xl sched-credit2 -d 0 -w 256")


@tools.check
def xl_set_parameters(dom0):
    dom0.run("xl set-parameters log_lvl=none || xl set-parameters loglvl=none")
    result = dom0.try_run("xl set-parameters no-such-parameter=1")
    check(result.status != 0, "an unknown parameter was accepted")


@tools.check
def xenstore(dom0):
    check('name = "Domain-0"' in dom0.run("xenstore-ls /local/domain/0"), "no name for Domain-0")
    dom0.run("xenstore-write /tool/probe 'a value'")
    check_equal(dom0.run("xenstore-read /tool/probe").strip(), "a value", "what was written")
    dom0.run("xenstore-rm /tool/probe")
    check(dom0.try_run("xenstore-read /tool/probe").status != 0, "the key is still there")


@tools.check
def xenstore_kernel_connection(dom0):
    """Through the ring and event channel of the kernel, not xenstored's socket."""
    dom0.run("XENSTORED_PATH=/dev/xen/xenbus xenstore-ls /local >/dev/null")
    check(dom0.run("cat /proc/interrupts | grep -c xenbus").strip() != "0", "the kernel has no xenbus interrupt")


@tools.check
def xentop(dom0):
    output = dom0.run("xentop -b -i 1")
    line = re.search(rf"^\s*Domain-0\s+\S+\s+(\d+)\s+[0-9.]+\s+(\d+)\s+[0-9.]+\s.*?\s{CPUS}\s", output, re.MULTILINE)
    check(line, f"no line for Domain-0: {output}")
    check((DOM0_MEMORY - 16) * 1024 <= int(line.group(2)) <= DOM0_MEMORY * 1024, f"memory is {line.group(2)} KiB")


@tools.check
def interrupts_spread(dom0):
    """Each CPU has a working timer and takes calls from the others."""
    for cpu in range(CPUS):
        dom0.run(f"taskset {1 << cpu:x} sh -c 'usleep 20000; true'")
    dom0.run("sleep 1")


@tools.check
def cpu_hotplug(dom0):
    """dom0's second CPU goes away and comes back, and the hypervisor knows."""
    online = "/sys/devices/system/cpu/cpu1/online"
    for _ in range(2):
        dom0.run(f"echo 0 > {online}")
        check_equal(int(dom0.run("nproc")), CPUS - 1, "dom0's CPUs after unplugging one")
        check_equal(vcpus(dom0.run("xl vcpu-list"))[1]["state"][:1], "-", "state of the unplugged vCPU")
        check(vcpus(dom0.run("xl vcpu-list"))[1]["cpu"] is None, "the unplugged vCPU still has a CPU")
        dom0.run(f"echo 1 > {online}")
        check_equal(int(dom0.run("nproc")), CPUS, "dom0's CPUs after plugging it back")
    dom0.run("taskset 2 true")


@tools.check
def power_off(dom0):
    """The machine switches itself off; QEMU ends with status 0."""
    dom0.send_without_answer("poweroff -f")
    check_equal(dom0.machine.wait_for_exit(), 0, "QEMU's exit status")
