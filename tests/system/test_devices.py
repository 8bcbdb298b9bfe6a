# SPDX-License-Identifier: MIT
"""dom0's disks and network cards: data that went through DMA and interrupts is the same at the other end. One boot."""
import hashlib

from harness.errors import check, check_equal
from harness.machine import MachineOptions
from harness.network import HostServer
from harness.platform import PLATFORM
from harness.scenario import Scenario

MIB = 1 << 20
BLOCK = 4 * MIB
# On the command line in this order, each on its own bus slot.
DISKS = ("virtio", "ahci", "nvme")


def transfer_size(bench):
    """MiB to copy in each step."""
    return 1024 if bench.thorough else 64


def add_disks(bench, options):
    """Three disks as files: the first full of data, the others empty."""
    size = transfer_size(bench) * MIB
    for name in DISKS:
        with open(bench.folder / name, "wb") as file:
            file.truncate(size)
    with open(bench.folder / DISKS[0], "r+b") as file:
        for block in test_blocks(size):
            file.write(block)
    frontends = {"virtio": "virtio-blk-pci,drive=virtio", "ahci": "ide-hd,drive=ahci,bus=ide.0",
                 "nvme": "nvme,drive=nvme,serial=xenolith"}
    for name in DISKS:
        options.devices += ["-drive", f"id={name},if=none,format=raw,file={bench.folder / name}", "-device", frontends[name]]
    options.devices = list(PLATFORM.disk_controllers) + options.devices + ["-netdev", "user,id=n0,net=10.0.2.0/24", "-device", "virtio-net-pci,netdev=n0,mac=52:54:00:00:00:01",
                        "-netdev", "user,id=n1,net=10.0.3.0/24", "-device", "e1000e,netdev=n1,mac=52:54:00:00:00:02"]


def test_blocks(size):
    """Blocks that differ from one another and are quick to make."""
    seed = hashlib.sha512(b"xenolith").digest() * (BLOCK // 64)
    for number in range(size // BLOCK):
        yield number.to_bytes(16, "little") + seed[16:]


def file_digest(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


devices = Scenario("devices", MachineOptions(), prepare=add_disks)


@devices.check
def uses_messages(dom0):
    """Each queue of the disks has a message of its own, and the messages come by what the machine has for them."""
    lines = dom0.run("grep -i msi /proc/interrupts || true").splitlines()  # in a PV dom0 it is "-msi"
    check(len(lines) > 4, f"interrupts by message: {lines}")
    check(all(PLATFORM.messages in line.upper() for line in lines), f"not by {PLATFORM.messages}: {lines}")
    return f"{len(lines)} messages"


def copy(dom0, source, target, target_file):
    """Copies a disk past dom0's cache and compares what the host then finds in the target's file."""
    for disk in (source, target):
        dom0.run(f"i=0; until [ -b {disk} ]; do i=$((i+1)); [ $i -lt 50 ] || exit 1; usleep 200000; done")
    dom0.run("echo 3 > /proc/sys/vm/drop_caches")
    dom0.run(f"dd if={source} of={target} bs=1M conv=fsync", timeout=600)
    expected = hashlib.sha256()
    for block in test_blocks(transfer_size(dom0.bench) * MIB):
        expected.update(block)
    check_equal(file_digest(dom0.bench.folder / target_file), expected.hexdigest(), f"content of {target_file}")


@devices.check
def disk_virtio_to_nvme(dom0):
    copy(dom0, "/dev/vda", "/dev/nvme0n1", "nvme")


@devices.check
def disk_nvme_to_ahci(dom0):
    copy(dom0, "/dev/nvme0n1", "/dev/sda", "ahci")


@devices.check
def disk_ahci_to_virtio(dom0):
    copy(dom0, "/dev/sda", "/dev/vda", "virtio")


@devices.check
def disk_read_digest(dom0):
    """What dom0 reads is what the host wrote."""
    dom0.run("echo 3 > /proc/sys/vm/drop_caches")
    output = dom0.run("sha256sum /dev/vda", timeout=900)
    check_equal(output.split()[0], file_digest(dom0.bench.folder / "virtio"), "digest")


def transfer(dom0, mac, address, host):
    """Through the card with this MAC address: pings the host, fetches a file from it and sends the file back."""
    card = dom0.run(f"cd /sys/class/net; grep -l {mac} */address").split("/")[0].strip()
    dom0.run(f"ifconfig {card} {address} netmask 255.255.255.0 up")
    dom0.run(f"i=0; until ping -c 1 -W 2 {host}; do i=$((i+1)); [ $i -lt 10 ] || exit 1; done", timeout=60)
    data = b"".join(test_blocks(16 * MIB))
    with HostServer(data) as server:
        output = dom0.run(f"nc {host} {server.send_port} </dev/null | sha256sum", timeout=300)
        check_equal(output.split()[0], hashlib.sha256(data).hexdigest(), "digest of what dom0 received")
        dom0.run(f"dd if=/dev/vda bs=1M count=16 | nc {host} {server.receive_port}", timeout=300)
        with open(dom0.bench.folder / "virtio", "rb") as file:
            expected = hashlib.sha256(file.read(16 * MIB)).hexdigest()
        check_equal(server.received_digest(60), expected, "digest of what dom0 sent")
    dom0.run(f"ifconfig {card} down")


@devices.check
def network_virtio(dom0):
    transfer(dom0, "52:54:00:00:00:01", "10.0.2.15", "10.0.2.2")


@devices.check
def network_e1000e(dom0):
    transfer(dom0, "52:54:00:00:00:02", "10.0.3.15", "10.0.3.2")


# The same by interrupt lines instead of messages.
devices_intx = Scenario("devices_intx", MachineOptions(kernel_options="pci=nomsi"), prepare=add_disks)


@devices_intx.check
def uses_lines(dom0):
    messages = dom0.run("grep -c MSI /proc/interrupts || true").strip()
    check_equal(messages, "0", "interrupts by message")
    return dom0.run(f"grep -c {PLATFORM.lines} /proc/interrupts").strip() + " lines"


for same_check in (disk_virtio_to_nvme, disk_nvme_to_ahci, network_virtio, network_e1000e):
    devices_intx.check(same_check)


# Messages of a GICv2 are written to a frame beside it. For arm64.
devices_gicv2m = Scenario("devices_gicv2m", MachineOptions(machine="virt,virtualization=on,gic-version=2"), prepare=add_disks)


@devices_gicv2m.check
def uses_frame(dom0):
    check("GICv2m: range" in dom0.run("dmesg"), "dom0 found no frame")
    return dom0.run("grep -c MSI /proc/interrupts").strip() + " messages"


for same_check in (disk_virtio_to_nvme, disk_nvme_to_ahci, network_virtio):
    devices_gicv2m.check(same_check)
