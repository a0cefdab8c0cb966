"""What a Secret must be, written by hand: each value as text or bytes, or by the value that Infisical holds."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import bcrypt

from tests.homelab.owner import Visitor

BCRYPT: Final = r"\$2[aby]\$1[0-4]\$[./A-Za-z0-9]{53}"
PASSWORD: Final = "[A-Za-z0-9]{32}"


class Expected(Protocol):
    """A value that only Infisical knows."""

    def is_in(self, found: bytes, infisical: Infisical) -> bool:
        """Whether the Secret has it."""


@dataclass(frozen=True)
class Infisical:
    """The values of one environment, as a person reads them."""

    visitor: Visitor
    environment: str = "prod"

    def value(self, folder: str, key: str) -> str:
        place = {"workspaceId": self.visitor.project_id, "environment": self.environment, "secretPath": folder}
        answer = self.visitor.client.get(f"/api/v3/secrets/raw/{key}", params=place)
        assert answer.is_success, f"{folder} {key}: {answer.status_code}"
        value: str = answer.json()["secret"]["secretValue"]
        return value


@dataclass(frozen=True)
class Generated:
    """
    A generated value, the same in Infisical.

    :param form: a regular expression for all of it
    :param json_property: of the value, for a kind that is JSON
    :param text: around the value, as `{}`
    """

    folder: str
    key: str
    form: str
    json_property: str = ""
    text: str = "{}"

    def is_in(self, found: bytes, infisical: Infisical) -> bool:
        value = self.value(infisical)
        return re.fullmatch(self.form, value) is not None and found == self.text.format(value).encode()

    def value(self, infisical: Infisical) -> str:
        whole = infisical.value(self.folder, self.key)
        return str(json.loads(whole)[self.json_property]) if self.json_property else whole


@dataclass(frozen=True)
class Htpasswd:
    """A line of an htpasswd file with the bcrypt hash of a generated value."""

    user: str
    password: Generated

    def is_in(self, found: bytes, infisical: Infisical) -> bool:
        user, _, hashed = found.decode().strip().partition(":")
        return user == self.user and bcrypt.checkpw(self.password.value(infisical).encode(), hashed.encode())


@dataclass(frozen=True)
class ExpectedSecret:
    """
    :param others: keys that somebody else writes into the Secret
    :param is_kept: the Secret stays when the app is removed
    """

    data: Mapping[str, str | bytes | Expected]
    type: str = "Opaque"
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    others: frozenset[str] = frozenset()
    immutable: bool = False
    is_kept: bool = False

    def differences(self, secret: Mapping[str, Any], infisical: Infisical) -> list[str]:
        """What a Secret of the API server has that it must not, or lacks; no value."""
        found = {key: base64.b64decode(value) for key, value in secret["data"].items()}
        keys = [*self.data, *self.others]
        wrong = [f"{key}: missing" for key in keys if key not in found]
        wrong += [f"{key}: not expected" for key in found if key not in keys]
        wrong += [
            f"{key}: another value"
            for key, value in self.data.items()
            if key in found and not _is(value, found[key], infisical)
        ]
        metadata = secret["metadata"]
        for name in ("labels", "annotations"):
            wanted, held = getattr(self, name), metadata.get(name, {})
            wrong += [f"{name}: {key}" for key, value in wanted.items() if held.get(key) != value]
        owned = any(owner["kind"] == "ExternalSecret" for owner in metadata.get("ownerReferences", []))
        facts = {
            "type": secret["type"] == self.type,
            "immutable": secret.get("immutable", False) == self.immutable,
            "owner": owned != self.is_kept,
        }
        return [*wrong, *(name for name, is_right in facts.items() if not is_right)]


def _is(wanted: str | bytes | Expected, found: bytes, infisical: Infisical) -> bool:
    match wanted:
        case str():
            return found == wanted.encode()
        case bytes():
            return found == wanted
        case _:
            return wanted.is_in(found, infisical)
