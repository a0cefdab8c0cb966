"""The stack of the program: its encrypted config, and the objects in its state."""

from __future__ import annotations

import copy
import importlib.metadata
import json
import os
import secrets
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from declaration import CREDENTIALS, PROJECT
from declaration.objects import FIELD_MANAGER
from operations.adopt.objects import entries, mapping
from operations.adopt.terraform.live import Live
from operations.adopt.terraform.targets import NAMESPACE, SECRET, Component
from operations.errors import OperationError
from operations.programs import find_program
from tooling.private_file import write_private
from tooling.stack.pulumi import Pulumi, PulumiFailed

_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_OF_THE_SERVER: Final = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
_SIGNATURE: Final = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
"""Marks a secret in a state."""
_PASSWORDS: Final = (("postgresql", "auth", "password"), ("redis", "auth", "password"))


class Stack:
    """
    :param project: the folder with `Pulumi.yaml`
    :raises OperationError: pulumi is not on PATH
    """

    def __init__(self, project: Path, name: str) -> None:
        self._project, self._name = project, name
        self._pulumi = Pulumi(find_program("pulumi"), os.environ)

    def config(self) -> dict[str, str]:
        """
        The config, decrypted.

        :raises OperationError: the stack does not exist, or cannot be decrypted
        """
        try:
            shown = json.loads(self._run("config", "--json", "--show-secrets"))
        except PulumiFailed as error:
            what = f"The config of the stack {self._name} cannot be read"
            fix = f"check its passphrase, or run `pulumi stack init {self._name}`; then run the command again"
            raise OperationError(what, found=str(error), fix=fix) from None
        return {str(key): str(mapping(entry).get("value", "")) for key, entry in shown.items()}

    def set(self, key: str, value: str) -> None:
        """Set a value, encrypted if it is a secret. It goes in through stdin."""
        secret = ["--secret"] if CREDENTIALS[key].secret else ["--plaintext"]
        # Pulumi removes one newline at the end.
        self._run("config", "set", f"{PROJECT}:{key}", *secret, given=f"{value}\n")

    def resources(self) -> list[Any]:
        """The resources in the state."""
        return entries(mapping(self._state().get("deployment")).get("resources"))

    def add(self, objects: Sequence[Live], config: Mapping[str, str]) -> None:
        """
        Add existing objects to the state, so that the next update changes them instead of creating them.

        :param config: of the stack
        :raises PulumiFailed: the state cannot be changed
        """
        state = self._state()
        if not _provider(entries(mapping(state.get("deployment")).get("resources"))):
            namespaces = [each for each in objects if each.target.kind == NAMESPACE]
            self._import(namespaces)
            state = self._state()
        self._run("stack", "import", given=json.dumps(with_objects(state, self._urn_stack(), objects)))

    def _urn_stack(self) -> str:
        # The state has the stack's own name, without that of an organization.
        return self._name.rpartition("/")[2]

    def _import(self, namespaces: Sequence[Live]) -> None:
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
            options = ("--file", str(file), "--generate-code=false", "--yes", "--skip-preview")
            self._run("import", *options)

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._run("stack", "export"))
        return state

    def _run(self, *arguments: str, given: str | None = None) -> str:
        options = ("--color", "never", "--stack", self._name)
        return self._pulumi.run(*arguments, *options, cwd=self._project, given=given)


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
