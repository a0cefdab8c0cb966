"""A registry on loopback with one package, that has a Chromium which only prints its version."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from tests.waiting import PATIENCE_SECONDS
from tooling.toolchain.npm import Npm, integrity
from tooling.toolchain.pins import NpmPackage

NAME, VERSION = "@example/chromium", "1.0.0"
STARTS: Final = b'#!/bin/sh\necho "Chromium 7.8.9 $LD_LIBRARY_PATH"\n'
_COMPRESS: Final = """
const { readFileSync, writeFileSync } = require("node:fs");
writeFileSync(process.argv[2], require("node:zlib").brotliCompressSync(readFileSync(process.argv[1])));
"""


@dataclass
class Registry:
    """
    :param archive: the package
    :param interrupts: whether it closes the connection in the middle of the archive
    :param released: an archive ends only while it is set
    """

    archive: bytes
    package: NpmPackage
    interrupts: bool = False
    released: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def __post_init__(self) -> None:
        self.released.set()

    def about(self) -> bytes:
        archive = {"tarball": f"{self.url}/archive.tgz", "integrity": self.package.integrity}
        version = {"name": NAME, "version": VERSION, "dist": archive}
        return json.dumps({"name": NAME, "dist-tags": {"latest": VERSION}, "versions": {VERSION: version}}).encode()


def package_of(npm: Npm, folder: Path, program: bytes = STARTS) -> Registry:
    """Pack a Chromium as the real package does."""
    folder.mkdir()
    content = {
        "chromium.br": program,
        "al2023.tar.br": _archive({"lib/libnss3.so": b"library"}),
        "fonts.tar.br": _archive({"fonts/Sans.ttf": b"font"}),
    }
    packed = {f"package/bin/{name}": _compressed(npm, folder, text) for name, text in content.items()}
    packed["package/package.json"] = json.dumps({"name": NAME, "version": VERSION}).encode()
    archive = folder / "archive.tgz"
    archive.write_bytes(_archive(packed, "w:gz"))
    return Registry(archive.read_bytes(), NpmPackage(NAME, VERSION, integrity(archive)))


@contextmanager
def served(registry: Registry) -> Iterator[Registry]:
    """Serve the package on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            registry.asked.append(self.path)
            is_archive = self.path.endswith(".tgz")
            body = registry.archive if is_archive else registry.about()
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream" if is_archive else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            half = len(body) // 2
            self.wfile.write(body[:half])
            self.wfile.flush()
            if is_archive:
                registry.released.wait(PATIENCE_SECONDS)
                if registry.interrupts:
                    self.close_connection = True
                    return
            self.wfile.write(body[half:])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    registry.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield registry
    finally:
        registry.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _archive(files: Mapping[str, bytes], mode: str = "w:") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return buffer.getvalue()


def _compressed(npm: Npm, folder: Path, content: bytes) -> bytes:
    source, target = folder / "source", folder / "target"
    source.write_bytes(content)
    subprocess.run([str(npm.node), "-e", _COMPRESS, str(source), str(target)], check=True)
    return target.read_bytes()
