# SPDX-License-Identifier: MIT
"""The other end of dom0's network: two listening ports on the host, which QEMU's user network shows as its gateway."""
import hashlib
import socket
import threading

from .errors import check
from .settings import scaled


class HostServer:
    """One port sends `data` to whoever connects, the other takes one transfer and computes its digest."""

    def __init__(self, data):
        self._data = data
        self._sender = socket.create_server(("127.0.0.1", 0))
        self._receiver = socket.create_server(("127.0.0.1", 0))
        self.send_port = self._sender.getsockname()[1]
        self.receive_port = self._receiver.getsockname()[1]
        self._digest = None
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._send, self._receive)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._sender.close()
        self._receiver.close()

    def received_digest(self, timeout):
        """The SHA-256 of the transfer, once its sender has closed it."""
        self._threads[1].join(scaled(timeout))
        check(self._digest, "the transfer to the host did not end")
        return self._digest

    def _send(self):
        connection, _ = self._sender.accept()
        with connection:
            connection.sendall(self._data)

    def _receive(self):
        digest = hashlib.sha256()
        connection, _ = self._receiver.accept()
        with connection:
            while block := connection.recv(1 << 20):
                digest.update(block)
        self._digest = digest.hexdigest()
