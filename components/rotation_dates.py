"""Since when each value is in use, and when its next rotation is due."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import pulumi

from components.config import Config
from components.installation.generated_keys import GeneratedKeys
from components.managed.managed_infisical import ManagedInfisical
from declaration.values.rotations import CLIENT_SECRET, ENCRYPTION_KEY

Dates = dict[str, dict[str, str]]
"""
By name: `since`, the first day of the value, and `due`, the day of the next rotation, as YYYY-MM-DD. `due` is empty if
the value never changes.
"""


def rotation_dates(
    config: Config, keys: GeneratedKeys | None, managed: ManagedInfisical | None
) -> pulumi.Output[Dates]:
    """
    The dates of each value that this program generates or sets. Contains no value.

    :param keys: Infisical's own; None if it does not run in this cluster
    """
    keys_of_apps = config.keys
    since: dict[str, pulumi.Output[str]] = dict(keys.changed_on) if keys else {}
    if managed:
        since |= {CLIENT_SECRET: managed.client_secret_created_on}
        in_use = {key.id: key.label for key in keys_of_apps.all if not key.retired}
        since |= {in_use[key]: day for key, day in managed.values.changed_on.items() if key in in_use}
    every = {key.label: key.declared.rotate_every_days for key in keys_of_apps.all}
    never = {ENCRYPTION_KEY, *(key.label for key in keys_of_apps.all if key.declared.immutable)}
    days = {name: None if name in never else every.get(name) or config.rotations.every_days for name in since}
    return pulumi.Output.all(**since).apply(lambda known: _dates(known, days))


def in_words(dates: pulumi.Output[Dates]) -> pulumi.Output[dict[str, str]]:
    """The stack output: each value's dates in words."""
    return dates.apply(lambda known: {name: _sentence(dated["since"], dated["due"]) for name, dated in known.items()})


def is_overdue(due: str) -> bool:
    return bool(due) and due < datetime.datetime.now(datetime.UTC).date().isoformat()


def _sentence(since: str, due: str) -> str:
    if not due:
        return f"since {since}, never changes"
    return f"since {since}, {'OVERDUE since' if is_overdue(due) else 'due on'} {due}"


def _dates(since: Mapping[str, str], days: Mapping[str, int | None]) -> Dates:
    return {name: {"since": day, "due": _due(day, days[name])} for name, day in sorted(since.items()) if day}


def _due(since: str, days: int | None) -> str:
    if days is None:
        return ""
    return (datetime.date.fromisoformat(since) + datetime.timedelta(days=days)).isoformat()
