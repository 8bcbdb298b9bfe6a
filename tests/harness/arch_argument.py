# SPDX-License-Identifier: MIT
"""To be imported before the rest: takes --arch from the command line, as what the other modules are made of depends on it."""
import argparse
import os
import sys

ARCHITECTURES = ("x86_64", "arm64")

_parser = argparse.ArgumentParser(add_help=False)
_parser.add_argument("--arch", choices=ARCHITECTURES, default=os.environ.get("XENOLITH_TEST_ARCH", "x86_64"))
os.environ["XENOLITH_TEST_ARCH"] = _parser.parse_known_args(sys.argv[1:])[0].arch


def add_to(parser):
    parser.add_argument("--arch", choices=ARCHITECTURES, default="x86_64", help="of the machines (%(default)s)")
