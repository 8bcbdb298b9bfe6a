#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the hotplug scripts on this machine, with commands in place of xenstore's, losetup and ip, that keep what they are told in a
folder."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
XENSTORE = '''#!/bin/sh
store=$ROOT/store
case ${0##*/} in
  xenstore-read) cat "$store/$1/=" 2>/dev/null ;;
  xenstore-list) [ -d "$store/$1" ] && ls -1 "$store/$1" | grep -v "^=" ;;
  xenstore-write) while [ $# -gt 0 ]; do mkdir -p "$store/$1" && printf %s "$2" >"$store/$1/="; shift 2; done ;;
esac
'''
# Loop devices are files $ROOT/loopN that name their file; the first try at a new one fails if $ROOT/stolen is there.
LOSETUP = '''#!/bin/sh
echo "losetup $*" >>"$ROOT/log"
case $1 in
  -f) n=0; while [ -e "$ROOT/loop$n" ]; do n=$((n + 1)); done; echo "$ROOT/loop$n"; exit 0 ;;
  -d) exec rm "$2" ;;
  -r) shift ;;
esac
if [ -e "$ROOT/stolen" ]; then rm "$ROOT/stolen"; echo other >"$1"; echo busy >&2; exit 1; fi
echo "$2" >"$1"
'''
# Each loop device's number is its name's.
STAT = '''#!/bin/sh
for last; do :; done
echo "7:${last##*loop}"
'''
IP = '''#!/bin/sh
echo "ip $*" >>"$ROOT/log"
case "$*" in
  *"name "*) mv "$ROOT/sys/class/net/$4" "$ROOT/sys/class/net/$6" ;;
  *"$FAILING"*) [ -z "$FAILING" ] || exit 1 ;;
esac
case "$*" in
  "-4 route show default") echo "default via 192.0.2.1 dev eth0" ;;
  "-4 -o address show primary"*) echo "2: eth0    inet 192.0.2.7/24 brd 192.0.2.255 scope global eth0" ;;
esac
exit 0
'''


