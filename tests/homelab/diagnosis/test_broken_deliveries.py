"""A delivery is broken in one way at a time: the doctor names that cause once, and a fix that works."""

from __future__ import annotations

import base64
import json

import pytest
import trustme

from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.homelab.diagnosis.breaking import force_sync, heal, run
from tests.homelab.diagnosis.doctor import Doctor
from tests.homelab.owner import Owner
from tests.waiting import eventually

APP = ("authentik", "authentik-secret")


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


def test_a_second_field_manager_of_an_external_secret_is_named(homelab: Homelab, doctor: Doctor) -> None:
    spec = homelab.object(EXTERNAL_SECRET, "openclaw-secret", "openclaw")["spec"]
    place = {"name": "openclaw-secret", "namespace": "openclaw"}
    other = {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": place}

    def applied(**fields: object) -> None:
        given = json.dumps({**other, **fields})
        apply = ("apply", "--server-side", "--force-conflicts", "--field-manager=argocd-controller", "-f", "-")
        homelab.plane.kubectl.run(*apply, given=given)

    applied(spec=spec)

    (finding,) = doctor.findings()

    assert (finding["id"], finding["level"]) == ("two-managers", "warning")
    assert finding["found"] == "argocd-controller next to pulumi-homelab"
    applied()
    eventually(lambda: doctor.ids() == [], "the field manager is gone", poll_seconds=0.5)


def test_a_wrong_slug_is_named_although_every_secret_is_still_synced(homelab: Homelab, doctor: Doctor) -> None:
    def point_to(slug: str) -> None:
        patch = json.dumps({"spec": {"provider": {"infisical": {"secretsScope": {"projectSlug": slug}}}}})
        homelab.plane.kubectl.run("patch", "clustersecretstore", "infisical", "--type=merge", "--patch", patch)

    point_to("home-labs")
    await_failed_store(homelab)

    (finding,) = doctor.findings()

    reasons = {each["status"]["conditions"][0]["reason"] for each in homelab.objects(EXTERNAL_SECRET).values()}
    assert reasons == {"SecretSynced"}, "the operator reads again after the refresh interval"
    assert (finding["id"], finding["expected"]) == ("store-differs", "projectSlug: homelab")
    assert finding["found"].splitlines()[:2] == [
        "projectSlug: home-labs",
        "Ready=False, InvalidProviderConfig: unable to validate store",
    ]
    point_to("homelab")
    heal(homelab, doctor)


def test_a_store_that_cannot_reach_infisical_is_named(homelab: Homelab, doctor: Doctor) -> None:
    kubectl, path = homelab.plane.kubectl, ("patch", "clustersecretstore", "infisical", "--type=merge", "--patch")
    address = homelab.config["homelab:store"]["hostAPI"]

    def point_to(url: str) -> None:
        kubectl.run(*path, json.dumps({"spec": {"provider": {"infisical": {"hostAPI": url}}}}))

    homelab.config["homelab:store"] |= {"hostAPI": "http://127.0.0.1:1"}
    homelab.declare()
    point_to("http://127.0.0.1:1")
    await_failed_store(homelab)
    eventually(lambda: doctor.ids() == ["store-unreachable"], "the operator has tried the address", poll_seconds=0.5)

    (finding,) = doctor.findings()

    assert "although it answers this machine" in finding["what"]
    assert "connection refused" in finding["found"]
    homelab.config["homelab:store"] |= {"hostAPI": address}
    homelab.declare()
    assert "store-differs" in doctor.ids(), "one finding for the change and for what follows from it"
    point_to(address)
    heal(homelab, doctor)


def await_failed_store(homelab: Homelab) -> None:
    """Wait until the operator has reported that the store does not work: after seconds, or half a minute."""

    def is_failed() -> bool:
        (ready,) = homelab.object("clustersecretstores", "infisical")["status"]["conditions"]
        return bool(ready["status"] == "False")

    eventually(is_failed, "the operator has checked the store", poll_seconds=0.2)
