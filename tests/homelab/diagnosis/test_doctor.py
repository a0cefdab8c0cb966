"""The doctor on a homelab that is broken in one way at a time: it names that cause once, and a fix that works."""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import trustme
import yaml

from operations.doctor.examination import Target, examined
from operations.doctor.reading.observe import RefusedLogin
from sandbox.infisical.fake import FakeInfisical
from tests.checkout import CHECKOUT
from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.homelab.diagnosis.doctor import Doctor
from tests.homelab.owner import Owner
from tests.waiting import eventually

LOGIN = ("external-secrets", "infisical-machine-identity")
OWN = ("infisical", "infisical-secrets")
APP = ("authentik", "authentik-secret")
PAGE = CHECKOUT / "docs" / "how-to" / "troubleshoot.md"


@pytest.fixture(scope="module")
def homelab(deployed_homelab: Homelab) -> Homelab:
    return deployed_homelab


@pytest.fixture(scope="module")
def doctor(homelab: Homelab) -> Doctor:
    return Doctor(homelab)


@pytest.fixture(scope="module")
def owner(homelab: Homelab) -> Owner:
    return Owner(homelab)


@pytest.fixture
def fake(homelab: Homelab) -> FakeInfisical:
    return FakeInfisical(homelab.plane.argocd.directory)


@pytest.fixture
def declared(homelab: Homelab) -> Iterator[None]:
    """The declaration of this test is taken back at its end."""
    before = json.dumps(homelab.config)
    yield
    homelab.config = json.loads(before)
    homelab.declare()


