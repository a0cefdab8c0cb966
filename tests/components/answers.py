"""The outputs that the real providers add to a new resource's inputs."""

from __future__ import annotations

import hashlib
import itertools
import string
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.declaration.stack_config import IDENTITY

PROJECT_ID = "project-id"
CLIENT_ID, CLIENT_SECRET = IDENTITY.values()
ACCESS_MODE = "privilege"
CREDENTIAL_ID = "client-secret-id"
RSA_PAIR = '{"private": "private", "public": "public", "publicPem": "public-pem"}'
BCRYPT_HASH = "$2a$10$abcdefghijklmnopqrstuu"
CREATED_ON = "2026-11-20"
"""The day of the client secret."""


@dataclass(frozen=True)
class Secret:
    """A value that is marked as secret."""

    value: Any


def made_up(
    kind: str, name: str, inputs: Mapping[str, Any], generated: Mapping[str, str], missing: Collection[str]
) -> dict[str, Any]:
    """
    The outputs of a new resource by their names on the wire.

    :param generated: what RandomPassword makes, by resource name; anything that fits where it is not said
    :param missing: the secrets in Infisical that have no value
    """
    match kind:
        case "random:index/randomPassword:RandomPassword":
            result = Secret(generated.get(name) or random_text(name, inputs))
            return {"result": result, "bcryptHash": Secret(BCRYPT_HASH)}
        case "infisical:index:RsaKeyPair":
            return {"pair": Secret(RSA_PAIR)}
        case "infisical:index:Instance":
            return {"url": "http://infisical", "organizationId": "organization-id", "adminEmail": "a@example.net"}
        case "infisical:index:Project":
            return {"projectId": PROJECT_ID, "origin": "created"}
        case "infisical:index:Folder":
            return {"folderId": f"folder-{inputs['path']}", "origin": "created"}
        case "infisical:index:Identity":
            return {"identityId": "identity-id", "clientId": CLIENT_ID, "accessMode": ACCESS_MODE, "origin": "created"}
        case "infisical:index:ClientSecret":
            return {
                "clientId": CLIENT_ID,
                "clientSecret": Secret(CLIENT_SECRET),
                "clientSecretId": CREDENTIAL_ID,
                "createdOn": CREATED_ON,
            }
        case "infisical:index:Secret":
            return {
                "secretId": f"id-of-{inputs['name']}",
                "secretVersion": 1,
                "origin": "seeded",
                # As if a rotation had set those of folders.
                "deliveryTrigger": f"2 of {name}" if "/" in name else "",
                "changedOn": "2026-11-22",
                "inSync": True,
                "fingerprint": Secret(hashlib.sha256(name.encode()).hexdigest()),
            }
        case "infisical:index:Restart":
            return {"restartedAt": ""}
        case "infisical:index:Delivery":
            lacking = [key for key in inputs.get("optionalKeys", []) if key in missing]
            return {"delivered": not lacking, "missing": lacking, "count": len(inputs["keys"])}
        case _:
            return {}


def random_text(name: str, inputs: Mapping[str, Any]) -> str:
    """A string with the length and the characters of a RandomPassword, different for each name."""
    classes = {"lower": string.ascii_lowercase, "upper": string.ascii_uppercase, "numeric": string.digits}
    characters = "".join(each for option, each in classes.items() if inputs.get(option, True))
    if inputs.get("special", True):
        characters += inputs["overrideSpecial"]
    return "".join(characters[byte % len(characters)] for byte in itertools.islice(_bytes(name), inputs["length"]))


def _bytes(seed: str) -> Iterator[int]:
    for round_ in itertools.count():
        yield from hashlib.sha256(f"{seed} {round_}".encode()).digest()
