"""The only place where the sandbox reads a stack file's declaration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from declaration import App, ArgoCd, Problem, parse_apps, parse_argocd
from tooling.stack.config import StackFile

APPS, ARGOCD = "homelab:apps", "homelab:argocd"


def declared_apps(config: Mapping[str, Any]) -> tuple[App, ...] | None:
    """
    The inventory; None if it has errors, all of which the program itself reports before it changes anything.

    :param config: a stack file's `config:`
    """
    problems: list[Problem] = []
    if config.get(APPS) is None:
        return ()
    apps = parse_apps(APPS, config[APPS], problems, declared_argocd(config).namespace)
    return None if problems else apps


def declared_argocd(config: Mapping[str, Any]) -> ArgoCd:
    """The declared Argo CD; the default one if that has errors, which the program itself reports."""
    problems: list[Problem] = []
    argocd = parse_argocd(ARGOCD, config.get(ARGOCD, {}), problems)
    return ArgoCd() if problems else argocd


def read_config(stack_file: Path) -> dict[str, Any]:
    """
    The `config:` of a Pulumi.STACK.yaml.

    :raises StackError: it is not a mapping
    """
    return StackFile(stack_file).config()
