"""A guard for a Secret that the program writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from infisical.sdk.base.resource import Resource


@dataclass(frozen=True, kw_only=True)
class GuardedSecretArgs:
    """
    `values` are those that the program will write, by key. `remedy` says how to keep the values in use. With `manager`,
    a Secret that this field manager wrote may be overwritten.
    """

    namespace: pulumi.Input[str]
    name: pulumi.Input[str]
    values: Mapping[str, pulumi.Input[str]] = field(repr=False)
    remedy: pulumi.Input[str]
    manager: pulumi.Input[str] | None = None


class GuardedSecret(Resource):
    """
    Fails if the Secret exists with other values and the state does not know it. It changes nothing.

    Let the Secret depend on it. A state that was lost then overwrites no value.
    """

    def __init__(self, name: str, args: GuardedSecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "namespace": args.namespace,
            "name": args.name,
            # Each by itself: a preview knows some of them.
            "values": {key: pulumi.Output.secret(value) for key, value in args.values.items()},
            "remedy": args.remedy,
            "manager": args.manager,
        }
        super().__init__("GuardedSecret", name, properties, opts)

    # These also translate the keys of mappings, here keys of the Secret, which must stay unchanged.

    def translate_input_property(self, prop: str) -> str:
        return prop

    def translate_output_property(self, prop: str) -> str:
        return prop
