"""The files that the command writes: planned, shown as a diff, and written without ever leaving an incomplete file."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from operations.adopt.objects import mapping
from operations.adopt.writing.declared import FOLDER, INLINE, STORE, Declared
from operations.adopt.writing.yaml_writer import as_yaml, with_entries
from operations.errors import OperationError

DEFAULT_FOLDER: Final = "apps"
_SCHEMAS: Final = "declaration/schema"


@dataclass(frozen=True)
class Change:
    """
    :param before: None if the file does not exist
    """

    file: Path
    before: str | None = field(repr=False)
    after: str = field(repr=False)

    def diff(self, project: Path) -> str:
        """The changed lines only: the other lines of a stack file may be secrets by mistake."""
        name = os.path.relpath(self.file, project)
        before = (self.before or "").splitlines()
        lines = difflib.unified_diff(
            before, self.after.splitlines(), name if self.before is not None else "/dev/null", name, n=0, lineterm=""
        )
        return "\n".join(lines)


def plan(
    declared: Declared, apps: Mapping[str, Any], store: Mapping[str, Any] | None, *, to: str | None, inline: bool
) -> list[Change]:
    """
    The changes, in the order in which they are written.

    :param store: `homelab:store` to add; None if it is declared already
    :param to: the folder of the apps in files; None for where the declaration has its apps
    :raises OperationError: the declaration has its apps in a different place, or a file is in the way
    """
    if not apps:
        return []
    folder = _folder(declared, to, inline=inline)
    additions: dict[str, Any] = {} if store is None else {STORE: dict(store)}
    files = [_app_file(declared, folder, name, app) for name, app in apps.items()] if folder else []
    if folder and not declared.folder:
        additions[FOLDER] = f"{folder}/"
    text = declared.text if declared.text is not None else _header(declared.project, "", "stack.json")
    after = with_entries(text, ("config",), additions) if additions else text
    if not folder:
        after = with_entries(after, ("config", INLINE), apps, spaced=True)
    expected = {**declared.config, **additions, **({} if folder else {INLINE: _together(declared, apps)})}
    if mapping(yaml.safe_load(after)).get("config") != expected:
        what = f"{declared.file} cannot be extended"
        raise OperationError(what, found="a form of YAML that is not supported", fix="use --to with a folder")
    changes = [*files, Change(declared.file, declared.text, after)]
    return [change for change in changes if change.before != change.after]


def write(changes: Sequence[Change]) -> None:
    """
    Write the files one after the other, the stack file last.

    :raises OperationError: a file changed since it was read
    """
    for change in changes:
        if _content(change.file) != change.before:
            what = f"{change.file} changed while the command ran"
            raise OperationError(what, expected="the file as it was read", fix="run the command again")
    for change in changes:
        change.file.parent.mkdir(parents=True, exist_ok=True)
        # Hidden files are no apps.
        draft = change.file.with_name(f".{change.file.name}.{os.getpid()}")
        draft.write_text(change.after, encoding="utf-8")
        if change.before is not None:
            draft.chmod(change.file.stat().st_mode & 0o777)
        draft.replace(change.file)


def _folder(declared: Declared, to: str | None, *, inline: bool) -> str:
    """The folder of the apps; empty for inline ones."""
    has_folder_in_apps = isinstance(declared.config.get(INLINE), str)
    if inline and has_folder_in_apps:
        what = f"The apps cannot be added to {INLINE}"
        found = f"the folder {declared.folder}, in which the declaration has its apps"
        raise OperationError(what, found=found, fix="run the command without --inline")
    if inline:
        return ""
    if to is None:
        return declared.folder or ("" if mapping(declared.config.get(INLINE)) else DEFAULT_FOLDER)
    folder = str(PurePosixPath(to))
    if PurePosixPath(folder).is_absolute() or ".." in PurePosixPath(folder).parts or folder == ".":
        what = f"The apps cannot be written to {to}"
        raise OperationError(what, expected="a folder in the project, such as apps/", fix="correct --to")
    if declared.folder and declared.folder != folder:
        what = f"The apps cannot be written to {to}"
        found = f"the folder {declared.folder}, in which the declaration has its apps"
        raise OperationError(what, found=found, fix=f"run the command with --to {declared.folder}")
    return folder


def _app_file(declared: Declared, folder: str, name: str, app: Mapping[str, Any]) -> Change:
    file = declared.project / folder / f"{name}.yaml"
    text = _header(declared.project, folder, "app.json") + as_yaml(app)
    before = _content(file)
    if before is not None and before != text:
        what = f"{file} exists already"
        fix = "add it to the declaration, or move it away; then run the command again"
        raise OperationError(what, found="a different content", fix=fix)
    if yaml.safe_load(text) != app:
        what = f"{file} cannot be written"
        raise OperationError(what, found="a text that YAML cannot express", fix="declare the app by hand")
    return Change(file, before, text)


def _header(project: Path, folder: str, schema: str) -> str:
    if not (project / _SCHEMAS / schema).is_file():
        return ""
    return f"# yaml-language-server: $schema={os.path.relpath(f'{_SCHEMAS}/{schema}', folder or '.')}\n"


def _together(declared: Declared, apps: Mapping[str, Any]) -> dict[str, Any]:
    return {**mapping(declared.config.get(INLINE)), **apps}


def _content(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
