"""Compares the values of Terraform with those in use. No result contains a value."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from declaration import Problem
from operations.adopt.objects import mapping
from operations.adopt.terraform.state import State
from operations.adopt.terraform.variables import ARGOCD, USE_CLUSTER, VARIABLES, Variable


@dataclass(frozen=True)
class InUse:
    """
    The values of the cluster.

    :param secrets: by `namespace/name`, decoded
    :param application: Argo CD's Application; empty if it does not exist
    """

    secrets: Mapping[str, Mapping[str, str]] = field(repr=False)
    application: Mapping[str, Any] = field(repr=False)

    def values(self, variable: Variable, argocd: str) -> dict[str, str]:
        """By place, the values of a variable in the cluster."""
        found: dict[str, str] = {}
        place = secret_place(variable, argocd)
        value = _value(self.secrets.get(place, {}), variable)
        if value is not None:
            inside = f"{'.'.join(variable.path)} in " if variable.path else ""
            found[f"{inside}the key {variable.secret[2]} of Secret {place}"] = value
        if variable.path and (value := _at(_helm_values(self.application), variable.path)) is not None:
            found[f"{'.'.join(variable.path)} of Application {argocd}/infisical"] = value
        return found


@dataclass(frozen=True)
class Difference:
    """
    :param place: where the cluster has another value
    :param contradicts: a second place in the cluster with a different value; empty if all places agree
    :param missing: whether the file has no value
    """

    variable: Variable
    place: str
    contradicts: str = ""
    missing: bool = False


@dataclass(frozen=True)
class Compared:
    """
    :param taken: by variable, the value of the cluster that differs
    :param older: variables whose value in the state of Terraform is not in use
    """

    differences: tuple[Difference, ...]
    taken: Mapping[str, str] = field(repr=False)
    older: tuple[str, ...]


def compare(
    found: Mapping[str, object], in_use: InUse, state: State, argocd: str, skipped: Iterable[str] = ()
) -> Compared:
    """
    :param found: the variables of the file
    :param argocd: the namespace of Argo CD
    :param skipped: variables that become no config
    """
    differences: list[Difference] = []
    taken: dict[str, str] = {}
    older: list[str] = []
    for variable in VARIABLES:
        if variable.name in skipped:
            continue
        given, live = found.get(variable.name), in_use.values(variable, argocd)
        first = next(iter(live.items()), None)
        if first and any(not _equal(value, first[1]) for value in live.values()):
            differences.append(Difference(variable, first[0], contradicts=list(live)[-1]))
        elif first and not (isinstance(given, str) and _equal(given, first[1])):
            differences.append(Difference(variable, first[0], missing=not isinstance(given, str) or not given))
            taken[variable.name] = first[1]
        kept = _value(state.secret(secret_place(variable, argocd)), variable)
        if kept is not None and first and not _equal(kept, first[1]):
            older.append(variable.name)
    return Compared(tuple(differences), taken, tuple(older))


def problems(compared: Compared, *, use_cluster: bool) -> Iterator[Problem]:
    """:param use_cluster: whether the values of the cluster are used where they differ"""
    for each in compared.differences:
        variable = each.variable
        if each.contradicts:
            yield Problem(
                variable.name,
                f"two values in the cluster: {each.place} and {each.contradicts}",
                "one value in both places",
                "find out which one is in use, and write it to both with kubectl",
            )
        elif not (use_cluster or each.missing):
            unreadable = " Infisical cannot read its data with another key." * (variable.secret[2] == "ENCRYPTION_KEY")
            yield Problem(
                variable.name,
                f"a value that differs from {each.place}",
                f"the value of the cluster, which is in use.{unreadable}",
                f"correct the variable, or run the command with {USE_CLUSTER} to take the value of the cluster",
            )


def secret_place(variable: Variable, argocd: str) -> str:
    namespace, name, _ = variable.secret
    return f"{argocd if namespace == ARGOCD else namespace}/{name}"


def decoded(secret: Mapping[str, Any] | None) -> dict[str, str]:
    """The values of a Secret."""
    data = mapping((secret or {}).get("data"))
    return {key: base64.b64decode(str(value)).decode(errors="replace") for key, value in data.items()}


def _value(values: Mapping[str, str], variable: Variable) -> str | None:
    value = values.get(variable.secret[2])
    if value is None or not variable.path:
        return value
    try:
        # As strings: a password of digits alone is a string here, and a number there.
        return _at(yaml.load(value, Loader=yaml.BaseLoader), variable.path)
    except yaml.YAMLError:
        return None


def _helm_values(application: Mapping[str, Any]) -> Mapping[str, Any]:
    helm = mapping(mapping(mapping(application.get("spec")).get("source")).get("helm"))
    return mapping(helm.get("valuesObject"))


def _at(value: Any, path: Sequence[str]) -> str | None:
    for part in path:
        value = mapping(value).get(part)
    return None if value is None else str(value)


def _equal(one: str, other: str) -> bool:
    """Whether they mean the same: some tools remove the newline at the end."""
    return one.removesuffix("\n") == other.removesuffix("\n")
