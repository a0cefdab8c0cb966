"""Conflicts between apps: two writers of one Secret, two owners of one namespace, two sources of one value."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Set
from typing import Final

from declaration.inventory.app_secrets import AppSecret
from declaration.inventory.renames import Renaming
from declaration.inventory.secret_keys import SHARED_PATH, SecretKey
from declaration.inventory.sources import Source
from declaration.problems import Problem, shown


def clashes(
    path: str, secrets: Collection[AppSecret], owners: Collection[tuple[str, str]], broken: Set[str]
) -> Iterator[Problem]:
    """
    :param owners: the apps that create their namespaces, with these
    :param broken: paths of problems; a value at such a path is not compared
    """
    writers: dict[tuple[str, str], AppSecret] = {}
    sources: dict[tuple[str, str], AppSecret] = {}
    for secret in secrets:
        if f"{path}.{secret.app}.namespace" in broken or f"{path}.{secret.path}.namespace" in broken:
            continue
        writer = writers.setdefault((secret.namespace, secret.name), secret)
        if writer is not secret:
            fix = f"write `secretName: {other_secret_name(secret.app, secret.name)}`" if secret.is_short else _RENAME
            yield Problem(
                f"{path}.{secret.name_path}",
                f"{shown(secret.name)} in the namespace {shown(secret.namespace)}, which {writer.app} already writes",
                "one app for each Secret",
                fix,
            )
            continue
        other = sources.setdefault((secret.namespace, secret.external_secret_name), secret)
        if other is not secret:
            at = f"{path}.{secret.path or secret.app}.externalSecret" if secret.external_secret else None
            yield Problem(
                at or f"{path}.{secret.name_path}",
                f"the ExternalSecret {shown(secret.external_secret_name)} in the namespace {shown(secret.namespace)}, "
                f"which makes the Secret {other.name} of {other.app} already",
                "one ExternalSecret for each Secret",
                "write another `externalSecret`",
            )
    first: dict[str, str] = {}
    for app, namespace in owners:
        if f"{path}.{app}.namespace" in broken:
            continue
        owner = first.setdefault(namespace, app)
        if owner != app:
            yield Problem(
                f"{path}.{app}.createNamespace",
                f"true, although {owner} already creates {shown(namespace)}",
                "one owner for each namespace",
                "write `createNamespace: false` for one of the two",
            )


_RENAME: Final = "rename the Secret"


def other_secret_name(app: str, refused: str) -> str:
    """A name to suggest."""
    default = f"{app}-secret"
    return f"{app}-app-secret" if refused == default else default


def different_keys(
    path: str, secrets: Collection[AppSecret], broken: Set[str], *, folder_per_app: bool
) -> Iterator[Problem]:
    """Two sources of one value. `broken` as in `clashes`."""
    makers: dict[tuple[str, str], tuple[str, str, SecretKey]] = {}
    for secret in secrets:
        for key in secret.keys:
            declared = f"{path}.{secret.path}.keys.{key.declared_as}"
            if broken & {declared, *(f"{declared}.{field}" for field in _MAKING)}:
                continue
            where = f"{SHARED_PATH}.{key.declared_as}" if key.shared else declared
            identity = (_folder(secret, key, folder_per_app=folder_per_app), key.name)
            maker, made_at, made = makers.setdefault(identity, (secret.app, where, key))
            if _making(made) != _making(key):
                yield Problem(
                    declared,
                    f"a declaration that differs from the one in {maker}, which reads the same key",
                    f"the same {', '.join(_MAKING[:-1])} and {_MAKING[-1]} in each app",
                    f"declare it as in {made_at}",
                )


def renamings(path: str, secrets: Collection[AppSecret], *, folder_per_app: bool) -> list[Renaming]:
    return [
        Renaming(
            app=secret.app,
            folder=_folder(secret, key, folder_per_app=folder_per_app),
            name=key.name,
            earlier=key.renamed_from,
            path=f"{path}.{secret.path}.keys.{key.declared_as}",
        )
        for secret in secrets
        for key in secret.keys
    ]


def _folder(secret: AppSecret, key: SecretKey, *, folder_per_app: bool) -> str:
    """What is equal for keys in one folder. An app's name is no path."""
    return key.folder or (secret.app if folder_per_app else "")


_MAKING: Final = ("source", "kind", "size", "immutable", "changeCommand", "rotateEveryDays", "renamedFrom")


def _making(key: SecretKey) -> tuple[Source, bool, str, int | None, str]:
    """How a key's value is made: the same for every app that reads the key."""
    return key.source, key.immutable, key.change_command, key.rotate_every_days, key.renamed_from
