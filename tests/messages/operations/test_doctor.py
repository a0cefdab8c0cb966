"""The text of the doctor, for each cause that it knows."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from infisical.api.folders import Location
from operations.doctor.chain import without_declaration
from operations.doctor.facts import Backup, Certificate, Folder, Held, Login, Obstacle, Unread
from operations.doctor.findings import Finding
from operations.doctor.report import text
from tests.checkout import CHECKOUT
from tests.messages.stories.book import assert_messages
from tests.operations.doctor.synthetic import NOW, Lab, external_secret, not_ready, pod, waiting

ROOT = Location("p1", "prod", "/")
LOGIN = "external-secrets/infisical-machine-identity"
OWN = "infisical/infisical-secrets"
APPS = ("authentik/authentik-secret", "monitoring/grafana-secret", "openclaw/openclaw-secret")


def texts() -> Iterator[tuple[str, str]]:
    yield "All is well", Lab().text()
    for title, break_it in BROKEN.items():
        lab = Lab()
        break_it(lab)
        yield title, _problems(lab.text())
    found = Finding(
        "declaration", "The declaration has an error", "write a slug", ("homelab:store.projectSlug",), "'x'"
    )
    yield "An error of the declaration", _problems(text(without_declaration([found])))


def _problems(shown: str) -> str:
    """Without the steps that are well."""
    return "\n".join(line for line in shown.splitlines() if not line.startswith(("✓", "-")))


def held(lab: Lab, place: str) -> Held:
    found = lab.cluster.own[place]
    assert isinstance(found, Held)
    return found


def own(lab: Lab, place: str, **values: str) -> None:
    changed = {**held(lab, place).values, **{key: value.encode() for key, value in values.items()}}
    lab.observe(own={**lab.cluster.own, place: Held(changed)})


def pods(lab: Lab, status: dict[str, Any], warnings: tuple[str, ...] = ()) -> None:
    lab.observe(infisical_pods=[pod("infisical-0", **status)], warnings={("Pod", "infisical/infisical-0"): warnings})


def crashed(lab: Lab, log: str | Unread) -> None:
    pods(lab, waiting("CrashLoopBackOff", "back-off 40s"))
    lab.observe(logs={("infisical/infisical-0", "server"): log})


def store(lab: Lab, event: str, message: str = "unable to validate store") -> None:
    stores = lab.cluster.stores
    assert isinstance(stores, dict)
    failed = {"infisical": not_ready(stores["infisical"], message)}
    lab.observe(stores=failed, warnings={("ClusterSecretStore", "infisical"): (f"2026-11-30T11:00:00Z {event}",)})


def in_the_way(lab: Lab, what: str, fix: str) -> None:
    store(lab, "InvalidProviderConfig: dial tcp 10.43.0.7:8080: i/o timeout", "unable to create client")
    lab.observe(obstacles=[Obstacle(what, fix)])


def apps(lab: Lab, message: str) -> None:
    failed = {"status": "False", "reason": "SecretSyncedError", "message": message}
    lab.observe(external_secrets={place: external_secret(place, **failed) for place in APPS})


def values(lab: Lab, *without: str, **changed: str) -> None:
    found = {name: value for name, value in lab.values.items() if name not in without} | changed
    lab.answer(folders={ROOT: Folder(found)})


def scheduling(message: str) -> dict[str, Any]:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    return {"phase": "Pending", "conditions": [condition]}


def application(lab: Lab, **status: Any) -> None:
    found = lab.cluster.application
    assert isinstance(found, dict)
    lab.observe(application={**found, "status": {**found["status"], **status}})


def reader(lab: Lab, message: str) -> None:
    """A pod of an app that cannot be created."""
    lab.observe(
        app_pods=[pod("grafana-0", "monitoring", phase="Pending", **waiting("CreateContainerConfigError", message))]
    )


def old_operator(lab: Lab) -> None:
    lab.homelab = replace(lab.homelab, store=replace(lab.homelab.store, ca_bundle="PEM"))
    lab.observe(lacking=["ClusterSecretStore.spec.provider.infisical.caBundle"])


BROKEN: dict[str, Callable[[Lab], None]] = {
    "No cluster": lambda lab: setattr(lab, "silent", "Kubernetes API unreachable: no answer in time"),
    "No infisical-secrets": lambda lab: lab.observe(own={**lab.cluster.own, OWN: None}),
    "ENCRYPTION_KEY is too short": lambda lab: own(lab, OWN, ENCRYPTION_KEY="abc"),
    "AUTH_SECRET has no value": lambda lab: own(lab, OWN, AUTH_SECRET=""),
    "AUTH_SECRET is a placeholder": lambda lab: own(lab, OWN, AUTH_SECRET="changeme"),
    "Somebody wrote ENCRYPTION_KEY": lambda lab: lab.observe(
        own={**lab.cluster.own, OWN: replace(held(lab, OWN), writers={"ENCRYPTION_KEY": ["kubectl-edit"]})}
    ),
    "No Application": lambda lab: lab.observe(application=None),
    "No AppProject": lambda lab: lab.observe(project=None),
    "Argo CD refuses the Application": lambda lab: application(
        lab, conditions=[{"type": "InvalidSpecError", "message": "application repo … is not permitted in project"}]
    ),
    "The Application is out of sync": lambda lab: application(lab, sync={"status": "OutOfSync"}),
    "CrashLoopBackOff while the database starts": lambda lab: pods(
        lab, waiting("CrashLoopBackOff", "back-off 40s", last="connect ECONNREFUSED 10.43.0.12:5432")
    ),
    "CrashLoopBackOff because of ENCRYPTION_KEY": lambda lab: pods(
        lab, waiting("CrashLoopBackOff", "back-off 40s", last="RangeError: Invalid key length")
    ),
    "CrashLoopBackOff with the key of different data": lambda lab: pods(
        lab, waiting("CrashLoopBackOff", last="Unsupported state or unable to authenticate data")
    ),
    "CrashLoopBackOff because of AUTH_SECRET": lambda lab: pods(
        lab, waiting("CrashLoopBackOff", last="Error: invalid AUTH_SECRET")
    ),
    "CrashLoopBackOff because of the database's password": lambda lab: pods(
        lab, waiting("CrashLoopBackOff", last='password authentication failed for user "infisical"')
    ),
    "CrashLoopBackOff of an unknown cause": lambda lab: pods(lab, waiting("CrashLoopBackOff", "back-off 40s")),
    "The volume of the database is full": lambda lab: pods(
        lab, waiting("CrashLoopBackOff", last="could not write lock file: No space left on device")
    ),
    "The log shows the cause": lambda lab: crashed(lab, "starting\nRangeError: Invalid key length\n    at node"),
    "The log cannot be read": lambda lab: crashed(
        lab, Unread("your user may not get pods/log in infisical; grant the verb get on it")
    ),
    "The image cannot be pulled": lambda lab: pods(lab, waiting("ImagePullBackOff", 'Back-off pulling image "x:1"')),
    "No node for a pod": lambda lab: pods(lab, scheduling("0/1 nodes are available: 1 Insufficient memory.")),
    "No pod at all": lambda lab: lab.observe(infisical_pods=[]),
    "Infisical does not answer": lambda lab: lab.answer(silent="connection failed", login=None, project=None),
    "The certificate has expired": lambda lab: lab.answer(
        certificate=Certificate(NOW - datetime.timedelta(days=2), "certificate has expired"), login=None
    ),
    "The certificate is not trusted": lambda lab: lab.answer(
        certificate=Certificate(None, "self-signed certificate"), login=None
    ),
    "The certificate expires soon": lambda lab: lab.answer(certificate=Certificate(NOW + datetime.timedelta(days=3))),
    "Infisical is not set up": lambda lab: lab.answer(initialized=False, login=Login(401, "Invalid credentials")),
    "No operator": lambda lab: lab.observe(operator=False, stores={}, external_secrets={}),
    "The operator does not run": lambda lab: lab.observe(
        operator_pods=[pod("external-secrets-0", "external-secrets", **waiting("CrashLoopBackOff", "back-off 40s"))]
    ),
    "An operator without a field": old_operator,
    "The store's login does not exist": lambda lab: lab.observe(own={**lab.cluster.own, LOGIN: None}),
    "The store's login is a placeholder": lambda lab: own(lab, LOGIN, clientSecret="placeholder"),
    "401: a wrong login": lambda lab: lab.answer(login=Login(401, "Invalid credentials"), project=None, folders={}),
    "401: a locked identity": lambda lab: lab.answer(
        login=Login(401, "This identity auth method is temporarily locked, please try again later"), folders={}
    ),
    "401: an expired client secret": lambda lab: lab.answer(
        login=Login(401, "Access denied due to expired client secret"), folders={}
    ),
    "403: an address that is not trusted": lambda lab: lab.answer(
        login=Login(403, "You are not allowed to access this resource from the current IP"), folders={}
    ),
    "403: not a member of the project": lambda lab: lab.answer(
        project=Unread("403: You are not a member of this project"), folders={}
    ),
    "404: no project with this slug": lambda lab: lab.answer(project=None, folders={}),
    "No right to read a folder": lambda lab: lab.answer(
        folders={ROOT: Folder(refused="403: You are not allowed to read secrets")}
    ),
    "No store": lambda lab: lab.observe(stores={}),
    "The operator cannot reach Infisical": lambda lab: store(
        lab, "InvalidProviderConfig: dial tcp 10.43.0.7:8080: connect: connection refused", "unable to create client"
    ),
    "A NetworkPolicy is in the way": lambda lab: in_the_way(
        lab,
        "NetworkPolicy infisical/deny-all lets no connection of the namespace external-secrets in",
        "`kubectl -n infisical patch networkpolicy deny-all …`, or the same change where the policy is declared",
    ),
    "The Service has no pod": lambda lab: in_the_way(
        lab,
        "Service infisical/infisical has no ready endpoint",
        "`kubectl -n infisical get pods` shows why none of its pods is ready",
    ),
    "The operator does not trust the certificate": lambda lab: store(lab, "InvalidProviderConfig: x509: unknown CA"),
    "The store has not been checked again": lambda lab: store(lab, "InvalidProviderConfig: 401 Unauthorized"),
    "No ExternalSecret": lambda lab: lab.observe(external_secrets={}),
    "SecretSyncedError after the store became Ready": lambda lab: apps(lab, "could not get secret data from provider"),
    "A key that does not exist in Infisical": lambda lab: values(lab, "AUTHENTIK_SECRET_KEY"),
    "A value that only the owner can set": lambda lab: values(lab, "GRAFANA_OAUTH_CLIENT_SECRET"),
    "The operator has not read a new value yet": lambda lab: values(lab, AUTHENTIK_SECRET_KEY="canary-new-value"),
    "A pod that reads a key which its Secret does not have": lambda lab: reader(
        lab, "couldn't find key admin-pasword in Secret monitoring/grafana-secret"
    ),
    "A pod that waited for its Secret": lambda lab: reader(lab, 'secret "grafana-secret" not found'),
    "An overdue rotation": lambda lab: lab.rotations.update(WEB_TOKEN="since 2025-06-01, due on 2026-06-01"),
    "No current backup": lambda lab: setattr(lab, "backups", (Backup("/mnt/usb", "", ("no backup",)),)),
    "A clock that is wrong": lambda lab: lab.answer(seconds_ahead=-95.0),
    "A user who may not read Secrets": lambda lab: lab.observe(
        own=dict.fromkeys(lab.cluster.own, Unread("your user may not get secrets …; grant the verb get on it")),
        secrets=Unread("your user may not list secrets in all namespaces; grant the verb list on it"),
    ),
}


def test_the_doctor() -> None:
    shown = [*texts()]

    assert not [title for title, message in shown if "canary" in message]
    assert_messages("doctor", shown)


PROGRAMS = ("curl", "kubectl", "pulumi", "python -m operations", "tailscale", "timedatectl")
OF_INFISICAL = ("in Infisical: ", "In Infisical: ", "in prod in Infisical")
"""What only its UI can do."""


def test_each_fix_is_a_command_a_page_or_a_step_in_infisical() -> None:
    for title, break_it in BROKEN.items():
        lab = Lab()
        break_it(lab)
        for finding in lab.findings():
            commands = [each for each in re.findall("`([^`]+)`", finding.fix) if each.startswith(PROGRAMS)]
            pages = re.findall(r"docs/[\w/.-]+\.md", finding.fix)
            assert [page for page in pages if not (CHECKOUT / page).exists()] == [], title
            step = any(each in finding.fix for each in (*OF_INFISICAL, "https://"))
            assert commands or pages or step or "homelab:" in finding.fix, (title, finding.fix)
