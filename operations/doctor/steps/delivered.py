"""The apps' Secrets: whether each key holds what Infisical holds, compared by keyed hashes."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from declaration import AppSecret
from declaration.inventory.durations import seconds_of
from infisical.delivery.operator import external_secret_of
from operations.doctor.facts import Unread
from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.contents import differences, expected_in
from operations.doctor.steps.external_secrets import force_sync, is_operator, of_external_secret
from operations.doctor.steps.login import without_login
from operations.doctor.steps.scope import Scope


def check_secrets(scope: Scope) -> Outcome:
    cluster = scope.cluster
    for read in (cluster.secrets, cluster.external_secrets):
        if isinstance(read, Unread):
            return Outcome.not_checked(read.reason)
    reads_infisical = any(secret.reads_infisical for secret in scope.secrets)
    login = scope.infisical.login
    if reads_infisical and (login is None or not login.accepted):
        return Outcome.not_checked(without_login(scope))
    failed = [secret for secret in scope.secrets if any(not each.warning for each in of_external_secret(scope, secret))]
    rest = [secret for secret in scope.secrets if secret not in failed]
    findings = [each for secret in rest for each in (*_of(scope, secret), *_other_managers(scope, secret))]
    if not rest and failed:
        return Outcome.not_checked("no ExternalSecret is synced")
    count = f"{len(rest)} equal to Infisical" if reads_infisical else f"{len(rest)} complete"
    return Outcome.of(findings, count)


def _of(scope: Scope, secret: AppSecret) -> Iterator[Finding]:
    expected = expected_in(scope, secret)
    objects = scope.cluster.external_secrets
    found = None if isinstance(objects, Unread) else objects.get(secret.external_secret_place)
    if expected is None or found is None:
        return
    state = external_secret_of(found)
    if not state.ready.good:
        # A value that only the owner can set is missing: nothing is delivered yet.
        return
    compared, unfit = differences(scope, expected, state)
    for key, reason in unfit:
        words, _, fix = reason.partition(" Fix: ")
        what = "A value in Infisical does not have the declared form"
        yield Finding("value-unfit", what, fix, (f"Secret {secret.place}, key {key}",), words.rstrip("."))
    origin = "Infisical" if secret.reads_infisical else expected.other_store or expected.generator
    for key, reason in compared:
        where = (f"Secret {secret.place}, key {key}" if key else f"Secret {secret.place}",)
        yield Finding(
            "not-equal",
            f"A Secret does not hold what {origin} holds",
            force_sync(secret),
            where,
            f"{reason}; the last sync was at {state.refreshed or 'no time'}",
            f"the value of {origin}, at the latest after the refresh interval {secret.refresh_interval}",
            warning=bool(key) and _comes_by_itself(scope, secret, state.refreshed, key),
            alone=not secret.reads_infisical,
        )


def _comes_by_itself(scope: Scope, secret: AppSecret, refreshed: str, key: str) -> bool:
    """Whether the key has a value, and the next sync that replaces it is not overdue."""
    held = (scope.facts.hashes.get(secret.external_secret_place) or {}).get(key)
    interval = seconds_of(secret.refresh_interval)
    if held is None or held.empty or not interval or not refreshed:
        return False
    due = datetime.datetime.fromisoformat(refreshed) + datetime.timedelta(seconds=interval)
    return scope.facts.now < due


def _other_managers(scope: Scope, secret: AppSecret) -> Iterator[Finding]:
    objects = scope.cluster.secrets
    found = None if isinstance(objects, Unread) else objects.get(secret.place)
    for entry in (found or {}).get("metadata", {}).get("managedFields") or []:
        manager, fields = str(entry.get("manager")), (entry.get("fieldsV1") or {}).get("f:data") or {}
        keys = sorted(key for key in secret.written if f"f:{key}" in fields)
        if keys and not is_operator(manager):
            yield Finding(
                "two-writers",
                "Somebody else writes keys of a Secret that the operator writes",
                f"remove these keys there, or the Secret from homelab:apps.{secret.app}; then {force_sync(secret)}",
                (f"Secret {secret.place}, keys {', '.join(keys)}",),
                f"the field manager {manager}",
                "the External Secrets Operator alone",
                warning=True,
                alone=True,
            )
