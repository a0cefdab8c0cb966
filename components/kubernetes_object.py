"""Kubernetes objects of any kind, as resources."""

from __future__ import annotations

import pulumi
from pulumi_kubernetes import _utilities as sdk


class KubernetesObject(pulumi.CustomResource):
    """
    One object, registered exactly as the SDK's class for its kind registers it.

    Those classes are not used because importing one of `core/v1` imports all of them: half a second of processor
    time, a fifth of a whole preview. Types are checked by the API server, in previews too.

    :param kind: the object's kind; with `patch`, the fields given are written into an object of others
    :param fields: the object's further fields, named as Kubernetes names them; a Secret's values are secret
    """

    def __init__(
        self,
        name: str,
        *,
        api_version: str,
        kind: str,
        metadata: pulumi.Input[dict[str, object]],
        fields: dict[str, object] | None = None,
        patch: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        group = api_version if "/" in api_version else f"core/{api_version}"
        properties: dict[str, object] = {
            "apiVersion": api_version,
            "kind": kind,
            "metadata": metadata,
            **(fields or {}),
        }
        own = sdk.get_resource_opts_defaults()
        if kind == "Secret":
            own.additional_secret_outputs = ["data", "stringData"]
            if "stringData" in properties:
                properties["stringData"] = pulumi.Output.secret(properties["stringData"])
        super().__init__(
            f"kubernetes:{group}:{kind}{'Patch' if patch else ''}",
            name,
            properties,
            pulumi.ResourceOptions.merge(own, opts),
        )
