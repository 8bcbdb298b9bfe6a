#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks what can be checked of the documentation: pages made from sources are current, links and paths lead to something,
docs/README.md lists every page, and each source file names its licence. Prints one line for each fault."""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GENERATORS = ("lock-order", "command-line")
LICENSE = "SPDX-License-Identifier: MIT"
# Not sources: prose, data, and files whose format has no comments.
WITHOUT_LICENSE = {".md", ".gitignore", ".json"}
WITHOUT_LICENSE_NAMES = {"LICENSE", ".gitignore", "tests/system/list", "tests/system/list-arm64", "tests/dom0/etc/motd"}
FOLDERS = ("core", "arch", "benchmarks", "scripts", "tests", "docs", "guests", "third_party", "cmake")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:" + "|".join(FOLDERS) + r")/[\w./*+-]*)`")


def files():
    """All files of the project that git knows or would add; out of a work tree, all that are there."""
    command = ["git", "-C", str(ROOT), "-c", f"safe.directory={ROOT}", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True)
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if not {"out", ".git", "__pycache__"} & set(path.relative_to(ROOT).parts)]
    return sorted({name for name in names if (ROOT / name).is_file()})


def stale_pages():
    for name in GENERATORS:
        done = subprocess.run([sys.executable, ROOT / "scripts" / name, "--check"], capture_output=True, text=True)
        if done.returncode:
            yield done.stderr.strip()


def missing_licenses(names):
    for name in names:
        path = Path(name)
        if path.suffix in WITHOUT_LICENSE or name in WITHOUT_LICENSE_NAMES:
            continue
        with open(ROOT / name, errors="replace") as text:
            if not any(LICENSE in text.readline() for _ in range(3)):
                yield f"{name}: none of the first three lines says '{LICENSE}'"


def without_examples(text):
    """The text without indented and fenced examples, which may name what is yet to be written."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


def dead_references(names):
    for name in (name for name in names if name.endswith(".md")):
        text = without_examples((ROOT / name).read_text())
        for target in LINK.findall(text):
            if not re.match(r"[a-z]+:|#", target) and not ((ROOT / name).parent / target.split("#")[0]).exists():
                yield f"{name}: the link to {target} leads nowhere"
        for target in PATH.findall(text):
            if "NAME" not in target and not any(ROOT.glob(target.rstrip("/"))):
                yield f"{name}: there is no {target}"


def unlisted_pages(names):
    index = ROOT / "docs/README.md"
    listed = set(LINK.findall(index.read_text())) if index.exists() else set()
    for name in names:
        if name.startswith("docs/") and name.endswith(".md") and name != "docs/README.md":
            if name.removeprefix("docs/") not in listed:
                yield f"docs/README.md does not list {name}"


def main():
    names = files()
    faults = [*stale_pages(), *missing_licenses(names), *dead_references(names), *unlisted_pages(names)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
