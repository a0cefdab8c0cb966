"""Random values, generated once and kept in the state."""

from __future__ import annotations

import base64

import pulumi
import pulumi_random as random

from declaration import Generate


def random_hex(name: str, characters: int, opts: pulumi.ResourceOptions, trigger: str = "") -> pulumi.Output[str]:
    """
    That many hexadecimal characters.

    :param trigger: a date: a new date generates a new value, an empty string keeps the value
    """
    keepers, opts = _keepers(trigger, opts)
    # Not RandomBytes: its ID is its value, and IDs are unencrypted in the state.
    generated = random.RandomPassword(
        name,
        length=characters,
        lower=False,
        upper=False,
        numeric=True,
        special=True,
        override_special="abcdef",
        keepers=keepers,
        opts=opts,
    )
    result: pulumi.Output[str] = generated.result
    return result


def random_base64(name: str, size: int, opts: pulumi.ResourceOptions, trigger: str = "") -> pulumi.Output[str]:
    """Base64 of that many bytes; `trigger` as in `random_hex`."""
    return random_hex(name, 2 * size, opts, trigger).apply(lambda text: base64.b64encode(bytes.fromhex(text)).decode())


def random_password(name: str, characters: int, opts: pulumi.ResourceOptions, trigger: str = "") -> pulumi.Output[str]:
    """
    That many letters and digits: no file format and no connection string has to escape them.

    `trigger` as in `random_hex`.
    """
    keepers, opts = _keepers(trigger, opts)
    generated = random.RandomPassword(name, length=characters, special=False, keepers=keepers, opts=opts)
    result: pulumi.Output[str] = generated.result
    return result


def random_value(name: str, wanted: Generate, opts: pulumi.ResourceOptions, trigger: str = "") -> pulumi.Output[str]:
    """A value of the kind and size that the inventory declares; `trigger` as in `random_hex`."""
    match wanted.kind:
        case "hex":
            return random_hex(name, 2 * wanted.size, opts, trigger)
        case "base64":
            return random_base64(name, wanted.size, opts, trigger)
        case "password":
            return random_password(name, wanted.size, opts, trigger)


def _keepers(trigger: str, opts: pulumi.ResourceOptions) -> tuple[dict[str, str] | None, pulumi.ResourceOptions]:
    """Keepers that replace the value when the trigger changes, and options that allow this only for a rotation."""
    if trigger:
        # A protected resource cannot be replaced.
        return {"trigger": trigger}, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=False))
    # Removing a trigger must not replace the value, for example when a rotated key becomes immutable.
    return None, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=["keepers"]))
