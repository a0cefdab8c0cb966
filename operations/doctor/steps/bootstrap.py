"""The Secrets that Infisical needs to start: whether they exist, with usable values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from declaration import CREDENTIALS, Homelab
from declaration.objects import DATABASE_SECRET, FIELD_MANAGER, HELM_SECRETS, INFISICAL_NAMESPACE, INFISICAL_SECRETS
from operations.doctor.facts import Held, Unread
from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.scope import DRIFT, REFRESH, Scope
from operations.placeholders import is_placeholder

_FORMS: Mapping[str, str] = {"ENCRYPTION_KEY": "infisicalEncryptionKey", "AUTH_SECRET": "infisicalAuthSecret"}
"""By key of the Secret, the config key with the same form."""


def needed_secrets(homelab: Homelab[None]) -> dict[str, tuple[str, ...]]:
    """By `namespace/name`, the keys that must have a value; empty if Infisical runs elsewhere."""
    infisical = homelab.infisical
    if not infisical.is_installed:
        return {}
    keys = ("ENCRYPTION_KEY", "AUTH_SECRET")
    # With Sentinels, there is no REDIS_URL.
    has_url = infisical.database_in_use == "separate" or (infisical.external and not infisical.external.sentinel)
    found: dict[str, tuple[str, ...]] = {
        f"{INFISICAL_NAMESPACE}/{INFISICAL_SECRETS}": (*keys, "REDIS_URL") if has_url else keys
    }
    if infisical.separate:
        found[f"{INFISICAL_NAMESPACE}/{DATABASE_SECRET}"] = ()
    if infisical.uses_bundled:
        found[f"{homelab.helm_secrets_namespace}/{HELM_SECRETS}"] = ("values.yaml",)
    return found


def check_bootstrap_secrets(scope: Scope) -> Outcome:
    needed = needed_secrets(scope.homelab)
    if not needed:
        return Outcome.not_needed("Infisical runs elsewhere (install: none)")
    held = scope.cluster.own
    if unread := next((found for place in needed if isinstance(found := held.get(place), Unread)), None):
        return Outcome.not_checked(unread.reason)
    findings = [each for place, keys in needed.items() for each in _of(place, keys, held.get(place))]
    return Outcome.of(findings, ", ".join(needed))


def _of(place: str, keys: tuple[str, ...], held: Held | Unread | None) -> Iterator[Finding]:
    if not isinstance(held, Held):
        yield Finding(
            "own-secret-missing",
            "A Secret that Infisical needs to start does not exist",
            REFRESH,
            where=(f"Secret {place}",),
            expected=f"the keys {', '.join(keys)}" if keys else "the Secret",
        )
        return
    for key in keys:
        where = (f"Secret {place}, key {key}",)
        value = held.values.get(key, b"").decode(errors="replace")
        writers = ", ".join(held.writers.get(key, ()))
        fix, by = (DRIFT, f", written by {writers}") if writers else (restore_key(place), "")
        credential = CREDENTIALS.get(_FORMS.get(key, ""))
        expected = credential.expected if credential else "a value"
        if not value:
            again = fix if key in held.values else REFRESH
            yield Finding("own-key-missing", f"{key} has no value", again, where, f"no value{by}", expected)
        elif is_placeholder(value):
            what, found = f"{key} is a placeholder", f"a placeholder{by}"
            yield Finding("own-key-placeholder", what, fix, where, found, expected)
        elif credential and (wrong := credential.describe(value)):
            what = f"{key} does not have the form that Infisical needs"
            yield Finding("own-key-malformed", what, fix, where, f"{wrong}{by}", expected)
        elif writers:
            what, ours = "Somebody else has written a key that Infisical starts with", f"{FIELD_MANAGER} alone"
            yield Finding("own-key-changed", what, fix, where, f"the field manager {writers}", ours, warning=True)


def restore_key(place: str) -> str:
    """How to find out who wrote one of these Secrets, and how to take that back."""
    namespace, _, name = place.partition("/")
    return (
        f"`kubectl -n {namespace} get secret {name} -o jsonpath='{{.metadata.managedFields[*].manager}}'` shows who "
        "wrote it; `pulumi preview` names how to take that back: docs/how-to/find-and-repair-drift.md"
    )
