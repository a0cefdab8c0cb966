"""Everything of the store's project that a rotation carries over, as data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from infisical.api.secret_copies import SecretCopy
from operations.encryption_key.cipher import Cipher


@dataclass(frozen=True)
class Folder:
    """A folder of the project."""

    environment: str
    path: str

    def __str__(self) -> str:
        return f"{self.path} in {self.environment}"


@dataclass(frozen=True)
class Export:
    """
    :param environments: display names by slug
    :param folders: the secrets of each folder; a folder comes after its parent
    """

    slug: str
    name: str
    environments: dict[str, str]
    folders: tuple[tuple[Folder, tuple[SecretCopy, ...]], ...] = field(repr=False)

    def __len__(self) -> int:
        return sum(len(secrets) for _, secrets in self.folders)

    def to_json(self) -> bytes:
        folders = [[asdict(folder), [asdict(secret) for secret in secrets]] for folder, secrets in self.folders]
        content = {"slug": self.slug, "name": self.name, "environments": self.environments, "folders": folders}
        return json.dumps(content).encode()

    def fingerprints(self, cipher: Cipher) -> dict[str, str]:
        """Return a keyed hash of each secret with its comment and metadata, by name and folder."""
        return dict(self._fingerprints(cipher))

    def _fingerprints(self, cipher: Cipher) -> Iterator[tuple[str, str]]:
        for folder, secrets in self.folders:
            for secret in secrets:
                content = asdict(secret)
                # Infisical returns the entries in any order.
                content["metadata"] = sorted(json.dumps(entry, sort_keys=True) for entry in secret.metadata)
                yield f"{secret.name} at {folder}", cipher.fingerprint(json.dumps(content, sort_keys=True))


def from_json(text: bytes) -> Export:
    """Return the export that `to_json` wrote."""
    content = json.loads(text)
    folders = tuple(
        (
            Folder(**folder),
            tuple(SecretCopy(**{**secret, "metadata": tuple(secret["metadata"])}) for secret in secrets),
        )
        for folder, secrets in content["folders"]
    )
    return Export(content["slug"], content["name"], content["environments"], folders)


def differences(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    """Return which secrets are missing or different. Additional secrets are not a difference."""
    return [
        f"{where}: {'different' if where in found else 'missing'}"
        for where, fingerprint in expected.items()
        if found.get(where) != fingerprint
    ]
