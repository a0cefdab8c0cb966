"""
Rotation through the stack config: `homelab:rotations`, a trigger for each value that is to become another one.

Pure data and its validation. A trigger is a date, and another trigger asks for a rotation: so the config says when each
value was rotated last.
"""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from declaration.config_path import config_path
from declaration.inventory import App, FromConfig, Manual, SecretKey
from declaration.section import Problem, kind_of, shown
from declaration.site import Infisical

PATH: Final = "homelab:rotations"
EVERY_DAYS: Final = 365
"""How old a value may become where neither the config nor its key says it."""

ENCRYPTION_KEY: Final = "infisicalEncryptionKey"
AUTH_SECRET: Final = "infisicalAuthSecret"
POSTGRES_PASSWORD: Final = "infisicalPostgresPassword"
REDIS_PASSWORD: Final = "infisicalRedisPassword"
CLIENT_SECRET: Final = "infisicalMachineIdentityClientSecret"
OWN: Final = (AUTH_SECRET, POSTGRES_PASSWORD, REDIS_PASSWORD, CLIENT_SECRET)
"""What of Infisical's own can be rotated, by the name that it has in the stack config."""

ARGOCD_OIDC: Final = "argocdOidcClientSecret"

_DATE: Final = re.compile(r"\d{4}-\d{2}(-\d{2})?", re.ASCII)
_LIKE_A_DATE: Final = re.compile(r"[\d./: -]{1,10}", re.ASCII)
# What Pulumi makes of a date that stands in the YAML file without quotes.
_UNQUOTED: Final = " 00:00:00 +0000 UTC"


@dataclass(frozen=True)
class Rotations:
    """The trigger of each value that has one, and after how many days a value is due where its key does not say it."""

    triggers: Mapping[str, str] = field(default_factory=dict)
    every_days: int = EVERY_DAYS

    def trigger(self, name: str) -> str:
        """Empty where there is none."""
        return self.triggers.get(name, "")

    def since(self, name: str) -> str | None:
        """The day of a value's last rotation, YYYY-MM-DD; None where it was never rotated."""
        trigger = self.trigger(name)
        return f"{trigger}-01" if len(trigger) == len("2026-11") else trigger or None


@dataclass(frozen=True)
class Rotatable:
    """What a trigger is checked against. `given` are the names of values that the stack config gives."""

    apps: Collection[App]
    infisical: Infisical
    given: Collection[str]

    @property
    def keys(self) -> dict[str, SecretKey]:
        return {key.name: key for app in self.apps for key in app.keys}

    @property
    def names(self) -> list[str]:
        """Everything that can be rotated."""
        keys = [name for name, key in self.keys.items() if not key.immutable and not isinstance(key.source, Manual)]
        own = [name for name in OWN if not (self.infisical.database and name in (POSTGRES_PASSWORD, REDIS_PASSWORD))]
        return [*sorted(keys), *own]


def rotating(name: str) -> str:
    """The command that rotates a value on the day that it is run."""
    return f"pulumi config set --path '{config_path(PATH, name)}' $(date +%F)"


def parse_rotations(
    declared: object, every_days: object, known: Rotatable | None, problems: list[Problem]
) -> Rotations:
    """
    Read `homelab:rotations` and `homelab:rotateEveryDays`.

    :param declared: the mapping of names to triggers, as decoded; None where there is none
    :param every_days: as decoded; None where there is none
    :param known: None where the declaration could not be read, and nothing can be said of names
    :param problems: takes every problem found
    """
    triggers: dict[str, str] = {}
    if declared is not None and not isinstance(declared, Mapping):
        problems.append(Problem(PATH, kind_of(declared), "a mapping of names to dates", f"run `{rotating('KEY')}`"))
    elif declared is not None:
        for name, trigger in declared.items():
            text = trigger.removesuffix(_UNQUOTED) if isinstance(trigger, str) else ""
            found = [*_wrong_trigger(name, trigger, text), *(_wrong_name(name, known) if known else ())]
            problems.extend(found)
            triggers[name] = text
    if every_days is not None and (
        isinstance(every_days, bool) or not isinstance(every_days, int) or not 1 <= every_days <= 3650
    ):
        allowed = "a whole number from 1 to 3650"
        mend = f"run `pulumi config set homelab:rotateEveryDays {EVERY_DAYS}`"
        problems.append(Problem("homelab:rotateEveryDays", kind_of(every_days), allowed, mend))
        every_days = None
    return Rotations(triggers, every_days if isinstance(every_days, int) else EVERY_DAYS)


def _wrong_trigger(name: str, trigger: object, text: str) -> Iterator[Problem]:
    if not _DATE.fullmatch(text) or not _is_date(text if len(text) > 7 else f"{text}-01"):
        # Whoever takes this for the place of the new value must not see it in the message.
        seen = shown(trigger) if isinstance(trigger, str) and _LIKE_A_DATE.fullmatch(trigger) else kind_of(trigger)
        yield Problem(f"{PATH}.{name}", seen, "a date, YYYY-MM or YYYY-MM-DD", f"run `{rotating(name)}`")


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _wrong_name(name: str, known: Rotatable) -> Iterator[Problem]:
    path, remove = f"{PATH}.{name}", f"run `pulumi config rm --path '{config_path(PATH, name)}'`"
    allowed = f"one of {', '.join(known.names)}"
    key = known.keys.get(name)
    if name == ENCRYPTION_KEY:
        seen = "a trigger for ENCRYPTION_KEY: with another one Infisical cannot read what it holds"
        yield Problem(path, seen, allowed, f"{remove}; for a compromised key read docs/how-to/rotate-encryption-key.md")
    elif name == ARGOCD_OIDC:
        yield Problem(
            path,
            "a trigger for a value that the OIDC provider makes",
            allowed,
            f"{remove}, and set the new value with `pulumi config set --secret homelab:{ARGOCD_OIDC}`",
        )
    elif key is None and name not in known.names:
        close = difflib.get_close_matches(name, known.names, n=1)
        mend = f"did you mean {close[0]}? else {remove}" if close else remove
        yield Problem(path, "a trigger for what cannot be rotated here", allowed, mend)
    elif key and key.immutable:
        seen = "a trigger for a key that is declared `immutable`: what it protects is lost with another value"
        yield Problem(path, seen, allowed, f"{remove}, and read docs/how-to/rotate-a-value.md")
    elif key and isinstance(key.source, Manual):
        mend = f"{remove}, and set the new value in Infisical; or declare `source: config` for {name}"
        yield Problem(path, "a trigger for a key whose value is set by hand", allowed, mend)
    elif key and isinstance(key.source, FromConfig) and name not in known.given:
        mend = f"run `pulumi config set --secret --path 'homelab:values.{name}'`, or {remove}"
        yield Problem(path, "a trigger for a key that has no value in the stack config", "one that has", mend)
    elif key is None and name in known.given:
        seen = f"a trigger, while homelab:{name} gives the value of an earlier installation"
        yield Problem(path, seen, "one of the two", f"run `pulumi config rm homelab:{name}`, and a new one is made")
