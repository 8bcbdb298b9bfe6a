# SPDX-License-Identifier: MIT
"""One emulated machine from power-on to power-off: QEMU's command line, which is the same for both hypervisors, and what came of it."""
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from counts import read_intervals
from target import OUT, TARGET

IMAGES = {"xenolith": OUT / TARGET.name / "xenolith", "xen": TARGET.xen}
SYMBOLS = OUT / TARGET.name / "xenolith-syms"
RESULTS = TARGET.results
PLUGIN = OUT / "tools/lib/count.so"
MACHINE = [*TARGET.machine, "-display", "none", "-vga", "none", "-nic", "none", "-no-reboot"]
ENDED = re.compile(r"halting machine|rebooting machine|Panic on CPU|^Error: |Kernel panic - not syncing", re.MULTILINE)
GRACE = 5        # seconds between a hypervisor's last words and QEMU's end
INITRD_OFFSET = 0x6000000   # behind the largest kernel and QEMU's device tree


class RunFailure(Exception):
    """A machine did not do what it was started for."""


@dataclass(frozen=True)
class Load:
    """What dom0 is: its kernel with command line, its RAM disk, its size; and the machine's."""
    name: str
    kernel: Path
    words: str
    initrd: Path = None
    dom0_memory: int = 256      # MiB
    memory: int = 1024          # MiB
    dom0_cpus: int = 2

    def module_arguments(self):
        """With Multiboot as one list, in which a comma ends a module; else named in the device tree (QEMU's "Guest Loader")."""
        if not TARGET.image_address:
            module = f"{self.kernel} {self.words}".replace(",", ",,")
            return ["-initrd", module if self.initrd is None else f"{module},{self.initrd}"]
        words = self.words.replace(",", ",,")
        line = ["-device", f"guest-loader,addr={TARGET.image_address:#x},kernel={self.kernel},bootargs={words}"]
        if self.initrd:
            line += ["-device", f"guest-loader,addr={TARGET.image_address + INITRD_OFFSET:#x},initrd={self.initrd}"]
        return line


def command_line(hypervisor, load, log, counts=None):
    """Counted on one CPU, repeatable to the instruction, when `counts` names the plugin's file; else with two CPUs and real time."""
    if counts:
        how = ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2024-01-01,clock=vm", "-smp", "1",
               "-plugin", f"{PLUGIN},out={counts}"]
    else:
        how = ["-accel", "tcg,thread=multi", "-smp", "2"]
    options = f"{TARGET.hypervisor_options} dom0_mem={load.dom0_memory}M dom0_max_vcpus={load.dom0_cpus}"
    return [TARGET.emulator, *how, *MACHINE, "-m", f"{load.memory}M", "-serial", f"file:{log}", "-kernel", str(IMAGES[hypervisor]),
            "-append", options, *load.module_arguments()]


def run(hypervisor, load, counted, patience):
    """Runs the machine; returns its console's text and the intervals that were counted. Raises RunFailure after `patience` seconds."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    stem = RESULTS / f"{hypervisor}.{load.name}.{'counted' if counted else 'timed'}"
    log, counts = Path(f"{stem}.log"), Path(f"{stem}.counts")
    log.write_bytes(b"")
    line = command_line(hypervisor, load, log, counts if counted else None)
    Path(f"{stem}.command").write_text(" ".join(f"'{word}'" if " " in word else word for word in line) + "\n")
    with open(f"{stem}.stderr", "wb") as errors:
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
        try:
            wait_for_end(process, log, patience)
        finally:
            stop(process)
    text = log.read_text("utf-8", "replace").replace("\r", "")
    if not text:
        raise RunFailure(f"QEMU did not start: {Path(f'{stem}.stderr').read_text()[-400:]}")
    return text, read_intervals(counts.read_text().splitlines()) if counted else []


def wait_for_end(process, log, patience):
    deadline, ended = time.monotonic() + patience, None
    while process.poll() is None:
        now = time.monotonic()
        if now > deadline:
            raise RunFailure(f"the machine is still on after {patience} s; console in {log}")
        if ended is None and ENDED.search(log.read_text("utf-8", "replace")):
            ended = now
        if ended is not None and now > ended + GRACE:
            return
        time.sleep(0.1)


def stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
