"""A server with a certificate of the owner's CA."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from infisical.api.errors import Blocked
from infisical.api.http.call import Call
from infisical.api.http.server import Server
from tests.declaration.certificates import authority, certificate
from tests.infisical.clock import TestClock

READ = Call(what="report its status", method="GET", path="/api/status")


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"message": "Ok"}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("localhost").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


async def _asked(url: str, ca_bundle: str = "") -> str:
    clock = TestClock()
    server = Server(url, clock, ca_bundle=ca_bundle)
    try:
        answer = await server.send(READ)
        return answer.string("message")
    finally:
        await server.close()
        assert clock.now() == TestClock().now(), "an untrusted certificate is not tried again"


async def test_a_server_is_trusted_by_the_declared_certificates(port: int) -> None:
    assert await _asked(f"https://localhost:{port}", certificate()) == "Ok"


async def test_an_unknown_certificate_is_refused_at_once_with_the_field_to_set(port: int) -> None:
    with pytest.raises(Blocked) as caught:
        await _asked(f"https://localhost:{port}")

    assert "its certificate is not trusted (" in str(caught.value)
    assert "Set `caBundle` in `homelab:infisical`" in str(caught.value)


async def test_a_certificate_for_a_different_name_is_refused(port: int) -> None:
    with pytest.raises(Blocked, match=r"not valid for '127.0.0.1'|IP address mismatch"):
        await _asked(f"https://127.0.0.1:{port}", certificate())


async def test_certificates_that_openssl_cannot_read_are_refused(port: int) -> None:
    broken = "-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n"

    with pytest.raises(Blocked, match="cannot be read"):
        await _asked(f"https://localhost:{port}", broken)