class Changed:
    """A Secret with other values, until the block ends."""

    def __init__(self, homelab: Homelab, place: tuple[str, str], **values: str) -> None:
        self._homelab, self._place = homelab, place
        self._values = {name.replace("__", "."): value for name, value in values.items()}
        self._before = homelab.secret(*place)

    def __enter__(self) -> None:
        self._write(self._values)

    def __exit__(self, *_: object) -> None:
        self._write({key: self._before[key] for key in self._values if key in self._before})
        added = [key for key in self._values if key not in self._before]
        if added:
            patch = {"data": dict.fromkeys(added)}
            self._patch(patch)

    def _write(self, values: dict[str, str]) -> None:
        self._patch({"data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}})

    def _patch(self, patch: object) -> None:
        namespace, name = self._place
        self._homelab.plane.kubectl.run(
            "patch", "secret", name, "--namespace", namespace, "--type=merge", "--patch", json.dumps(patch)
        )


def force_sync(homelab: Homelab, namespace: str, name: str) -> None:
    """Make the operator sync, and wait until it has reported the result."""
    before = homelab.object(EXTERNAL_SECRET, name, namespace)["status"]
    now = f"force-sync={time.monotonic_ns()}"
    homelab.plane.kubectl.run("annotate", EXTERNAL_SECRET, name, "--namespace", namespace, "--overwrite", now)
    eventually(
        lambda: homelab.object(EXTERNAL_SECRET, name, namespace)["status"] != before, "the operator has reported a sync"
    )


def test_a_healthy_homelab_has_no_finding_and_all_but_backups_is_checked(homelab: Homelab, doctor: Doctor) -> None:
    before = homelab.versions()

    steps = doctor.steps()

    assert {name for name, step in steps.items() if step["status"] != "ok"} == {"backups"}, steps
    assert doctor.code == 0
    assert homelab.versions() == before, "the doctor only reads"


def test_it_logs_in_once_and_leaves_no_access_token(homelab: Homelab, doctor: Doctor, fake: FakeInfisical) -> None:
    # Now only the doctor logs in.
    homelab.plane.operator.stop()
    before = len(fake.requests())

    doctor.steps()

    paths = [each["path"] for each in fake.requests()[before:]]
    assert [path for path in paths if "auth" in path] == [
        "/api/v1/auth/universal-auth/login",
        "/api/v1/auth/token/revoke",
    ]
    homelab.plane.operator.start()


def test_an_identity_without_access_to_the_project_is_named(doctor: Doctor, owner: Owner, fake: FakeInfisical) -> None:
    path = f"/api/v1/projects/{owner.project_id}/memberships/identities/{owner.identity()}"
    before = owner.client.get(path).json()
    owner.call("DELETE", path)
    fake.advance(15)

    (finding,) = doctor.findings()

    assert finding["id"] in ("not-a-member", "folder-refused"), (finding, before)


def test_the_fix_gives_the_identity_its_access_again(homelab: Homelab, doctor: Doctor, fake: FakeInfisical) -> None:
    homelab.up()
    fake.advance(15)

    heal(homelab, doctor)


def test_a_wrong_client_secret_is_one_finding_and_what_depends_on_it_is_not_checked(
    homelab: Homelab, doctor: Doctor
) -> None:
    with Changed(homelab, LOGIN, clientSecret="0" * 64):
        steps = doctor.steps()

    assert [found["id"] for step in steps.values() for found in step["findings"]] == ["login-refused"]
    (finding,) = steps["login"]["findings"]
    assert "401: Invalid credentials" in finding["found"]
    assert "pulumi up" in finding["fix"]
    assert {steps[name]["status"] for name in ("project", "secrets")} == {"not-checked"}
    assert doctor.code == 2
    heal(homelab, doctor)


def test_an_expired_client_secret_is_named(homelab: Homelab, doctor: Doctor, owner: Owner, fake: FakeInfisical) -> None:
    path = f"/api/v1/auth/universal-auth/identities/{owner.identity()}/client-secrets"
    made = owner.call("POST", path, description="short-lived", ttl=60, numUsesLimit=0)
    fake.advance(90)

    with Changed(homelab, LOGIN, clientSecret=made["clientSecret"]):
        (finding,) = doctor.findings()

    assert finding["id"] == "login-expired"
    assert finding["found"] == "401: Access denied due to expired client secret"
    heal(homelab, doctor)


def test_a_doctor_that_watches_does_not_try_a_refused_login_again(
    homelab: Homelab, doctor: Doctor, fake: FakeInfisical
) -> None:
    homelab.plane.operator.stop()
    refused = RefusedLogin()

    def logins() -> int:
        before = len(fake.requests())
        with doctor.environment():
            examined(Target(None, homelab.project, homelab.stack), refused)
        return [each["path"] for each in fake.requests()[before:]].count("/api/v1/auth/universal-auth/login")

    with Changed(homelab, LOGIN, clientSecret="0" * 64):
        assert [logins(), logins()] == [1, 0]
    assert [logins(), logins()] == [1, 1], "the Secret has changed"
    homelab.plane.operator.start()


def test_placeholders_in_the_stores_login_are_named(homelab: Homelab, doctor: Doctor) -> None:
    with Changed(homelab, LOGIN, clientId="placeholder", clientSecret="changeme"):
        found = doctor.findings()

    assert {each["id"] for each in found} == {"login-incomplete"}
    assert [each["where"] for each in found] == [
        ["Secret external-secrets/infisical-machine-identity, key clientId"],
        ["Secret external-secrets/infisical-machine-identity, key clientSecret"],
    ]
    heal(homelab, doctor)


def test_a_locked_identity_is_named(homelab: Homelab, doctor: Doctor, owner: Owner) -> None:
    url, login = homelab.plane.infisical_url, homelab.secret(*LOGIN)
    auth = f"/api/v1/auth/universal-auth/identities/{owner.identity()}"
    owner.call("PATCH", auth, lockoutEnabled=True)
    for _ in range(3):
        wrong = {**login, "clientSecret": "0" * 64}
        httpx2.post(f"{url}/api/v1/auth/universal-auth/login", json=wrong, verify=False)

    assert doctor.ids() == ["login-locked"]

    owner.call("POST", f"{auth}/clear-lockouts")
    owner.call("PATCH", auth, lockoutEnabled=False)
    heal(homelab, doctor)


def test_a_malformed_encryption_key_is_described_and_not_shown(homelab: Homelab, doctor: Doctor) -> None:
    doctor.values.add("canary-malformed-key")
    with Changed(homelab, OWN, ENCRYPTION_KEY="canary-malformed-key"):
        steps = doctor.steps()

    (finding,) = steps["bootstrap-secrets"]["findings"]
    assert finding["id"] == "own-key-malformed"
    assert finding["found"].startswith("20 characters")
    assert finding["expected"] == "exactly 32 hexadecimal characters"


def test_a_missing_auth_secret_is_named(homelab: Homelab, doctor: Doctor) -> None:
    with Changed(homelab, OWN, AUTH_SECRET=""):
        (finding,) = doctor.steps()["bootstrap-secrets"]["findings"]

    assert (finding["id"], finding["where"]) == (
        "own-key-missing",
        ["Secret infisical/infisical-secrets, key AUTH_SECRET"],
    )


@pytest.mark.usefixtures("declared")
def test_a_wrong_project_slug_is_named(homelab: Homelab, doctor: Doctor) -> None:
    homelab.config["homelab:store"] |= {"projectSlug": "home-labs"}
    homelab.declare()

    (finding,) = doctor.findings()

    assert finding["id"] == "no-project"
    assert finding["expected"] == "a project with the slug 'home-labs'"


@pytest.mark.usefixtures("declared")
def test_a_wrong_environment_is_named(homelab: Homelab, doctor: Doctor) -> None:
    homelab.config["homelab:store"] |= {"environmentSlug": "staging"}
    homelab.declare()

    (finding,) = doctor.findings()

    assert (finding["id"], finding["expected"]) == ("no-environment", "staging")


@pytest.mark.usefixtures("declared")
def test_an_infisical_that_does_not_answer_is_named(homelab: Homelab, doctor: Doctor) -> None:
    homelab.config["homelab:infisical"] |= {"url": "http://127.0.0.1:1"}
    homelab.declare()

    (finding,) = doctor.findings()

    assert finding["id"] == "infisical-silent"
    assert "connection failed" in finding["found"]


@pytest.mark.usefixtures("declared")
def test_an_error_of_the_declaration_is_shown_as_pulumi_shows_it(homelab: Homelab, doctor: Doctor) -> None:
    homelab.config["homelab:store"] |= {"projectSlug": "x"}
    homelab.declare()

    steps = doctor.steps()

    (finding,) = steps["declaration"]["findings"]
    assert finding["where"] == ["homelab:store.projectSlug"]
    assert {step["status"] for name, step in steps.items() if name != "declaration"} == {"not-checked"}
    assert doctor.code == 2


@pytest.mark.usefixtures("declared")
def test_an_operator_without_a_used_field_is_named_with_the_release_that_has_it(
    homelab: Homelab, doctor: Doctor
) -> None:
    certificates = trustme.CA().cert_pem.bytes().decode()
    homelab.config["homelab:store"] |= {"hostAPI": "https://infisical.example.net", "caBundle": certificates}
    homelab.declare()

    (finding,) = doctor.findings()

    assert finding["id"] == "operator-too-old"
    assert finding["where"] == ["homelab:store.caBundle"]
    assert finding["expected"] == "the release v1.2.1 or a later one"


def test_a_refusal_of_argo_cd_is_quoted(homelab: Homelab, doctor: Doctor) -> None:
    kubectl, where = homelab.plane.kubectl, ("appprojects.argoproj.io", "secrets")
    project = kubectl.get(*where, "argocd")
    assert project is not None

    def allow(sources: list[str]) -> None:
        patch = json.dumps({"spec": {"sourceRepos": sources}})
        kubectl.run("patch", *where, "--namespace", "argocd", "--type=merge", "--patch", patch)

    allow(["https://charts.example.net"])
    eventually(lambda: doctor.ids() == ["application-conditions"], "Argo CD refuses the Application", poll_seconds=0.5)

    (finding,) = doctor.findings()

    assert finding["found"].startswith("InvalidSpecError: application repo https://dl.cloudsmith.io/")
    allow(project["spec"]["sourceRepos"])
    eventually(lambda: doctor.ids() == [], "Argo CD accepts the Application", poll_seconds=0.5)


def test_a_missing_app_project_is_named(homelab: Homelab, doctor: Doctor) -> None:
    kubectl = homelab.plane.kubectl
    project = kubectl.get("appprojects.argoproj.io", "secrets", "argocd")
    assert project is not None
    kubectl.run("delete", "appprojects.argoproj.io", "secrets", "--namespace", "argocd")

    (finding,) = doctor.findings()

    assert (finding["id"], finding["where"]) == ("project-missing", ["AppProject argocd/secrets"])
    metadata = {
        key: project["metadata"][key]
        for key in ("name", "namespace", "labels", "annotations")
        if key in project["metadata"]
    }
    kubectl.create({**project, "metadata": metadata}, manager="pulumi-homelab")
    eventually(lambda: doctor.ids() == [], "Argo CD has read the project")


def test_a_key_that_was_deleted_in_infisical_is_named_with_the_app_that_reads_it(
    homelab: Homelab, doctor: Doctor, owner: Owner
) -> None:
    value = owner.values()["AUTHENTIK_BOOTSTRAP_TOKEN"]
    owner.delete("AUTHENTIK_BOOTSTRAP_TOKEN")

    (finding,) = doctor.findings()

    assert finding["id"] == "value-missing"
    assert finding["where"] == ["Secret authentik/authentik-secret, key AUTHENTIK_BOOTSTRAP_TOKEN"]
    assert finding["fix"] == "run `pulumi up`, which seeds it again"
    force_sync(homelab, *APP)
    assert doctor.ids() == ["value-missing"], "the operator's error has the same cause"
    owner.set("AUTHENTIK_BOOTSTRAP_TOKEN", value)
    (stale,) = doctor.findings()
    assert stale["id"] == "not-synced"
    run(homelab, stale["fix"])
    eventually(lambda: doctor.ids() == [], "the operator has synced", poll_seconds=0.5)


def test_a_value_that_the_operator_has_not_read_yet_is_delivered_by_the_fix(
    homelab: Homelab, doctor: Doctor, owner: Owner
) -> None:
    owner.set("GRAFANA_OAUTH_CLIENT_SECRET", "canary-set-in-the-ui")
    doctor.values.add("canary-set-in-the-ui")

    (finding,) = doctor.findings()

    assert finding["id"] == "not-equal"
    assert finding["where"] == ["Secret monitoring/grafana-secret, key oauth-client-secret"]
    run(homelab, finding["fix"])
    eventually(lambda: "not-equal" not in doctor.ids(), "the operator has synced", poll_seconds=0.5)


def test_pods_that_started_before_their_secret_changed_are_named(homelab: Homelab, doctor: Doctor) -> None:
    found = doctor.findings()

    assert doctor.code == 1
    assert {each["id"] for each in found} == {"pod-older-than-secret"}
    where = {place for each in found for place in each["where"]}
    assert where == {"monitoring/deployment/grafana", "monitoring/deployment/loki"}
    for each in found:
        run(homelab, each["fix"])
    eventually(lambda: doctor.ids() == [], "the new pods run", poll_seconds=0.5)


def test_a_reference_that_the_identity_may_not_read_is_named_without_its_value(
    homelab: Homelab, doctor: Doctor, owner: Owner
) -> None:
    before = owner.values()["GRAFANA_OAUTH_CLIENT_SECRET"]
    owner.set("GRAFANA_OAUTH_CLIENT_SECRET", "${dev.TOKEN}-canary")

    (finding,) = doctor.findings()

    assert finding["id"] == "reference-unreadable"
    assert finding["what"].startswith("GRAFANA_OAUTH_CLIENT_SECRET (/ in prod) refers to a secret")
    assert "canary" not in json.dumps(finding)
    owner.set("GRAFANA_OAUTH_CLIENT_SECRET", before)
    heal(homelab, doctor)


def test_a_second_writer_of_a_delivered_key_is_named(homelab: Homelab, doctor: Doctor) -> None:
    held = homelab.secret("openclaw", "openclaw-secret")["OPENCLAW_TOKEN"]
    data = {"OPENCLAW_TOKEN": base64.b64encode(held.encode()).decode()}
    other = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "openclaw-secret", "namespace": "openclaw"}}
    homelab.plane.kubectl.run(
        "apply",
        "--server-side",
        "--force-conflicts",
        "--field-manager=flux",
        "-f",
        "-",
        given=json.dumps({**other, "data": data}),
    )

    (finding,) = doctor.findings()

    assert (finding["id"], finding["level"], finding["found"]) == ("two-writers", "warning", "the field manager flux")
    assert doctor.code == 1
    homelab.plane.kubectl.run("apply", "--server-side", "--field-manager=flux", "-f", "-", given=json.dumps(other))
    eventually(lambda: doctor.ids() == [], "the field manager is gone", poll_seconds=0.5)


