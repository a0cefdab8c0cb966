"""The settings with which the program takes over what Infisical has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from declaration import APP_FILES, APPS, PROJECT
from infisical.api.marks import mark_of_stack, other_stack
from operations.adopt.infisical.existing import AGAIN, Existing, Operator
from operations.adopt.objects import mapping
from operations.adopt.writing.declared import STORE, Declared
from operations.adopt.writing.settings import Setting, value_at
from operations.errors import OperationError

INFISICAL: Final = f"{PROJECT}:infisical"
OPERATOR: Final = (INFISICAL, "operator")
LOGIN: Final = "docs/how-to/existing-infisical.md#adopt-it"
_INVENTORY: Final = f"{PROJECT}:{APPS}"


@dataclass(frozen=True)
class Chosen:
    """What the options choose; empty means what the declaration has."""

    project: str = ""
    environment: str = ""
    operator: str = ""


def needed_settings(declared: Declared, chosen: Chosen, existing: Existing) -> list[Setting]:
    """
    The settings that the declaration lacks, or has with a different value.

    :raises OperationError: the program would refuse the operator's identity
    """
    wanted = [*_of_store(declared, existing), *_of_operator(declared, chosen, existing)]
    if _INVENTORY not in declared.config and f"{PROJECT}:{APP_FILES}" not in declared.config:
        wanted.append(Setting((_INVENTORY,), {}))
    return [each for each in wanted if value_at(declared.config, each.path) != each.value]


def provisional_settings(config: Mapping[str, Any]) -> list[Setting]:
    """What a declaration needs before it can be checked, as long as nothing better is known."""
    url = mapping(config.get(INFISICAL)).get("url")
    defaults = [
        *(Setting((STORE, name), value) for name, value in _store(str(url), "unknown", "prod").items()),
        *([Setting((_INVENTORY,), {})] if f"{PROJECT}:{APP_FILES}" not in config else []),
    ]
    return [each for each in defaults if value_at(config, each.path) is None]


def mark_of(declared: Declared) -> str:
    """The mark that this stack leaves on what it creates."""
    return mark_of_stack(f"urn:pulumi:{declared.stack}::{PROJECT}::")


def _of_store(declared: Declared, existing: Existing) -> Iterator[Setting]:
    url = str(mapping(declared.config.get(INFISICAL)).get("url"))
    store = _store(url, existing.project, existing.environment)
    if value_at(declared.config, (STORE, "hostAPI")) is not None:
        del store["hostAPI"]
    if STORE not in declared.config:
        yield Setting((STORE,), store)
        return
    for name, value in store.items():
        yield Setting((STORE, name), value)


def _store(url: str, project: str, environment: str) -> dict[str, str]:
    return {"hostAPI": url, "projectSlug": project, "environmentSlug": environment}


def _of_operator(declared: Declared, chosen: Chosen, existing: Existing) -> Iterator[Setting]:
    if chosen.operator and existing.operators is None:
        what = f"The identity {chosen.operator!r} cannot be looked up in Infisical at {existing.url}"
        fix = f"use the administrator's login: {LOGIN}; {AGAIN}"
        raise OperationError(what, found="a login that may not list identities", fix=fix)
    if chosen.operator and not existing.operators:
        names = ", ".join(each.name for each in existing.members or ()) or "none that this login sees"
        what = f"Infisical at {existing.url} has no identity {chosen.operator!r}"
        fix = f"correct --operator, or leave it out; {AGAIN}"
        raise OperationError(what, found=f"identities of the project: {names}", fix=fix)
    if chosen.operator:
        yield Setting((*OPERATOR, "name"), chosen.operator)
    own = mark_of(declared)
    if not existing.operators or any(each.mark == own for each in existing.operators):
        return
    _check(existing.operator, existing.operators, own)
    yield Setting((*OPERATOR, "adopt"), True)


def _check(name: str, found: tuple[Operator, ...], own: str) -> None:
    """Refuse what the program would refuse."""
    choose = f"write another `name` in `{INFISICAL}.operator`, or name an identity with --operator; {AGAIN}"
    if len(found) > 1:
        what = f"{len(found)} identities in Infisical are named {name!r}"
        ids = ", ".join(sorted(each.id for each in found))
        fix = f"delete the unused ones in Infisical; or {choose}"
        raise OperationError(what, found=f"the IDs {ids}", expected="one identity", fix=fix)
    (only,) = found
    if only.administers:
        what = f"The identity {name!r} administers Infisical, so the operator cannot use it"
        raise OperationError(what, expected="an identity of the operator's own", fix=choose)
    if stack := other_stack(only.mark, own):
        what = f"The identity {name!r} belongs to the stack {stack}"
        fix = f"{choose}. If that stack no longer exists, delete the identity in Infisical"
        raise OperationError(what, expected="an identity that no other stack uses", fix=fix)
