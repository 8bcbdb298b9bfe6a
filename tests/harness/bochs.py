# SPDX-License-Identifier: MIT
"""A machine emulated by Bochs, whose processors have what QEMU's lack: Intel's VMX, and of AMD's SVM the optional parts. All that is
peculiar to Bochs 2.7 as Debian builds it is in this file:
- it has no display that shows nothing: the text one wants a terminal, which a pseudo-terminal is that nobody reads;
- it is built with its debugger, which waits for a command before the first instruction;
- the display adapter's VESA extension stops the text display, so that it is off;
- the only way in is a disk: GRUB's CD image, read at BIOS speed, so that it holds no more than is needed;
- XSAVEC saves the components behind the SSE registers in other places than XRSTOR loads them from, so that programs lose their vector
  registers when a kernel that uses it switches between them: guests are not shown it, by the hypervisor's option `cpuid=no-xsavec`;
- a virtual interrupt (VMX) that waits for the guest to allow interrupts is delivered all the same when the host is interrupted, which
  the guest's kernel does not survive for long: dom0 runs without, by the hypervisor's option `apicv=no`;
- a machine has up to 8 CPUs, an i440FX, no IOMMU; the local APICs' x2APIC mode works with one CPU only;
- after an ACPI power-off it ends; after a reset it starts again, as `-no-reboot` has no counterpart."""
import ctypes
import fcntl
import os
import pty
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from .console import Console
from .errors import TestFailure
from .machine import MachineOptions
from .settings import ROOT, scaled

FIRMWARE = Path("/usr/share/bochs/BIOS-bochs-latest")
VIDEO_FIRMWARE = Path("/usr/share/vgabios/vgabios.bin")
# Instructions for each emulated second, which is also the frequency of the time stamp counter. A high number makes delay loops long, a low
# one lets timers interrupt without end; below 100 MHz nobody would believe the counter.
INSTRUCTIONS_PER_SECOND = 150_000_000


NO_XSAVEC = "cpuid=no-xsavec"


@dataclass(frozen=True)
class Processor:
    name: str
    model: str                     # as Bochs names it
    hypervisor_options: str = ""


PROCESSORS = (
    Processor("ryzen", "ryzen", NO_XSAVEC),                                                # SVM with NRIP save and flush by ASID
    Processor("ryzen_plain", "ryzen", f"svm=no-nrip-save,no-flush-by-asid {NO_XSAVEC}"),   # the same, as if it had neither
    Processor("skylake", "corei7_skylake_x", f"apicv=no {NO_XSAVEC}"),                     # VMX
    Processor("tigerlake", "tigerlake", f"apicv=no {NO_XSAVEC}"),                          # VMX, and controls of speculation
    # The same with the virtual APIC, the preemption timer and what it does not need against leaks by speculation; and with XSAVEC, so that
    # a Bochs in which that works is noticed.
    Processor("tigerlake_apicv", "tigerlake", "vmx=preemption-timer,no-tsc-scaling spec-ctrl=l1d-flush,ibpb-entry"),
)
# On these no guest can run.
REFUSED = (
    Processor("penryn", "core2_penryn_t9600"),                                             # VMX without EPT
    Processor("lynnfield", "corei5_lynnfield_750"),                                        # EPT without unrestricted guest
)


