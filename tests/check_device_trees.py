#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs check_trees over the device trees of Debian's Arm kernels: each is taken, and dom0's tree made of it gives no warning of dtc that the
host's own does not give. Usage: check_device_trees.py CHECK_TREES [NAME]; with NAME only trees whose path has it."""
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TREES = Path(__file__).resolve().parent.parent / "out/cache/device-trees"
BATCH = 64
# Linux looks for the hypervisor's node by exactly this name, which dtc would rather see with an address.
BY_BINDING = ("/hypervisor: node has a reg or ranges property, but no unit name",)


def run_check_trees(program, trees, out):
    """Failures, each a line."""
    run = subprocess.run([program, "--quiet", "--out", out, *trees], capture_output=True, text=True)
    failures = re.findall(r".*: refused$", run.stdout, re.MULTILINE)
    if run.returncode != 0 and not failures:
        failures = [f"check_trees ended with status {run.returncode}: {run.stderr[-2000:]}"]
    return failures + ([run.stderr[-2000:]] if failures else [])


def warnings_of(tree):
    run = subprocess.run(["dtc", "-I", "dtb", "-O", "dtb", "-o", "/dev/null", tree], capture_output=True, text=True)
    lines = {re.sub(r"^.*?: (Warning|ERROR)", r"\1", line) for line in run.stderr.splitlines() if line.strip()}
    lines = {line for line in lines if not line.endswith(BY_BINDING)}
    return lines if run.returncode == 0 else lines | {f"dtc ended with status {run.returncode}"}


def compare(host, made):
    new = warnings_of(made)
    if new:
        new -= warnings_of(host)
    return [f"{host}: {line}" for line in sorted(new)]


def check_batch(program, trees):
    with tempfile.TemporaryDirectory(prefix="xenolith-trees-") as out:
        failures = run_check_trees(program, trees, out)
        if not failures:
            for tree in trees:
                failures += compare(tree, Path(out) / tree.name)
        return failures


def batches(trees):
    """Of one folder each, as names need not differ between folders."""
    folders = {}
    for tree in trees:
        folders.setdefault(tree.parent, []).append(tree)
    return [folder[i:i + BATCH] for folder in folders.values() for i in range(0, len(folder), BATCH)]


def main():
    program, wanted = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    trees = [tree for tree in sorted(TREES.rglob("*.dtb")) if wanted in str(tree)]
    if not trees:
        print(f"no device trees in {TREES}: scripts/setup --device-trees brings them")
        return 77
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        failures = [line for lines in pool.map(lambda batch: check_batch(program, batch), batches(trees)) for line in lines]
    print("\n".join(failures[:200]))
    print(f"{len(trees)} trees, {len(failures)} complaints")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
