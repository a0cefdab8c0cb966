"""Kubernetes objects of any kind, as resources."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from typing import Any, Final

import pulumi

from declaration.objects import FIELD_MANAGER
from infisical.sdk.base.stack_trace import without_stack_trace

_VERSION: Final = importlib.metadata.version("pulumi_kubernetes")


class KubernetesObject(pulumi.CustomResource):
    """
    One object, registered exactly as the SDK's class for its kind registers it.

    Importing one of those classes imports all of them: half a second, a fifth of a whole preview. The API server checks
    the types, in previews too.

    The program's own objects have the same field manager in each run. A random one, as Pulumi chooses by default,
    conflicts with the object of a killed `up`: the API server adds defaults to what it compares.

    `spec` is known only if `fields` names it: None asks for the spec of an object that is read.

    :param kind: the object's kind
    :param fields: the object's other fields, named as Kubernetes names them. A Secret's values are secret
    :param marked: name the field manager in an annotation; false for an object that another tool owns or shows
    :param patch: write only these fields of an object that somebody else owns
    """

    spec: pulumi.Output[Any]

    def __init__(
        self,
        name: str,
        *,
        api_version: str,
        kind: str,
        metadata: Mapping[str, Any],
        fields: dict[str, object] | None = None,
        marked: bool = True,
        patch: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        group = api_version if "/" in api_version else f"core/{api_version}"
        properties: dict[str, object] = {
            "apiVersion": api_version,
            "kind": kind,
            "metadata": with_field_manager(metadata) if marked else metadata,
            **(fields or {}),
        }
        own = pulumi.ResourceOptions(version=_VERSION)
        if kind == "Secret":
            own.additional_secret_outputs = ["data", "stringData"]
            if "stringData" in properties:
                properties["stringData"] = pulumi.Output.secret(properties["stringData"])
        with without_stack_trace():
            super().__init__(
                f"kubernetes:{group}:{kind}{'Patch' if patch else ''}",
                name,
                properties,
                pulumi.ResourceOptions.merge(own, opts),
            )


def with_field_manager(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of an object that the program makes."""
    annotations = {**metadata.get("annotations", {}), "pulumi.com/patchFieldManager": FIELD_MANAGER}
    return {**metadata, "annotations": annotations}
