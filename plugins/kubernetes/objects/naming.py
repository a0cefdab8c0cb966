"""
Names for unnamed objects and for field managers.

The same seed of the engine gives the same name, as in Pulumi's `NewUniqueName`: a preview shows the name that
the update will use.
"""

from __future__ import annotations

import hashlib
import secrets
import struct

from pulumi.runtime.proto import provider_pb2

from plugins.kubernetes.objects.kubernetes_object import AUTONAMED, KubernetesObject
from plugins.protocol.errors import ProviderError
from tooling.plugin.properties import Unknown

ALPHABET = "0123456789abcdef"
SUFFIX = 8
MASK = 0xFFFFFFFF

NO_MODE = provider_pb2.CheckRequest.AutonamingOptions.Mode.Value("DISABLE")


def unique_name(prefix: str, seed: bytes = b"") -> str:
    """`prefix` and eight hexadecimal digits: the seed's, or random ones without a seed."""
    if not seed:
        return prefix + secrets.token_hex(SUFFIX // 2)
    return prefix + "".join(ALPHABET[number % 16] for number in _random_numbers(hashlib.sha256(seed).digest()))


def field_manager() -> str:
    """A new field manager's name. Each resource keeps its own."""
    return unique_name("pulumi-kubernetes-")


def assign_name(
    inputs: KubernetesObject, name: str, seed: bytes, options: provider_pb2.CheckRequest.AutonamingOptions | None
) -> KubernetesObject:
    """
    Name an unnamed object after its resource, and mark it as autonamed.

    :param options: what the stack's autonaming configuration proposes, if anything
    """
    if inputs.is_named or generates_name(inputs):
        return inputs
    if options is not None and options.mode == NO_MODE:
        message = f"resource {name!r} has no name, and autonaming is disabled. Fix: set metadata.name"
        raise ProviderError(message)
    proposed = options.proposed_name if options is not None else ""
    return _autonamed(inputs, proposed or unique_name(f"{name}-", seed))


def adopt_name(inputs: KubernetesObject, old: KubernetesObject) -> KubernetesObject:
    """Keep the name that an unnamed object got before."""
    if inputs.is_named or old.annotation(AUTONAMED) != "true":
        return inputs
    return _autonamed(inputs, old.name)


def generates_name(inputs: KubernetesObject) -> bool:
    """Whether the program wants the API server to generate the name."""
    generated = inputs.metadata.get("generateName")
    return isinstance(generated, Unknown) or bool(generated)


def _autonamed(inputs: KubernetesObject, name: str) -> KubernetesObject:
    annotations = inputs.metadata.get("annotations") or {}
    if isinstance(annotations, dict):
        annotations = {**annotations, AUTONAMED: "true"}
    return inputs.with_metadata(name=name, annotations=annotations)


def _random_numbers(seed: bytes) -> list[int]:
    """The first eight numbers of Go's ChaCha8 generator: words 0 to 3 of four blocks, interleaved."""
    blocks = [_chacha8_block(seed, counter) for counter in range(4)]
    return [blocks[pair][word] | blocks[pair + 1][word] << 32 for word in range(SUFFIX // 2) for pair in (0, 2)]


def _chacha8_block(seed: bytes, counter: int) -> list[int]:
    # Unlike the cipher, the generator adds only the key to the result. Words 0 to 3, which are all that is used, hold
    # no part of the key.
    state = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574, *struct.unpack("<8I", seed), counter, 0, 0, 0]
    for _ in range(4):
        for column in range(4):
            _quarter_round(state, column, 4 + column, 8 + column, 12 + column)
        for column in range(4):
            _quarter_round(state, column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4)
    return state


def _quarter_round(state: list[int], a: int, b: int, c: int, d: int) -> None:
    for left, right, target, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        state[left] = (state[left] + state[right]) & MASK
        mixed = state[target] ^ state[left]
        state[target] = (mixed << bits | mixed >> (32 - bits)) & MASK
