"""What a rotation has to know of the deployed stack, read from its state."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from infisical.api.session import Login
from operations.encryption_key.errors import Refused

KEY: Final = "infisical-encryption-key"
PASSWORD_TYPE: Final = "random:index/randomPassword:RandomPassword"
STASH_TYPE: Final = "pulumi:index:Stash"
SECRET_TYPE: Final = "kubernetes:core/v1:Secret"
SECRET_NAME: Final = "infisical-secrets"
IDENTITY_TYPE: Final = "infisical:index:Identity"
_PLAINTEXT: Final = "plaintext"

Properties = dict[str, Any]


@dataclass(frozen=True)
class Deployed:
    """
    :param key_urns: the generated key, and the stash that keeps it
    :param secret_urn: the Secret that Infisical takes it from
    :param key: ENCRYPTION_KEY
    :param identities: the names of the machine identities that an update makes again
    :param kubeconfig: the kubernetes provider's own, its text or path; empty for the ambient one
    """

    key_urns: tuple[str, str]
    secret_urn: str
    key: str = field(repr=False)
    url: str
    login: Login
    slug: str
    identities: tuple[str, ...]
    kubeconfig: str = field(repr=False)
    context: str


def read_deployed(state: dict[str, Any], stack: str) -> Deployed:
    """
    :param state: with its secrets decrypted
    :raises Refused: the stack is not a deployed homelab whose Infisical this program sets up
    """
    resources = [_opened(each) for each in (state.get("deployment") or {}).get("resources") or []]
    alive = [each for each in resources if not each.get("delete")]
    password, stash = _one(alive, PASSWORD_TYPE, stack, KEY), _one(alive, STASH_TYPE, stack, KEY)
    secret = _one(alive, SECRET_TYPE, stack, SECRET_NAME)
    provider = _one(alive, "pulumi:providers:infisical", stack)["inputs"]
    project = _one(alive, "infisical:index:Project", stack)["inputs"]
    kubernetes: Properties = next(
        (each["inputs"] for each in alive if each["type"] == "pulumi:providers:kubernetes"), {}
    )
    return Deployed(
        key_urns=(password["urn"], stash["urn"]),
        secret_urn=secret["urn"],
        key=stash["outputs"]["output"],
        url=provider["url"],
        login=Login(
            email=provider.get("email", ""),
            password=provider.get("password", ""),
            token=provider.get("token", ""),
            organization=provider.get("organization", ""),
        ),
        slug=project["slug"],
        identities=tuple(each["inputs"]["name"] for each in alive if each["type"] == IDENTITY_TYPE),
        kubeconfig=kubernetes.get("kubeconfig", ""),
        context=kubernetes.get("context", ""),
    )


def _one(resources: list[Properties], kind: str, stack: str, name: str = "") -> Properties:
    found = [each for each in resources if each["type"] == kind and each["urn"].endswith(f"::{name}" if name else "")]
    if len(found) != 1:
        message = (
            f"the state of the stack {stack} holds {len(found)} resources {kind} {name}, where one is expected: this "
            "command is for a homelab of this project that is deployed, with `homelab:infisical.mode` managed. Run "
            "`pulumi up` first, or choose the stack with --stack."
        )
        raise Refused(message)
    return found[0]


def _opened(value: Any) -> Any:
    """A part of the state with its decrypted secrets in place of their wrappings."""
    if isinstance(value, dict):
        if _PLAINTEXT in value and len(value) == 2:
            return json.loads(value[_PLAINTEXT])
        return dict(_pairs(value))
    return [_opened(each) for each in value] if isinstance(value, list) else value


def _pairs(value: Properties) -> Iterator[tuple[str, Any]]:
    return ((key, _opened(each)) for key, each in value.items())
