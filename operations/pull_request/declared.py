"""Reads the declaration of a revision from its stack file, with the checks of this checkout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

import declaration
from declaration import CREDENTIALS, PROJECT, VALUES, DeclarationError, Problem, parse, unencrypted_values
from operations.pull_request.offline.throw_away import ThrowAwaySecrets
from tooling.stack.config import Config

Homelab = declaration.Homelab[None]
"""A declaration whose secret values are left out."""

__all__ = ["PROJECT", "VALUES", "Declared", "Homelab", "read_declaration", "secrets_in_clear"]


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


def read_declaration(project: Path, stack: str, throw_away: ThrowAwaySecrets) -> Declared:
    """
    Read and check a stack file, as `pulumi up` does before it creates anything.

    :param project: the folder with the revision's `Pulumi.yaml`
    """
    name = f"Pulumi.{stack}.yaml"
    content = _read(project / name)
    if isinstance(content, Problem):
        return Declared(name, {}, None, (content,))
    config = throw_away.replaced(content)
    prefix = f"{PROJECT}:"
    values = {key.removeprefix(prefix): _as_given(value) for key, value in config.items() if key.startswith(prefix)}
    encrypted = {key.removeprefix(prefix) for key in config if config[key] != content[key]}
    try:
        homelab = parse(values, encrypted, name, lambda _: None, unencrypted=unencrypted_values(content))
        return Declared(name, config, homelab, ())
    except DeclarationError as error:
        return Declared(name, config, None, error.problems)


def secrets_in_clear(config: Config) -> Iterator[str]:
    """Yield the plain values of secret keys: throw-away values, and secrets that are in clear by mistake."""
    for key, value in config.items():
        name = key.removeprefix(f"{PROJECT}:")
        given = list(value.values()) if name == VALUES and isinstance(value, dict) else [value]
        if name == VALUES or (name in CREDENTIALS and CREDENTIALS[name].secret):
            yield from (entry for entry in given if isinstance(entry, str))


def _read(file: Path) -> Config | Problem:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Problem(
            file.name, "file not found", "the stack's config", "add the file, or name the right stack with --stack"
        )
    except UnicodeDecodeError:
        return Problem(file.name, "not UTF-8", "YAML in UTF-8", "save the file as UTF-8")
    except yaml.YAMLError as error:
        # The rest of the error shows the line itself, which may contain a secret.
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        return Problem(file.name, f"invalid YAML{where}", "YAML", "correct that line")
    config = content.get("config") if isinstance(content, dict) else None
    if not isinstance(config, dict) or not all(isinstance(key, str) for key in config):
        return Problem(
            file.name, "no mapping `config`", "a mapping of config keys to values", "write it under `config:`"
        )
    return config


def _as_given(value: Any) -> str:
    """Return a value in the form in which Pulumi passes it to a program."""
    if isinstance(value, dict | list):
        return json.dumps(value, default=str)
    return str(value).lower() if isinstance(value, bool) else str(value)
