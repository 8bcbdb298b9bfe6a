# SPDX-License-Identifier: MIT
"""Reads the unpacked Debian packages below out/cache/sysroot (of another architecture: sysroot-ARCH): shared libraries and kernel modules with what they need."""
import lzma
import re
import subprocess
from pathlib import Path

from architecture import X86_64


class SysrootError(Exception):
    pass


class Sysroot:
    def __init__(self, path, architecture=X86_64):
        self.path = Path(path)
        self.architecture = architecture
        modules = sorted((self.path / "lib/modules").glob("*"))
        if not modules:
            raise SysrootError(f"{path} holds no kernel; run scripts/setup")
        self.kernel_version = modules[-1].name
        self._needed = {}

    def read(self, path):
        return (self.path / path.lstrip("/")).read_bytes()

    def kernel_image(self):
        return self.path / f"boot/vmlinuz-{self.kernel_version}"

    def unpacked_kernel(self):
        """The ELF file within the kernel image, which is packed with xz (<linux/Documentation/arch/x86/boot.rst>, "The Linux/x86
        Boot Protocol": payload_offset, payload_length)."""
        image = self.kernel_image().read_bytes()
        start = (image[0x1f1] + 1) * 512 + int.from_bytes(image[0x248:0x24c], "little")
        length = int.from_bytes(image[0x24c:0x250], "little")
        return lzma.decompress(image[start:start + length - 4])

    def libraries_of(self, programs):
        """Paths, below the root, of the shared libraries that `programs` load, the libraries' own needs included. A program is
        a path below the root or, as Path, one anywhere."""
        todo, found = list(programs), {}
        while todo:
            batch, todo = todo, []
            self._read_needed([path for path in batch if path not in self._needed])
            for path in batch:
                for name in self._needed[path]:
                    if name not in found:
                        found[name] = self._find_library(name, path)
                        todo.append(found[name])
        return sorted(found.values())

    def _read_needed(self, paths):
        for path in paths:
            file = path if isinstance(path, Path) else self.path / path.lstrip("/")
            text = subprocess.run(["readelf", "-d", file], capture_output=True, text=True)
            self._needed[path] = re.findall(r"\(NEEDED\).*\[(.*)\]", text.stdout)

    def _find_library(self, name, user):
        triplet = self.architecture.triplet
        for folder in (f"lib/{triplet}", f"usr/lib/{triplet}", "lib64", "lib", "usr/lib"):
            if (self.path / folder / name).exists():
                return f"/{folder}/{name}"
        raise SysrootError(f"{user} needs {name}, which no package in scripts/lib/packages.sh brings")

    def modules(self, names):
        """(file name, contents) of the named kernel modules and all they depend on, in loading order. Names that are built
        into the kernel are left out; names that exist nowhere are an error."""
        depends, paths = self._module_tables()
        builtin = {_module_name(line) for line in
                   self.read(f"lib/modules/{self.kernel_version}/modules.builtin").decode().split()}
        order = []

        def visit(name):
            if name in builtin or name in order:
                return
            if name not in paths:
                raise SysrootError(f"kernel {self.kernel_version} has no module {name}")
            for other in depends[name]:
                visit(other)
            order.append(name)

        for name in names:
            visit(name.replace("-", "_"))
        return [self._module_file(paths[name]) for name in order]

    def _module_tables(self):
        depends, paths = {}, {}
        for line in self.read(f"lib/modules/{self.kernel_version}/modules.dep").decode().splitlines():
            path, _, needs = line.partition(":")
            paths[_module_name(path)] = path
            depends[_module_name(path)] = [_module_name(need) for need in reversed(needs.split())]
        return depends, paths

    def _module_file(self, path):
        data = self.read(f"lib/modules/{self.kernel_version}/{path}")
        if path.endswith(".xz"):
            path, data = path[:-3], lzma.decompress(data)
        return path, data


def _module_name(path):
    return Path(path).name.split(".ko")[0].replace("-", "_")
