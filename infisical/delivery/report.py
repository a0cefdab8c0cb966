"""A delivery that failed, in words: what, why, in whose words, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infisical.api.errors import InfisicalError
from infisical.delivery.confidential import Confidential
from infisical.delivery.declaration import Declaration
from infisical.delivery.events import CLUSTER_SCOPED, warnings
from infisical.delivery.look import Look
from infisical.delivery.verdict import Verdict

if TYPE_CHECKING:
    from tooling.kubernetes.connection import Connection


class NotDelivered(InfisicalError):
    """An app's Secret does not hold what was declared. `keys` are those at fault."""

    def __init__(self, message: str, keys: tuple[str, ...]) -> None:
        super().__init__(message)
        self.keys = keys


async def not_delivered(
    declared: Declaration,
    verdict: Verdict,
    seen: Look,
    connection: Connection,
    confidential: Confidential,
    waited: float,
) -> NotDelivered:
    """The error for a verdict, with the newest warnings from the cluster."""
    lines = [
        f"{declared.id} is not delivered after {waited:.0f} s:",
        *(f"  - {problem}" for problem in verdict.problems),
    ]
    lines += await _said(declared, seen, connection)
    lines.append(f"Next: {_next(seen)}. To see more:")
    lines += [f"  {command}" for command in _commands(declared, seen)]
    keys = tuple(dict.fromkeys(problem.key for problem in verdict.problems if problem.key))
    return NotDelivered(confidential.hidden("\n".join(lines)), keys)


async def _said(declared: Declaration, seen: Look, connection: Connection) -> list[str]:
    found, store = seen.external_secret, seen.store
    lines: list[str] = []
    if found:
        about = await warnings(connection, declared.namespace, "ExternalSecret", declared.name)
        lines += [f"  ExternalSecret {declared.id}: {found.ready}", *(f"    {line}" for line in about)]
    if store and store.exists:
        home = CLUSTER_SCOPED if store.kind == "ClusterSecretStore" else declared.namespace
        about = await warnings(connection, home, store.kind, store.name)
        lines += [f"  {store.kind} {store.name}: {store.ready}", *(f"    {line}" for line in about)]
    return ["The operator says:", *lines] if lines else []


def _next(seen: Look) -> str:
    if seen.external_secret and (seen.store is None or seen.store.exists):
        return "mend the cause, then run `pulumi up`"
    # What was deleted by hand still stands in the state, and an update that does not look makes it anew for nobody.
    return "run `pulumi up --refresh`, which makes again what is declared and was deleted"


def _commands(declared: Declaration, seen: Look) -> list[str]:
    here = f"kubectl -n {declared.namespace}"
    if seen.external_secret is None:
        return [f"{here} get externalsecrets"]
    commands = [f"{here} describe externalsecret {declared.name}"]
    if seen.store:
        where = "" if seen.store.kind == "ClusterSecretStore" else f" -n {declared.namespace}"
        commands.append(f"kubectl{where} describe {seen.store.kind.lower()} {seen.store.name}")
    return [*commands, "kubectl get pods -A -l app.kubernetes.io/name=external-secrets"]
