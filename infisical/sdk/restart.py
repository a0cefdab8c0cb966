"""What reads a value only when it starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from infisical.sdk.resource import Resource


@dataclass(frozen=True, kw_only=True)
class RestartArgs:
    """
    `workloads` are deployments, statefulsets and daemonsets of the namespace, such as `deployment/grafana`.

    `triggers` has a string for each value that they read: a `Secret`'s output `delivery_trigger`, or a date. A new
    string asks for a restart; an empty one asks for nothing. `timeout_seconds` is how long to wait for the new pods
    (300).
    """

    namespace: pulumi.Input[str]
    workloads: Sequence[pulumi.Input[str]]
    triggers: Mapping[str, pulumi.Input[str]]
    timeout_seconds: pulumi.Input[float] | None = None


class Restart(Resource):
    """
    A restart of what reads rotated values, as `kubectl rollout restart` does it; the rest is left to its owner.

    It is done when the new pods are ready; one that fails is done again by the next update. Making it restarts only
    what has pods that ran before a text of `triggers` was set. Let it depend on what delivers the values. Deleting it
    deletes nothing, and it cannot be imported.
    """

    restarted_at: pulumi.Output[str]
    """When it was done last, as ISO 8601 in UTC; empty before the first time."""

    def __init__(self, name: str, args: RestartArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "namespace": args.namespace,
            "workloads": args.workloads,
            "triggers": args.triggers,
            "timeoutSeconds": args.timeout_seconds,
            "restartedAt": None,
        }
        super().__init__("Restart", name, properties, opts)

    # The names of secrets go through these, too, and must stay as they are: so nothing is translated but our own.

    def translate_input_property(self, prop: str) -> str:
        return prop

    def translate_output_property(self, prop: str) -> str:
        return "restarted_at" if prop == "restartedAt" else prop
