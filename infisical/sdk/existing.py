"""What exists in the cluster already."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pulumi

from infisical.package import VERSION, token
from infisical.sdk.provider import Provider


@dataclass(frozen=True, kw_only=True)
class ExistingObject:
    """
    An object that exists, and that the program did not make.

    `managers` are its field managers, `tool` is the tool that deploys it, such as `Argo CD application web`, and
    `owner` is its controller. Of a Secret: its `keys`, whether it is `immutable`, and the literals whose value differs.
    Of an ExternalSecret: the fields in `other_fields` would stay after a takeover.
    """

    kind: str
    namespace: str
    name: str
    managers: tuple[str, ...] = ()
    tool: str = ""
    owner: str = ""
    keys: tuple[str, ...] = ()
    immutable: bool = False
    differing_literals: tuple[str, ...] = ()
    other_fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Existing:
    """
    The objects that exist, and the AppProjects that do not.

    `unreachable` is why the cluster could not be read, and empty if it was read.
    """

    objects: tuple[ExistingObject, ...]
    missing_projects: tuple[str, ...] = ()
    unreachable: str = ""


def existing(
    provider: Provider,
    *,
    manager: str,
    secrets: Collection[str] = (),
    external_secrets: Collection[str] = (),
    namespaces: Collection[str] = (),
    projects: Collection[str] = (),
    literals: Mapping[str, Mapping[str, str]] | None = None,
) -> Existing:
    """
    Find out which objects exist that the program did not make. It waits for the answer, in previews too.

    :param manager: the field manager that marks what the program made
    :param secrets: each `namespace/name`
    :param external_secrets: each `namespace/name`
    :param projects: Argo CD's AppProjects, each `namespace/name`
    :param literals: by Secret, the values that are not secret, to compare with the Secret's
    """
    arguments = {
        "manager": manager,
        "secrets": sorted(secrets),
        "externalSecrets": sorted(external_secrets),
        "namespaces": sorted(namespaces),
        "projects": sorted(projects),
        "literals": literals or {},
    }
    options = pulumi.InvokeOptions(provider=provider, version=VERSION)
    found = pulumi.runtime.invoke(token("existing"), arguments, options).value
    objects = tuple(_object(each) for each in found["objects"])
    return Existing(objects, tuple(found["missingProjects"]), found["unreachable"])


def _object(found: Mapping[str, object]) -> ExistingObject:
    def names(key: str) -> tuple[str, ...]:
        listed = found.get(key) or []
        return tuple(str(name) for name in listed) if isinstance(listed, list) else ()

    return ExistingObject(
        kind=str(found["kind"]),
        namespace=str(found["namespace"]),
        name=str(found["name"]),
        managers=names("managers"),
        tool=str(found["tool"]),
        owner=str(found["owner"]),
        keys=names("keys"),
        immutable=found.get("immutable") is True,
        differing_literals=names("differingLiterals"),
        other_fields=names("otherFields"),
    )
