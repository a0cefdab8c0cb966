"""Everything of the store's project that is carried over, as data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from infisical.api.secret_copies import SecretCopy
from operations.encryption_key.seal import Seal


@dataclass(frozen=True)
class Spot:
    """A folder of the project."""

    environment: str
    path: str

    def __str__(self) -> str:
        return f"{self.path} in {self.environment}"


@dataclass(frozen=True)
class Export:
    """
    :param environments: display names by slug
    :param folders: every folder's own secrets; a folder comes after the one that it is in
    """

    slug: str
    name: str
    environments: dict[str, str]
    folders: tuple[tuple[Spot, tuple[SecretCopy, ...]], ...] = field(repr=False)

    def __len__(self) -> int:
        return sum(len(secrets) for _, secrets in self.folders)

    def to_json(self) -> bytes:
        folders = [[asdict(spot), [asdict(secret) for secret in secrets]] for spot, secrets in self.folders]
        whole = {"slug": self.slug, "name": self.name, "environments": self.environments, "folders": folders}
        return json.dumps(whole).encode()

    def fingerprints(self, seal: Seal) -> dict[str, str]:
        """A keyed hash of each secret, with all that belongs to it, by where it is."""
        return dict(self._fingerprints(seal))

    def _fingerprints(self, seal: Seal) -> Iterator[tuple[str, str]]:
        for spot, secrets in self.folders:
            for secret in secrets:
                yield f"{secret.name} at {spot}", seal.fingerprint(json.dumps(asdict(secret), sort_keys=True))


def from_json(text: bytes) -> Export:
    """An export as `to_json` wrote it."""
    whole = json.loads(text)
    folders = tuple(
        (
            Spot(**spot),
            tuple(SecretCopy(**{**secret, "metadata": tuple(secret["metadata"])}) for secret in secrets),
        )
        for spot, secrets in whole["folders"]
    )
    return Export(whole["slug"], whole["name"], whole["environments"], folders)


def differences(wanted: dict[str, str], found: dict[str, str]) -> list[str]:
    """Which secrets are missing or other than they should be; one that came in addition is no difference."""
    return [
        f"{where}: {'another value' if where in found else 'missing'}"
        for where, fingerprint in wanted.items()
        if found.get(where) != fingerprint
    ]
