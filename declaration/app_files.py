"""
Apps in files: a folder of the project with one YAML file for each app. The file's name is the app's name.

All checks name an app by its path in `homelab:apps`. `AppFiles` turns that path into the app's file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from declaration.config_keys import APP_FILES, APPS, PROJECT
from declaration.problems import Problem, kind_of, shown
from declaration.yaml_text import load_yaml

INLINE: Final = f"{PROJECT}:{APPS}"
FOLDER: Final = f"{PROJECT}:{APP_FILES}"
RENAME_APP: Final = "rename the app"
SUFFIX: Final = ".yaml"

_PATH: Final = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*/?")
_IN_TEXT: Final = re.compile(rf"{INLINE}\.(?P<name>[a-z0-9-]+)(?P<rest>(?:[.\[][\w\]-]+)*)")
_IGNORED: Final = ("~", ".md")
_ONLY_APPS: Final = f"files NAME{SUFFIX}, one for each app; hidden files, *.md and *~ are ignored"


@dataclass(frozen=True)
class AppFiles:
    """
    The apps in files.

    :param files: by app, the path of its file in the project
    :param lines: by app, the line of each field, such as `keys.TOKEN.source`
    """

    files: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, Mapping[str, int]] = field(default_factory=dict, repr=False)

    def located(self, problem: Problem) -> Problem:
        """The problem with the file and the line of the app that it is about, unless that app is inline."""
        within = problem.path.removeprefix(f"{INLINE}.")
        names = [name for name in self.files if within == name or within.startswith((f"{name}.", f"{name}["))]
        texts = {name: self.in_text(getattr(problem, name)) for name in ("found", "expected", "fix")}
        if within == problem.path or not names:
            return replace(problem, **texts)
        name = max(names, key=len)
        texts["path"] = self._place(name, within.removeprefix(name).removeprefix("."))
        if problem.fix == RENAME_APP:
            texts["fix"] = "rename the file"
        return replace(problem, file=self.files[name], **texts)

    def in_text(self, text: str) -> str:
        """A text that names apps in files by file and line, instead of by their path in `homelab:apps`."""

        def place(found: re.Match[str]) -> str:
            name = found["name"]
            return self._place(name, found["rest"].removeprefix(".")) if name in self.files else found[0]

        return _IN_TEXT.sub(place, text) if self.files else text

    def _place(self, name: str, path: str) -> str:
        file, lines = self.files[name], self.lines.get(name, {})
        # A missing field has the line of the mapping that should contain it.
        nearest = path
        while nearest and nearest not in lines:
            nearest = nearest[: max(nearest.rfind("."), nearest.rfind("["), 0)]
        line = f":{lines[nearest]}" if nearest else ""
        return f"{file}{line}: {path}" if path else file


def read_inventory(apps: object, folder: object, project: Path, problems: list[Problem]) -> tuple[object, AppFiles]:
    """
    Read the apps in files, and add the inline ones.

    :param apps: `homelab:apps` as decoded: a mapping of apps, or the name of a folder; None if missing
    :param folder: `homelab:appFiles` as decoded; None if missing
    :param project: the folder with `Pulumi.yaml`
    :param problems: receives every problem; use the result only if none is added
    :returns: the mapping of app names to apps, still unchecked
    """
    if folder is None and not isinstance(apps, str):
        return apps, AppFiles()
    inline: object = {} if isinstance(apps, str | None) else apps
    path, name = (INLINE, apps) if folder is None else (FOLDER, folder)
    if wrong := list(_wrong_folder(path, name, apps, project)):
        problems.extend(wrong)
        return inline, AppFiles()
    declared, files = _read_folder(project, str(PurePosixPath(str(name))), path, problems)
    if not isinstance(inline, Mapping):
        return inline, files
    return _together(inline, declared, files, problems)


def _together(
    apps: Mapping[Any, object], declared: Mapping[str, object], files: AppFiles, problems: list[Problem]
) -> tuple[object, AppFiles]:
    for twice in sorted(apps.keys() & files.files.keys()):
        file = files.files[twice]
        what = f"the app {shown(twice)}, which {file} declares too"
        fix = f"remove {file}, or remove {twice} from {INLINE}"
        problems.append(Problem(f"{INLINE}.{twice}", what, "one declaration for each app", fix))
    in_files = {name: file for name, file in files.files.items() if name not in apps}
    merged = {**apps, **{name: app for name, app in declared.items() if name not in apps}}
    return merged, replace(files, files=in_files)


def _wrong_folder(path: str, name: object, apps: object, project: Path) -> Iterator[Problem]:
    example = "write, for example, `{grafana: {namespace: monitoring, keys: …}}` or `apps/`"
    # In `homelab:apps`, a string may be a secret in the wrong place.
    inline = path == INLINE
    if not inline and isinstance(apps, str):
        fix = f"remove {FOLDER}, or write a mapping of apps in {INLINE}"
        yield Problem(path, f"a second folder, next to the one that {INLINE} names", "one folder", fix)
    elif not isinstance(name, str) or not _is_inside(name):
        expected = f"{'a mapping of apps, or ' * inline}the path of a folder in the project, without `..`"
        yield Problem(path, kind_of(name), expected, example if inline else f"write, for example, `{FOLDER}: apps/`")
    elif not (project / name).is_dir():
        found = "a string that names no folder of the project" if inline else f"{shown(name)}, which is not a folder"
        expected = f"{'a mapping of apps, or ' * inline}a folder next to Pulumi.yaml, with one file for each app"
        yield Problem(path, found, expected, example if inline else "create the folder, or correct its name")


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(_PATH.fullmatch(name)) and bool(parts) and ".." not in parts


def _read_folder(project: Path, folder: str, path: str, problems: list[Problem]) -> tuple[dict[str, object], AppFiles]:
    before = len(problems)
    declared: dict[str, object] = {}
    files: dict[str, str] = {}
    lines: dict[str, dict[str, int]] = {}
    for entry in sorted((project / folder).iterdir()):
        if entry.name.startswith(".") or entry.name.endswith(_IGNORED):
            continue
        file = f"{folder}/{entry.name}"
        wrong = list(_wrong_entry(entry, file))
        if not wrong:
            name = entry.name.removesuffix(SUFFIX)
            files[name], lines[name] = file, {}
            app = _read_app(entry, name, file, lines[name], wrong)
            if not wrong:
                declared[name] = app
        problems.extend(replace(problem, file=file) for problem in wrong)
    if not files and len(problems) == before:
        # It may be an incomplete checkout, and no app would mean that every Secret is removed.
        fix = f"add {folder}/NAME{SUFFIX}; for a homelab without apps, remove {FOLDER} and write `{INLINE}: {{}}`"
        problems.append(Problem(path, f"{shown(folder)}, a folder without apps", _ONLY_APPS, fix))
    return declared, AppFiles(files, lines)


def _wrong_entry(entry: Path, file: str) -> Iterator[Problem]:
    folder = file.rpartition("/")[0]
    if entry.is_dir():
        yield Problem(file, "a folder", _ONLY_APPS, f"move its files to {folder}/, or move the folder out of {folder}/")
    elif not entry.exists():
        yield Problem(file, "a link to a file that does not exist", _ONLY_APPS, "correct or remove the link")
    elif not entry.is_file():
        yield Problem(file, "not a file", _ONLY_APPS, "remove it")
    elif entry.suffix != SUFFIX and entry.suffix.lower() in (SUFFIX, ".yml"):
        what = f"a file name that ends in {entry.suffix}"
        yield Problem(file, what, _ONLY_APPS, f"rename it to {entry.stem}{SUFFIX}")
    elif entry.suffix != SUFFIX:
        yield Problem(file, "a file that is not an app", _ONLY_APPS, f"rename it to NAME{SUFFIX}, or remove it")


def _read_app(entry: Path, name: str, file: str, lines: dict[str, int], problems: list[Problem]) -> object:
    fields = "the fields of the app"
    try:
        text = entry.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        problems.append(Problem(file, "not UTF-8", "YAML in UTF-8", "save the file as UTF-8"))
        return None
    except OSError as error:
        problems.append(Problem(file, f"cannot be read: {error.strerror}", "a readable file", f"run `ls -l {file}`"))
        return None
    content = load_yaml(file, text, problems, lines)
    if content is None and not problems:
        fix = "write `namespace: …` and `keys: …`, or remove the file"
        problems.append(Problem(file, "an empty file", fields, fix))
    if isinstance(content, Mapping) and list(content) == [name] and isinstance(content[name], Mapping):
        fix = f"remove the line `{name}:`, and unindent the lines below it"
        problems.append(Problem(file, f"the app's name {shown(name)} above its fields", f"only {fields}", fix))
    return content