def test_a_store_that_cannot_reach_infisical_is_named(homelab: Homelab, doctor: Doctor) -> None:
    kubectl, path = homelab.plane.kubectl, ("patch", "clustersecretstore", "infisical", "--type=merge", "--patch")
    address = homelab.config["homelab:store"]["hostAPI"]

    def point_to(url: str) -> None:
        kubectl.run(*path, json.dumps({"spec": {"provider": {"infisical": {"hostAPI": url}}}}))

    point_to("http://127.0.0.1:1")
    eventually(lambda: "store-unreachable" in doctor.ids(), "the operator has tried the address", poll_seconds=0.5)

    found = {each["id"]: each for each in doctor.findings()}

    assert found.keys() == {"store-differs", "store-unreachable"}
    assert found["store-differs"]["found"] == "hostAPI: http://127.0.0.1:1"
    assert "although it answers this machine" in found["store-unreachable"]["what"]
    assert "connection refused" in found["store-unreachable"]["found"]
    point_to(address)
    heal(homelab, doctor)


def test_one_app_alone(doctor: Doctor, owner: Owner, homelab: Homelab) -> None:
    value = owner.values()["AUTHENTIK_BOOTSTRAP_TOKEN"]
    owner.delete("AUTHENTIK_BOOTSTRAP_TOKEN")

    assert doctor.ids("--app", "grafana") == []
    assert doctor.ids("--app", "authentik") == ["value-missing"]

    owner.set("AUTHENTIK_BOOTSTRAP_TOKEN", value)


