"""A secret that is seeded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from infisical.sdk.resource import Resource


@dataclass(frozen=True, kw_only=True)
class SecretArgs:
    """
    Where the secret is, and the `value` that it starts with.

    `path` is its folder, the root where it is not given. `trigger` is any text: another one sets `value` again. Give
    an empty one to what is to be rotated later. `on_new_value` is what another `value` does by itself: "keep" leaves
    Infisical's, and is meant where it is not given; "set" sets it, for one that its owner gives; "refuse" is an error,
    already in a preview, for one that must never change; "hold" leaves Infisical's, and is an error once that one is
    lost. `change_command` is run by the shell before another value is set, with NEW_VALUE and OLD_VALUE in its
    environment: what it fails to change elsewhere is not changed in Infisical. It may be run again with the same new
    value. `delivered_with` are secrets without which this one is not delivered, as "/NAME" or "/folder/NAME", each
    with how it gets its value, or with nothing: while one of them is not in Infisical, no other value is set.
    `rotate_with` is the command that changes `trigger`, for messages.
    """

    project_id: pulumi.Input[str]
    environment: pulumi.Input[str]
    name: pulumi.Input[str]
    value: pulumi.Input[str] = field(repr=False)
    path: pulumi.Input[str] | None = None
    trigger: pulumi.Input[str] | None = None
    on_new_value: pulumi.Input[str] | None = None
    change_command: pulumi.Input[str] | None = None
    delivered_with: Mapping[str, str] | None = None
    rotate_with: str | None = None
    delete_with_resource: pulumi.Input[bool] | None = None
    """Whether deleting the resource deletes the secret in Infisical; it is kept where this is not given."""


class Secret(Resource):
    """
    A secret whose value belongs to Infisical once it is there.

    It is created if it is missing, adopted as it is if it is present, and set to `value` again only when it is
    rotated. A value that was changed in Infisical is reported by `pulumi refresh` and never overwritten; a secret
    that was deleted there is seeded again by the next update. The state holds a keyed hash of Infisical's value, and
    not the value. Its id is `<project id>/<environment>/<folders…>/<NAME>`; to import it, the project's slug serves,
    too.
    """

    secret_id: pulumi.Output[str]
    secret_version: pulumi.Output[float]
    origin: pulumi.Output[str]
    """`seeded`, `adopted` or `rotated`."""
    delivery_trigger: pulumi.Output[str]
    """The version of the value that a rotation set last; empty before the first one."""
    changed_on: pulumi.Output[str]
    """The date of Infisical's value, YYYY-MM-DD."""
    in_sync: pulumi.Output[bool]
    """Whether Infisical's value was `value` when it was last looked at."""
    fingerprint: pulumi.Output[str]
    """Secret: a keyed hash of Infisical's value when it was last looked at."""

    def __init__(self, name: str, args: SecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "project_id": args.project_id,
            "environment": args.environment,
            "path": args.path,
            "name": args.name,
            "value": pulumi.Output.secret(args.value),
            "trigger": args.trigger,
            "on_new_value": args.on_new_value,
            "change_command": args.change_command,
            "delivered_with": args.delivered_with,
            "rotate_with": args.rotate_with,
            "delete_with_resource": args.delete_with_resource,
            "secret_id": None,
            "secret_version": None,
            "origin": None,
            "delivery_trigger": None,
            "changed_on": None,
            "in_sync": None,
            "fingerprint": None,
        }
        super().__init__("Secret", name, properties, opts, secret_outputs=("fingerprint", "value"))
