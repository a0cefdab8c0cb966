"""
What is left out of a program: files of its Go module are changed before they are compiled.

A TOML file names the module, each part that is left out, why, and the changes. Its tables:

    module = "example.test/module"

    [[part]]
    name = "what is left out"
    reason = "why the sandbox does not need it"

    [part.files."folder/file.go"]
    delete = true                   # the whole file; or:
    text = "package x"              # the whole new file; or:
    drop = ["a line"]               # lines, without their indentation
    cut = [["from", "until"]]       # from this text until before that one ("": the end); a third text replaces it

Each text must occur exactly once. Imports that a changed file no longer uses are removed.
"""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tooling.errors import ToolError

# One import: an optional alias, and the path.
_IMPORT = re.compile(r'^\t(?:(?P<alias>[\w.]+) )?"(?P<path>[^"]+)"[^\n]*\n', re.MULTILINE)


@dataclass(frozen=True)
class LeftOut:
    """One such TOML file."""

    path: Path

    @functools.cached_property
    def text(self) -> str:
        return self.path.read_text()

    @functools.cached_property
    def _content(self) -> Mapping[str, Any]:
        return tomllib.loads(self.text)

    @property
    def module(self) -> str:
        return str(self._content["module"])

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """What is left out, and why."""
        return tuple((part["name"], part["reason"]) for part in self._content["part"])

    def write_overlay(self, module: Path, folder: Path) -> None:
        """
        Write the changed files and Go's `overlay.json` into a new folder.

        :param module: the folder of the module's files; a link that go.mod names, not Go's module cache
        """
        folder.mkdir()
        replaced: dict[str, str] = {}
        for part in self._content["part"]:
            for name, change in part["files"].items():
                original = module / name
                if not original.exists():
                    raise self._problem(name, "file not found")
                changed = folder / name.replace("/", "_")
                if not change.get("delete"):
                    changed.write_text(self._changed(name, original.read_text(), change))
                # In Go's format, an empty name deletes the file.
                replaced[str(original)] = "" if change.get("delete") else str(changed)
        (folder / "overlay.json").write_text(json.dumps({"Replace": replaced}, indent=1))

    def _changed(self, name: str, text: str, change: Mapping[str, Any]) -> str:
        if "text" in change:
            return str(change["text"])
        for line in change.get("drop", ()):
            start = self._only(name, text, f"\t{line}\n")
            text = text[:start] + text[start + len(line) + 2 :]
        for first, until, *new in change.get("cut", ()):
            start = self._only(name, text, first)
            end = text.find(until, start + len(first)) if until else len(text)
            if end < 0:
                raise self._problem(name, f"{until.strip()!r} not found after {first.strip()!r}")
            text = text[:start] + "".join(new) + text[end:]
        return _without_unused_imports(text)

    def _only(self, name: str, text: str, wanted: str) -> int:
        if text.count(wanted) != 1:
            raise self._problem(name, f"found {wanted.strip()!r} {text.count(wanted)} times, expected once")
        return text.index(wanted)

    def _problem(self, name: str, found: str) -> ToolError:
        return ToolError(
            f"cannot leave parts out of {self.module}: {self.path}: {name}: {found}. "
            "Fix: restore the file from git; after a change of the module's version, adapt this entry."
        )


def _without_unused_imports(text: str) -> str:
    head, opening, rest = text.partition("\nimport (\n")
    imports, closing, body = rest.partition("\n)\n")

    def kept(found: re.Match[str]) -> str:
        if found["alias"] in ("_", "."):
            return found[0]
        # The path's last part contains the name of the package: go-multierror, yaml.v3.
        last = re.sub(r"/v\d+$", "", found["path"]).rpartition("/")[2]
        names = [found["alias"]] if found["alias"] else re.split(r"[-.]", last)
        return found[0] if re.search(rf"\b(?:{'|'.join(map(re.escape, names))})\.", body) else ""

    return head + opening + _IMPORT.sub(kept, f"{imports}\n").rstrip("\n") + closing + body
