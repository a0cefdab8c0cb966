"""The programs of the user that operations run."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from operations.errors import OperationError

_IN_THE_SANDBOX: Final = ("kubectl", "pulumi")


def find_program(name: str) -> Path:
    """
    Return the path of a program.

    :raises OperationError: it is not on PATH
    """
    found = shutil.which(name)
    if found is None:
        sandbox = ", or use the sandbox's with `. .sandbox/env`" if name in _IN_THE_SANDBOX else ""
        what = f"{name} is not on PATH"
        raise OperationError(what, fix=f"install {name}{sandbox}, then run the command again")
    return Path(found)
