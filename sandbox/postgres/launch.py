"""
Becomes a PostgreSQL server: `python launch.py PROGRAMS DATA PASSWORDS OPTION…`.

Without data it creates them first, completely or not at all, with the superuser's password from the file PASSWORDS,
which has libpq's format.

PostgreSQL refuses to run as root. There, this process becomes the user nobody, and keeps root's right to read and write
every file: the folders of the sandbox are private.

Only the standard library: this file runs with `-I -S`, so it takes a few milliseconds.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NOBODY = 65534
SUPERUSER = "postgres"

# From linux/prctl.h, linux/securebits.h and linux/capability.h.
_SET_PDEATHSIG, _GET_PDEATHSIG, _SET_SECUREBITS, _CAP_AMBIENT, _AMBIENT_RAISE = 1, 2, 28, 47, 2
_NO_SETUID_FIXUP = 1 << 2
_DAC_OVERRIDE = 1
_VERSION_3 = 0x20080522

_LIBC = ctypes.CDLL(None, use_errno=True)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Set(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def become_nobody() -> None:
    """
    Change the user of this process and of every program that it becomes. It keeps one capability, CAP_DAC_OVERRIDE.

    :raises OSError: the kernel refuses
    """
    parent, signal_at_its_end = os.getppid(), ctypes.c_int()
    _prctl(_GET_PDEATHSIG, ctypes.byref(signal_at_its_end))
    # PostgreSQL asks access(2) for its own programs, which ignores capabilities without this.
    _prctl(_SET_SECUREBITS, _NO_SETUID_FIXUP)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    one = _Set(1 << _DAC_OVERRIDE, 1 << _DAC_OVERRIDE, 1 << _DAC_OVERRIDE)
    _checked(_LIBC.capset(ctypes.byref(_Header(_VERSION_3, 0)), (_Set * 2)(one, _Set())))
    _prctl(_CAP_AMBIENT, _AMBIENT_RAISE, _DAC_OVERRIDE, 0, 0)
    # A change of the user has cleared it.
    _prctl(_SET_PDEATHSIG, signal_at_its_end.value)
    if os.getppid() != parent:
        sys.exit("the parent process has ended")


def password_of(user: str, passwords: Path) -> str:
    """The user's password, as the file of passwords has it: without a colon."""
    logins = dict(line.split(":")[-2:] for line in passwords.read_text().splitlines())
    return logins[user]


def create(programs: Path, data: Path, password: str) -> None:
    """
    Create the data of a server whose superuser has this password.

    :raises CalledProcessError: initdb failed; its output was printed
    """
    for left in data.parent.glob(f"{data.name}.*"):
        shutil.rmtree(left)
    draft = Path(tempfile.mkdtemp(prefix=f"{data.name}.", dir=data.parent))
    options = ["--locale=C", "--encoding=UTF8", "--auth=scram-sha-256", "--no-sync", "--no-instructions"]
    subprocess.run(
        [programs / "initdb", f"--pgdata={draft}", f"--username={SUPERUSER}", "--pwfile=/dev/stdin", *options],
        input=password,
        text=True,
        check=True,
    )
    draft.rename(data)


def main() -> None:
    programs, data, passwords = map(Path, sys.argv[1:4])
    if sys.platform == "linux" and os.geteuid() == 0:
        become_nobody()
    if not data.exists():
        create(programs, data, password_of(SUPERUSER, passwords))
    program = str(programs / "postgres")
    os.execv(program, [program, "-D", str(data), *sys.argv[4:]])


def _prctl(*arguments: object) -> None:
    _checked(_LIBC.prctl(*arguments))


def _checked(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main()
