"""A TLS server with a certificate that a test chooses."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator

import trustme


@contextlib.contextmanager
def serving(ca: trustme.CA, expires: datetime.datetime) -> Iterator[str]:
    """The address of a server that completes TLS handshakes and nothing else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1", not_after=expires, not_before=expires - datetime.timedelta(days=9)).configure_cert(
        context
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secured:
                    secured.recv(1)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        # Closing alone does not wake `accept`.
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()
