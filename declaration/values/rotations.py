"""
`homelab:rotations`: a trigger for each value to rotate, and `homelab:rotateEveryDays`.

A trigger is a date, and a new date rotates the value.
"""

from __future__ import annotations

import datetime
import difflib
import hashlib
import hmac
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from declaration.config_keys import config_path
from declaration.inventory import FromConfig, Manual
from declaration.problems import Problem, kind_of, shown
from declaration.site.settings import Infisical
from declaration.values.keys import KeyId, Keys, resolve

PATH: Final = "homelab:rotations"
EVERY_DAYS: Final = 365
"""The default of `homelab:rotateEveryDays`: the maximum age of a value."""

ENCRYPTION_KEY: Final = "infisicalEncryptionKey"
AUTH_SECRET: Final = "infisicalAuthSecret"
POSTGRES_PASSWORD: Final = "infisicalPostgresPassword"
REDIS_PASSWORD: Final = "infisicalRedisPassword"
CLIENT_SECRET: Final = "infisicalMachineIdentityClientSecret"
OWN: Final = (AUTH_SECRET, POSTGRES_PASSWORD, REDIS_PASSWORD, CLIENT_SECRET)
"""Infisical's own values that can be rotated, by their names in the stack config."""

ARGOCD_OIDC: Final = "argocdOidcClientSecret"

_DATE: Final = re.compile(r"\d{4}-\d{2}(-\d{2})?", re.ASCII)
_LIKE_A_DATE: Final = re.compile(r"[\d./: -]{1,10}", re.ASCII)
# Pulumi appends this to a date without quotes in the YAML file.
_UNQUOTED: Final = " 00:00:00 +0000 UTC"


def value_trigger(encryption_key: str, value: str) -> str:
    """A string that changes with a value of Infisical's own and does not reveal it."""
    # A keyed hash: the key never changes and is secret.
    return hmac.new(encryption_key.encode(), value.encode(), hashlib.sha256).hexdigest()[:12]


@dataclass(frozen=True)
class Rotations:
    """
    The trigger of each value that has one, and the maximum age of a value whose key declares none.

    Infisical's own values have names; keys of the inventory have a folder and a name.
    """

    triggers: Mapping[str | KeyId, str] = field(default_factory=dict)
    every_days: int = EVERY_DAYS

    def trigger(self, name: str | KeyId) -> str:
        """Empty if the value has none."""
        return self.triggers.get(name, "")


@dataclass(frozen=True)
class Rotatable:
    """What triggers are checked against. `given` has the names and keys of the values in the stack config."""

    keys: Keys
    infisical: Infisical
    given: Collection[str | KeyId]

    @property
    def names(self) -> list[str]:
        """Everything that can be rotated."""
        keys = [
            key.label
            for key in self.keys.all
            if not key.declared.immutable and not isinstance(key.declared.source, Manual)
        ]
        return [*sorted(keys), *(name for name in OWN if self._has(name))]

    def _has(self, name: str) -> bool:
        """Whether Infisical's own value exists in this homelab."""
        if name in (POSTGRES_PASSWORD, REDIS_PASSWORD):
            # Only Argo CD gives a new password to the server at once.
            return self.infisical.install == "argocd" and self.infisical.database_in_use in ("bundled", "separate")
        return self.infisical.is_installed or name == CLIENT_SECRET


def rotate_command(name: str) -> str:
    """The command that rotates a value, given by its label, with the current day as the trigger."""
    return f"pulumi config set --path '{config_path(PATH, name)}' $(date +%F)"


