#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the models in this folder in every interleaving with spin (Debian's package), and that each mutation of a model, which
leaves out one step of the protocol, is found to be wrong. Needs spin and a C compiler.

usage: check.py [--full] [MODEL...]     MODEL: the name of a file without .pml; --full: also the sizes that take minutes"""
import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
LIMIT_MIB = 3000

# Sizes that are checked: of them all, in seconds, and those for --full. Mutations: number and the size at which it is seen.
MODELS = {
    "event_fifo": {
        "sizes": [{"MASKS": 0}, {"MOVES": 0}, {"PORTS": 3, "MOVES": 0, "MASKS": 0}, {"MOVES": 2, "MASKS": 0}],
        "full": [{"SENDS": 2, "MASKS": 0}, {}],
        "mutations": {1: {"MASKS": 0, "SENDS": 2}, 2: {"MASKS": 0}, 3: {"MOVES": 0}, 4: {"MASKS": 0}, 5: {"MASKS": 0}},
    },
    "channel_use": {"sizes": [{}], "full": [], "mutations": {1: {}, 2: {}}},
    "poll": {"sizes": [{}], "full": [], "mutations": {1: {}, 2: {}}},
    "grant_status": {"sizes": [{}], "full": [], "mutations": {1: {}, 2: {}}},
}


class Broken(Exception):
    """The check itself could not be made."""


def explore(model, definitions, folder):
    """Explores all states; returns (errors, states)."""
    words = [f"-D{name}={value}" for name, value in definitions.items()]
    source = FOLDER / f"{model}.pml"
    call(["spin", *words, "-a", source], folder)
    call(["cc", "-w", "-O1", "-DSAFETY", "-DCOLLAPSE", f"-DMEMLIM={LIMIT_MIB}", "-o", "pan", "pan.c"], folder)
    text = call(["./pan", "-m1000000"], folder)
    counts = re.search(r"errors: (\d+)", text)
    states = re.search(r"(\d+) states, stored", text)
    if not counts or not states:
        raise Broken(f"no result:\n{text}")
    errors = int(counts[1])
    if errors == 0 and re.search(r"max search depth too small|out of memory|Search not completed", text):
        raise Broken(f"not all states were seen:\n{text}")
    return errors, int(states[1])


def call(command, folder):
    result = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode != 0 and command[0] != "./pan":
        raise Broken(f"{command[0]}: {result.stdout}")
    return result.stdout


def say(model, definitions, errors, states, seconds):
    words = " ".join(f"{name}={value}" for name, value in definitions.items())
    print(f"{model} {words}: {errors} errors, {states} states, {seconds:.1f} s", flush=True)


def check(model, full):
    """Returns what is wrong with a model."""
    about = MODELS[model]
    faults = []
    runs = [(size, False) for size in about["sizes"] + (about["full"] if full else [])]
    runs += [({"MUTATION": number, **size}, True) for number, size in about["mutations"].items()]
    for definitions, is_wrong in runs:
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            errors, states = explore(model, definitions, folder)
        say(model, definitions, errors, states, time.monotonic() - started)
        if (errors > 0) != is_wrong:
            faults.append(f"{model} {definitions}: " + ("the mutation is not seen" if is_wrong else "a claim is violated"))
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("models", nargs="*", metavar="MODEL", choices=[*MODELS, []])
    options = parser.parse_args()
    try:
        faults = [fault for model in options.models or MODELS for fault in check(model, options.full)]
    except (Broken, FileNotFoundError) as error:
        faults = [str(error)]
    for fault in faults:
        print(f"FAIL: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
