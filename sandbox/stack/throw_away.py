"""Throw-away secrets on the sandbox's stack: each is set once, and removed when nothing needs it any more."""

from __future__ import annotations

import json
from pathlib import Path

from sandbox.declared import declared_apps, read_config
from sandbox.stack.differences import is_set, throw_away_values
from sandbox.stack.value_forms import VALUES
from tooling.private_file import write_private
from tooling.stack.config import StackFile
from tooling.stack.workspace import Workspace
from tooling.toolchain.progress import Reporter


def ensure_throw_away_secrets(workspace: Workspace, stack_file: StackFile, record: Path, reporter: Reporter) -> None:
    """
    Set the missing ones. A secret that the user removed or replaced is not touched.

    :param stack_file: of the stack, in the project's folder
    :param record: a file with the paths that were set
    """
    folder = stack_file.path.parent
    given = _given(record)
    declared = read_config(stack_file.path)
    wanted = throw_away_values(declared)
    # A declaration with errors does not show which keys are gone.
    unwanted = set() if declared_apps(declared) is None else given - set(wanted)
    for path in sorted(unwanted):
        if is_set(stack_file.config(), path):
            workspace.run("config", "rm", "--path", path, cwd=folder)
        # With `mode: manual` the program refuses even an empty mapping.
        if stack_file.config().get(VALUES) == {}:
            workspace.run("config", "rm", VALUES, cwd=folder)
        given.remove(path)
        write_private(record, json.dumps(sorted(given)))
    missing = [path for path in wanted if path not in given]
    with reporter.quick_stage("throw-away secrets"):
        for path in missing:
            if not is_set(stack_file.config(), path):
                workspace.run("config", "set", "--secret", "--path", path, cwd=folder, given=wanted[path]())
            given.add(path)
            write_private(record, json.dumps(sorted(given)))


def _given(record: Path) -> set[str]:
    if not record.exists():
        return set()
    return set(json.loads(record.read_text()))
