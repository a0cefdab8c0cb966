"""Since when each generated value is in use, and when it is due for another one."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Final

import pulumi

from components.config import Config
from components.generated_keys import GeneratedKeys
from components.managed_infisical import ManagedInfisical
from components.rotations import CLIENT_SECRET, ENCRYPTION_KEY, OWN, POSTGRES_PASSWORD, REDIS_PASSWORD

NEVER: Final = "never"

Dates = dict[str, dict[str, Any]]


def rotation_dates(config: Config, keys: GeneratedKeys, managed: ManagedInfisical | None) -> pulumi.Output[Dates]:
    """
    By name: `since`, the day from which on a value is in use; `due`, the day of the next one, or `never`; and whether
    that is `overdue`. Holds no value.
    """
    since: dict[str, str | pulumi.Output[str]] = {
        name: config.rotations.since(name) or keys.made_on for name in (ENCRYPTION_KEY, *OWN) if _is_used(name, config)
    }
    if managed:
        since |= managed.values.changed_on
    every = {key.name: key.rotate_every_days for app in config.apps for key in app.keys}
    never = {ENCRYPTION_KEY, *(key.name for app in config.apps for key in app.keys if key.never_change)}
    days = {name: None if name in never else every.get(name) or config.rotations.every_days for name in since}
    return pulumi.Output.all(**since).apply(lambda known: _dates(known, days))


def _is_used(name: str, config: Config) -> bool:
    if name == CLIENT_SECRET:
        return config.infisical.managed is not None
    return not (config.infisical.database and name in (POSTGRES_PASSWORD, REDIS_PASSWORD))


def _dates(since: Mapping[str, str], days: Mapping[str, int | None]) -> Dates:
    # A state of before this output has none until a refresh.
    return {name: _dated(day, days[name]) for name, day in sorted(since.items()) if day}


def _dated(since: str, days: int | None) -> dict[str, Any]:
    if days is None:
        return {"since": since, "due": NEVER, "overdue": False}
    due = datetime.date.fromisoformat(since) + datetime.timedelta(days=days)
    return {"since": since, "due": due.isoformat(), "overdue": due < datetime.datetime.now(datetime.UTC).date()}
