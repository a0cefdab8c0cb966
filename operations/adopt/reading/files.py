"""
Reads ExternalSecrets and stores from YAML files and folders.

A file of another tool (Helm, Jinja, SOPS, a Flux variable) is read as far as it is plain YAML. The rest is listed if it
concerns the operator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from operations.adopt.objects import (
    CLUSTER_EXTERNAL_SECRET,
    EXTERNAL_SECRET,
    STORES,
    Inputs,
    Unread,
    mapping,
    strings,
)
from operations.adopt.reading.placement import Document, place
from operations.errors import OperationError

_Loader: Final[type[yaml.SafeLoader]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_SUFFIXES: Final = (".yaml", ".yml", ".json")
_TEMPLATES: Final = (".j2", ".jinja", ".jinja2", ".tpl", ".tmpl", ".gotmpl", ".erb")
_SKIPPED: Final = ("node_modules", "__pycache__")
_SEPARATOR: Final = re.compile(r"^---(?=\s|$)[^\n]*\n?", re.MULTILINE)
_KINDS: Final = (EXTERNAL_SECRET, *STORES, CLUSTER_EXTERNAL_SECRET)
_RELEVANT: Final = re.compile(rf"""kind["']?\s*:\s*["']?({"|".join(_KINDS)})\b""")
_FLUX_VARIABLE: Final = re.compile(r"(?<!\$)\$\{[A-Za-z_]\w*[^}]*\}", re.ASCII)
_LARGEST: Final = 5_000_000


def read_files(paths: Sequence[Path]) -> Inputs:
    """
    Read files, and folders with everything below them.

    :raises OperationError: a path does not exist
    """
    inputs = Inputs()
    documents: list[Document] = []
    for path in paths:
        if not path.exists():
            what = f"{path} cannot be read"
            raise OperationError(
                what, found="no such file or folder", fix="correct the path, then run the command again"
            )
    for root, file in _files(paths):
        documents += _documents(root, file, inputs)
    for found in place(documents, inputs):
        if found.kind in _KINDS and (reason := _not_plain(found.content)):
            inputs.unread.append(Unread(found.file, f"{found.kind} {found.name}: {reason}"))
        else:
            inputs.add(found)
    return inputs


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    seen: set[Path] = set()
    for path in paths:
        root = path if path.is_dir() else path.parent
        for file in [path] if path.is_file() else _below(path):
            if (real := file.resolve()) not in seen:
                seen.add(real)
                yield root, file


def _below(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.name in _SKIPPED or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _below(entry)
        elif entry.suffix in (*_SUFFIXES, *_TEMPLATES):
            yield entry


def _documents(root: Path, file: Path, inputs: Inputs) -> Iterator[Document]:
    try:
        text = file.read_text(encoding="utf-8-sig") if file.stat().st_size <= _LARGEST else ""
    except (OSError, UnicodeDecodeError) as error:
        if file.suffix in _SUFFIXES:
            inputs.unread.append(Unread(str(file), f"the file cannot be read ({type(error).__name__})"))
        return
    is_template = file.suffix in _TEMPLATES
    for part in _SEPARATOR.split(text):
        if is_template and not _RELEVANT.search(part):
            continue
        reason = f"the file is a template ({file.suffix})" if is_template else ""
        content = None if reason else _parsed(part)
        if isinstance(content, yaml.YAMLError):
            reason = _cause(part, file)
        if reason and _RELEVANT.search(part):
            inputs.unread.append(Unread(str(file), reason))
        elif not reason:
            yield from (Document(root, file, each) for each in _objects(content))


def _parsed(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        return error
    except ValueError:
        # Such as a date that does not exist.
        return yaml.YAMLError()


def _objects(content: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(content, Mapping) and str(content.get("kind") or "").endswith("List") and "items" in content:
        for item in content["items"] or ():
            yield from _objects(item)
    elif isinstance(content, Mapping):
        yield content
    elif isinstance(content, list):
        for item in content:
            yield from _objects(item)


def _cause(text: str, file: Path) -> str:
    """Why a text is not YAML. It quotes nothing of the text."""
    if (file.parent.parent / "Chart.yaml").is_file() or (file.parent / "Chart.yaml").is_file():
        return "the file is a template of a Helm chart"
    if "{%" in text or "{#" in text:
        return "the file is a Jinja template"
    if "{{" in text:
        return "the file is a template (`{{ … }}` outside of a string)"
    return "the file is not valid YAML"


def _not_plain(content: Mapping[str, Any]) -> str:
    found = list(strings({key: value for key, value in _without_address(content).items() if key != "sops"}))
    if "sops" in content and any(text.startswith("ENC[") for text in found):
        return "SOPS encrypted it; decrypt the file, or use --live"
    if variable := next((match for text in found if (match := _FLUX_VARIABLE.search(text))), None):
        name = re.split(r"\W", variable[0][2:], maxsplit=1)[0]
        return f"it contains the variable ${{{name}}}, which Flux replaces; use --live"
    if any("{%" in text for text in found):
        return "it contains a Jinja block; use --live"
    return ""


def _without_address(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """A store without its server's address: which server it is, the declaration says."""
    spec = mapping(content.get("spec"))
    provider = mapping(spec.get("provider"))
    infisical = {name: value for name, value in mapping(provider.get("infisical")).items() if name != "hostAPI"}
    return {**content, "spec": {**spec, "provider": {**provider, "infisical": infisical}}} if infisical else content
