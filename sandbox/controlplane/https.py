"""One GET from a server of the control plane, with a client certificate."""

from __future__ import annotations

import functools
import http.client
import ssl
from pathlib import Path

TIMEOUT_SECONDS = 5.0


def get(port: int, path: str, authority: Path, certificate: Path, key: Path) -> bytes | None:
    """The body of a 200, or None for anything else: not listening yet, not ready yet."""
    connection = http.client.HTTPSConnection(
        "127.0.0.1",
        port,
        timeout=TIMEOUT_SECONDS,
        context=_context(authority, certificate, key, certificate.stat().st_mtime_ns),
    )
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return body if response.status == http.HTTPStatus.OK else None


@functools.cache
def _context(authority: Path, certificate: Path, key: Path, made: int) -> ssl.SSLContext:
    """Cached per modification time: a recreated control plane has new files at the same paths."""
    context = ssl.create_default_context(cafile=str(authority))
    context.load_cert_chain(str(certificate), str(key))
    return context
