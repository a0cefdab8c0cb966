"""What exists in the cluster already."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from infisical.package import VERSION, token
from infisical.sdk.base.provider import Provider


@dataclass(frozen=True, kw_only=True)
class ExistingObject:
    """
    An object that exists, and that the program did not make.

    `managers` are its field managers, `tool` is the tool that deploys it, such as `Argo CD application web`, and
    `owner` is its controller. Of a Secret: its `keys`, whether it is `immutable`, and the literals whose value differs.
    Of an ExternalSecret: the fields in `other_fields` would stay after a takeover. With `delivers`, every value of its
    Secret is in a store.
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
    delivers: bool = False


@dataclass(frozen=True)
class DeclaredObject:
    """
    An object that the program writes.

    `fields` has only what is compared: None as a value stands for a secret. With `patch`, somebody else owns the
    object, and the program writes only these fields.
    """

    kind: str
    name: str
    fields: Mapping[str, Any]
    namespace: str = ""
    patch: bool = False


@dataclass(frozen=True)
class ChangedField:
    """A field, such as `.spec.refreshInterval`, and the field manager that changed it."""

    path: str
    manager: str


@dataclass(frozen=True)
class ChangedObject:
    """
    A declared object with fields that others changed.

    `made`: this program made the object. `release` is the JSON patch with which the managers of `fields` give them up.
    """

    kind: str
    namespace: str
    name: str
    made: bool
    fields: tuple[ChangedField, ...]
    release: str


@dataclass(frozen=True)
class ObjectOfOtherStack:
    """A declared object that a different stack made: `place` is `namespace/name`, or the name."""

    kind: str
    place: str
    stack: str


@dataclass(frozen=True)
class Existing:
    """
    The objects that exist, the AppProjects that do not, the objects that others changed, and the fields that the
    installed operator lacks. `of_other_stacks` are declared objects that a different stack made. `missing_objects` are
    the needed objects that do not exist, each a kind and a place, such as `SecretStore web/kubernetes`.
    `ending_namespaces` are those that are still being deleted; what is in them is not among the objects.

    `unreachable` is why the cluster could not be read, and empty if it was read.
    """

    objects: tuple[ExistingObject, ...]
    missing_projects: tuple[str, ...] = ()
    changed: tuple[ChangedObject, ...] = ()
    missing_fields: tuple[str, ...] = ()
    of_other_stacks: tuple[ObjectOfOtherStack, ...] = ()
    missing_objects: tuple[str, ...] = ()
    ending_namespaces: tuple[str, ...] = ()
    unreachable: str = ""


def existing(
    provider: Provider,
    *,
    manager: str,
    stack: str = "",
    annotation: str = "",
    secrets: Collection[str] = (),
    external_secrets: Collection[str] = (),
    writers: Mapping[str, str] | None = None,
    takeovers: Mapping[str, Mapping[str, Any]] | None = None,
    namespaces: Collection[str] = (),
    projects: Collection[str] = (),
    operator_fields: Collection[str] = (),
    needed: Sequence[Mapping[str, str]] = (),
    literals: Mapping[str, Mapping[str, str]] | None = None,
    declared: Sequence[DeclaredObject] = (),
    wait_seconds: int | None = None,
) -> Existing:
    """
    Find out which objects exist that the program did not make. It waits for the answer, in previews too.

    :param manager: the field manager that marks what the program made
    :param stack: the project and the name of the stack
    :param annotation: the annotation of objects that names their stack
    :param secrets: each `namespace/name`
    :param external_secrets: each `namespace/name`
    :param writers: by Secret, its ExternalSecret, where their names differ
    :param takeovers: by ExternalSecret that may be taken over, the spec that the program writes
    :param projects: Argo CD's AppProjects, each `namespace/name`
    :param operator_fields: fields that not every release of the operator has, each with its kind before the path
    :param needed: the owner's objects that must exist, each with api_version, kind, namespace and name
    :param literals: by Secret, the values that are not secret, to compare with the Secret's
    :param declared: the objects whose fields are compared
    :param wait_seconds: how long to wait for namespaces that are being deleted; by default they are only named
    """
    arguments = {
        "manager": manager,
        "stack": stack,
        "annotation": annotation,
        "secrets": sorted(secrets),
        "externalSecrets": sorted(external_secrets),
        "writers": writers or {},
        "takeovers": {place: json.dumps(spec) for place, spec in (takeovers or {}).items()},
        "namespaces": sorted(namespaces),
        "projects": sorted(projects),
        "operatorFields": sorted(operator_fields),
        "needed": [*needed],
        "literals": literals or {},
        # As text: the SDK would walk through each field of each object.
        "declared": [{**vars(each), "fields": json.dumps(each.fields)} for each in declared],
        **({} if wait_seconds is None else {"waitSeconds": wait_seconds}),
    }
    options = pulumi.InvokeOptions(provider=provider, version=VERSION)
    found = pulumi.runtime.invoke(token("existing"), arguments, options).value
    objects = tuple(_object(each) for each in found["objects"])
    changed = tuple(_changed(each) for each in found["changed"])
    return Existing(
        objects,
        tuple(found["missingProjects"]),
        changed,
        tuple(found["missingFields"]),
        tuple(ObjectOfOtherStack(**each) for each in found["ofOtherStacks"]),
        tuple(found["missingObjects"]),
        tuple(found["endingNamespaces"]),
        found["unreachable"],
    )


def _changed(found: Mapping[str, Any]) -> ChangedObject:
    return ChangedObject(
        kind=found["kind"],
        namespace=found["namespace"],
        name=found["name"],
        made=found["made"],
        fields=tuple(ChangedField(each["path"], each["manager"]) for each in found["fields"]),
        release=found["release"],
    )


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
        delivers=found.get("delivers") is True,
    )