class BochsMachine:
    """Has what tests use of `Machine`: the console, stopping, waiting for the end. There is no monitor."""

    def __init__(self, hypervisor, processor, options, log_path):
        self.hypervisor = hypervisor
        self.processor = processor
        self.options = options
        self.log_path = log_path
        self.started = time.time()
        self._folder = Path(tempfile.mkdtemp(prefix="xenolith-bochs-"))
        self._process = None
        try:
            self._make_disk()
            self._start()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self._process:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
        if hasattr(self, "console"):
            self.console.close()
        if self.log_path and (self._folder / "bochs.log").exists():
            shutil.copy(self._folder / "bochs.log", f"{self.log_path}.bochs")
        shutil.rmtree(self._folder, ignore_errors=True)

    def wait_for_exit(self, timeout=60):
        """Waits for the machine to power itself off."""
        self.console.drain_until_closed(timeout)
        try:
            self._process.wait(scaled(timeout))
        except subprocess.TimeoutExpired:
            raise TestFailure(f"the machine is still on after {scaled(timeout):.0f} s") from None

    def hypervisor_words(self):
        options = self.options
        x2apic = "" if options.cpus == 1 else "x2apic=off "
        return (f"{self.hypervisor.options} dom0_mem={options.dom0_memory} {x2apic}"
                f"{self.processor.hypervisor_options} {options.xen_options}").strip()

    def _make_disk(self):
        options = self.options
        made = subprocess.run([ROOT / "scripts/make-iso", "--bios-only", "--image", options.image or self.hypervisor.image,
                               "--kernel", options.kernel, "--initrd", options.initrd or "none", "--xen", self.hypervisor_words(),
                               "--dom0", f"{self.hypervisor.dom0_options} xenolith.agent xenolith.quiet {options.kernel_options}",
                               self._folder / "boot.iso"], capture_output=True, text=True)
        if made.returncode != 0:
            raise TestFailure(f"make-iso failed: {made.stderr}")

    def _start(self):
        """The serial line is a connection that Bochs makes to us: unlike its terminal mode it loses nothing."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(scaled(150))    # 30 were too few on a machine with ten programs for each processor
            (self._folder / "bochsrc").write_text(self._configuration(server.getsockname()[1]))
            (self._folder / "debugger").write_text("continue\n")
            line = ["bochs", "-q", "-f", str(self._folder / "bochsrc"), "-rc", str(self._folder / "debugger")]
            Path(f"{self.log_path}.command").write_text(f"{' '.join(line)}\n\n{self._configuration(0)}")
            self._process = self._run_on_terminal(line)
            try:
                connection, _ = server.accept()
            except TimeoutError:
                raise TestFailure(f"Bochs did not start: {self._last_words()}") from None
        self.console = Console(connection, self.log_path)

    def _run_on_terminal(self, line):
        ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        process = subprocess.Popen(line, stdin=its, stdout=its, stderr=its, env={**os.environ, "TERM": "xterm"}, cwd=self._folder,
                                   preexec_fn=_end_with_parent)
        os.close(its)
        threading.Thread(target=_discard, args=(ours,), daemon=True).start()
        return process

    def _configuration(self, port):
        megabytes = self.options.memory.removesuffix("M")
        return f"""display_library: term
cpu: model={self.processor.model}, count={self.options.cpus}, ips={INSTRUCTIONS_PER_SECOND}, reset_on_triple_fault=1, ignore_bad_msrs=0
memory: guest={megabytes}, host={megabytes}
romimage: file={FIRMWARE}, options=fastboot
vgaromimage: file={VIDEO_FIRMWARE}
vga: extension=none, update_freq=1
pci: enabled=1, chipset=i440fx
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path={self._folder}/boot.iso, status=inserted
boot: cdrom
floppy_bootsig_check: disabled=1
com1: enabled=1, mode=socket-client, dev=127.0.0.1:{port}
clock: sync=none, time0=local
speaker: enabled=0
mouse: enabled=0
log: {self._folder}/bochs.log
panic: action=fatal
error: action=report
info: action=report
debug: action=ignore
"""

    def _last_words(self):
        log = self._folder / "bochs.log"
        return log.read_text(errors="replace")[-500:] if log.exists() else "no log"


def _end_with_parent():
    """A Bochs whose test was killed would run for ever: nothing that it waits for is closed."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def _discard(terminal):
    """What the text display draws. Ends with Bochs, whose end of the terminal is the last."""
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        pass
    os.close(terminal)


def small_options(**changes):
    """A machine for a test guest: memory is what costs time, as firmware and hypervisor touch it."""
    return MachineOptions(**{"cpus": 2, "memory": "512M", "dom0_memory": "256M", "initrd": None, **changes})
