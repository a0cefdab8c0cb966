"""The copies of a value that the apps' Secrets hold: the last ones, if Infisical has lost its own."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any, Final

from infisical import rules
from infisical.api.errors import Blocked, Unread
from infisical.handlers.base.fields import Change, Field
from infisical.handlers.base.handler import Operation
from infisical.properties import Properties
from tooling.kubernetes.errors import KubernetesError

_FORM: Final = "a mapping of keys of apps' Secrets, each as 'namespace/secret/key', to the apps' names"


def _places(entries: dict[str, str]) -> str | None:
    return None if all(len(place.split("/")) == 3 and all(place.split("/")) for place in entries) else _FORM


FIELD: Final = Field(
    name="deliveredTo",
    type="mapping",
    change=Change.NOTHING,
    rule=_places,
    doc="the keys of apps' Secrets that hold the value, as 'namespace/secret/key', each with its app's name: a value "
    "that one of them holds is seeded instead of the declared one",
)


@dataclass(frozen=True)
class Copy:
    """
    The value in one key of an app's Secret.

    `managed`: the operator writes the Secret. Otherwise this may be the only copy.
    """

    app: str
    secret: str
    key: str
    managed: bool
    value: str = field(repr=False)

    def __str__(self) -> str:
        return f"Secret {self.secret}"

    @property
    def described(self) -> str:
        return f"{self.app} (Secret {self.secret}, key {self.key})"


async def copies(operation: Operation, inputs: Properties) -> list[Copy]:
    """
    The values in the apps' Secrets, without empty ones. A Secret that does not exist holds none.

    :raises Unread: a Secret cannot be read, so it may hold the last copy
    """
    found = []
    for place, app in sorted(inputs.mapping(FIELD.name).items()):
        namespace, secret, key = place.split("/")
        try:
            read = await operation.cluster.read_once(f"/api/v1/namespaces/{namespace}/secrets/{secret}")
        except KubernetesError as error:
            message = (
                f"{inputs.string('name')} was not seeded: Infisical has no value, and Secret {namespace}/{secret} of "
                f"{app}, which may hold the value in use, cannot be read. {error}"
            )
            raise Unread(message) from error
        encoded = ((read or {}).get("data") or {}).get(key)
        if read and encoded:
            managed = any(owner.get("kind") == "ExternalSecret" for owner in _owners(read))
            value = _decoded(inputs.string("name"), f"{namespace}/{secret}", key, encoded)
            found.append(Copy(app, f"{namespace}/{secret}", key, managed, value))
    return found


def check_fits(name: str, copy: Copy) -> None:
    """:raises Blocked: Infisical would change the value"""
    if not rules.without_references(copy.value):
        if rules.stored_form(copy.value) == copy.value:
            return
        reason = "it starts or ends with white space, which Infisical removes"
    else:
        reason = "it contains `${…}`, which Infisical replaces with another secret's value"
    raise Blocked(_unfit(name, copy.secret, copy.key, reason))


def _owners(secret: dict[str, Any]) -> list[dict[str, Any]]:
    owners: list[dict[str, Any]] = (secret.get("metadata") or {}).get("ownerReferences") or []
    return owners


def _decoded(name: str, secret: str, key: str, encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        # The cause would quote the value.
        raise Blocked(_unfit(name, secret, key, "it is not UTF-8 text")) from None


def _unfit(name: str, secret: str, key: str, reason: str) -> str:
    return (
        f"{name} was not seeded: Infisical has no value, and it cannot hold the one in use, in key {key} of Secret "
        f"{secret}: {reason}. Nothing was changed. Add {name} with the value to use in Infisical, then run `pulumi up`."
    )
