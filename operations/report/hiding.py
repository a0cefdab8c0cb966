"""Removes values from what the cluster says: a message, or a name of a workload, may quote one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from operations.doctor.hiding import hidden_at_once
from operations.report.content import AppPart, Delivery, KeyPart, Reader, SecretPart


def without_values(apps: Sequence[AppPart], hidden: Callable[[str], str]) -> tuple[AppPart, ...]:
    """The same apps. Names of the declaration stay as they are: it contains no value."""
    texts = hidden_at_once((text for app in apps for secret in app.secrets for text in _texts(secret)), hidden)
    return tuple(replace(app, secrets=tuple(_secret(each, texts) for each in app.secrets)) for app in apps)


def _texts(secret: SecretPart) -> Iterator[str]:
    yield secret.sync
    for key in secret.keys:
        yield key.delivery.reason
        for reader in key.readers:
            yield from (reader.name, *reader.ways)


def _secret(secret: SecretPart, texts: Iterator[str]) -> SecretPart:
    """In the order of `_texts`."""
    return replace(secret, sync=next(texts), keys=tuple(_key(each, texts) for each in secret.keys))


def _key(key: KeyPart, texts: Iterator[str]) -> KeyPart:
    delivery = Delivery(key.delivery.delivered, next(texts))
    return replace(key, delivery=delivery, readers=tuple(_reader(each, texts) for each in key.readers))


def _reader(reader: Reader, texts: Iterator[str]) -> Reader:
    name = next(texts)
    return replace(reader, name=name, ways=tuple(next(texts) for _ in reader.ways))
