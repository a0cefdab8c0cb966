"""Settings that must agree: mode and credentials, an Infisical elsewhere and its login, database and Redis."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from declaration.config_keys import PROJECT, REDIS_URL, RESTORE_SEEDS, ROTATE_EVERY_DAYS, ROTATIONS, VALUES
from declaration.problems import Problem
from declaration.site.credentials import CREDENTIALS
from declaration.site.settings import Infisical

PASSWORD: Final = "infisicalAdminPassword"
TOKEN: Final = "infisicalToken"
CLIENT_ID: Final = "infisicalAdminClientId"
CLIENT_SECRET: Final = "infisicalAdminClientSecret"

_OF_MANAGED: Final = (
    *(PASSWORD, TOKEN, CLIENT_ID, CLIENT_SECRET),
    *(VALUES, ROTATIONS, ROTATE_EVERY_DAYS, RESTORE_SEEDS),
)
_OF_MANUAL: Final = ("infisicalMachineIdentityClientId", "infisicalMachineIdentityClientSecret")


def of_the_other_mode(infisical: Infisical, values: Collection[str]) -> Iterator[Problem]:
    """What is set and has no effect in this mode."""
    mode, unused = ("managed", _OF_MANUAL) if infisical.managed else ("manual", _OF_MANAGED)
    for key in unused:
        if key in values:
            yield Problem(
                f"{PROJECT}:{key}",
                f"a value, although {PROJECT}:infisical.mode is {mode}",
                f"no value in the mode {mode}",
                f"run `pulumi config rm {PROJECT}:{key}`, or change {PROJECT}:infisical.mode",
            )


def wrong_login(infisical: Infisical, values: Collection[str]) -> Iterator[Problem]:
    """
    A missing or a second login.

    The program knows the administrator's password only if it installs Infisical.
    """
    if not infisical.managed:
        return
    if CLIENT_ID in values and (second := next((key for key in (PASSWORD, TOKEN) if key in values), None)):
        yield Problem(
            f"{PROJECT}:{second}",
            f"a second login, next to {PROJECT}:{CLIENT_ID}",
            "one login",
            f"run `pulumi config rm {PROJECT}:{second}`, or remove {CLIENT_ID} and {CLIENT_SECRET}",
        )
    if infisical.is_installed:
        return
    if not {PASSWORD, TOKEN, CLIENT_ID, CLIENT_SECRET} & {*values}:
        identity = " and ".join(f"`{CREDENTIALS[key].set_command(key)}`" for key in (CLIENT_ID, CLIENT_SECRET))
        yield Problem(
            f"{PROJECT}:{CLIENT_ID}",
            "missing",
            f"a login, because {PROJECT}:infisical.install is none: {CLIENT_ID}, {PASSWORD} or {TOKEN}",
            f"run {identity}; or `{CREDENTIALS[PASSWORD].set_command(PASSWORD)}` for an administrator",
        )
    if PASSWORD in values and not infisical.managed.admin_email:
        yield Problem(
            f"{PROJECT}:infisical.adminEmail",
            "missing",
            f"the e-mail address of the administrator, because {PROJECT}:{PASSWORD} has a value",
            "add `adminEmail: admin@example.net`",
        )


def needed_redis_url(infisical: Infisical, values: Collection[str]) -> Iterator[Problem]:
    """A Redis address is missing, or has no effect."""
    if infisical.external and REDIS_URL not in values:
        yield Problem(
            f"{PROJECT}:{REDIS_URL}",
            "missing",
            "the address of a Redis, because the database is external",
            f"run `pulumi config set --secret {PROJECT}:{REDIS_URL}`",
        )
    if infisical.is_installed and not infisical.external and REDIS_URL in values:
        yield Problem(
            f"{PROJECT}:{REDIS_URL}",
            f"a value, although database and Redis are {'separate' if infisical.separate else 'bundled'}",
            "no value, or an external database",
            f"run `pulumi config rm {PROJECT}:{REDIS_URL}`, or set {PROJECT}:infisical.database",
        )


def wrong_database(infisical: Infisical) -> Iterator[Problem]:
    """A database that needs Argo CD, which this program does not use."""
    if infisical.separate and infisical.install != "argocd":
        yield Problem(
            f"{PROJECT}:infisical.database.kind",
            f"separate, although install is {infisical.install}",
            "bundled or external: Argo CD installs a separate database",
            "write `kind: bundled` or `kind: external`, or `install: argocd`",
        )
