"""The machine identity of the store: whether the credentials in its Secret log in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from declaration import Homelab
from declaration.objects import ESO_NAMESPACE
from operations.doctor.facts import Held, Login, Unread
from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.scope import REFRESH, Scope
from operations.placeholders import is_placeholder

KEYS: Final = ("clientId", "clientSecret")
_COMPARE: Final = (
    "`pulumi preview --refresh --expect-no-changes --non-interactive` compares the values with the login of the stack"
)
_SET: Final = (
    "set both with `pulumi config set --secret homelab:infisicalMachineIdentityClientId` and `… "
    "homelab:infisicalMachineIdentityClientSecret`, then run `pulumi up`"
)


def login_secret(homelab: Homelab[None]) -> str:
    """The Secret with the store's credentials."""
    return f"{ESO_NAMESPACE}/{homelab.store.machine_identity_secret}"


def check_login(scope: Scope) -> Outcome:
    place = login_secret(scope.homelab)
    held = scope.cluster.own.get(place)
    if isinstance(held, Unread):
        return Outcome.not_checked(held.reason)
    findings = [*_of_secret(scope, place, held)]
    if not findings and scope.infisical.silent:
        return Outcome.not_checked("Infisical does not answer")
    return Outcome.of(findings or _refused(scope, place), f"with Secret {place}")


def without_login(scope: Scope) -> str:
    """Why a step that needs the login was not checked."""
    login = scope.infisical.login
    if login is not None and _is_elsewhere(login):
        return "the operator's identity may not log in from this machine"
    return "there is no login to Infisical, so that its values are not known"


def _of_secret(scope: Scope, place: str, held: Held | None) -> Iterator[Finding]:
    if held is None:
        fix = REFRESH if scope.is_managed else _SET
        yield Finding("login-missing", "The Secret with the store's login does not exist", fix, (f"Secret {place}",))
        return
    for key in KEYS:
        value, where = held.values.get(key, b"").decode(errors="replace"), (f"Secret {place}, key {key}",)
        if not value or is_placeholder(value):
            found = "a placeholder" if value else "no value"
            yield Finding("login-incomplete", f"The store's login has no {key}", _new(scope), where, found, "a value")


def _refused(scope: Scope, place: str) -> Iterator[Finding]:
    login = scope.infisical.login
    if login is None or login.accepted:
        return
    where, reason = (f"Secret {place}", scope.infisical.url), login.reason.lower()
    found = f"{login.status}: {login.reason}" if login.status else login.reason
    if "locked" in reason:
        yield Finding(
            "login-locked",
            "Infisical has locked the operator's identity after too many failed logins",
            "it unlocks itself after some minutes; if it is locked again, something logs in with an old client "
            "secret. In Infisical: the identity, Universal Auth, Reset Lockouts",
            where,
            found,
            "an identity that is not locked",
        )
    elif "expired" in reason or "usage limit" in reason:
        what = (
            "The store's client secret has expired" if "expired" in reason else "The store's client secret is used up"
        )
        yield Finding("login-expired", what, _new(scope), where, found, "a client secret without a limit")
    elif _is_elsewhere(login):
        yield Finding(
            "login-address",
            "The operator's identity may not log in from this machine, so that no value was compared",
            f"{_COMPARE}; or add this machine to `trustedIps` in homelab:infisical.operator, then run `pulumi up`",
            where,
            found,
            "an address that the identity trusts",
            warning=True,
        )
    elif login.status == 401:
        yield Finding(
            "login-refused",
            "Infisical refuses the store's login: it is wrong or was revoked",
            _new(scope),
            where,
            found,
            "the client ID and a client secret of the operator's identity",
        )
    else:
        fix = "run the command again; Infisical's log has the reason"
        yield Finding("login-failed", "The store's login cannot be tried", fix, where, found, "an answer")


def _new(scope: Scope) -> str:
    return "run `pulumi up`, which creates a new client secret" if scope.is_managed else _SET


def _is_elsewhere(login: Login) -> bool:
    """Whether the login is refused because of this machine's address."""
    return login.status == 403 or "ip address" in login.reason.lower()
