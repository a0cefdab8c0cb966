"""
The interpreter of the environment for warm starts: `client.py INTERPRETER ITSELF SOCKET [arguments]`.

ITSELF is its path in that environment: what a process takes for its interpreter, and starts others with.

Asks a server for a process that is as if the interpreter had been started here, waits for its end, and ends like it.
Everything else is a cold start. It imports only modules that load fast, since it runs at each start.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _socket
import array
import marshal
import posix
import sys

COLD = "HOMELAB_COLD_STARTS"
"""If it is set, every start is a cold one."""

ORPHAN_CHECK_SECONDS = 1.0
DIGITS = 16


def world_of(arguments: list[str]) -> tuple[str, list[int]] | None:
    """Which server has the packages, and the file to pass on; None for everything else."""
    if arguments[:1] == ["-u"] and len(arguments) > 3 and arguments[1].endswith("/plugins/language/runner.py"):
        return "program" if arguments[3] == "program" else "plugin", [int(arguments[2])]
    if arguments[:2] == ["-I", "-c"] and len(arguments) > 4 and arguments[4].startswith("plugins."):
        return "plugin", []
    return None


def main() -> None:
    interpreter, itself, address, *arguments = sys.argv[1:]
    found = world_of(arguments)
    if COLD.encode() in posix.environ or posix.environ.get(b"PYTHONPATH"):
        posix.execv(interpreter, [interpreter, *arguments])
    if not found:
        posix.execv(interpreter, [itself, *arguments])
    world, files = found
    parent = posix.getppid()
    server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        server.connect(f"{address}-{world}")
    except OSError:
        posix.execv(interpreter, [interpreter, *arguments])
    passed = [0, 1, 2, *files]
    mask = [int(number) for number in _signal.pthread_sigmask(_signal.SIG_BLOCK, [_signal.SIGINT, _signal.SIGTERM])]
    where = (posix.getcwdb(), dict(posix.environ), posix.getpgrp())
    request = marshal.dumps((itself, arguments, where, mask, passed))
    server.sendmsg(
        [b"%016d" % len(request)], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", passed).tobytes())]
    )
    server.sendall(request)
    child = int(server.recv(DIGITS) or b"0")
    if not child:
        posix._exit(1)

    def forward(number: int, frame: object = None) -> None:
        try:  # noqa: SIM105 (contextlib loads slowly)
            posix.kill(child, number)
        except ProcessLookupError:
            # It has just ended: its status arrives next.
            pass

    _signal.signal(_signal.SIGINT, forward)
    _signal.signal(_signal.SIGTERM, forward)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, [])
    status = b""
    server.settimeout(ORPHAN_CHECK_SECONDS)
    while not status:
        try:
            status = server.recv(DIGITS)
        except TimeoutError:
            # A plugin ends with its parent, and the parent of the warm process is the server.
            if not files and posix.getppid() != parent:
                forward(_signal.SIGTERM)
        else:
            if not status:
                break
    code = posix.waitstatus_to_exitcode(int(status or b"256"))
    if code < 0:
        if -code not in (_signal.SIGKILL, _signal.SIGSTOP):
            _signal.signal(-code, _signal.SIG_DFL)
        posix.kill(posix.getpid(), -code)
    posix._exit(code)


if __name__ == "__main__":
    main()
