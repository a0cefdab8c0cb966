"""All kinds of resources that this plugin has, by their token."""

from __future__ import annotations

from plugins.protocol.errors import ProviderError
from plugins.random.characters import RANDOM_PASSWORD, RANDOM_STRING
from plugins.random.kind import Kind
from plugins.random.octets import RANDOM_BYTES, RANDOM_ID, RANDOM_UUID
from plugins.random.ordinals import RANDOM_INTEGER, RANDOM_SHUFFLE
from plugins.random.pet import RANDOM_PET

VERSION = "4.21.4"
"""The official plugin's release that this one answers as."""

KINDS = {
    kind.token: kind
    for kind in (
        RANDOM_BYTES,
        RANDOM_ID,
        RANDOM_INTEGER,
        RANDOM_PASSWORD,
        RANDOM_PET,
        RANDOM_SHUFFLE,
        RANDOM_STRING,
        RANDOM_UUID,
    )
}


def kind_of(urn: str) -> Kind:
    """The kind of the resource with this URN."""
    token = urn.split("::")[2].rpartition("$")[2]
    if token not in KINDS:
        names = ", ".join(kind.name for kind in KINDS.values())
        message = (
            f"{urn}: this plugin has no {token}, only {names}."
            f" The official plugin may have it: pulumi plugin install resource random {VERSION}"
        )
        raise ProviderError(message)
    return KINDS[token]
