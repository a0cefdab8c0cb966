"""A Chromium without a window, driven by its DevTools protocol over two pipes."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.waiting import PATIENCE_SECONDS, eventually

_HIGH: Final = 20


class Browser:
    """One tab. `said` has what the page logged, such as a refusal of its policy."""

    def __init__(self, reading: int, writing: int) -> None:
        self._in, self._out = os.fdopen(reading, "rb"), os.fdopen(writing, "wb")
        self._session = ""
        self._number = 0
        self._buffer = b""
        self.said: list[str] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def close(self) -> None:
        self._out.close()
        self._in.close()

    def open(self, file: Path, *, width: int, dark: bool = False, height: int = 900) -> None:
        """Show a page at this width, and wait until it is complete."""
        self.said.clear()
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self._call("Page.navigate", url=file.as_uri())
        eventually(lambda: self.run("document.readyState") == "complete", f"{file.name} is loaded")

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = self._call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """:param code: of the key, such as 13 for Enter"""
        text = {"text": "\r"} if key == "Enter" else {"text": key} if len(key) == 1 else {}
        for kind in ("keyDown", "keyUp"):
            down = text if kind == "keyDown" else {}
            self._call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **down)

    def screenshot(self, file: Path) -> None:
        found = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=False)
        file.write_bytes(base64.b64decode(found["data"]))

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        self._out.flush()
        while True:
            answer = self._read()
            if answer.get("method") == "Log.entryAdded":
                self.said.append(answer["params"]["entry"]["text"])
            elif answer.get("method") == "Runtime.exceptionThrown":
                self.said.append(json.dumps(answer["params"]["exceptionDetails"]))
            elif answer.get("id") == self._number:
                assert "error" not in answer, (method, answer["error"])
                result: dict[str, Any] = answer["result"]
                return result

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            chunk = os.read(self._in.fileno(), 1 << 20)
            assert chunk, "the browser has ended"
            self._buffer += chunk
        message, _, self._buffer = self._buffer.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


@contextmanager
def started(program: Path, folder: Path) -> Iterator[Browser]:
    """:param folder: for its profile"""
    options = ["--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--disable-dev-shm-usage"]
    # Chromium's own sandbox does not run as root, nor on every kernel; the page is ours.
    options += [
        "--no-sandbox",
        "--no-first-run",
        "--hide-scrollbars",
        "--disable-background-networking",
        f"--user-data-dir={folder}",
    ]
    (their_in, our_out), (our_in, their_out) = os.pipe(), os.pipe()
    # Chromium reads 3 and writes 4: these must not be the pipes' own numbers.
    theirs = [fcntl.fcntl(each, fcntl.F_DUPFD, _HIGH) for each in (their_in, their_out)]
    os.close(their_in)
    os.close(their_out)

    def connect() -> None:
        for number, each in zip((3, 4), theirs, strict=True):
            os.dup2(each, number)

    process = subprocess.Popen(
        [str(program), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(3, 4),
        preexec_fn=connect,
    )
    for each in theirs:
        os.close(each)
    try:
        browser = Browser(our_in, our_out)
        try:
            yield browser
        finally:
            browser.close()
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
