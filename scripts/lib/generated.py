# SPDX-License-Identifier: MIT
"""Pages of docs/ that are made from the sources: what the scripts that make them share."""
import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def sources():
    """The hypervisor's own source files, known to git or new, without tests and fuzzers; paths from ROOT in order."""
    command = ["git", "-C", str(ROOT), "-c", f"safe.directory={ROOT}", "ls-files", "-co", "--exclude-standard", "core", "arch"]
    listed = subprocess.run(command, capture_output=True, text=True)
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:  # not a work tree: an archive
        names = [str(path.relative_to(ROOT)) for folder in ("core", "arch") for path in (ROOT / folder).rglob("*")]
    wanted = [Path(name) for name in sorted(set(names)) if name.endswith((".cpp", ".hpp"))]
    return [path for path in wanted if not path.stem.endswith(("_test", "_fuzz")) and (ROOT / path).is_file()]


def main(page, make, manual):
    """Prints the page, writes it to its place, or checks that it is current."""
    parser = argparse.ArgumentParser(description=manual)
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--write", action="store_true", help=f"write {page}")
    group.add_argument("--check", action="store_true", help=f"fail if {page} is not what this would write")
    options = parser.parse_args()
    text = make()
    place = ROOT / page
    if options.write:
        place.write_text(text)
    elif options.check:
        if not place.exists() or place.read_text() != text:
            sys.exit(f"{page} is not current: run scripts/{Path(sys.argv[0]).name} --write")
    else:
        sys.stdout.write(text)
