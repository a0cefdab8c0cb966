"""
Exports the values of the declared keys from Infisical to a dotenv, JSON or YAML file with mode 0600.

References to other secrets are exported as they are, and not expanded. `import-values` reads the file.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Final

from operations.errors import OperationError
from operations.stack import Stack
from operations.values.access.login import find_access
from operations.values.access.server import Infisical
from operations.values.formats.files import FORMATS, format_of, written
from operations.values.options import NOT_ALL, add_options, declared, reported
from operations.values.scope import Scope
from tooling.private_file import write_private

NAME: Final = "python -m operations export-values"


def main(arguments: list[str]) -> int:
    """Return the exit code: 0, 1 if a key has no value in Infisical, 2 for an error, 130 when interrupted."""
    asked = _parser().parse_args(arguments)
    return reported(lambda: _export(asked))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=NAME, description=__doc__)
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="the file to write")
    add_options(parser)
    parser.add_argument("--format", choices=FORMATS, help="the form of the file (default: by its name, else dotenv)")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    parser.add_argument("--yes", action="store_true", help="overwrite the file if it exists")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _export(asked: argparse.Namespace) -> int:
    file: Path = asked.to
    _check(file, overwrite=asked.yes)
    homelab = declared(asked)
    scope = Scope.of(homelab, asked.app)
    access = find_access(homelab, lambda: Stack(asked.project, asked.stack), asked.identity, os.environ)
    infisical = Infisical(access, homelab)
    stored = infisical.stored(key.folder for key in scope.keys)
    if hidden := [scope.name_of(key) for key in scope.keys if key.id in stored.hidden]:
        what = f"Infisical at {infisical.url} does not show all values to this login"
        raise OperationError(what, found=f"hidden values of {', '.join(hidden)}", fix="use a login that may read them")
    values = {scope.name_of(key): stored.values[key.id] for key in scope.keys if key.id in stored.values}
    missing = [scope.name_of(key) for key in scope.keys if key.id not in stored.values]
    if not asked.dry_run:
        _check(file, overwrite=asked.yes)
        write_private(file, written(values, asked.format or format_of(file)))
    if asked.json:
        facts = {"file": str(file), "written": not asked.dry_run, "keys": list(values), "notInInfisical": missing}
        print(json.dumps(facts, indent=2))
    else:
        print(_report(file, list(values), missing, written=not asked.dry_run))
    return NOT_ALL if missing else 0


def _report(file: Path, keys: list[str], missing: list[str], *, written: bool) -> str:
    count = "1 value" if len(keys) == 1 else f"{len(keys)} values"
    if written:
        lines = [f"Exported {count} to {file} (mode 0600). Remove the file when you no longer need it."]
    else:
        lines = [f"Would export {count} to {file} (mode 0600){': ' if keys else ''}{', '.join(keys)}."]
    if missing:
        lines.append(f"Not in Infisical: {', '.join(missing)}.")
    return "\n".join(lines)


def _check(file: Path, *, overwrite: bool) -> None:
    what = f"The values cannot be exported to {file}"
    if file.is_symlink() or (file.exists() and not file.is_file()):
        raise OperationError(what, found="no regular file", expected="a path in a folder", fix="correct --to")
    if not file.absolute().parent.is_dir():
        raise OperationError(what, found="its folder does not exist", fix="create the folder, or correct --to")
    if file.exists() and not overwrite:
        raise OperationError(what, found="the file exists", fix="choose a new name, or overwrite it with --yes")