class HotplugTest(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        for folder in ("bin", "run", "store", "sys/class/net", "proc/sys/net/ipv4/conf/vif3.0"):
            (self.root / folder).mkdir(parents=True)
        for name in ("xenstore-read", "xenstore-list", "xenstore-write"):
            self.command(name, XENSTORE)
        for name, text in (("losetup", LOSETUP), ("stat", STAT), ("ip", IP)):
            self.command(name, text)

    def command(self, name, text):
        path = self.root / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def write(self, path, value):
        node = self.root / "store" / path
        node.mkdir(parents=True, exist_ok=True)
        (node / "=").write_text(value)

    def read(self, path):
        node = self.root / "store" / path / "="
        return node.read_text() if node.exists() else None

    def run_script(self, name, action, path, **environment):
        """Its exit status. Paths of the system lead into the test's folder."""
        text = (SCRIPTS / name).read_text()
        for folder in ("/run/", "/sys/class/", "/proc/sys/"):
            text = text.replace(folder, f"{self.root}{folder}")
        # A loop device of the test is a file beside the others.
        text = text.replace("/dev/loop*)", f"{self.root}/loop*)")
        variables = {"PATH": f"{self.root}/bin:{os.environ['PATH']}", "ROOT": str(self.root), "XENBUS_PATH": path, "FAILING": ""}
        result = subprocess.run(["/bin/sh", "-c", text, name, action], env={**variables, **environment}, capture_output=True,
                                text=True, timeout=30)
        self.errors = result.stderr
        return result.returncode

    def log(self):
        path = self.root / "log"
        return path.read_text() if path.exists() else ""

    # --- block
    def disk(self, domain, file, mode="w", **nodes):
        path = f"backend/vbd/{domain}/51712"
        target = self.root / file
        target.touch()
        for node, value in {"params": str(target), "type": "phy", "mode": mode, **nodes}.items():
            self.write(f"{path}/{node}", value)
        return path

    def test_file_gets_a_loop_device_and_loses_it(self):
        path = self.disk(3, "a")
        self.assertEqual(self.run_script("block", "add", path), 0, self.errors)
        self.assertEqual(self.read(f"{path}/physical-device"), "7:0")
        self.assertEqual(self.read(f"{path}/hotplug-status"), "connected")
        self.assertEqual((self.root / "loop0").read_text(), f"{self.root}/a\n")
        self.assertEqual(self.run_script("block", "remove", path), 0)
        self.assertFalse((self.root / "loop0").exists())

    def test_second_run_changes_nothing(self):
        path = self.disk(3, "a")
        self.run_script("block", "add", path)
        self.assertEqual(self.run_script("block", "add", path), 0)
        self.assertFalse((self.root / "loop1").exists())

    def test_loop_device_that_somebody_else_takes(self):
        path = self.disk(3, "a")
        (self.root / "stolen").touch()
        self.assertEqual(self.run_script("block", "add", path), 0, self.errors)
        self.assertEqual(self.read(f"{path}/physical-device"), "7:1")

    def test_read_only(self):
        path = self.disk(3, "a", mode="r")
        self.assertEqual(self.run_script("block", "add", path), 0, self.errors)
        self.assertIn("losetup -r", self.log())

    def test_second_writer_is_refused_and_its_loop_device_goes(self):
        self.run_script("block", "add", self.disk(3, "a"))
        path = self.disk(4, "a")
        self.assertEqual(self.run_script("block", "add", path), 1)
        self.assertIn("in use by domain 3", self.read(f"{path}/hotplug-error"))
        self.assertEqual(self.read(f"{path}/hotplug-status"), "error")
        self.assertFalse((self.root / "loop1").exists())

    def test_reader_of_a_written_file_is_refused(self):
        self.run_script("block", "add", self.disk(3, "a"))
        self.assertEqual(self.run_script("block", "add", self.disk(4, "a", mode="r")), 1)

    def test_writer_of_a_file_that_is_read_is_refused(self):
        self.run_script("block", "add", self.disk(3, "a", mode="r"))
        self.assertEqual(self.run_script("block", "add", self.disk(4, "a")), 1)

    def test_same_file_by_another_name(self):
        self.run_script("block", "add", self.disk(3, "a"))
        (self.root / "b").symlink_to(self.root / "a")
        self.assertEqual(self.run_script("block", "add", self.disk(4, "b")), 1)

    def test_readers_share(self):
        self.run_script("block", "add", self.disk(3, "a", mode="r"))
        self.assertEqual(self.run_script("block", "add", self.disk(4, "a", mode="r")), 0, self.errors)

    def test_sharing_on_purpose(self):
        self.run_script("block", "add", self.disk(3, "a", mode="w!"))
        self.assertEqual(self.run_script("block", "add", self.disk(4, "a", mode="w!")), 0, self.errors)

    def test_other_files_and_disks_not_yet_connected_do_not_count(self):
        self.disk(2, "a")
        self.run_script("block", "add", self.disk(3, "b"))
        self.assertEqual(self.run_script("block", "add", self.disk(4, "a")), 0, self.errors)

    def test_missing_file_and_device(self):
        path = self.disk(3, "a", type="file")
        (self.root / "a").unlink()
        self.assertEqual(self.run_script("block", "add", path), 1)
        self.assertIn("no such file", self.read(f"{path}/hotplug-error"))
        path = self.disk(4, "b", params="no-such-device")
        self.assertEqual(self.run_script("block", "add", path), 1)
        self.assertIn("/dev/no-such-device: not a block device", self.read(f"{path}/hotplug-error"))

    # --- vif-bridge
    def vif(self, **nodes):
        path = "backend/vif/3/0"
        (self.root / "sys/class/net/vif3.0").mkdir(exist_ok=True)
        (self.root / "sys/class/net/xenbr0/bridge").mkdir(parents=True, exist_ok=True)
        for node, value in nodes.items():
            self.write(f"{path}/{node}", value)
        return path

    def test_bridge(self):
        path = self.vif(bridge="xenbr0", mtu="9000")
        self.assertEqual(self.run_script("vif-bridge", "online", path, vif="vif3.0"), 0, self.errors)
        self.assertEqual(self.read(f"{path}/hotplug-status"), "connected")
        for words in ("mtu 9000", "vif3.0 master xenbr0", "vif3.0 up"):
            self.assertIn(words, self.log())
        self.assertEqual(self.run_script("vif-bridge", "offline", path, vif="vif3.0"), 0)
        self.assertIn("ip link set dev vif3.0 nomaster", self.log())

    def test_first_bridge_if_none_is_named(self):
        self.assertEqual(self.run_script("vif-bridge", "online", self.vif(), vif="vif3.0"), 0, self.errors)
        self.assertIn("master xenbr0", self.log())

    def test_missing_bridge(self):
        path = self.vif(bridge="xenbr9")
        self.assertEqual(self.run_script("vif-bridge", "online", path, vif="vif3.0"), 1)
        self.assertEqual(self.read(f"{path}/hotplug-error"), "bridge xenbr9 does not exist")

    def test_another_name(self):
        path = self.vif(bridge="xenbr0", vifname="mail")
        self.assertEqual(self.run_script("vif-bridge", "online", path, vif="vif3.0"), 0, self.errors)
        self.assertEqual(self.run_script("vif-bridge", "online", path, vif="vif3.0"), 0, "again, by a devd that was restarted")
        self.assertIn("mail master xenbr0", self.log())

    def test_device_that_is_gone(self):
        path = self.vif(bridge="xenbr0")
        (self.root / "sys/class/net/vif3.0").rmdir()
        self.assertEqual(self.run_script("vif-bridge", "online", path, vif="vif3.0"), 1)
        self.assertEqual(self.run_script("vif-bridge", "offline", path, vif="vif3.0"), 0)

    # --- vif-route
    def test_routes(self):
        path = self.vif(ip="198.51.100.3 198.51.100.4")
        self.assertEqual(self.run_script("vif-route", "online", path, vif="vif3.0"), 0, self.errors)
        for address in ("198.51.100.3", "198.51.100.4"):
            self.assertIn(f"ip route replace {address} dev vif3.0 src 192.0.2.7", self.log())
        self.assertEqual((self.root / "proc/sys/net/ipv4/conf/vif3.0/proxy_arp").read_text(), "1\n")
        self.assertEqual(self.read(f"{path}/hotplug-status"), "connected")
        self.assertEqual(self.run_script("vif-route", "offline", path, vif="vif3.0"), 0, self.errors)
        self.assertIn("ip route del 198.51.100.4 dev vif3.0", self.log())

    def test_route_that_is_refused(self):
        path = self.vif(ip="198.51.100.3")
        self.assertEqual(self.run_script("vif-route", "online", path, vif="vif3.0", FAILING="route replace"), 1)
        self.assertIn("cannot be routed", self.read(f"{path}/hotplug-error"))

    def test_offline_without_an_address(self):
        path = self.vif(ip="198.51.100.3")
        self.command("ip", '#!/bin/sh\necho "ip $*" >>"$ROOT/log"\n')
        self.assertEqual(self.run_script("vif-route", "online", path, vif="vif3.0"), 1)
        self.assertIn("no address", self.read(f"{path}/hotplug-error"))
        self.assertEqual(self.run_script("vif-route", "offline", path, vif="vif3.0"), 0, self.errors)


if __name__ == "__main__":
    sys.exit(unittest.main())
