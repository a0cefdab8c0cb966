"""The doctor's steps, in the order in which data flows, and what each needs of the steps before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from declaration import AppSecret, Homelab
from operations.doctor.facts import Facts, Unread
from operations.doctor.findings import Finding, Outcome, Status
from operations.doctor.hiding import without_values
from operations.doctor.steps.application import check_application
from operations.doctor.steps.backups import check_backups
from operations.doctor.steps.bootstrap import check_bootstrap_secrets
from operations.doctor.steps.clocks import check_clocks
from operations.doctor.steps.delivered import check_secrets
from operations.doctor.steps.external_secrets import check_external_secrets
from operations.doctor.steps.infisical import check_infisical
from operations.doctor.steps.login import check_login
from operations.doctor.steps.pods import check_pods
from operations.doctor.steps.project import check_project
from operations.doctor.steps.rotations import check_rotations
from operations.doctor.steps.scope import Scope
from operations.doctor.steps.store import check_operator, check_store
from operations.doctor.steps.workloads import check_workloads

DECLARATION: Final = "declaration"
CLUSTER: Final = "cluster"


@dataclass(frozen=True)
class Step:
    """
    :param check: evaluates what was observed
    :param needs: the steps whose failure is also the cause of this step's findings
    """

    id: str
    title: str
    check: Callable[[Scope], Outcome]
    needs: tuple[str, ...] = ()
    needs_cluster: bool = True


@dataclass(frozen=True)
class Result:
    """A step and its outcome."""

    id: str
    title: str
    outcome: Outcome


STEPS: Final = (
    Step("bootstrap-secrets", "Infisical's own Secrets", check_bootstrap_secrets),
    Step("application", "Argo CD's Application", check_application, ("bootstrap-secrets",)),
    Step("pods", "Pods of Infisical", check_pods, ("bootstrap-secrets", "application")),
    Step(
        "infisical",
        "Infisical answers",
        check_infisical,
        ("bootstrap-secrets", "application", "pods"),
        needs_cluster=False,
    ),
    Step("operator", "External Secrets Operator", check_operator),
    Step("login", "Login of the store", check_login, ("infisical",)),
    Step("project", "Project and rights", check_project, ("infisical", "login")),
    Step("store", "ClusterSecretStore", check_store, ("infisical", "operator", "login", "project")),
    Step(
        "external-secrets",
        "ExternalSecrets",
        check_external_secrets,
        ("infisical", "operator", "login", "project", "store"),
    ),
    Step(
        "secrets",
        "Secrets of the apps",
        check_secrets,
        ("infisical", "operator", "login", "project", "store"),
    ),
    Step(
        "workloads",
        "Pods of the apps",
        check_workloads,
        ("operator", "login", "project", "store", "external-secrets", "secrets"),
    ),
    Step("rotations", "Dates of rotations", check_rotations, needs_cluster=False),
    Step("backups", "Backups", check_backups, needs_cluster=False),
    Step("clocks", "Clocks", check_clocks, needs_cluster=False),
)
"""After the declaration and the cluster."""

TITLES: Final = {DECLARATION: "Declaration", CLUSTER: "Kubernetes API", **{each.id: each.title for each in STEPS}}


def examine(homelab: Homelab[None], secrets: Sequence[AppSecret], facts: Facts) -> tuple[Result, ...]:
    """
    Every step, for a declaration without errors.

    :param secrets: of the apps that are meant
    """
    scope = Scope(homelab, tuple(secrets), facts)
    done: dict[str, Outcome] = {DECLARATION: _declared(homelab, secrets), CLUSTER: _cluster(facts)}
    for step in STEPS:
        if step.needs_cluster and done[CLUSTER].status is Status.ERROR:
            done[step.id] = Outcome.not_checked("the Kubernetes API does not answer")
        else:
            done[step.id] = _explained(step.check(scope), step, done)
    return tuple(
        Result(id_, TITLES[id_], outcome) for id_, outcome in without_values(done, facts.hasher.hidden).items()
    )


def without_declaration(findings: Sequence[Finding]) -> tuple[Result, ...]:
    """The results if the declaration has errors: nothing else is known."""
    failed = Outcome.of(findings, "")
    others = (Result(id_, TITLES[id_], Outcome.not_checked("the declaration has errors")) for id_ in list(TITLES)[1:])
    return Result(DECLARATION, TITLES[DECLARATION], failed), *others


def _explained(found: Outcome, step: Step, done: dict[str, Outcome]) -> Outcome:
    """Without findings whose cause is reported by a step before."""
    causes = [need for need in step.needs if done[need].status is Status.ERROR]
    if not causes or found.status not in (Status.ERROR, Status.WARNING, Status.NOT_CHECKED):
        return found
    alone = [each for each in found.findings if each.alone]
    if alone:
        return Outcome.of(alone, "")
    return Outcome.not_checked(f"solve the problem of “{TITLES[causes[0]]}” first")


def _declared(homelab: Homelab[None], secrets: Sequence[AppSecret]) -> Outcome:
    apps = len({secret.app for secret in secrets})
    keys = sum(len(secret.written) for secret in secrets)
    counts = ((apps, "app"), (len(secrets), "Secret"), (keys, "key"))
    return Outcome(f"{homelab.source}: " + ", ".join(f"{count} {word}{'s' * (count != 1)}" for count, word in counts))


def _cluster(facts: Facts) -> Outcome:
    if isinstance(facts.cluster, Unread):
        finding = Finding(
            "cluster-silent",
            "The Kubernetes API cannot be read",
            "check it with `kubectl get --raw /readyz`; choose the cluster with KUBECONFIG, or with "
            "`pulumi config set kubernetes:context`",
            found=facts.cluster.reason,
            expected="an answer",
        )
        return Outcome.of([finding], "")
    return Outcome(f"{facts.cluster.server} ({facts.cluster.version})")
