# SPDX-License-Identifier: MIT
"""QEMU's human monitor: looks at the machine from outside."""
import re

from .errors import MachineDied
from .settings import scaled

PROMPT = b"(qemu) "


class Monitor:
    def __init__(self, connection):
        self._socket = connection
        self._socket.settimeout(scaled(30))
        self._read_to_prompt()

    def close(self):
        self._socket.close()

    def command(self, line):
        """Runs one monitor command and returns what it printed."""
        try:
            self._socket.sendall(line.encode() + b"\n")
            text = self._read_to_prompt()
        except OSError as error:
            raise MachineDied(f"the monitor is closed: {error}") from error
        # The monitor echoes through a line editor; what counts starts after the echo's line end.
        return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text.decode(errors="replace")).replace("\r", "").partition("\n")[2]

    def _read_to_prompt(self):
        data = b""
        while not data.endswith(PROMPT):
            more = self._socket.recv(65536)
            if not more:
                raise ConnectionError("end of stream")
            data += more
        return data[:-len(PROMPT)]
