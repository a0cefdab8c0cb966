"""Values that are made once, at random, and kept in the state."""

from __future__ import annotations

import base64

import pulumi
import pulumi_random as random

from components.inventory import Generate


def random_hex(name: str, characters: int, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """That many hexadecimal characters."""
    # RandomBytes would be the plain way, but its id is its value, and ids stand in clear in the state.
    generated = random.RandomPassword(
        name,
        length=characters,
        lower=False,
        upper=False,
        numeric=True,
        special=True,
        override_special="abcdef",
        opts=opts,
    )
    result: pulumi.Output[str] = generated.result
    return result


def random_base64(name: str, size: int, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """Base64 of that many bytes."""
    return random_hex(name, 2 * size, opts).apply(lambda text: base64.b64encode(bytes.fromhex(text)).decode())


def random_password(name: str, characters: int, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """That many letters and digits: no file format and no connection string has to escape them."""
    result: pulumi.Output[str] = random.RandomPassword(name, length=characters, special=False, opts=opts).result
    return result


def random_value(name: str, wanted: Generate, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """A value of the kind and size that the inventory declares."""
    match wanted.kind:
        case "hex":
            return random_hex(name, 2 * wanted.size, opts)
        case "base64":
            return random_base64(name, wanted.size, opts)
        case "password":
            return random_password(name, wanted.size, opts)
