"""What the commands about backups share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

from operations.values.options import FAILURES

NAME: Final = "python -m operations backup"
PAGE: Final = "docs/how-to/back-up.md"
NOT_ALL, STOP, INTERRUPTED = 1, 2, 130


def reported(work: Callable[[], int], interrupted: str) -> int:
    """
    Run a command's work and return its exit code, or 2 for an error.

    :param interrupted: what an interrupt has left
    """
    try:
        return work()
    except FAILURES as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {error.filename or 'a file'}: {error.strerror or type(error).__name__}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"Interrupted. {interrupted}", file=sys.stderr)
        return INTERRUPTED
    return STOP
