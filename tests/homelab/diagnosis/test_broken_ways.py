"""Something is between Infisical and its readers: the doctor names it, and the fix removes it."""

from __future__ import annotations

import datetime
import json
import shlex
from collections.abc import Iterator

import pytest
import trustme

from sandbox.infisical.fake import FakeInfisical
from tests.homelab.deployment import Homelab
from tests.homelab.diagnosis.breaking import heal, run
from tests.homelab.diagnosis.doctor import Doctor
from tests.homelab.diagnosis.reader import PAGE
from tests.homelab.owner import Owner
from tests.homelab.snapshots import answers
from tests.operations.doctor.tls_server import serving
from tests.waiting import eventually

STORE = ("clustersecretstore", "infisical")
SERVICE = "http://infisical.infisical.svc.cluster.local:8080"
TIMED_OUT = f'Post "{SERVICE}/api/v1/auth/universal-auth/login": dial tcp 10.0.0.9:8080: i/o timeout'
LABELS = {"app.kubernetes.io/component": "infisical"}


def test_a_server_that_is_down_is_named_alone(homelab: Homelab, doctor: Doctor) -> None:
    homelab.plane.argocd.stop()

    (finding,) = doctor.findings()

    assert (finding["id"], finding["where"]) == ("infisical-silent", [homelab.plane.infisical_url])
    assert run(homelab, finding["fix"]), "the command shows its pods"
    homelab.plane.argocd.start()
    eventually(lambda: answers(homelab.plane.infisical_url), "Infisical answers")


def test_the_commands_of_the_page_restart_it(homelab: Homelab, doctor: Doctor) -> None:
    _, _, shown = PAGE.read_text(encoding="utf-8").partition("By hand, on the cluster:\n\n```sh\n")
    commands = shown.partition("```")[0].splitlines()

    said = [run(homelab, f"`{command}`") for command in commands]

    assert "infisical" in said[0]
    assert "restarted" in said[1]
    assert "successfully rolled out" in said[2]
    heal(homelab, doctor)


@pytest.mark.usefixtures("declared")
def test_an_expired_certificate_is_named_with_its_date(homelab: Homelab, doctor: Doctor) -> None:
    ca, yesterday = trustme.CA(), datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    with serving(ca, yesterday) as url:
        homelab.config["homelab:infisical"] |= {"url": url, "caBundle": ca.cert_pem.bytes().decode()}
        homelab.declare()
        (finding,) = doctor.findings()

    assert (finding["id"], finding["where"]) == ("certificate-expired", [url])
    assert finding["found"] == f"expired on {yesterday:%Y-%m-%d %H:%M} UTC"


@pytest.mark.usefixtures("declared")
def test_a_certificate_of_an_unknown_ca_is_named_and_the_fix_is_a_field(homelab: Homelab, doctor: Doctor) -> None:
    ca, later = trustme.CA(), datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=5)
    with serving(ca, later) as url:
        homelab.config["homelab:infisical"] |= {"url": url}
        homelab.declare()
        (finding,) = doctor.findings()

        assert finding["id"] == "certificate-untrusted"
        assert "`caBundle` in homelab:infisical" in finding["fix"]
        homelab.config["homelab:infisical"] |= {"caBundle": ca.cert_pem.bytes().decode()}
        homelab.declare()
        assert "certificate-untrusted" not in doctor.ids()


def test_a_clock_that_is_ahead_is_a_warning(doctor: Doctor, fake: FakeInfisical) -> None:
    fake.advance(95)

    (finding,) = doctor.findings()

    assert (finding["id"], finding["level"], finding["where"]) == ("clock-skew", "warning", ["Infisical"])
    assert finding["found"].endswith("s ahead of this machine's clock")
    fake.advance(-95)
    assert doctor.ids() == []


