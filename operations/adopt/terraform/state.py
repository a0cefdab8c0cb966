"""Reads `terraform.tfstate`: the objects that Terraform made, with their addresses and values."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from declaration.objects import APPLICATION, HELM_SECRETS, INFISICAL_NAMESPACE, INFISICAL_SECRETS, REPOSITORY_SECRET
from operations.adopt.objects import entries, mapping
from operations.adopt.terraform.variables import MACHINE_IDENTITY_SECRET
from operations.errors import OperationError

_SECRETS: Final = (INFISICAL_SECRETS, HELM_SECRETS, MACHINE_IDENTITY_SECRET, REPOSITORY_SECRET)
_NAMESPACES: Final = (INFISICAL_NAMESPACE,)
_KINDS: Final = ("kubernetes_namespace", "kubernetes_namespace_v1", "kubernetes_secret", "kubernetes_secret_v1")


@dataclass(frozen=True)
class Managed:
    """A resource of Terraform."""

    address: str
    type: str
    attributes: Mapping[str, Any] = field(repr=False)

    @property
    def place(self) -> str:
        """`namespace/name` of its Kubernetes object, or the name."""
        metadata = next((mapping(each) for each in entries(self.attributes.get("metadata"))), {})
        return "/".join(str(metadata[name]) for name in ("namespace", "name") if metadata.get(name))


@dataclass(frozen=True)
class State:
    resources: tuple[Managed, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def secret(self, place: str) -> Mapping[str, str]:
        """The values of a Secret, decoded; empty if the state does not have it."""
        for each in self.resources:
            if each.type.startswith("kubernetes_secret") and each.place == place:
                data = {key: str(value) for key, value in mapping(each.attributes.get("data")).items()}
                encoded = mapping(each.attributes.get("binary_data")).items()
                return data | {key: base64.b64decode(str(value)).decode(errors="replace") for key, value in encoded}
        return {}

    @property
    def application(self) -> Mapping[str, Any]:
        """The Application that a local file of the state holds; empty without one."""
        for each in self.resources:
            if each.type in ("local_file", "local_sensitive_file"):
                try:
                    content = mapping(yaml.safe_load(str(each.attributes.get("content") or "")))
                except yaml.YAMLError:
                    continue
                if content.get("kind") == "Application" and mapping(content.get("metadata")).get("name") == APPLICATION:
                    return content
        return {}

    @property
    def url(self) -> str:
        """The address of Infisical's UI, if an output names it."""
        for name, output in self.outputs.items():
            value = mapping(output).get("value")
            if "infisical" in name and "url" in name and isinstance(value, str) and value.startswith("http"):
                return value.rstrip("/")
        return ""

    def released(self) -> list[str]:
        """The addresses of what the program manages from now on."""
        return [each.address for each in self.resources if self._is_released(each)]

    def others(self) -> list[str]:
        """The addresses of everything else."""
        return [each.address for each in self.resources if not self._is_released(each)]

    def _is_released(self, each: Managed) -> bool:
        if each.type in _KINDS:
            return each.place.rpartition("/")[2] in (*_SECRETS, *_NAMESPACES)
        # The Application is applied by a command, with a local file as its input.
        return each.type in ("local_file", "local_sensitive_file", "null_resource", "terraform_data") and (
            APPLICATION in each.address
        )


def read_state(file: Path) -> State:
    """:raises OperationError: the file is no state of Terraform"""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _wrong(file, type(error).__name__) from None
    version = mapping(content).get("version")
    if version != 4:
        raise _wrong(file, f"version {version}" if isinstance(version, int) else "no version")
    return State(tuple(_resources(entries(content.get("resources")))), mapping(content.get("outputs")))


def _wrong(file: Path, found: str) -> OperationError:
    fix = "run `terraform state pull > terraform.tfstate`, then run the command again"
    return OperationError(f"{file} cannot be read", found=found, expected="a state of version 4, as JSON", fix=fix)


def _resources(listed: list[Any]) -> Iterator[Managed]:
    for resource in map(mapping, listed):
        if resource.get("mode") != "managed":
            continue
        module = f"{resource['module']}." if resource.get("module") else ""
        address = f"{module}{resource.get('type')}.{resource.get('name')}"
        for instance in map(mapping, entries(resource.get("instances"))):
            key = instance.get("index_key")
            index = "" if key is None else f"[{json.dumps(key)}]"
            yield Managed(f"{address}{index}", str(resource.get("type")), mapping(instance.get("attributes")))
