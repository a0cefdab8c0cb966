"""Random values, generated once and kept in the state."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_random as random

from declaration import Generate

# Each input that decides the form of a value, by its name on the wire.
_FORM: Final = ("length", "lower", "upper", "numeric", "special", "overrideSpecial")


@dataclass(frozen=True)
class RandomValue:
    """
    A generated value, and the kind and size that it was generated with.

    A declared kind or size that differs takes effect at the next rotation.
    """

    resource: pulumi.Resource
    value: pulumi.Output[str]
    in_use: pulumi.Output[Generate]


def random_value(name: str, declared: Generate, opts: pulumi.ResourceOptions, trigger: str = "") -> RandomValue:
    """
    A value of a kind and size. Only a new trigger replaces it.

    `hex` is twice as many hexadecimal characters, `base64` the base64 of that many bytes, and `password` that many
    letters and digits: no file format and no connection string has to escape them.

    :param trigger: a date: a new date generates a new value, an empty string keeps the value
    """
    # Pulumi uses an ignored change when it replaces the resource. So the keepers alone decide when that happens.
    # Removing the trigger must not replace the value, for example when a rotated key becomes immutable.
    rotation = pulumi.ResourceOptions(ignore_changes=[*_FORM, "keepers.kind" if trigger else "keepers"])
    if trigger:
        # A protected resource cannot be replaced.
        rotation.protect = False
    # Not RandomBytes: its ID is its value, and IDs are unencrypted in the state.
    generated = random.RandomPassword(
        name,
        **_characters(declared),
        # The kind is a keeper because hex and base64 have the same characters.
        keepers={"kind": declared.kind, **({"trigger": trigger} if trigger else {})},
        opts=pulumi.ResourceOptions.merge(opts, rotation),
    )
    in_use = pulumi.Output.all(generated.keepers, generated.length).apply(lambda known: _in_use(declared, *known))
    value = pulumi.Output.all(in_use, generated.result).apply(lambda known: _encoded(*known))
    return RandomValue(generated, value, in_use)


def _characters(declared: Generate) -> dict[str, Any]:
    if declared.kind == "password":
        return {"length": declared.size, "special": False}
    hexadecimal = {"lower": False, "upper": False, "numeric": True, "special": True, "override_special": "abcdef"}
    return {"length": 2 * declared.size, **hexadecimal}


def _in_use(declared: Generate, keepers: dict[str, str] | None, length: float) -> Generate:
    kind = (keepers or {}).get("kind", declared.kind)
    return Generate(kind, int(length) if kind == "password" else int(length) // 2)  # type: ignore[arg-type]


def _encoded(in_use: Generate, text: str) -> str:
    return base64.b64encode(bytes.fromhex(text)).decode() if in_use.kind == "base64" else text
