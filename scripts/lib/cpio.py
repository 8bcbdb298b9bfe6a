# SPDX-License-Identifier: MIT
"""Writes initramfs archives (cpio, "newc") as an ordinary user, device nodes included, the same bytes each time."""
import stat


class CpioArchive:
    """An archive in memory. Parent folders are made as needed; adding a path again replaces it."""

    def __init__(self):
        self._entries = {}

    def folder(self, path, mode=0o755):
        self._add(path, stat.S_IFDIR | mode, b"")

    def file(self, path, data, mode=0o644):
        self._add(path, stat.S_IFREG | mode, data)

    def link(self, path, target):
        self._add(path, stat.S_IFLNK | 0o777, target.encode())

    def character_device(self, path, major, minor, mode=0o600):
        self._add(path, stat.S_IFCHR | mode, b"", (major, minor))

    def __contains__(self, path):
        return path.strip("/") in self._entries

    def bytes(self):
        """The whole archive, padded to 512 bytes as cpio does, so that another may follow it."""
        parts = []
        for inode, path in enumerate(sorted(self._entries), 1):
            mode, data, device = self._entries[path]
            parts.append(_entry(path, inode, mode, data, device))
        parts.append(_entry("TRAILER!!!", 0, 0, b"", (0, 0)))
        whole = b"".join(parts)
        return whole + bytes(-len(whole) % 512)

    def _add(self, path, mode, data, device=(0, 0)):
        path = path.strip("/")
        parent = path.rpartition("/")[0]
        if parent and parent not in self._entries:
            self.folder(parent)
        self._entries[path] = (mode, data, device)


def _entry(path, inode, mode, data, device):
    name = path.encode() + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    fields = (inode, mode, 0, 0, links, 0, len(data), 0, 0, device[0], device[1], len(name), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)
