"""Values that are made once, at random, and kept in the state."""

from __future__ import annotations

import base64

import pulumi
import pulumi_random as random

from declaration.inventory import Generate


def random_hex(name: str, characters: int, opts: pulumi.ResourceOptions, trigger: str = "") -> pulumi.Output[str]:
    """
    That many hexadecimal characters.

    :param trigger: a date: a new date generates a new value, an empty string keeps the value
    """
    keepers, opts = _keepers(trigger, opts)
    # RandomBytes would be the plain way, but its id is its value, and ids stand in clear in the state.
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
    """The keepers, whose change replaces the value, and the options that let it do so at a rotation alone."""
    if trigger:
        # What is protected cannot be replaced.
        return {"trigger": trigger}, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=False))
    # Removing a trigger must not remove the value: least of all that of a key which was rotated once
    # and must never change from now on.
    return None, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=["keepers"]))
