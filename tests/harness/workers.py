# SPDX-License-Identifier: MIT
"""Runs jobs side by side, as many as there are processors.

Each worker, with the emulators that it starts, stays on one processor. The emulator's threads then never run at the same moment, which
is what its fault with CPU 0's flags needs (docs/debugging.md, "QEMU's emulation is not a processor"); and one machine per processor
does more in the same time than one machine on all of them."""
import os
import queue
import threading

from .report import Report


def run_side_by_side(jobs, report, workers=None):
    """`jobs` is [(name, function)]; each function gets a report of its own, which `report` adopts when it is done."""
    waiting = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    cores = sorted(os.sched_getaffinity(0))[:workers]
    lock = threading.Lock()
    threads = [threading.Thread(target=_work, args=(core, waiting, report, lock), daemon=True) for core in cores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _work(core, waiting, report, lock):
    os.sched_setaffinity(0, {core})  # of this thread, and so of what it starts
    while True:
        try:
            name, function = waiting.get_nowait()
        except queue.Empty:
            return
        part = Report(held=True)
        try:
            function(part)
        except Exception as error:
            part.failure(name, f"the harness failed: {error!r}")
        with lock:
            report.adopt(part)
