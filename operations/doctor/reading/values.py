"""The values that no output may show, and the words that are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from declaration import Homelab
from declaration.objects import ESO_NAMESPACE, HELM_SECRETS, INFISICAL_NAMESPACE, POSTGRESQL, REDIS
from infisical.delivery.hashes import ValueHasher
from operations.doctor.facts import Cluster, Held, Infisical
from operations.placeholders import is_placeholder

_PASSWORD: Final = re.compile(r"""password:\s*["']?([^"'\s]+)|://[^:/@\s]*:([^@/\s]+)@""")
"""Passwords within a value: of the chart's values, and of an address."""


def public_words(homelab: Homelab[None]) -> Iterator[str]:
    """Words of the declaration that a value may equal, and that messages must show."""
    store = homelab.store
    yield from (INFISICAL_NAMESPACE, ESO_NAMESPACE, homelab.argocd.namespace, POSTGRESQL, REDIS, HELM_SECRETS)
    yield from (store.name, store.host_api, store.project_slug, store.environment_slug, homelab.infisical.url)
    for secret in homelab.delivered_secrets:
        yield from (secret.app, secret.namespace, secret.name, secret.external_secret_name, *secret.literals.values())
        yield from secret.written
        yield from (key.name for key in secret.keys)


def hide_values(hasher: ValueHasher, cluster: Cluster, infisical: Infisical) -> None:
    """Have the hasher hide every value of the program's own Secrets and of Infisical."""
    for held in cluster.own.values():
        for value in held.values.values() if isinstance(held, Held) else ():
            # A report says that it is one.
            if is_placeholder(value.decode(errors="replace")):
                continue
            hasher.hash(value)
            for groups in _PASSWORD.findall(value.decode(errors="replace")):
                hasher.hash("".join(groups).encode())
    for folder in infisical.folders.values():
        for text in folder.values.values():
            hasher.hash(text.encode())
