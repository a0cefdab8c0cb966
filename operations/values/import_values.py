"""
Imports values from a dotenv, JSON or YAML file: of your own, of Infisical's command line or of Doppler.

It prints which keys are added, equal and different, asks, and then writes to the stack config or to Infisical. It
overwrites a different value only if you name its key. It never prints a value.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from declaration import Homelab, Key, Problem, wrong_value
from operations.questions import can_confirm, confirmed
from operations.stack import Stack
from operations.values.access.login import find_access
from operations.values.access.server import Infisical
from operations.values.formats.files import FORMATS, read_values, shown
from operations.values.matching import Matches, matched
from operations.values.options import NOT_ALL, add_options, declared, reported
from operations.values.scope import Scope
from operations.values.targets import ConfigTarget, Entry, InfisicalTarget, Target
from tooling.errors import StackError
from tooling.stack.declared import problems_text

NAME: Final = "python -m operations import-values"


def main(arguments: list[str]) -> int:
    """Return the exit code: 0, 1 if not all values were imported, 2 for an error, 130 when interrupted."""
    asked = _parser().parse_args(arguments)
    return reported(lambda: _import(asked))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=NAME, description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="the file with the values; - for stdin")
    add_options(parser)
    parser.add_argument("--format", choices=FORMATS, help="the form of the file (default: by its name and content)")
    parser.add_argument(
        "--to", choices=("config", "infisical"), default="config", help="where to write (default: config)"
    )
    parser.add_argument(
        "--overwrite",
        action="append",
        default=[],
        metavar="KEY",
        help="with --yes, overwrite the different value of this key; repeatable",
    )
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    parser.add_argument("--yes", action="store_true", help="write without a question")
    parser.add_argument("--json", action="store_true", help="print JSON, and ask nothing")
    return parser


def _import(asked: argparse.Namespace) -> int:
    problems: list[Problem] = []
    given = read_values(asked.file, asked.format, problems)
    homelab = declared(asked)
    scope = Scope.of(homelab, asked.app)
    matches = matched(shown(asked.file), given, scope, problems)
    target = _target(asked, homelab, [key for key, _ in matches.found])
    entries = [Entry(key, each.value, target.compare(key, each.value)) for key, each in matches.found]
    problems += _refused(shown(asked.file), entries, target, matches, scope)
    if problems:
        raise StackError(problems_text(shown(asked.file), problems))
    if not asked.json:
        print(_report(entries, matches, target, scope), flush=True)
    chosen = [] if asked.dry_run else _chosen(entries, target, scope, asked)
    written: list[str] = []
    try:
        target.write(chosen, lambda key: written.append(scope.name_of(key)))
    finally:
        if written and not asked.json:
            print(f"Written: {', '.join(written)}.", flush=True)
    if asked.json:
        print(json.dumps(_as_json(entries, matches, target, scope, written), indent=2))
    elif written:
        print(target.next)
    elif any(entry.result != "equal" for entry in entries):
        print("Nothing was written.")
    left = [
        entry for entry in entries if entry.result == "different" or (entry.result == "added" and not asked.dry_run)
    ]
    is_complete = not matches.undeclared and all(scope.name_of(entry.key) in written for entry in left)
    return 0 if is_complete else NOT_ALL


def _target(asked: argparse.Namespace, homelab: Homelab[None], keys: list[Key]) -> Target:
    def stack() -> Stack:
        return Stack(asked.project, asked.stack)

    if asked.to == "config":
        return ConfigTarget(stack(), homelab)
    return InfisicalTarget(Infisical(find_access(homelab, stack, asked.identity, os.environ), homelab), keys)


def _refused(file: str, entries: Sequence[Entry], target: Target, matches: Matches, scope: Scope) -> list[Problem]:
    """Every value that cannot be written."""
    places = {key.id: f"{file}: {given}" for key, given in matches.found}
    problems = []
    for entry in entries:
        if entry.result == "equal":
            continue
        path = places[entry.key.id]
        if refusal := target.refusal(entry):
            problems.append(Problem(path, refusal.found, refusal.expected, refusal.fix))
        elif wrong := wrong_value(entry.value):
            fix = f"correct the value of {scope.name_of(entry.key)}, or remove it from the file"
            problems.append(Problem(path, wrong.found, wrong.expected, fix))
    return problems


def _report(entries: Sequence[Entry], matches: Matches, target: Target, scope: Scope) -> str:
    width = max([3, *(len(scope.name_of(entry.key)) for entry in entries)])
    lines = [f"{'key':<{width}}  result"] if entries else []
    lines += [f"{scope.name_of(entry.key):<{width}}  {entry.result}" for entry in entries]
    if matches.undeclared:
        lines += ["", "Not declared. Add a line to `keys` of the app that reads it, then run the command again:"]
        lines += [f"  {each.name}: {{source: {target.source}}}" for each in matches.undeclared]
    if matches.skipped:
        lines += ["", f"Skipped: {', '.join(f'{name} ({reason})' for name, reason in matches.skipped.items())}."]
    counted = {result: sum(entry.result == result for entry in entries) for result in ("added", "equal", "different")}
    parts = [f"{count} {result}" for result, count in counted.items() if count]
    parts += [f"{len(matches.undeclared)} not declared"] * bool(matches.undeclared)
    lines += ["", f"Compared with {target.place}: {', '.join(parts) or 'no value'}."]
    return "\n".join(lines).lstrip("\n")


def _chosen(entries: Sequence[Entry], target: Target, scope: Scope, asked: argparse.Namespace) -> list[Entry]:
    """What the user wants to be written."""
    added = [entry for entry in entries if entry.result == "added"]
    different = [entry for entry in entries if entry.result == "different"]
    named = [entry for entry in different if scope.name_of(entry.key) in asked.overwrite]
    if asked.yes:
        if not asked.json and (left := [scope.name_of(entry.key) for entry in different if entry not in named]):
            options = " ".join(f"--overwrite {name}" for name in left)
            print(f"Not overwritten: {', '.join(left)}. To overwrite, run the command again with {options}.")
        return [*added, *named]
    if asked.json or not (added or different):
        return []
    if not can_confirm():
        return []
    chosen = []
    if added:
        values = "1 new value" if len(added) == 1 else f"{len(added)} new values"
        chosen += added if confirmed(f"Write {values} to {target.place}?") else []
    if wanted := named if asked.overwrite else different:
        names = ", ".join(scope.name_of(entry.key) for entry in wanted)
        chosen += wanted if confirmed(f"Overwrite {names} in {target.place}?") else []
    return chosen


def _as_json(
    entries: Sequence[Entry], matches: Matches, target: Target, scope: Scope, written: Sequence[str]
) -> dict[str, Any]:
    return {
        "comparedWith": target.place,
        "values": [
            {"key": scope.name_of(entry.key), "folder": entry.key.folder, "result": entry.result} for entry in entries
        ],
        "notDeclared": [
            {"key": each.name, "line": f"{each.name}: {{source: {target.source}}}"} for each in matches.undeclared
        ],
        "skipped": matches.skipped,
        "written": list(written),
    }
