"""The certificate of an address, also if it is not valid."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ssl
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509

SECONDS: Final = 3.0


async def expiry(url: str) -> datetime.datetime | None:
    """When it expires; None without TLS, or if the address does not answer."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return None
    # Only the date is read: the requests themselves verify the certificate.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(
                parts.hostname, parts.port or 443, ssl=context, server_hostname=parts.hostname
            )
    except (OSError, TimeoutError):
        return None
    try:
        found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return x509.load_der_x509_certificate(found).not_valid_after_utc if found else None
    except ValueError:
        return None
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
