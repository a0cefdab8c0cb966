"""What the Secrets of apps hold, made here from Infisical's values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from declaration import AppSecret, Homelab, fix_for, key_id
from infisical.api.folders import Location
from infisical.contents.expected import ExpectedSecret, Source
from infisical.contents.forms import delivered
from operations.errors import OperationError
from operations.expected import expected_of
from operations.values.access.server import Infisical, Served
from operations.values.scope import Scope


@dataclass(frozen=True)
class Content:
    """
    :param values: by key of the Secrets
    :param unknown: keys whose values only the operator knows
    """

    values: dict[str, bytes] = field(repr=False)
    unknown: tuple[str, ...]


def content_of(scope: Scope, infisical: Infisical) -> Content:
    """
    The keys of all Secrets in scope.

    :raises OperationError: a value is missing or does not have its form, or two Secrets have different values of a key
    """
    homelab = scope.homelab
    secrets = [secret for app in scope.apps for secret in app.delivered_secrets]
    served = infisical.served(folder for secret in secrets for folder in _folders(secret, homelab))
    values: dict[str, bytes] = {}
    owners: dict[str, str] = {}
    unknown: list[str] = []
    problems: list[str] = []
    clashes: list[str] = []
    for secret in secrets:
        expected = expected_of(secret, homelab, served.project_id)
        content = delivered(expected, _sources(expected, served), _whole(expected, served))
        hidden = {key for key in expected.hidden if key not in expected.literals}
        problems += [*_missing(expected, served, homelab), *content.unfit.values()]
        unknown += [f"{secret.place}/{key}" for key in sorted(content.opaque)]
        unknown += [f"{secret.place} (further keys of its store)"] * bool(secret.extracts)
        for name, value in content.values.items():
            if value is None or name in hidden or name in content.opaque:
                continue
            if owners.setdefault(name, secret.place) != secret.place and values[name] != value:
                clashes.append(f"{name} in {owners[name]} and in {secret.place}")
            values[name] = value
    if problems:
        what = f"Some values in Infisical at {infisical.url} are missing or not valid"
        fix = "correct them, then run the command again"
        raise OperationError(what, found="\n".join(dict.fromkeys(problems)), fix=fix)
    if clashes:
        what = "Two Secrets have different values of the same key"
        raise OperationError(what, found="\n".join(clashes), fix="choose one app with --app")
    return Content(values, tuple(unknown))


def _folders(secret: AppSecret, homelab: Homelab[None]) -> list[str]:
    own = [key_id(homelab.store, secret.app, key)[0] for key in secret.keys]
    return [*own, *(folder.path for folder in secret.folders)]


def _sources(expected: ExpectedSecret, served: Served) -> dict[Source, str | None]:
    return {source: _value(source, served) for source in expected.sources.values()}


def _value(source: Source, served: Served) -> str | None:
    folder = served.folders[source.location.path]
    return None if source.name in folder.hidden else folder.values.get(source.name)


def _whole(expected: ExpectedSecret, served: Served) -> dict[Location, dict[str, str]]:
    found = {location: served.folders[location.path] for location in expected.whole_folders}
    return {
        location: {name: value for name, value in folder.values.items() if name not in folder.hidden}
        for location, folder in found.items()
    }


def _missing(expected: ExpectedSecret, served: Served, homelab: Homelab[None]) -> Sequence[str]:
    found = []
    for source in dict.fromkeys(expected.sources.values()):
        if not _value(source, served):
            key = homelab.keys.by_id[source.location.path, source.name]
            remedy = fix_for(key) or expected.remedy(source)
            found.append(f"no value of {source}. Fix: {remedy}")
    hidden = [
        f"{name} ({location})" for location in expected.whole_folders for name in served.folders[location.path].hidden
    ]
    return [*found, *(f"a hidden value of {name}. Fix: use a login that may read it" for name in hidden)]
