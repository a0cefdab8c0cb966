"""References in values: for `${NAME}` and `${environment.folder.NAME}` Infisical serves another secret's value."""

from __future__ import annotations

from infisical.api.folders import Location
from infisical.api.secret_cache import SecretCache
from infisical.delivery.expected import ExpectedSecret, Source
from infisical.rules import references


async def broken_references(expected: ExpectedSecret, secrets: SecretCache) -> list[Source]:
    """
    The secrets whose value refers to a missing secret: Infisical serves it without that part, and reports nothing.

    :raises InfisicalError: the values cannot be read
    """
    broken = []
    for source in sorted(set(expected.sources.values()), key=lambda source: (str(source.location), source.name)):
        stored = await secrets.find(source.location, source.name)
        targets = [_target(reference, source.location) for reference in references(stored.value if stored else "")]
        if None in [await secrets.lookup(target.location, target.name) for target in targets]:
            broken.append(source)
    return broken


def _target(reference: str, at: Location) -> Source:
    environment, *folders, name = reference.split(".") if "." in reference else (at.environment, reference)
    path = "/" + "/".join(folders) if "." in reference else at.path
    return Source(Location(at.project_id, environment, path), name)
