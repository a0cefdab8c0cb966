"""A failed delivery in words: what is wrong, what the operator reports, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infisical.api.errors import InfisicalError
from infisical.contents.expected import ExpectedSecret
from infisical.delivery.events import CLUSTER_SCOPED, warnings
from infisical.delivery.findings import Findings
from infisical.delivery.hashes import ValueHasher
from infisical.delivery.observation import Observation
from infisical.delivery.stores import lost_logins

if TYPE_CHECKING:
    from tooling.kubernetes.connection import Connection


class NotDelivered(InfisicalError):
    """An app's Secret does not hold what Infisical holds. `keys` are the affected ones."""

    def __init__(self, message: str, keys: tuple[str, ...]) -> None:
        super().__init__(message)
        self.keys = keys


async def not_delivered(
    expected: ExpectedSecret,
    findings: Findings,
    found: Observation | None,
    connection: Connection,
    hasher: ValueHasher,
    waited: float,
) -> NotDelivered:
    """
    The error for these findings, with the newest warnings from the cluster.

    :param found: None if the cluster could not be read
    """
    lines = [
        f"{expected.id} is not delivered after {waited:.0f} s:",
        *(f"  - {problem}" for problem in findings.problems),
    ]
    if found:
        lines += await _operator_reports(expected, found, connection)
    lost = await lost_logins(found.store, connection.get) if found else []
    lines.append(f"Fix: {_fix(expected, found, login_is_lost=bool(lost))}. For details:")
    lines += [f"  {command}" for command in _commands(expected, found)]
    keys = tuple(dict.fromkeys(problem.key for problem in findings.problems if problem.key))
    return NotDelivered(hasher.hidden("\n".join(lines)), keys)


async def _operator_reports(expected: ExpectedSecret, observed: Observation, connection: Connection) -> list[str]:
    found, store = observed.external_secret, observed.store
    lines: list[str] = []
    if found:
        about = await warnings(connection, expected.namespace, "ExternalSecret", expected.name)
        lines += [f"  ExternalSecret {expected.id}: {found.ready}", *(f"    {line}" for line in about)]
    if store and store.exists:
        home = CLUSTER_SCOPED if store.kind == "ClusterSecretStore" else expected.namespace
        about = await warnings(connection, home, store.kind, store.name)
        lines += [f"  {store.kind} {store.name}: {store.ready}", *(f"    {line}" for line in about)]
    return ["The operator reports:", *lines] if lines else []


def _fix(expected: ExpectedSecret, found: Observation | None, *, login_is_lost: bool) -> str:
    if found and found.store and not found.store.exists and expected.other_store:
        return f"create {expected.other_store}, or correct `store` in the declaration, then run `pulumi up`"
    complete = found is None or (found.external_secret and (found.store is None or found.store.exists))
    if complete and (expected.other_store or not login_is_lost):
        return "solve the problems above, then run `pulumi up`"
    # The state still has what was deleted by hand, so an update without refresh would not recreate it.
    return "run `pulumi up --refresh`, which recreates declared objects that were deleted"


def _commands(expected: ExpectedSecret, found: Observation | None) -> list[str]:
    here = f"kubectl -n {expected.namespace}"
    if found and found.external_secret is None:
        return [f"{here} get externalsecrets"]
    commands = [f"{here} describe externalsecret {expected.name}"]
    if found and found.store:
        where = "" if found.store.kind == "ClusterSecretStore" else f" -n {expected.namespace}"
        commands.append(f"kubectl{where} describe {found.store.kind.lower()} {found.store.name}")
    return [*commands, "kubectl get pods -A -l app.kubernetes.io/name=external-secrets"]
