"""Whether each key of a Secret is delivered: it holds what Infisical holds, compared by keyed hashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from declaration import AppSecret
from infisical.contents.expected import ExpectedSecret
from infisical.delivery.findings import evaluate
from infisical.delivery.operator import external_secret_of
from operations.doctor.facts import Unread
from operations.doctor.steps.contents import expected_in, observed_in
from operations.doctor.steps.scope import Scope
from operations.report.content import Delivery


@dataclass(frozen=True)
class States:
    """
    What is known about the keys of one Secret.

    :param unknown: why nothing is known; empty if something is
    :param held: the keys of the Secret; None if it does not exist
    :param wrong: why a key is not delivered
    :param uncompared: why the keys of the Secret could not be compared; empty if they were
    :param names: every key that the Secret must hold, if that is known; else what it holds
    """

    unknown: str = ""
    held: frozenset[str] | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)
    uncompared: str = ""
    names: frozenset[str] = frozenset()

    def of(self, key: str) -> Delivery:
        if self.unknown:
            return Delivery(None, self.unknown)
        if key in self.wrong:
            return Delivery(False, self.wrong[key])
        if self.held is None or key not in self.held:
            absent = "the Secret does not exist" if self.held is None else "missing in the Secret"
            return Delivery(False, f"{absent}: {self.uncompared}" if self.uncompared else absent)
        return Delivery(None, self.uncompared) if self.uncompared else Delivery(True)


def states_of(scope: Scope, secret: AppSecret) -> States:
    """
    The state of each key.

    A problem of the whole Secret, such as a failed sync, does not make a key undelivered that has the current value.
    """
    unread = _unread(scope)
    if unread:
        return States(unknown=unread)
    hashes = scope.facts.hashes.get(secret.external_secret_place)
    held = None if hashes is None else frozenset(hashes)
    externals = scope.cluster.external_secrets
    found = None if isinstance(externals, Unread) else externals.get(secret.external_secret_place)
    if found is None:
        return States(held=held, uncompared="its ExternalSecret does not exist", names=held or frozenset())
    expected = expected_in(scope, secret)
    if expected is None:
        reason = "Infisical's values could not be read"
        return States(held=held, uncompared=reason, names=held or frozenset())
    observed = observed_in(scope, expected, external_secret_of(found))
    findings = evaluate(expected, observed)
    wrong = {each.key: each.reason.partition(" Fix: ")[0].rstrip(".") for each in findings.problems if each.key}
    wrong |= dict.fromkeys(_without_value(expected, findings.missing), "no value in Infisical")
    back = f"the operator delivers nothing while {', '.join(findings.missing)} has no value"
    names = (held or frozenset()) if expected.more_keys else frozenset(observed.wanted)
    return States(held=held, wrong=wrong, uncompared=back if findings.held_back else "", names=names)


def _unread(scope: Scope) -> str:
    cluster = scope.facts.cluster
    if isinstance(cluster, Unread):
        return "the Kubernetes API does not answer"
    for read in (cluster.secrets, cluster.external_secrets):
        if isinstance(read, Unread):
            return read.reason
    return ""


def _without_value(expected: ExpectedSecret, missing: tuple[str, ...]) -> list[str]:
    return [key for key, source in expected.sources.items() if expected.name_of(source) in missing]
