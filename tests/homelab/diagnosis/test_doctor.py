"""The doctor reads everything once, changes nothing, and says what it could not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.doctor.examination import Target, examined
from operations.doctor.reading.observe import RefusedLogin
from sandbox.infisical.fake import FakeInfisical
from tests.homelab.deployment import Homelab
from tests.homelab.diagnosis.breaking import Changed
from tests.homelab.diagnosis.doctor import Doctor
from tests.homelab.diagnosis.reader import reader
from tests.homelab.owner import Owner

LOGIN = ("external-secrets", "infisical-machine-identity")


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


@pytest.mark.usefixtures("declared")
def test_an_error_of_the_declaration_is_shown_as_pulumi_shows_it(homelab: Homelab, doctor: Doctor) -> None:
    homelab.config["homelab:store"] |= {"projectSlug": "x"}
    homelab.declare()

    steps = doctor.steps()

    (finding,) = steps["declaration"]["findings"]
    assert finding["where"] == ["homelab:store.projectSlug"]
    assert {step["status"] for name, step in steps.items() if name != "declaration"} == {"not-checked"}
    assert doctor.code == 2


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


def test_read_rights_to_everything_are_enough_for_every_step(homelab: Homelab, doctor: Doctor, tmp_path: Path) -> None:
    kubeconfig = reader(homelab, tmp_path, secrets=True)

    steps = doctor.steps(kubeconfig=kubeconfig)

    assert {name for name, step in steps.items() if step["status"] != "ok"} == {"backups"}, steps
