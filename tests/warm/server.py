"""
A process that has loaded the packages, and forks for each start: `python -m tests.warm.server WORLD SOCKET`.

There are two worlds, because plugins load the protocol without the SDK. The server ends when its stdin closes.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import importlib
import io
import marshal
import os
import selectors
import signal
import socket
import sys
import threading
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from tests.warm.client import DIGITS

OWN = ("bench", "components", "declaration", "infisical", "operations", "plugins", "sandbox", "tests", "tooling")
LAZY = ("pulumi.automation", "pulumi.dynamic")
CHECKOUT = Path(__file__).resolve().parents[2]
HIGH = 500
"""Above the numbers of all files that a process is started with."""


def load_program() -> None:
    from plugins.language.runner import loading_less

    with loading_less():
        importlib.import_module("pulumi.runtime")
    for name in ("asyncio", "concurrent.futures.thread", "logging", "components"):
        importlib.import_module(name)


def load_plugins() -> None:
    for name in (
        "tooling.plugin.sdk",
        "plugins.kubernetes.provider.service",
        "plugins.random.provider",
        "plugins.language.host",
        "infisical.server.serve",
    ):
        importlib.import_module(name)


WORLDS: dict[str, Callable[[], None]] = {"program": load_program, "plugin": load_plugins}


def load(world: str) -> None:
    """Load the packages, and the project's modules of this checkout."""
    WORLDS[world]()
    gc.collect()
    gc.freeze()


def is_own(name: str) -> bool:
    return name.partition(".")[0] in OWN


def is_of_this_checkout(arguments: list[str]) -> bool:
    """Whether the process would load the project's modules from this checkout, maybe through links."""
    match arguments:
        case ["-I", "-c", _, checkout, *_]:
            return Path(checkout).resolve() == CHECKOUT
        case ["-u", _, _, "program", _, entry_point, *_]:
            folder = Path(entry_point).absolute()
            folder = folder if folder.is_dir() else folder.parent
            links = ("components", "declaration", "infisical/__init__.py")
        case ["-u", _, _, "directory", directory, *_]:
            folder = Path(directory).absolute().parent
            links = (f"{Path(directory).name}/__main__.py", "infisical/server", "tooling")
        case _:
            return False
    return all((folder / link).resolve() == CHECKOUT / link for link in links)


def forget_own_modules() -> None:
    for name in [name for name in sys.modules if is_own(name)]:
        del sys.modules[name]


class Server:
    """Forks, and reports the ends of the processes."""

    def __init__(self, listener: socket.socket, ends: int) -> None:
        self._listener = listener
        self._ends = ends
        self._clients: dict[int, socket.socket] = {}

    def accept(self) -> None:
        client, _ = self._listener.accept()
        client.settimeout(60)
        header, files, _, _ = socket.recv_fds(client, DIGITS, 8)
        request = b""
        while len(request) < int(header or b"0"):
            part = client.recv(1 << 20)
            if not part:
                break
            request += part
        if not request:
            client.close()
            return
        client.settimeout(None)
        interpreter, arguments, (folder, environment, group), mask, numbers = marshal.loads(request)
        pid = os.fork()
        if pid == 0:
            become(client, files, numbers, group, folder, environment)
            sys.executable = interpreter
            run(arguments, mask)
        self._clients[pid] = client
        with contextlib.suppress(OSError):
            client.sendall(b"%016d" % pid)
        for file in files:
            os.close(file)

    def reap(self) -> None:
        os.read(self._ends, 1000)
        while self._clients:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with self._clients.pop(pid) as client, contextlib.suppress(OSError):
                client.sendall(b"%016d" % status)


def become(
    client: socket.socket,
    files: list[int],
    numbers: list[int],
    group: int,
    folder: bytes,
    environment: dict[bytes, bytes],
) -> None:
    """Take over the files, the group, the folder and the variables of the process that asked."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        os.setpgid(0, group)
    except OSError:
        # Of a different session, or its leader has ended: the process that asked passes signals on.
        os.setpgid(0, 0)
    kept = [fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, HIGH) for file in files]
    line = fcntl.fcntl(client.fileno(), fcntl.F_DUPFD_CLOEXEC, HIGH)
    os.closerange(0, HIGH)
    for file, number in zip(kept, numbers, strict=True):
        os.dup2(file, number, inheritable=True)
        os.close(file)
    client.detach()
    os.chdir(folder)
    os.environb.clear()
    os.environb.update(environment)

    def watch() -> None:
        """End like the process that asked: it can only be killed."""
        while os.read(line, 1):
            pass
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="warm", daemon=True).start()


def run(arguments: list[str], mask: list[int]) -> NoReturn:
    """Do what the interpreter does with its arguments."""
    if not is_of_this_checkout(arguments):
        forget_own_modules()
    unbuffered = arguments[0] == "-u"
    out = open(1, "wb", 0 if unbuffered else -1, closefd=False)  # noqa: SIM115
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(open(0, "rb", closefd=False))  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = sys.__stdout__ = io.TextIOWrapper(out, write_through=unbuffered)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = io.TextIOWrapper(  # type: ignore[misc]
        open(2, "wb", 0, closefd=False),  # noqa: SIM115
        errors="backslashreplace",
        write_through=True,
    )
    sys.path[:] = [entry for entry in sys.path if entry not in ("", str(CHECKOUT))]
    if unbuffered:
        file = arguments[1]
        sys.argv, code = arguments[1:], Path(file).read_text()
        sys.path.insert(0, str(Path(file).parent))
    else:
        file = "<string>"
        sys.argv, code = ["-c", *arguments[3:]], arguments[2]
    main = types.ModuleType("__main__")
    main.__dict__.update(__builtins__=__builtins__, __annotations__={})
    if unbuffered:
        main.__file__ = file
    sys.modules["__main__"] = main
    gc.enable()
    ended: Any = 0
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        exec(compile(code, file, "exec"), main.__dict__)
    except SystemExit as end:
        ended = end.code
    except KeyboardInterrupt:
        ended = 130
    except BaseException:
        traceback.print_exc()
        ended = 1
    if ended is not None and not isinstance(ended, int):
        print(ended, file=sys.stderr)
        ended = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit((ended or 0) & 0xFF)


def main() -> None:
    world, address = sys.argv[1:]
    gc.disable()
    load(world)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    ends, waking = os.pipe()
    os.set_blocking(ends, False)
    os.set_blocking(waking, False)
    signal.set_wakeup_fd(waking)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(address)
    listener.listen(64)
    server = Server(listener, ends)
    print("ready", flush=True)
    with selectors.DefaultSelector() as selector:
        for source in (listener, ends, sys.stdin):
            selector.register(source, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is listener:
                    server.accept()
                elif key.fileobj == ends:
                    server.reap()
                else:
                    return


if __name__ == "__main__":
    main()