def test_a_user_without_access_to_secrets_gets_the_rest_with_the_reason(
    homelab: Homelab, doctor: Doctor, tmp_path: Path
) -> None:
    kubeconfig = reader(homelab, tmp_path)

    steps = doctor.steps(kubeconfig=kubeconfig)

    assert doctor.code == 0
    unread = {name: step["detail"] for name, step in steps.items() if step["status"] == "not-checked"}
    assert unread.keys() == {"bootstrap-secrets", "login", "project", "secrets", "workloads"}
    assert unread["bootstrap-secrets"] == (
        "your user may not get secrets infisical-secrets in infisical; grant the verb get on it"
    )
    assert {name for name, step in steps.items() if step["status"] != "ok"} == {"backups", *unread}


def reader(homelab: Homelab, folder: Path) -> Path:
    """The kubeconfig of a service account with the role of the page, which has no right to Secrets."""
    kubectl = homelab.plane.kubectl
    _, _, written = PAGE.read_text(encoding="utf-8").partition("```yaml\n")
    kubectl.apply(yaml.safe_load(written.partition("```")[0]))
    rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "doctor"}}
    account = {"kind": "ServiceAccount", "name": "doctor", "namespace": "monitoring"}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "doctor"}
    kubectl.apply({**rbac, "kind": "ClusterRoleBinding", "subjects": [account], "roleRef": role})
    kubectl.run("create", "serviceaccount", "doctor", "--namespace", "monitoring")
    token = kubectl.run("create", "token", "doctor", "--namespace", "monitoring").strip()
    kubeconfig = yaml.safe_load(homelab.plane.kubeconfig.read_text())
    kubeconfig["users"][0]["user"] = {"token": token}
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(kubeconfig))
    return file


def heal(homelab: Homelab, doctor: Doctor) -> None:
    """The cause is gone: run the doctor, and its fixes for what the operator has not tried again, until all is well."""

    def is_well() -> bool:
        found = doctor.findings()
        for each in found:
            if each["id"] in ("store-stale", "not-synced"):
                run(homelab, each["fix"])
        return not found

    eventually(is_well, "the doctor's fixes have healed the homelab", poll_seconds=0.5)


def run(homelab: Homelab, fix: str) -> None:
    """Run the commands of a fix."""
    for line in fix.splitlines():
        command = line.split("`")[1].replace("$(date +%s)", str(time.monotonic_ns()))
        program, *arguments = shlex.split(command)
        assert program == "kubectl"
        kubectl = homelab.plane.kubectl
        subprocess.run(
            [str(kubectl.program), f"--kubeconfig={homelab.plane.kubeconfig}", *arguments],
            check=True,
            capture_output=True,
        )
