"""`homelab:argocd`: the Argo CD that installs Infisical, and what its AppProject must allow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from declaration.kubernetes_names import label_name, subdomain_name
from declaration.objects import (
    ARGOCD_NAMESPACE,
    CHART_REPOSITORY,
    CLUSTER_SERVER,
    DEFAULT_PROJECT,
    ESO_NAMESPACE,
    INFISICAL_NAMESPACE,
)
from declaration.problems import Problem, shown
from declaration.section import Section

_IN_CLUSTER: Final = "in-cluster"
"""Argo CD's name for its own cluster."""


@dataclass(frozen=True)
class ArgoCd:
    """
    The owner's Argo CD: its namespace, and the AppProject of Infisical's Application.

    `creates_project`: this program creates the project. Otherwise it exists already.
    """

    namespace: str = ARGOCD_NAMESPACE
    project: str = DEFAULT_PROJECT
    creates_project: bool = False


def parse_argocd(path: str, declared: object, problems: list[Problem]) -> ArgoCd:
    """Read `homelab:argocd`. Adds what is wrong to `problems`."""
    section = Section.of(path, declared, problems, "{project: default}")
    argocd = ArgoCd(
        namespace=section.string("namespace", default=ARGOCD_NAMESPACE, check=_namespace, example=ARGOCD_NAMESPACE),
        project=section.string("project", default=DEFAULT_PROJECT, check=subdomain_name, example="secrets"),
        creates_project=section.boolean("createProject", default=False),
    )
    if argocd.creates_project and argocd.project == DEFAULT_PROJECT:
        section.problem(
            "createProject",
            f"true for the project {shown(DEFAULT_PROJECT)}, which Argo CD creates itself",
            "false, or the name of a different project",
            "write `createProject: false`, or add `project: secrets`",
        )
    section.close()
    return argocd


def refusals(
    spec: Mapping[str, Any], repositories: Sequence[str] = (CHART_REPOSITORY,)
) -> Iterator[tuple[str, str, str]]:
    """
    Yield what an AppProject does not allow Infisical's Application: the field, its content, and the entry to add.

    It needs no cluster-scoped object: this program creates the namespace `infisical` itself.

    :param spec: of the AppProject
    :param repositories: of the charts
    """
    sources = [str(source) for source in spec.get("sourceRepos") or ()]
    for repository in repositories:
        if not _allowed(sources, repository):
            yield "spec.sourceRepos", ", ".join(sources) or "no entry", repository
    destinations = [entry for entry in spec.get("destinations") or () if isinstance(entry, Mapping)]
    if not _destination_allowed(destinations):
        found = ", ".join(_shown_destination(entry) for entry in destinations) or "no entry"
        yield "spec.destinations", found, f"{{server: {CLUSTER_SERVER}, namespace: {INFISICAL_NAMESPACE}}}"


def _namespace(text: str) -> str | None:
    if text in (INFISICAL_NAMESPACE, ESO_NAMESPACE):
        return "Argo CD's namespace, which is not Infisical's or the operator's"
    return label_name(text)


def _allowed(patterns: list[str], text: str) -> bool:
    """As Argo CD does: one pattern matches, and no pattern with a `!` before it."""
    denied = (pattern[1:] for pattern in patterns if pattern.startswith("!"))
    return any(_matches(pattern, text, separator="/") for pattern in patterns) and not any(
        _matches(pattern, text, separator="/") for pattern in denied
    )


def _destination_allowed(entries: list[Mapping[str, Any]]) -> bool:
    allowed = False
    for entry in entries:
        namespace, server, name = (str(entry.get(field) or "") for field in ("namespace", "server", "name"))
        plain = [part.removeprefix("!") for part in (namespace, server, name)]
        of_cluster = _matches(plain[1], CLUSTER_SERVER) or _matches(plain[2], _IN_CLUSTER)
        if of_cluster and _matches(plain[0], INFISICAL_NAMESPACE):
            if any(part.startswith("!") for part in (namespace, server, name)):
                return False
            allowed = True
    return allowed


def _matches(pattern: str, text: str, *, separator: str = "") -> bool:
    """Match a glob. A `*` stops at the separator, `**` and a `*` alone do not."""
    if pattern == "*":
        return True
    some = f"[^{separator}]" if separator else "."
    parts = {"**": ".*", "*": f"{some}*", "?": some}
    expression = "".join(parts.get(part) or re.escape(part) for part in re.split(r"(\*\*|\*|\?)", _plain(pattern)))
    return re.fullmatch(expression, _plain(text), re.DOTALL) is not None


def _plain(address: str) -> str:
    return address.strip().lower().removesuffix("/").removesuffix(".git")


def _shown_destination(entry: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {entry[key]}" for key in ("server", "name", "namespace") if entry.get(key)) + "}"
