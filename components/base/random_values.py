"""Random values, generated once and kept in the state."""

from __future__ import annotations

import base64
import importlib.metadata
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from declaration import Generate
from declaration.inventory import key_pairs
from infisical.sdk.base.stack_trace import without_stack_trace

_VERSION: Final = importlib.metadata.version("pulumi_random")

HASHED: Final = "hashedPassword"
RSA: Final = "rsa"
_TRIGGER_CHARACTERS: Final = 64
"""Of the random value that triggers an RSA key pair."""

_OF: Final = " of "
"""Between the kind and the characters, or the bits of an RSA key, in the keeper."""

# Each input that decides the form of a value, by its name on the wire.
_FORM: Final = ("length", "lower", "upper", "numeric", "special", "overrideSpecial")


class RandomPassword(pulumi.CustomResource):
    """
    A RandomPassword, registered exactly as the SDK's class registers it.

    That class has 18 Outputs. This one has those that are used: the SDK spends most of its time on Outputs.
    """

    keepers: pulumi.Output[dict[str, str] | None]
    length: pulumi.Output[float]
    result: pulumi.Output[str]
    bcryptHash: pulumi.Output[str]
    """Only if it is one of the properties."""

    def __init__(self, name: str, properties: Mapping[str, object], opts: pulumi.ResourceOptions) -> None:
        own = pulumi.ResourceOptions(version=_VERSION, additional_secret_outputs=["bcryptHash", "result"])
        with without_stack_trace():
            super().__init__(
                "random:index/randomPassword:RandomPassword",
                name,
                {**properties, "result": None},
                pulumi.ResourceOptions.merge(own, opts),
            )


@dataclass(frozen=True)
class RandomValue:
    """
    A generated value. A declared kind or size that differs from that in use takes effect at the next rotation.

    `pair` is the RSA key pair that was made for the value; only of that kind.
    """

    resource: RandomPassword
    declared: Generate
    pair: pulumi.Output[str] | None = None

    @property
    def bits(self) -> pulumi.Output[int]:
        """The size of the RSA key in use; the declared one while a value of a different kind is in use."""

        def found(known: Sequence[Any]) -> int:
            in_use = _in_use(self.declared, *known)
            return in_use.size if in_use.kind == RSA else self.declared.size

        return pulumi.Output.all(self.resource.keepers, self.resource.length).apply(found)

    def value(self, check: Callable[[Generate], None] = lambda _: None) -> pulumi.Output[str]:
        """
        The value in the form of its kind.

        :param check: gets the kind and size in use, once they are known
        """

        def encoded(known: Sequence[Any]) -> str | pulumi.Output[str]:
            keepers, length, result, *hashes = known
            in_use = _in_use(self.declared, keepers, length)
            check(in_use)
            return self.pair if self.pair and in_use.kind == RSA else _encoded(in_use, result, hashes)

        # One Output for all: each further one costs about as much as a tenth of a resource.
        generated = self.resource
        hashed = [generated.bcryptHash] if self.declared.kind == HASHED else []
        return pulumi.Output.all(generated.keepers, generated.length, generated.result, *hashed).apply(encoded)


def random_value(name: str, declared: Generate, opts: pulumi.ResourceOptions, trigger: str = "") -> RandomValue:
    """
    A value of a kind and size. Only a new trigger replaces it.

    `hex` is twice as many hexadecimal characters, `base64` the base64 of that many bytes, and `password` that many
    letters and digits: no file format and no connection string has to escape them. `base64url` has no padding. `uuid`
    is a random UUID (version 4), and `fernet` the padded base64url of 32 bytes. `ed25519` is a key pair, and
    `hashedPassword` a password with its hash, each as JSON. `rsa` is the trigger of a key pair.

    :param trigger: a date: a new date generates a new value, an empty string keeps the value
    """
    # Pulumi uses an ignored change when it replaces the resource. So the keepers alone decide when that happens.
    # Removing the trigger must not replace the value, for example when a rotated key becomes immutable.
    rotation = pulumi.ResourceOptions(ignore_changes=[*_FORM, "keepers.kind" if trigger else "keepers"])
    if trigger:
        # A protected resource cannot be replaced.
        rotation.protect = False
    # Not RandomBytes: its ID is its value, and IDs are unencrypted in the state.
    # The kind is a keeper because hex and base64 have the same characters.
    # So are the characters of a password, in the same keeper: an edit of both takes effect at the next rotation.
    more = str(declared.size) if declared.kind == RSA else declared.characters
    kind = f"{declared.kind}{_OF}{more}" if more else declared.kind
    keepers = {"kind": kind, **({"trigger": trigger} if trigger else {})}
    hashed: dict[str, None] = {"bcryptHash": None} if declared.kind == HASHED else {}
    properties = {**_characters(declared), "keepers": keepers, **hashed}
    generated = RandomPassword(name, properties, pulumi.ResourceOptions.merge(opts, rotation))
    return RandomValue(generated, declared)


def _characters(declared: Generate) -> dict[str, Any]:
    if declared.characters:
        only = {"lower": False, "upper": False, "numeric": False, "special": True}
        return {"length": declared.size, **only, "overrideSpecial": declared.characters}
    if declared.kind in ("password", HASHED):
        return {"length": declared.size, "special": False}
    hexadecimal = {"lower": False, "upper": False, "numeric": True, "special": True, "overrideSpecial": "abcdef"}
    length = _TRIGGER_CHARACTERS if declared.kind == RSA else 2 * declared.size
    return {"length": length, **hexadecimal}


def _in_use(declared: Generate, keepers: dict[str, str] | None, length: float) -> Generate:
    kind, _, characters = (keepers or {}).get("kind", declared.kind).partition(_OF)
    if kind == RSA:
        return Generate(RSA, int(characters or declared.size))
    size = int(length) if kind in ("password", HASHED) else int(length) // 2
    return Generate(kind, size, characters)  # type: ignore[arg-type]


def _encoded(in_use: Generate, text: str, hashes: Sequence[str]) -> str:
    match in_use.kind:
        case "ed25519":
            return key_pairs.ed25519(bytes.fromhex(text))
        case "hashedPassword" if hashes:
            return key_pairs.hashed_password(text, hashes[0])
        case "base64":
            return base64.b64encode(bytes.fromhex(text)).decode()
        case "base64url":
            return base64.urlsafe_b64encode(bytes.fromhex(text)).decode().rstrip("=")
        case "fernet":
            return base64.urlsafe_b64encode(bytes.fromhex(text)).decode()
        case "uuid":
            return str(uuid.UUID(hex=text, version=4))
        case _:
            return text
