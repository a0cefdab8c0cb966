"""A secret in Infisical."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from infisical.sdk.base.resource import Resource


@dataclass(frozen=True, kw_only=True)
class SecretArgs:
    """
    The secret's location, and the `value` to seed.

    - `path` is its folder, which must exist; '/' by default.
    - `trigger` is any string; a new one sets `value`. Declare an empty one for a secret that may be rotated later.
    - `on_new_value` says what a new `value` does without a new `trigger`. "keep" (the default) keeps Infisical's.
      "set" sets it: for a value that its owner declares. "refuse" is an error, already in a preview: for an immutable
      value. "hold" keeps Infisical's, but is an error once that is deleted.
    - `change_command` is a shell command that runs before a new value is set, with NEW_VALUE and OLD_VALUE in its
      environment. If it fails, Infisical keeps the old value. It may run again with the same new value.
    - `delivered_with` has the secrets that the operator delivers together with this one, as "/NAME" or "/folder/NAME",
      each with what gives it its value, or with an empty string. While one of them is missing, no new value is set.
    - `delivered_to` has the keys of apps' Secrets that hold the value, as "namespace/secret/key", each with the app's
      name. A value that one of them holds is seeded instead of `value`, which may then be missing.
    - `other_folders` are those that hold a different secret of the same name, for an immutable value.
    - `restore_trigger` is any string; with a new one, a missing secret is seeded with `value`, not with an app's.
    - `rotate_with` is the command that changes `trigger`, for messages.
    - `comment` is the comment of a secret that this stack creates. A new one changes nothing else. One that somebody
      wrote in Infisical stays.
    """

    project_id: pulumi.Input[str]
    environment: pulumi.Input[str]
    name: pulumi.Input[str]
    value: pulumi.Input[str] | None = field(default=None, repr=False)
    path: pulumi.Input[str] | None = None
    trigger: pulumi.Input[str] | None = None
    on_new_value: pulumi.Input[str] | None = None
    change_command: pulumi.Input[str] | None = None
    command_seconds: pulumi.Input[float] | None = None
    delivered_with: Mapping[str, str] | None = None
    delivered_to: Mapping[str, str] | None = None
    other_folders: Sequence[str] | None = None
    restore_trigger: pulumi.Input[str] | None = None
    rotate_with: str | None = None
    comment: str | None = None
    delete_with_resource: pulumi.Input[bool] | None = None
    """Whether deleting the resource deletes the secret in Infisical; false by default."""


class Secret(Resource):
    """
    A secret that is seeded once; afterwards its value belongs to Infisical.

    It is created if it is missing, adopted unchanged if it exists, and set to `value` again only by a rotation. A
    value that was changed in Infisical is reported by `pulumi refresh` and never overwritten. A secret that was deleted
    there is seeded again by the next update: with the value that an app's Secret still holds, if there is one. At a new
    place the secret keeps its value, and the earlier place keeps a copy. The state holds a keyed hash of Infisical's
    value instead of the value.

    Its ID is `<project ID>/<environment>/<folders…>/<NAME>`, the place of its creation. An import also accepts the
    project's slug.
    """

    secret_id: pulumi.Output[str]
    secret_version: pulumi.Output[float]
    origin: pulumi.Output[str]
    """`seeded`, `app` (from an app's Secret), `moved`, `adopted`, `rotated` or `missing`."""
    delivery_trigger: pulumi.Output[str]
    """The version and ID of the secret that the last rotation set; empty before the first one."""
    changed_on: pulumi.Output[str]
    """The date of Infisical's value, YYYY-MM-DD."""
    in_sync: pulumi.Output[bool]
    """Whether Infisical's value was `value` when it was last read."""
    fingerprint: pulumi.Output[str]
    """A keyed hash of Infisical's value when it was last read. Marked as secret."""

    def __init__(self, name: str, args: SecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "project_id": args.project_id,
            "environment": args.environment,
            "path": args.path,
            "name": args.name,
            "value": None if args.value is None else pulumi.Output.secret(args.value),
            "trigger": args.trigger,
            "on_new_value": args.on_new_value,
            "change_command": args.change_command,
            "command_seconds": args.command_seconds,
            "delivered_with": args.delivered_with,
            "delivered_to": args.delivered_to,
            "other_folders": args.other_folders,
            "restore_trigger": args.restore_trigger,
            "rotate_with": args.rotate_with,
            "comment": args.comment,
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
