"""Restarts pods that read a value only when they start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from infisical.sdk.base.resource import Resource


@dataclass(frozen=True, kw_only=True)
class RestartArgs:
    """
    `workloads` are deployments, statefulsets and daemonsets of the namespace, such as `deployment/grafana`.

    `triggers` has a string for each value that they read: a `Secret`'s output `delivery_trigger`, or a date. A new
    string requests a restart, an empty one requests nothing. `timeout_seconds` is how long to wait for the new pods;
    300 by default.
    """

    namespace: pulumi.Input[str]
    workloads: Sequence[pulumi.Input[str]]
    triggers: Mapping[str, pulumi.Input[str]]
    timeout_seconds: pulumi.Input[float] | None = None


class Restart(Resource):
    """
    A restart of workloads that read rotated values, as `kubectl rollout restart` does it. It changes nothing else.

    It is done when the new pods are ready. After a failure, the next update restarts again. Creating it restarts only
    workloads that have running pods, and only if an entry of `triggers` is set. Let it depend on what delivers the
    values. Deleting it deletes nothing, and it cannot be imported.
    """

    restarted_at: pulumi.Output[str]
    """The time of the last restart, ISO 8601 in UTC; empty before the first one."""

    def __init__(self, name: str, args: RestartArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "namespace": args.namespace,
            "workloads": args.workloads,
            "triggers": args.triggers,
            "timeoutSeconds": args.timeout_seconds,
            "restartedAt": None,
        }
        super().__init__("Restart", name, properties, opts)

    # These also translate the keys of mappings, here names of secrets, which must stay unchanged.

    def translate_input_property(self, prop: str) -> str:
        return prop

    def translate_output_property(self, prop: str) -> str:
        return "restarted_at" if prop == "restartedAt" else prop
