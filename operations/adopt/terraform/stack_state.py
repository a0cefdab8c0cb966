"""Existing objects in the state of the program's stack."""

from __future__ import annotations

import copy
import importlib.metadata
import json
import secrets
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from declaration import PROJECT
from declaration.objects import FIELD_MANAGER
from operations.adopt.objects import entries, mapping
from operations.adopt.terraform.live import Live
from operations.adopt.terraform.targets import NAMESPACE, SECRET, Component
from operations.stack import Stack
from tooling.private_file import write_private

_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_OF_THE_SERVER: Final = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
_SIGNATURE: Final = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
"""Marks a secret in a state."""
_PASSWORDS: Final = (("postgresql", "auth", "password"), ("redis", "auth", "password"))


def resources(stack: Stack) -> list[Any]:
    """
    The resources in the state.

    :raises OperationError: it cannot be read
    """
    return _resources(stack.state())


def add(stack: Stack, objects: Sequence[Live]) -> None:
    """
    Add existing objects to the state, so that the next update changes them instead of creating them.

    :raises PulumiFailed: the state cannot be changed
    """
    state = stack.state()
    if not _provider(_resources(state)):
        _import(stack, [each for each in objects if each.target.kind == NAMESPACE])
        state = stack.state()
    # The state has the stack's own name, without that of an organization.
    name = stack.name.rpartition("/")[2]
    stack.run("stack", "import", given=json.dumps(with_objects(state, name, objects)))


def _resources(state: Mapping[str, Any]) -> list[Any]:
    return entries(mapping(state.get("deployment")).get("resources"))


def _import(stack: Stack, namespaces: Sequence[Live]) -> None:
    """
    Pulumi's own import. It creates the state, its encryption and the provider.

    Only for objects without values: it stores those of an Application unencrypted.
    """
    listed: list[dict[str, Any]] = []
    for each in namespaces:
        component = each.target.component
        parent = f"component-{component.name}"
        listed += [
            {"type": _type(component), "name": parent, "logicalName": component.name, "component": True},
            {
                "type": "kubernetes:core/v1:Namespace",
                "name": each.target.name,
                "id": each.target.place,
                "parent": parent,
                "version": importlib.metadata.version("pulumi_kubernetes"),
            },
        ]
    with tempfile.TemporaryDirectory(prefix="adopt-") as folder:
        file = Path(folder) / "import.json"
        write_private(file, json.dumps({"resources": listed}))
        stack.run("import", "--file", str(file), "--generate-code=false", "--yes", "--skip-preview")


def is_in_state(resources: Iterable[Any], live: Live) -> bool:
    return any(mapping(each).get("urn", "").partition("::")[2] == _address(live) for each in resources)


def with_objects(state: Mapping[str, Any], stack: str, objects: Sequence[Live]) -> dict[str, Any]:
    """
    A state with existing objects in addition. Values in them are marked as secret: Pulumi encrypts them.

    They are protected until the first update, which removes that: no command can delete them before.

    :param state: with a provider for Kubernetes
    :param stack: its name
    """
    result: dict[str, Any] = copy.deepcopy(dict(state))
    resources: list[Any] = result["deployment"]["resources"]
    provider = _provider(resources)
    assert provider, "an import creates it"
    known = {mapping(each).get("urn") for each in resources}
    start = f"urn:pulumi:{stack}::{PROJECT}::"
    root = f"{start}pulumi:pulumi:Stack::{PROJECT}-{stack}"
    for live in objects:
        component = live.target.component
        parent = f"{start}{_type(component)}::{component.name}"
        if parent not in known:
            own = {"urn": parent, "custom": False, "type": _type(component), "parent": root}
            resources.append(own)
            known.add(parent)
        urn = f"urn:pulumi:{stack}::{_address(live)}"
        if urn not in known:
            resources.append(_resource(live, urn, parent, f"{provider['urn']}::{provider['id']}"))
            known.add(urn)
    return result


def _provider(resources: Iterable[Any]) -> Mapping[str, Any] | None:
    """The default provider, preferably for the SDK's version."""
    start = "pulumi:providers:kubernetes::default"
    version = importlib.metadata.version("pulumi_kubernetes").replace(".", "_")
    found = [
        each
        for each in map(mapping, resources)
        if str(each.get("urn")).split("::", 2)[-1].startswith(start) and not each.get("delete")
    ]
    exact = (each for each in found if str(each["urn"]).endswith(f"::default_{version}"))
    return next(exact, found[0] if found else None)


def _type(component: Component) -> str:
    return f"{PROJECT}:secrets:{component.type}"


def _kind(live: Live) -> str:
    target = live.target
    group = target.api_version if "/" in target.api_version else f"core/{target.api_version}"
    return f"kubernetes:{group}:{target.kind}{'Patch' * bool(target.key)}"


def _address(live: Live) -> str:
    """The part of the URN after the stack."""
    return f"{PROJECT}::{_type(live.target.component)}${_kind(live)}::{live.target.resource}"


def _resource(live: Live, urn: str, parent: str, provider: str) -> dict[str, Any]:
    inputs = _inputs(live)
    manager = f"pulumi-kubernetes-{secrets.token_hex(4)}" if live.target.key else FIELD_MANAGER
    known = {"__fieldManager": manager, "__initialApiVersion": live.target.api_version, "__inputs": inputs}
    return {
        "urn": urn,
        "custom": True,
        "id": live.target.place,
        "type": _kind(live),
        "inputs": inputs,
        "outputs": {**inputs, **known},
        "parent": parent,
        "protect": True,
        "provider": provider,
        **({"additionalSecretOutputs": ["data", "stringData"]} if live.target.kind == SECRET else {}),
    }


def _inputs(live: Live) -> dict[str, Any]:
    """What an import takes as inputs: the object without what the server and the controllers add."""
    target = live.target
    start = {"apiVersion": target.api_version, "kind": target.kind}
    if target.key:
        # Without the key, so that the first update writes it, and the patch then owns it.
        return {**start, "metadata": {"name": target.name, "namespace": target.namespace}}
    metadata = {name: value for name, value in live.metadata.items() if name not in _OF_THE_SERVER}
    annotations = {k: v for k, v in mapping(metadata.get("annotations")).items() if k != _LAST_APPLIED}
    metadata = {**metadata, "annotations": annotations} if annotations else _without(metadata, "annotations")
    body: dict[str, Any] = copy.deepcopy(
        _without(live.content or {}, "apiVersion", "kind", "metadata", "status", "operation")
    )
    if target.kind == NAMESPACE:
        body = _without(body, "spec")
    if target.kind == SECRET:
        body |= {name: _secret(body[name]) for name in ("data", "stringData") if name in body}
    values = mapping(mapping(mapping(body.get("spec")).get("source")).get("helm")).get("valuesObject")
    for *path, last in _PASSWORDS:
        place: Any = values
        for part in path:
            place = mapping(place).get(part)
        if isinstance(place, dict) and last in place:
            place[last] = _secret(place[last])
    return {**start, "metadata": dict(metadata), **body}


def _secret(value: object) -> dict[str, str]:
    return {**_SIGNATURE, "plaintext": json.dumps(value)}


def _without(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}