def parse_rotations(
    declared: object, every_days: object, known: Rotatable | None, problems: list[Problem]
) -> Rotations:
    """
    Read `homelab:rotations` and `homelab:rotateEveryDays`.

    :param declared: the mapping of names to triggers, as decoded; None if missing
    :param every_days: as decoded; None if missing
    :param known: None if the rest of the declaration has errors, and the names cannot be checked
    :param problems: receives every problem
    """
    triggers: dict[str | KeyId, str] = {}
    if declared is not None and not isinstance(declared, Mapping):
        problems.append(
            Problem(PATH, kind_of(declared), "a mapping of names to dates", f"run `{rotate_command('KEY')}`")
        )
    elif declared is not None:
        ambiguous: list[Problem] = []
        keys = resolve(PATH, map(str, declared), known.keys, rotate_command, ambiguous) if known else {}
        problems.extend(ambiguous)
        reported = {problem.path for problem in ambiguous}
        for name, trigger in declared.items():
            text = trigger_text(trigger)
            problems.extend(wrong_trigger(f"{PATH}.{name}", trigger, rotate_command(name)))
            if known and f"{PATH}.{name}" not in reported:
                problems.extend(_wrong_name(name, known))
            triggers[name] = text
            if name in keys:
                triggers[keys[name].id] = text
    if every_days is not None and (
        isinstance(every_days, bool) or not isinstance(every_days, int) or not 1 <= every_days <= 3650
    ):
        expected = "an integer from 1 to 3650"
        fix = f"run `pulumi config set homelab:rotateEveryDays {EVERY_DAYS}`"
        is_integer = isinstance(every_days, int) and not isinstance(every_days, bool)
        shown_days = str(every_days) if is_integer else kind_of(every_days)
        problems.append(Problem("homelab:rotateEveryDays", shown_days, expected, fix))
        every_days = None
    return Rotations(triggers, every_days if isinstance(every_days, int) else EVERY_DAYS)


def trigger_text(trigger: object) -> str:
    """A trigger as the file has it; empty if it is not a string."""
    return trigger.removesuffix(_UNQUOTED) if isinstance(trigger, str) else ""


def wrong_trigger(path: str, trigger: object, command: str) -> Iterator[Problem]:
    """
    Check that a trigger is a date.

    :param command: sets it to the current day
    """
    text = trigger_text(trigger)
    if not _DATE.fullmatch(text) or not _is_date(text if len(text) > 7 else f"{text}-01"):
        # An owner may write the new value here: only what looks like a date is shown.
        found = shown(trigger) if isinstance(trigger, str) and _LIKE_A_DATE.fullmatch(trigger) else kind_of(trigger)
        yield Problem(path, found, "a date, YYYY-MM or YYYY-MM-DD", f"run `{command}`")


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _wrong_name(name: str, known: Rotatable) -> Iterator[Problem]:
    path, remove = f"{PATH}.{name}", f"run `pulumi config rm --path '{config_path(PATH, name)}'`"
    expected = f"one of {', '.join(known.names)}"
    found_key = next(iter(known.keys.find(name)), None)
    key = found_key and found_key.declared
    if name == ENCRYPTION_KEY:
        found = "a trigger for ENCRYPTION_KEY: with a new key, Infisical could no longer read its data"
        fix = f"{remove}; if the key is compromised, read docs/how-to/rotate-encryption-key.md"
        yield Problem(path, found, expected, fix)
    elif name == ARGOCD_OIDC:
        fix = f"{remove}, and set the new value with `pulumi config set --secret homelab:{ARGOCD_OIDC}`"
        yield Problem(path, "a trigger for a value that the OIDC provider issues", expected, fix)
    elif key is None and name not in known.names:
        close = difflib.get_close_matches(name, known.names, n=1)
        fix = f"rename it to {close[0]}, or {remove}" if close else remove
        yield Problem(path, "a trigger for a name that cannot be rotated", expected, fix)
    elif key and key.immutable:
        found = "a trigger for an `immutable` key: a new value would lose the data that the key protects"
        yield Problem(path, found, expected, f"{remove}, and read docs/how-to/rotate-a-value.md")
    elif key and isinstance(key.source, Manual):
        fix = f"{remove}, and set the new value in Infisical; or declare `source: config` for {name}"
        yield Problem(path, "a trigger for a key with `source: manual`", expected, fix)
    elif found_key and key and isinstance(key.source, FromConfig) and found_key.id not in known.given:
        fix = f"run `pulumi config set --secret --path '{config_path('homelab:values', name)}'`, or {remove}"
        yield Problem(path, "a trigger for a key without a value in the stack config", "a key with a value", fix)
    elif key is None and name in known.given:
        found = f"a trigger, although homelab:{name} sets the value of an earlier installation"
        fix = f"run `pulumi config rm homelab:{name}`; the program then generates a new value"
        yield Problem(path, found, "a trigger or a value, not both", fix)
