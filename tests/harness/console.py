# SPDX-License-Identifier: MIT
"""The machine's serial line: a Unix socket, everything that came from it, and waiting for patterns in it."""
import re
import select
import time

from .errors import MachineDied, TestFailure
from .settings import scaled

# Lines after which nothing good follows; a wait ends at once when one shows up.
FATAL = re.compile(r"\(XEN\) Panic on CPU|\(XEN\) Xen BUG at|\(XEN\) Assertion .* failed|\(XEN\) FATAL|"
                   r"Kernel panic - not syncing|dom0: FATAL")
# The tail of a fatal message's line is worth having in the report.
FATAL_REPORT = 600


class Console:
    def __init__(self, connection, log_path):
        self._socket = connection
        self._socket.setblocking(False)
        self._log = open(log_path, "wb", buffering=0)
        self.log_path = log_path
        self.text = ""        # all that came
        self.position = 0     # up to here it has been read by expect()
        self.closed = False
        self.fatal_expected = False

    def close(self):
        self._socket.close()
        self._log.close()

    def expect(self, pattern, timeout=60):
        """Waits at most `timeout` scaled seconds for a regular expression in what has not been read yet; reads up to the end
        of the match and returns it. Raises MachineDied at a panic or when the emulator is gone, TestFailure in time."""
        compiled = re.compile(pattern, re.MULTILINE)
        deadline = time.monotonic() + scaled(timeout)
        while True:
            match = compiled.search(self.text, self.position)
            if match:
                self.position = match.end()
                return match
            self._check_alive(pattern)
            left = deadline - time.monotonic()
            if left <= 0:
                raise TestFailure(f"no {pattern!r} within {scaled(timeout):.0f} s; last line: {self._last_line()!r}")
            self._receive(min(left, 1.0))

    def drain_until_closed(self, timeout):
        """Reads until the emulator closes the line; returns whether it did in time."""
        deadline = time.monotonic() + scaled(timeout)
        while not self.closed and time.monotonic() < deadline:
            self._receive(0.2)
        return self.closed

    def drain_until_fatal_or_closed(self, timeout):
        """Like drain_until_closed, but also stops at a panic; returns whether either came in time."""
        deadline = time.monotonic() + scaled(timeout)
        while not self.closed and not self.fatal_text() and time.monotonic() < deadline:
            self._receive(0.2)
        return self.closed or self.fatal_text() is not None

    def fatal_text(self):
        """The panic in what was not read by expect() yet, or None."""
        fatal = None if self.fatal_expected else FATAL.search(self.text, self.position)
        return self.text[fatal.start():fatal.start() + FATAL_REPORT].strip() if fatal else None

    def unread(self):
        """What has come and was not matched yet; reads without waiting."""
        self._receive(0)
        return self.text[self.position:]

    def send(self, text):
        """Sends characters as they are."""
        try:
            self._socket.setblocking(True)
            self._socket.sendall(text.encode())
        except OSError as error:
            raise MachineDied(f"the console is closed: {error}") from error
        finally:
            self._socket.setblocking(False)

    def type(self, text):
        """Types as a person would, waiting for the echo: the receive buffers on the way hold about 128 characters and drop the
        rest. A kernel message may tear the echo apart, so that a missing one is only waited for a moment."""
        for start in range(0, len(text), 64):
            piece = text[start:start + 64]
            self._receive(0)
            mark = len(self.text)
            self.send(piece)
            deadline = time.monotonic() + scaled(2)
            while piece.rstrip("\r\n")[-8:] not in self.text[mark:] and time.monotonic() < deadline:
                self._receive(0.1)

    def _check_alive(self, pattern):
        if self.fatal_text():
            self._receive_all(1.0)
            raise MachineDied(f"the system stopped: {self.fatal_text()}")
        if self.closed:
            raise MachineDied(f"the emulator ended before {pattern!r}; last line: {self._last_line()!r}")

    def _receive_all(self, seconds):
        deadline = time.monotonic() + seconds
        while not self.closed and time.monotonic() < deadline:
            self._receive(0.1)

    def _receive(self, timeout):
        if self.closed:
            return
        ready, _, _ = select.select([self._socket], [], [], timeout)
        if not ready:
            return
        try:
            data = self._socket.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self.closed = True
        self._log.write(data)
        self.text += data.decode("utf-8", "replace").replace("\r", "")

    def _last_line(self):
        lines = [line for line in self.text.splitlines() if line.strip()]
        return lines[-1][-160:] if lines else ""
