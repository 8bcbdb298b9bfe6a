# SPDX-License-Identifier: MIT
"""Which function an address belongs to, and where a row's instructions go."""
import bisect
import subprocess
from collections import Counter

CODE_SYMBOLS = set("tTwW")


class Symbols:
    """Functions of an image; `lines` are those of `nm -C`."""

    def __init__(self, lines):
        found = []
        for line in lines:
            address, kind, name = line.split(" ", 2) if line.count(" ") >= 2 else ("", "", "")
            if kind in CODE_SYMBOLS and address:
                found.append((int(address, 16), name.strip()))
        found.sort()
        self._addresses = [address for address, _ in found]
        self._names = [name for _, name in found]

    def name_of(self, address):
        index = bisect.bisect_right(self._addresses, address) - 1
        return self._names[index] if index >= 0 else f"{address:#x}"

    def histogram(self, addresses):
        """Counts by function, of counts by address."""
        counts = Counter()
        for address, count in addresses.items():
            counts[self.name_of(address)] += count
        return counts


def symbols_of(image):
    """The functions of an ELF file; none where it has no symbols, as Debian's Xen."""
    done = subprocess.run(["nm", "-C", image], capture_output=True, text=True)
    return Symbols(done.stdout.splitlines())


def short_name(name):
    """A C++ function without its arguments and the project's namespace."""
    depth = 0
    for index, letter in enumerate(name):
        if letter == "<":
            depth += 1
        elif letter == ">":
            depth -= 1
        elif letter == "(" and depth == 0 and not name.startswith("(anonymous namespace)", index):
            name = name[:index]
            break
    return name.replace("xenolith::", "").replace("(anonymous namespace)::", "")