def test_an_address_that_is_not_trusted_says_that_no_value_was_compared_and_how_to(
    homelab: Homelab, doctor: Doctor, owner: Owner, fake: FakeInfisical
) -> None:
    # Now only the doctor logs in. On a cluster, the operator has an address that is trusted.
    homelab.plane.operator.stop()
    fake.allow_trusted_ips()
    before = owner.values()["AUTHENTIK_BOOTSTRAP_TOKEN"]
    owner.set("AUTHENTIK_BOOTSTRAP_TOKEN", "canary-set-in-the-ui")
    doctor.values.add("canary-set-in-the-ui")
    auth = f"/api/v1/auth/universal-auth/identities/{owner.identity()}"
    owner.call("PATCH", auth, clientSecretTrustedIps=[{"ipAddress": "10.42.0.0/16"}])

    steps = doctor.steps()

    (finding,) = [found for step in steps.values() for found in step["findings"]]
    assert (finding["id"], finding["level"]) == ("login-address", "warning")
    assert finding["what"] == "The operator's identity may not log in from this machine, so that no value was compared"
    for step in ("project", "secrets"):
        assert (steps[step]["status"], steps[step]["detail"]) == (
            "not-checked",
            "the operator's identity may not log in from this machine",
        )
    program, *arguments = shlex.split(finding["fix"].split("`")[1])
    assert program == "pulumi"
    compared = homelab.attempt(*arguments)
    assert "authentik/authentik-secret is not delivered" in " ".join(compared.output.split())
    owner.call("PATCH", auth, clientSecretTrustedIps=[{"ipAddress": "0.0.0.0/0"}, {"ipAddress": "::/0"}])
    owner.set("AUTHENTIK_BOOTSTRAP_TOKEN", before)
    homelab.plane.operator.start()
    heal(homelab, doctor)


@pytest.fixture
def unreachable(homelab: Homelab) -> Iterator[None]:
    """
    The store names a Service, which the operator does not reach.

    The operator is stopped, because nothing in the sandbox has an address of a cluster: what it reports is written as
    it writes it.
    """
    kubectl = homelab.plane.kubectl
    before = json.dumps(homelab.config)
    address = homelab.config["homelab:store"]["hostAPI"]
    homelab.plane.operator.stop()

    def point_to(url: str) -> None:
        patch = json.dumps({"spec": {"provider": {"infisical": {"hostAPI": url}}}})
        kubectl.run("patch", *STORE, "--type=merge", "--patch", patch)

    homelab.config["homelab:store"] |= {"hostAPI": SERVICE}
    homelab.declare()
    point_to(SERVICE)
    # Newer than every real event of the store.
    now = f"{datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    ready = {
        "type": "Ready",
        "status": "False",
        "reason": "InvalidProviderConfig",
        "message": "unable to create client",
    }
    status = {"status": {"conditions": [{**ready, "lastTransitionTime": now}]}}
    kubectl.run("patch", *STORE, "--subresource=status", "--type=merge", "--patch", json.dumps(status))
    about = {"apiVersion": "external-secrets.io/v1", "kind": "ClusterSecretStore", "name": "infisical"}
    event = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "infisical.17b", "namespace": "default"}}
    said = {"type": "Warning", "reason": "InvalidProviderConfig", "message": TIMED_OUT, "lastTimestamp": now}
    kubectl.create({**event, **said, "involvedObject": about, "source": {"component": "cluster-secret-store"}})
    yield
    homelab.config = json.loads(before)
    homelab.declare()
    kubectl.run("delete", "event", "infisical.17b", "--namespace", "default")
    point_to(address)
    homelab.plane.operator.start()


def service(homelab: Homelab, port: int = 8080) -> None:
    """The Service with one ready pod, as its controllers write it."""
    kubectl, place = homelab.plane.kubectl, {"name": "infisical", "namespace": "infisical"}
    spec = {"selector": LABELS, "clusterIP": "10.0.0.9", "ports": [{"port": port}]}
    kubectl.apply({"apiVersion": "v1", "kind": "Service", "metadata": place, "spec": spec})
    ready = {"addresses": ["10.244.0.7"], "conditions": {"ready": True}}
    labelled = {**place, "labels": {"kubernetes.io/service-name": "infisical"}}
    slices = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": labelled}
    kubectl.apply({**slices, "addressType": "IPv4", "endpoints": [ready], "ports": [{"port": port}]})


@pytest.mark.usefixtures("unreachable")
def test_what_is_in_the_way_of_the_operator_is_named_one_after_the_other(homelab: Homelab, doctor: Doctor) -> None:
    kubectl = homelab.plane.kubectl

    def obstacle() -> tuple[str, str]:
        (finding,) = doctor.findings()
        assert finding["id"] == "store-unreachable", finding
        return finding["found"].splitlines()[-1], finding["fix"]

    assert obstacle()[0] == "Service infisical/infisical does not exist"

    service(homelab)
    place = {"name": "deny-all", "namespace": "infisical"}
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": place}
    kubectl.create({**policy, "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}})
    what, fix = obstacle()
    assert what == "NetworkPolicy infisical/deny-all lets no connection of the namespace external-secrets in"

    run(homelab, fix)
    assert obstacle()[0].endswith("i/o timeout"), "nothing is in the way any more"


def test_afterwards_the_operator_reaches_it_again(homelab: Homelab, doctor: Doctor) -> None:
    heal(homelab, doctor)
