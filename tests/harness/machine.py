# SPDX-License-Identifier: MIT
"""One emulated machine: QEMU's command line, its console and its monitor."""
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from .console import Console
from .errors import TestFailure
from .monitor import Monitor
from .platform import PLATFORM, Modules
from .settings import ACCELERATOR, IMAGES, scaled


@dataclass
class MachineOptions:
    """What a test asks of the machine. None means the usual."""
    cpus: int = 2
    memory: str = "2048M"
    dom0_memory: str = "1024M"
    cpu: str = None
    machine: str = None              # QEMU's -M
    accelerator: list = field(default_factory=lambda: list(ACCELERATOR))
    xen_options: str = ""            # more words for the hypervisor's command line
    kernel_options: str = ""         # more words for dom0's command line
    kernel: Path = IMAGES / "vmlinuz"
    initrd: Path = IMAGES / "dom0-initrd.gz"
    modules: bool = True             # pass kernel and initrd to the hypervisor
    image: Path = None               # another hypervisor image than the usual
    boot_from: list = None           # QEMU arguments that replace direct kernel loading
    serial: str = "chardev:con"      # the machine's own serial line; where it is another, a device has to have the console
    devices: list = field(default_factory=list)
    reboots: bool = False            # a reset starts the machine again instead of ending QEMU


class Machine:
    def __init__(self, hypervisor, options, log_path):
        self.hypervisor = hypervisor
        self.options = options
        self.log_path = log_path
        self._folder = Path(tempfile.mkdtemp(prefix="xenolith-"))
        self.started = time.time()
        self._process = self._start()
        try:
            self.console = Console(self._connect("console"), log_path)
            self.monitor = Monitor(self._connect("monitor"))
        except OSError as error:
            self.stop()
            raise TestFailure(f"QEMU did not start: {self._error_text() or error}") from error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for part in ("console", "monitor"):
            if hasattr(self, part):
                getattr(self, part).close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def wait_for_exit(self, timeout=30):
        """Waits for the machine to power itself off; returns QEMU's exit status."""
        self.console.drain_until_closed(timeout)
        try:
            return self._process.wait(scaled(timeout))
        except subprocess.TimeoutExpired:
            raise TestFailure(f"the machine is still on after {scaled(timeout):.0f} s") from None

    def command_line(self):
        options = self.options
        line = [PLATFORM.emulator, *options.accelerator, "-M", options.machine or PLATFORM.machine,
                "-cpu", options.cpu or self.hypervisor.cpu, "-smp", str(options.cpus), *memory_arguments(options.memory), "-display", "none", "-vga", "none", "-nic", "none",
                "-chardev", f"socket,id=con,path={self._folder}/console,server=on,wait=on", "-serial", options.serial,
                "-chardev", f"socket,id=mon,path={self._folder}/monitor,server=on,wait=off", "-mon", "chardev=mon"]
        if not options.reboots:
            line.append("-no-reboot")
        return line + (options.boot_from or self.direct_boot(self.hypervisor, options)) + options.devices

    @staticmethod
    def direct_boot(hypervisor, options):
        """QEMU's arguments that load the hypervisor and its modules without a boot loader."""
        xen = f"{hypervisor.options} dom0_mem={options.dom0_memory} {options.xen_options}".strip()
        dom0 = f"{hypervisor.dom0_options} xenolith.agent xenolith.quiet {options.kernel_options}".strip()
        modules = Modules(options.kernel, dom0, options.initrd) if options.modules else None
        return PLATFORM.boot(str(options.image or hypervisor.image), xen, modules)

    def _start(self):
        line = self.command_line()
        self._errors = open(self._folder / "stderr", "w+")
        with open(f"{self.log_path}.command", "w") as file:
            file.write(" ".join(_quoted(word) for word in line) + "\n")
        return subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=self._errors, stderr=self._errors)

    def _connect(self, name):
        """A connection to one of QEMU's sockets. The path shows up a moment before QEMU listens on it."""
        connection = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + scaled(20)
        while True:
            try:
                connection.connect(str(self._folder / name))
                return connection
            except (FileNotFoundError, ConnectionRefusedError):
                if self._process.poll() is not None or time.monotonic() > deadline:
                    connection.close()
                    raise
            time.sleep(0.02)

    def _error_text(self):
        self._errors.seek(0)
        return self._errors.read().strip()[-500:]


def memory_arguments(size):
    """QEMU's memory arguments. Nothing is reserved, so that a machine may have more memory than the one that emulates it."""
    return ["-m", size, "-object", f"memory-backend-ram,id=ram,size={size},reserve=off", "-machine", "memory-backend=ram"]


def _quoted(word):
    return f"'{word}'" if any(c in word for c in " ,;&()'") else word
