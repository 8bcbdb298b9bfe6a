# SPDX-License-Identifier: MIT
"""What the hypervisor says when it cannot start: a clear message, no silent hang. Each check boots its own machine."""
from harness.machine import MachineOptions
from harness.scenario import Scenario

# A line that says why, not only that the machine stopped.
DOM0_REFUSED = (r"\(XEN\) .*([Cc]ould not (set up|construct)|[Cc]annot (load|read|start|unpack)|corrupt|truncated|"
                r"[Nn]ot a (valid )?(kernel|ELF)|is no kernel|is damaged|cannot be decompressed|Unable to (load|uncompress)).*")
refusals = Scenario("refusals", options=None)


def refuses(bench, options, pattern):
    """The hypervisor prints a line that matches `pattern`; panics are what is wanted here."""
    with bench.start(options) as machine:
        machine.console.fatal_expected = True
        return machine.console.expect(pattern + r"\n", 60).group(0).strip()


@refusals.check
def no_modules(bench):
    return refuses(bench, MachineOptions(modules=False), r"\(XEN\) .*([Dd]om0 kernel not specified|no (boot )?modules?).*")


@refusals.check
def corrupt_kernel(bench):
    kernel = bench.folder / "kernel"
    kernel.write_bytes(b"\x7fELF" + bytes(range(256)) * 4096)
    return refuses(bench, MachineOptions(kernel=kernel), DOM0_REFUSED)


@refusals.check
def truncated_kernel(bench):
    """Debian's kernel cut off within its compressed payload."""
    kernel = bench.folder / "kernel"
    kernel.write_bytes(MachineOptions().kernel.read_bytes()[:1 << 20])
    return refuses(bench, MachineOptions(kernel=kernel), DOM0_REFUSED)


@refusals.check
def unknown_option(bench):
    """The option is named, and the boot goes on."""
    options = MachineOptions(xen_options="no-such-option=1")
    with bench.start(options) as machine:
        found = machine.console.expect(r"\(XEN\) .*(unknown.*no-such-option|no-such-option.*unknown).*", 60).group(0)
        machine.console.expect(r"Linux version", 120)
    return found.strip()


@refusals.check
def too_little_memory(bench):
    """The machine cannot hold dom0's kernel and RAM disk once they are unpacked."""
    options = MachineOptions(memory="96M", dom0_memory="64M")
    return refuses(bench, options, r"\(XEN\) .*([Nn]ot enough|[Tt]oo (little|small)|[Ii]nsufficient|[Oo]ut of memory|"
                                   r"Could not (set up|construct)|[Cc]annot allocate|Panic on CPU).*")


@refusals.check
def no_svm(bench):
    return refuses(bench, MachineOptions(cpu="qemu64,-svm"), r"\(XEN\) .*(no virtualisation that Xenolith can use).*")
