"""The ExternalSecrets: whether the operator has synced each, and which cause several of them share."""

from __future__ import annotations

from collections.abc import Iterator

from declaration import AppSecret
from declaration.objects import FIELD_MANAGER
from infisical.delivery.operator import external_secret_of
from operations.doctor.facts import Object, Unread
from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.contents import expected_in, missing_values
from operations.doctor.steps.scope import REFRESH, Scope


def check_external_secrets(scope: Scope) -> Outcome:
    found = scope.cluster.external_secrets
    if isinstance(found, Unread):
        return Outcome.not_checked(found.reason)
    findings = [each for secret in scope.secrets for each in of_external_secret(scope, secret)]
    return Outcome.of(findings, f"{len(scope.secrets)} synced")


def force_sync(secret: AppSecret) -> str:
    """The command that makes the operator sync at once."""
    command = f"`kubectl annotate externalsecret {secret.external_secret_name} -n {secret.namespace} "
    effect = "; its generator then makes new values" if secret.generator else ""
    return f"{command}force-sync=$(date +%s) --overwrite`{effect}"


def of_external_secret(scope: Scope, secret: AppSecret) -> Iterator[Finding]:
    """Why the operator does not deliver a Secret; nothing if it does."""
    objects = scope.cluster.external_secrets
    place = secret.external_secret_place
    found = None if isinstance(objects, Unread) else objects.get(place)
    where = (f"ExternalSecret {place}",)
    if found is None:
        yield Finding("external-secret-missing", "An ExternalSecret does not exist", REFRESH, where)
        return
    if others := _managers_of_spec(found):
        yield Finding(
            "two-managers",
            "Two field managers write one ExternalSecret",
            "let only one of them declare it: docs/how-to/find-and-repair-drift.md",
            where,
            f"{', '.join(others)} next to {FIELD_MANAGER}",
            FIELD_MANAGER,
            warning=True,
            alone=True,
        )
    expected = expected_in(scope, secret)
    missing = [*missing_values(scope, expected)] if expected else []
    yield from missing
    if any(not each.warning for each in missing) or (missing and not external_secret_of(found).ready.good):
        # The operator delivers all keys or none.
        return
    yield from _not_synced(scope, secret, found)


def _not_synced(scope: Scope, secret: AppSecret, found: Object) -> Iterator[Finding]:
    place, state = secret.external_secret_place, external_secret_of(found)
    where, alone = (f"ExternalSecret {place}",), not secret.reads_infisical
    if state.ready.good and state.is_current:
        return
    if not state.ready.status or state.ready.good:
        yield Finding(
            "external-secret-unseen",
            "The operator has not synced an ExternalSecret as it is declared now",
            force_sync(secret),
            where,
            str(state.ready),
            "a sync of the current generation",
            alone=alone,
        )
        return
    warnings = scope.cluster.warnings.get(("ExternalSecret", place), ())
    # Without the time, equal causes of several apps are one.
    said = [each.partition(" ")[2] for each in warnings[:1]]
    kinds = "" if secret.reads_infisical else f"{', '.join(each.kind for _, each in secret.origins)}: "
    yield Finding(
        "not-synced",
        "The operator reports an error of a sync, although the store is Ready",
        force_sync(secret),
        where,
        "\n".join((f"{kinds}{state.ready}", *said)),
        "Ready=True",
        alone=alone,
    )


def _managers_of_spec(found: Object) -> list[str]:
    """The field managers of its spec, other than this program and the operator."""
    entries = found["metadata"].get("managedFields") or []
    names = {
        str(each.get("manager"))
        for each in entries
        if not each.get("subresource") and "f:spec" in (each.get("fieldsV1") or {})
    }
    return sorted(name for name in names if name != FIELD_MANAGER and not is_operator(name))


def is_operator(manager: str) -> bool:
    """Whether a field manager is the External Secrets Operator."""
    return manager.startswith(("externalsecrets.external-secrets.io", "external-secrets"))
