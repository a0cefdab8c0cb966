"""A real API server that can be in trouble: a proxy on loopback passes each request on, or does what was ordered."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.waiting import PATIENCE_SECONDS

PASSED_ON = ("Accept", "Content-Type", "User-Agent")
CHUNK_BYTES = 65536

Applies = Callable[[str, str], bool]
"""Whether an order is for a request: its method, and its path with the query."""

Trouble = Callable[["_Request"], None]
"""What happens to a request instead of, or after, being passed on."""


@dataclass
class TroubledApiServer:
    """
    :ivar kubeconfig: leads to the proxy, which is the admin
    :ivar requests: the method and the path, with the query, of each request so far
    """

    kubeconfig: Path
    requests: list[tuple[str, str]] = field(default_factory=list)
    _orders: list[tuple[Applies, Trouble]] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def order(self, applies: Applies, trouble: Trouble) -> None:
        """For the next request that it applies to, once."""
        with self._changed:
            self._orders.append((applies, trouble))

    def trouble_is_over(self) -> None:
        """Wait until every order has been carried out."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._orders, PATIENCE_SECONDS), "nothing met the trouble"

    def trouble_for(self, method: str, path: str) -> Trouble | None:
        with self._changed:
            for index, (applies, trouble) in enumerate(self._orders):
                if applies(method, path):
                    del self._orders[index]
                    self._changed.notify_all()
                    return trouble
        return None


def watches(method: str, path: str) -> bool:
    return method == "GET" and "watch=true" in path


def deletes_pods(method: str, path: str) -> bool:
    return method == "DELETE" and "/pods/" in path


def refused(code: int, reason: str, message: str, retry_after: int | None = None) -> Trouble:
    """The answer of an API server that cannot now."""

    def refuse(request: _Request) -> None:
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "metadata": {}}
        body = json.dumps({**status, "message": message, "reason": reason, "code": code}).encode()
        request.send_response(code)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        if retry_after is not None:
            request.send_header("Retry-After", str(retry_after))
        request.end_headers()
        request.wfile.write(body)

    return refuse


def unanswered(request: _Request) -> None:
    """The connection ends without an answer."""
    request.close_connection = True


def cut_off(request: _Request) -> None:
    """The answer begins, and the connection ends in the middle of it."""
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.send_header("Transfer-Encoding", "chunked")
    request.end_headers()
    request.wfile.write(b"fff\r\n")
    request.wfile.flush()
    request.close_connection = True


@contextmanager
def troubled_api_server(kubeconfig: Path, directory: Path) -> Iterator[TroubledApiServer]:
    """
    :param kubeconfig: of the real one, whose user it becomes: certificates inside
    :param directory: takes the proxy's own kubeconfig and the user's certificate
    """
    config = yaml.safe_load(kubeconfig.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    pem = directory / "user.pem"
    pem.write_bytes(b"".join(base64.b64decode(user[key]) for key in ("client-certificate-data", "client-key-data")))
    tls = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    tls.load_cert_chain(pem)
    troubled = TroubledApiServer(directory / "troubled-kubeconfig")
    handler = type(
        "Handler", (_Request,), {"troubled": troubled, "real": urlsplit(cluster["server"]).netloc, "tls": tls}
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        config["clusters"][0]["cluster"] = {"server": f"http://127.0.0.1:{server.server_address[1]}"}
        config["users"][0]["user"] = {}
        troubled.kubeconfig.write_text(yaml.safe_dump(config))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield troubled
        finally:
            server.shutdown()
            thread.join()


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    troubled: TroubledApiServer
    real: str
    tls: ssl.SSLContext

    def _answer(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.troubled.requests.append((self.command, self.path))
        if trouble := self.troubled.trouble_for(self.command, self.path):
            trouble(self)
            return
        connection = http.client.HTTPSConnection(self.real, context=self.tls)
        try:
            headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
            connection.request(self.command, self.path, content or None, headers)
            # Who watches may go at any time.
            with suppress(ConnectionError):
                self._pass_on(connection.getresponse())
        finally:
            connection.close()

    def _pass_on(self, response: http.client.HTTPResponse) -> None:
        self.send_response(response.status)
        self.send_header("Content-Type", response.headers.get("Content-Type", ""))
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while part := response.read1(CHUNK_BYTES):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # as the standard library asks

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing is printed."""
