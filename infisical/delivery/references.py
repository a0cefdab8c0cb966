"""References in values: for `${NAME}` and `${environment.folder.NAME}` Infisical serves another secret's value."""

from __future__ import annotations

import re
from typing import Final

from infisical.api.folders import Place
from infisical.api.secret_cache import SecretCache
from infisical.delivery.declaration import Declaration, Source

_REFERENCE: Final = re.compile(r"\$\{([A-Za-z0-9_.-]+)\}")


async def broken(declared: Declaration, secrets: SecretCache) -> list[Source]:
    """
    The secrets whose values refer to one that is not in Infisical: what is served lacks that part, without a word.

    :raises InfisicalError: the values cannot be read
    """
    found = []
    for source in sorted(set(declared.sources.values()), key=lambda source: (str(source.place), source.name)):
        stored = await secrets.find(source.place, source.name)
        references = _REFERENCE.findall(stored.value) if stored else []
        targets = [_target(reference, source.place) for reference in references]
        if None in [await secrets.seek(target.place, target.name) for target in targets]:
            found.append(source)
    return found


def _target(reference: str, at: Place) -> Source:
    environment, *folders, name = reference.split(".") if "." in reference else (at.environment, reference)
    path = "/" + "/".join(folders) if "." in reference else at.path
    return Source(Place(at.project_id, environment, path), name)
