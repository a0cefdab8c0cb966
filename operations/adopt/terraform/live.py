"""The objects of the cluster that the program will manage, and who manages them now."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from declaration.objects import FIELD_MANAGER, PART_OF_HOMELAB
from operations.adopt.objects import entries, mapping
from operations.adopt.terraform.targets import EXTERNAL_SECRET, RESOURCES, Target
from operations.errors import OperationError
from tooling.kubernetes.kubectl import Kubectl, KubectlError
from tooling.kubernetes.workloads import STARTED_WITH

_MARK: Final = {"labels": PART_OF_HOMELAB, "annotations": {"pulumi.com/patchFieldManager": FIELD_MANAGER}}
"""What the program writes into the metadata of each of its objects."""
_OF_CONTROLLERS: Final = ("f:status", "f:operation")
_OPERATOR: Final = ("externalsecrets.external-secrets.io", "external-secrets", "eso")
"""What the field managers of the External Secrets Operator start with."""
_METADATA_OF_CONTROLLERS: Final = ("f:finalizers", "f:ownerReferences", ".")


@dataclass(frozen=True)
class Live:
    """
    A target, and the object in the cluster; None if it does not exist.

    :param is_equal: whether an ExternalSecret makes the same Secret as the program's
    """

    target: Target
    content: Mapping[str, Any] | None = field(repr=False)
    is_equal: bool = False

    @property
    def metadata(self) -> Mapping[str, Any]:
        return mapping((self.content or {}).get("metadata"))

    @property
    def uid(self) -> str:
        return str(self.metadata.get("uid") or "")

    @property
    def managers(self) -> list[str]:
        """The field managers that the program takes the object over from."""
        return sorted({str(entry.get("manager")) for _, entry in self._former()})

    @property
    def is_marked(self) -> bool:
        """Whether the program is a field manager of the object."""
        return any(mapping(entry).get("manager") == FIELD_MANAGER for entry in self._entries())

    @property
    def needs_handover(self) -> bool:
        """Whether the command has to change its field managers."""
        if self.content is None or (self.target.kind == EXTERNAL_SECRET and not self.is_equal):
            # The declaration takes a different ExternalSecret over, with `adopt: true`.
            return False
        return bool(self.managers) or not (self.is_marked or self.target.key or self.target.kind == EXTERNAL_SECRET)

    def _entries(self) -> list[Any]:
        return entries(self.metadata.get("managedFields"))

    def _former(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        for number, entry in enumerate(map(mapping, self._entries())):
            fields = mapping(entry.get("fieldsV1"))
            if entry.get("subresource") or entry.get("manager") == FIELD_MANAGER:
                continue
            if self.target.kind == EXTERNAL_SECRET:
                is_former = "f:spec" in fields and not str(entry.get("manager")).startswith(_OPERATOR)
            elif self.target.key:
                is_former = f"f:{self.target.key}" in mapping(fields.get("f:data")) and not _is_patch(entry)
            else:
                is_former = any(_is_declared(name, each) for name, each in fields.items())
            if is_former:
                yield number, entry

    def release(self) -> list[dict[str, Any]]:
        """The JSON patch with which the former managers give the object, or its one key, up. No value changes."""
        if self.target.kind == EXTERNAL_SECRET:
            return self._transfer()
        operations: list[dict[str, Any]] = []
        # From the last to the first: each removal moves those behind it.
        for number, entry in reversed([*self._former()]):
            place = f"/metadata/managedFields/{number}"
            operations.append({"op": "test", "path": f"{place}/manager", "value": entry.get("manager")})
            left = _without_key(mapping(entry.get("fieldsV1")), self.target.key) if self.target.key else {}
            if left:
                operations.append({"op": "replace", "path": f"{place}/fieldsV1", "value": left})
            else:
                operations.append({"op": "remove", "path": place})
        return operations

    def _transfer(self) -> list[dict[str, Any]]:
        """
        The JSON patch that gives the former managers' fields to the program.

        The next update removes those that it does not declare, such as templates. Otherwise they would stay in effect.
        """
        former = [entry for _, entry in self._former()]
        own = [entry for entry in map(mapping, self._entries()) if entry.get("manager") == FIELD_MANAGER]
        fields: dict[str, Any] = {}
        for entry in former:
            fields = _merged(fields, {"f:spec": mapping(mapping(entry.get("fieldsV1")).get("f:spec"))})
        for entry in own:
            fields = _merged(fields, mapping(entry.get("fieldsV1")))
        start = {"manager": FIELD_MANAGER, "operation": "Apply", "apiVersion": self.target.api_version}
        entry = {**start, "fieldsType": "FieldsV1", "fieldsV1": fields}
        kept = [each for each in self._entries() if each not in (*former, *own)]
        return [
            {"op": "test", "path": "/metadata/resourceVersion", "value": self.metadata.get("resourceVersion")},
            {"op": "replace", "path": "/metadata/managedFields", "value": [*kept, entry]},
        ]


def read(kubectl: Kubectl, target: Target) -> Live:
    """
    The object in the cluster.

    :raises OperationError: the cluster could not be read
    """
    try:
        return Live(target, kubectl.get(RESOURCES[target.kind], target.name, target.namespace or None))
    except KubectlError as error:
        if "have a resource type" in error.stderr:
            return Live(target, None)
        what = f"{target.kind} {target.place} cannot be read"
        fix = "choose the cluster with KUBECONFIG, then run the command again"
        raise OperationError(what, found=str(error), fix=fix) from None


def hand_over(kubectl: Kubectl, live: Live) -> None:
    """
    Make the program the field manager of an object instead of the former ones. No value of the object changes.

    The mark comes first: an object without any manager gets one from the API server that owns all fields.

    :raises OperationError: the object changed meanwhile
    """
    target = live.target
    if not (live.is_marked or target.key or target.kind == EXTERNAL_SECRET):
        name = {"name": target.name, **({"namespace": target.namespace} if target.namespace else {})}
        mark = {"apiVersion": target.api_version, "kind": target.kind, "metadata": {**name, **_MARK}}
        with _explained(target):
            kubectl.run(
                *("apply", "--server-side", "--force-conflicts", f"--field-manager={FIELD_MANAGER}", "-f", "-"),
                given=json.dumps(mark),
            )
        live = read(kubectl, target)
    if patch := live.release():
        where = ("--namespace", target.namespace) if target.namespace else ()
        with _explained(target):
            kubectl.run("patch", RESOURCES[target.kind], target.name, *where, "--type=json", "-p", json.dumps(patch))


def note(kubectl: Kubectl, live: Live, triggers: Mapping[str, str]) -> None:
    """
    Note on a Deployment the values that its pods run with: otherwise the first update restarts it. No pod changes.

    :raises OperationError: the Deployment cannot be changed
    """
    target, noted = live.target, json.dumps(triggers, sort_keys=True)
    where = (RESOURCES[target.kind], target.name, f"--namespace={target.namespace}")
    with _explained(target):
        kubectl.run("annotate", *where, f"{STARTED_WITH}={noted}", "--overwrite", f"--field-manager={FIELD_MANAGER}")


@contextlib.contextmanager
def _explained(target: Target) -> Iterator[None]:
    try:
        yield
    except KubectlError as error:
        what = f"{target.kind} {target.place} was not taken over"
        fix = "run the command again: it continues with this object"
        raise OperationError(what, found=error.stderr.strip(), fix=fix) from None


def _is_declared(name: str, fields: object) -> bool:
    """Whether a tool that deploys the object sets such a field, and no controller."""
    if name == "f:metadata":
        return any(each not in _METADATA_OF_CONTROLLERS for each in mapping(fields))
    return name not in _OF_CONTROLLERS


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _merged(one.get(name, {}), other.get(name, {})) for name in {**one, **other}}


def _is_patch(entry: Mapping[str, Any]) -> bool:
    """Whether a patch of Pulumi owns the fields."""
    return str(entry.get("manager")).startswith("pulumi-kubernetes")


def _without_key(fields: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The fields of a manager without one key of the data."""
    data = {name: each for name, each in mapping(fields.get("f:data")).items() if name not in (f"f:{key}", ".")}
    others = {name: each for name, each in fields.items() if name != "f:data"}
    return {**others, "f:data": {**data, ".": {}}} if data else others
