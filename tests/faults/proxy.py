"""A PostgreSQL that loses connections during COMMIT: a Unix socket between client and server that cuts when told."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs

__all__ = ["Proxy", "proxied"]

SOCKET = ".s.PGSQL.5432"
COMMIT = b"COMMIT\x00"
READY = b"Z\x00\x00\x00\x05"
"""How a server's message begins that says that it is ready for the next statement."""


@attrs.define(slots=False)
class Proxy:
    """Hands everything on, unless it is told to cut the next COMMIT."""

    server: Path
    folder: Path
    cut: str = ""
    """"": never; ``before``: COMMIT never reaches the server; ``after``: its answer never reaches the client."""
    is_reachable: bool = True
    then_unreachable: bool = False
    """Whether nobody can connect any more once a COMMIT was cut."""
    cuts: int = 0

    def serve(self, listener: socket.socket) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            if not self.is_reachable:
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self.server / SOCKET))
            line = _Line(self, client, server)
            for work in (line.ask, line.answer):
                threading.Thread(target=work, daemon=True).start()

    def note_cut(self) -> None:
        """Count a cut; do it once."""
        self.cuts += 1
        self.cut = ""
        self.is_reachable = not self.then_unreachable


@attrs.define(slots=False)
class _Line:
    """One connection through the proxy."""

    proxy: Proxy
    client: socket.socket
    server: socket.socket
    drops_answer: bool = False

    def ask(self) -> None:
        """Hand on what the client says."""
        with suppress(OSError):
            while said := self.client.recv(65536):
                if COMMIT in said and self.proxy.cut == "before":
                    self.proxy.note_cut()
                    break
                if COMMIT in said and self.proxy.cut == "after":
                    self.drops_answer = True
                self.server.sendall(said)
        self.end()

    def answer(self) -> None:
        """Hand on what the server says."""
        with suppress(OSError):
            while said := self.server.recv(65536):
                if self.drops_answer:
                    if READY in said:
                        self.proxy.note_cut()
                        break
                    continue
                self.client.sendall(said)
        self.end()

    def end(self) -> None:
        """Close both sides."""
        for side in (self.client, self.server):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()


@contextmanager
def proxied(host: str) -> Iterator[Proxy]:
    """Put a proxy before the server whose socket lies in that folder; its own folder is `proxy.folder`."""
    folder = Path(tempfile.mkdtemp(prefix="crmcore-"))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / SOCKET))
    listener.listen(20)
    proxy = Proxy(Path(host), folder)
    worker = threading.Thread(target=proxy.serve, args=(listener,), daemon=True)
    worker.start()
    try:
        yield proxy
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        worker.join(10)
        shutil.rmtree(folder)
