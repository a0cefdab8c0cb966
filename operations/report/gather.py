"""The content of a report, from what the doctor observed and found."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence

from declaration import App, AppSecret
from infisical.delivery.operator import Condition, external_secret_of
from operations.dates import Dates, read_dates
from operations.doctor.examination import Examination
from operations.doctor.facts import Unread
from operations.doctor.steps.scope import Scope
from operations.report.content import AppPart, Content, Delivery, KeyPart, OwnValue, SecretPart
from operations.report.delivery import states_of
from operations.report.hiding import without_values
from operations.report.origins import declared_origins, store_of, unnamed_origins
from operations.report.readers import Use, readers_of, uses_of

BY_TEMPLATES = "only templates read it"


def content_of(found: Examination, stack: str, *, app: str | None = None) -> Content:
    """
    :param app: the only app that was examined; None if all were
    """
    if found.scope is None:
        return Content(found.source, stack, found.at, "", found.results, (), (), "the declaration has errors")
    scope = found.scope
    by_app: dict[str, list[AppSecret]] = {}
    for secret in scope.secrets:
        by_app.setdefault(secret.app, []).append(secret)
    uses = _uses(scope)
    rotations = scope.facts.rotations
    undated = scope.facts.hasher.hidden(rotations.reason) if isinstance(rotations, Unread) else ""
    dates = {} if isinstance(rotations, Unread) else _dates(rotations)
    apps = [
        _app(scope, each, secrets, uses, dates)
        for each in scope.homelab.delivered_apps
        if (secrets := by_app.get(each.name))
    ]
    labels = scope.homelab.keys.by_label
    own = () if app else tuple(OwnValue(name, each) for name, each in dates.items() if name not in labels)
    return Content(
        found.source,
        stack,
        found.at,
        scope.cluster.server,
        found.results,
        without_values(apps, scope.facts.hasher.hidden),
        own,
        undated,
    )


def _dates(rotations: Mapping[str, str]) -> dict[str, Dates]:
    return {name: dates for name, words in rotations.items() if (dates := read_dates(words))}


def _uses(scope: Scope) -> dict[tuple[str, str], list[Use]]:
    pods = scope.cluster.app_pods
    found: dict[tuple[str, str], list[Use]] = {}
    for use in () if isinstance(pods, Unread) else uses_of(pods):
        found.setdefault(use.secret, []).append(use)
    return found


def _app(
    scope: Scope,
    app: App,
    secrets: Sequence[AppSecret],
    uses: Mapping[tuple[str, str], list[Use]],
    dates: Mapping[str, Dates],
) -> AppPart:
    parts = (_secret(scope, app, each, uses.get((each.namespace, each.name), []), dates) for each in secrets)
    return AppPart(app.name, app.namespace, app.restarts, tuple(parts))


def _secret(scope: Scope, app: App, secret: AppSecret, uses: Sequence[Use], dates: Mapping[str, Dates]) -> SecretPart:
    synced, sync, refreshed = _sync(scope, secret)
    return SecretPart(
        namespace=secret.namespace,
        name=secret.name,
        external_secret=secret.external_secret_name,
        store=store_of(secret, scope.homelab),
        refresh_interval=secret.refresh_interval,
        synced=synced,
        sync=sync,
        refreshed=refreshed,
        keys=tuple(_keys(scope, app, secret, uses, dates)),
    )


def _keys(
    scope: Scope, app: App, secret: AppSecret, uses: Sequence[Use], dates: Mapping[str, Dates]
) -> Iterator[KeyPart]:
    states = states_of(scope, secret)
    origins = declared_origins(secret, scope.homelab)
    if secret.has_unnamed_keys:
        names = sorted(states.names - origins.keys())
        origins |= unnamed_origins(secret, scope.homelab, names)
    hidden_fields = set(secret.hidden_fields)
    for name, origin in origins.items():
        in_secret = name not in hidden_fields
        yield KeyPart(
            name,
            origin,
            states.of(name) if in_secret else Delivery(None, BY_TEMPLATES),
            dates.get(origin.label),
            readers_of(uses, name, app.restarts) if in_secret else (),
            in_secret,
        )


def _sync(scope: Scope, secret: AppSecret) -> tuple[bool | None, str, datetime.datetime | None]:
    if isinstance(scope.facts.cluster, Unread):
        return None, "the Kubernetes API does not answer", None
    externals = scope.cluster.external_secrets
    if isinstance(externals, Unread):
        return None, externals.reason, None
    found = externals.get(secret.external_secret_place)
    if found is None:
        return False, "the ExternalSecret does not exist", None
    state = external_secret_of(found)
    current = state.ready.good and state.is_current
    words = "not synced since its last change" if state.ready.good and not current else _words(state.ready)
    return current, words, _time(state.refreshed)


def _words(ready: Condition) -> str:
    if not ready.status:
        return "not synced yet"
    return ready.reason if ready.good or not ready.message else f"{ready.reason}: {ready.message}"


def _time(text: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
