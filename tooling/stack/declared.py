"""Reads the declaration of a stack file with every check of the program, and decrypts nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import declaration
from declaration import PROJECT, DeclarationError, Problem, parse, unencrypted_values
from declaration.yaml_text import load_yaml
from tooling.errors import StackError
from tooling.stack.config import Config
from tooling.stack.throw_away import ThrowAwaySecrets

Homelab = declaration.Homelab[None]
"""A declaration whose secret values are left out."""

PROJECT_FILE = "Pulumi.yaml"

LARGEST_CONFIG: Final = 131_072 - len("PULUMI_CONFIG=") - 1
"""Bytes as JSON. Linux starts no program with a longer environment variable."""


@dataclass(frozen=True)
class Declared:
    """
    One revision's declaration.

    :param file: the stack file's name
    :param config: its `config:`, with throw-away values in place of the encrypted ones; empty if it cannot be read
    :param homelab: the parsed declaration; None if it has problems
    """

    file: str
    config: Config = field(repr=False)
    homelab: Homelab | None = field(repr=False)
    problems: tuple[Problem, ...]


def read_declaration(project: Path, stack: str, throw_away: ThrowAwaySecrets | None = None) -> Declared:
    """
    Read and check a stack file and `Pulumi.yaml`, as `pulumi up` does before it creates anything.

    :param project: the folder with `Pulumi.yaml`
    """
    name = f"Pulumi.{stack}.yaml"
    problems: list[Problem] = []
    content = _config(project / name, problems)
    if (project / PROJECT_FILE).exists():
        _read(project / PROJECT_FILE, problems)
    if problems:
        return Declared(name, {}, None, tuple(problems))
    return check_config(project, name, content, throw_away)


def check_config(project: Path, name: str, content: Config, throw_away: ThrowAwaySecrets | None = None) -> Declared:
    """
    Check the `config:` of a stack file, and the apps in files.

    :param project: the folder with `Pulumi.yaml`
    :param name: the file's name
    """
    config = (throw_away or ThrowAwaySecrets()).replaced(content)
    prefix = f"{PROJECT}:"
    values = {key.removeprefix(prefix): _as_given(value) for key, value in config.items() if key.startswith(prefix)}
    encrypted = {key.removeprefix(prefix) for key in config if config[key] != content[key]}
    in_clear = unencrypted_values(content)
    too_large = tuple(_too_large(name, {key: value for key, value in content.items() if config[key] == value}))
    try:
        homelab = parse(values, encrypted, name, lambda _: None, unencrypted=in_clear, project=project)
    except DeclarationError as error:
        return Declared(name, config, None, (*too_large, *error.problems))
    return Declared(name, config, None if too_large else homelab, too_large)


def _too_large(name: str, plain: Config) -> Iterator[Problem]:
    """:param plain: the values that are not encrypted"""
    passed = {key: _as_given(value) for key, value in plain.items()}
    size = len(json.dumps(passed, ensure_ascii=False, separators=(",", ":")).encode())
    if size > LARGEST_CONFIG:
        yield Problem(
            name,
            f"a stack config of {size:,} bytes as JSON",
            f"at most {LARGEST_CONFIG:,} bytes: Pulumi passes it to the program in one environment variable",
            "move apps from homelab:apps to files, one for each app: docs/how-to/add-an-app.md#apps-in-files",
        )


def checked(declared: Declared) -> Homelab:
    """
    Return the parsed declaration.

    :raises StackError: it has problems; with all of them
    """
    if declared.homelab is None:
        raise StackError(problems_text(declared.file, declared.problems))
    return declared.homelab


def problems_text(file: str, problems: Sequence[Problem]) -> str:
    """Describe every problem of a file, for a command that has changed nothing."""
    return str(DeclarationError(file, problems, "the command again"))


def _config(file: Path, problems: list[Problem]) -> Config:
    before = len(problems)
    content = _read(file, problems)
    config = content.get("config") if isinstance(content, dict) else None
    if not isinstance(config, dict) or not all(isinstance(key, str) for key in config):
        if len(problems) == before:
            expected, fix = "a mapping of config keys to values", "write it under `config:`"
            problems.append(Problem(file.name, "no mapping `config`", expected, fix))
        return {}
    return config


def _read(file: Path, problems: list[Problem]) -> Any:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        fix = "add the file, or name the right stack with --stack"
        problems.append(Problem(file.name, "file not found", "the stack's config", fix))
        return None
    except UnicodeDecodeError:
        problems.append(Problem(file.name, "not UTF-8", "YAML in UTF-8", "save the file as UTF-8"))
        return None
    return load_yaml(file.name, text, problems)


def _as_given(value: Any) -> str:
    """Return a value in the form in which Pulumi passes it to a program."""
    if isinstance(value, dict | list):
        return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))
    return str(value).lower() if isinstance(value, bool) else str(value)
