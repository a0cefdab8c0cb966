"""A pod does not start: the doctor names why, from what its kubelet, the scheduler and its log report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.homelab.deployment import Homelab
from tests.homelab.diagnosis.breaking import run
from tests.homelab.diagnosis.doctor import Doctor, Json
from tests.homelab.diagnosis.kubelet import Kubelet, Object, crashing, unscheduled, waiting
from tests.homelab.diagnosis.reader import reader

KEYS = (
    "`kubectl -n infisical get secret infisical-secrets -o jsonpath='{.metadata.managedFields[*].manager}'` shows who "
    "wrote it; `pulumi preview` names how to take that back: docs/how-to/find-and-repair-drift.md"
)


@pytest.fixture
def kubelet(homelab: Homelab) -> Iterator[Kubelet]:
    with Kubelet(homelab.plane.plane) as kubelet:
        yield kubelet


def only_finding(doctor: Doctor) -> Json:
    (finding,) = doctor.findings()
    return finding


LINES = {
    "Error: connect ECONNREFUSED 10.43.0.12:5432": ("database-silent", "ECONNREFUSED 10.43.0.12:5432"),
    "RangeError: Invalid key length": ("encryption-key-malformed", "Invalid key length"),
    "Error: Unsupported state or unable to authenticate data": ("encryption-key-wrong", "unable to authenticate data"),
    "path: [ 'AUTH_SECRET' ],": ("auth-secret-wrong", "AUTH_SECRET"),
    'error: password authentication failed for user "infisical"': (
        "database-refused",
        'password authentication failed for user "infisical"',
    ),
    'could not write lock file "postmaster.pid": No space left on device': ("volume-full", "No space left on device"),
}
"""What Infisical and PostgreSQL write last; the finding, and what it quotes."""


@pytest.mark.parametrize("line", LINES, ids=[id_ for id_, _ in LINES.values()])
def test_a_container_that_ends_is_explained_by_its_log(doctor: Doctor, kubelet: Kubelet, line: str) -> None:
    kubelet.runs("infisical", "infisical-x", crashing(), log=f"starting\n{line}\n    at node:internal/process:97\n")

    finding = only_finding(doctor)

    expected, words = LINES[line]
    assert (finding["id"], finding["where"]) == (expected, ["Pod infisical/infisical-x"])
    assert finding["level"] == ("warning" if expected == "database-silent" else "error")
    assert finding["found"].splitlines() == [
        "CrashLoopBackOff: back-off 40s restarting failed container=main pod=infisical-x",
        "ended with exit code 1 (Error)",
        f"its log: {words}",
    ]


def test_the_fix_for_a_wrong_key_shows_who_wrote_it(homelab: Homelab, doctor: Doctor, kubelet: Kubelet) -> None:
    kubelet.runs("infisical", "infisical-x", crashing(), log="RangeError: Invalid key length\n")

    assert only_finding(doctor)["fix"] == KEYS
    assert "pulumi-homelab" in run(homelab, KEYS)


def test_a_value_next_to_the_cause_stays_in_the_log(doctor: Doctor, kubelet: Kubelet) -> None:
    kubelet.runs("infisical", "infisical-x", crashing(), log="invalid AUTH_SECRET a-value-that-nobody-knows\n")

    assert only_finding(doctor)["found"].endswith("its log: AUTH_SECRET")


def test_a_user_who_may_not_read_the_log_gets_the_missing_right(
    homelab: Homelab, doctor: Doctor, kubelet: Kubelet, tmp_path: Path
) -> None:
    kubelet.runs("infisical", "infisical-x", crashing(), log="RangeError: Invalid key length\n")

    def found(*, logs: bool) -> tuple[str, str]:
        (finding,) = doctor.steps(kubeconfig=reader(homelab, tmp_path, logs=logs))["pods"]["findings"]
        return finding["id"], finding["found"].splitlines()[-1]

    assert found(logs=True) == ("encryption-key-malformed", "its log: Invalid key length")
    assert found(logs=False) == (
        "container-waits",
        "its log cannot be read: your user may not get pods/log in infisical; grant the verb get on it",
    )


def test_a_log_without_a_known_cause_stays_where_it_is(homelab: Homelab, doctor: Doctor, kubelet: Kubelet) -> None:
    kubelet.runs("infisical", "infisical-x", crashing(137), log="a value that nobody knows\n")

    finding = only_finding(doctor)

    assert (finding["id"], finding["what"]) == ("container-waits", "A container does not start")
    assert "nobody knows" not in finding["found"]
    assert finding["fix"].startswith("`kubectl -n infisical logs infisical-x -c main --previous`")
    assert run(homelab, finding["fix"]) == "a value that nobody knows\n"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (waiting("ImagePullBackOff", 'Back-off pulling image "infisical/infisical:v9"'), "image-not-pulled"),
        (waiting("CreateContainerConfigError", 'secret "infisical-secrets" not found'), "container-waits"),
        (unscheduled("0/1 nodes are available: 1 Insufficient memory."), "pod-not-scheduled"),
    ],
    ids=["image", "config", "node"],
)
def test_a_container_that_was_never_created_is_explained_by_its_status(
    doctor: Doctor, kubelet: Kubelet, status: Object, expected: str
) -> None:
    kubelet.runs("infisical", "infisical-x", status)

    assert only_finding(doctor)["id"] == expected


def test_a_volume_that_is_full_is_explained_by_an_event(doctor: Doctor, kubelet: Kubelet) -> None:
    message = 'MountVolume.SetUp failed for volume "data" : mkdir /var/lib/kubelet/pods: no space left on device'
    kubelet.runs("infisical", "postgresql-x", waiting("ContainerCreating"))
    kubelet.warns("infisical", "postgresql-x", "FailedMount", message)

    assert only_finding(doctor)["id"] == "volume-full"


def test_an_operator_that_does_not_run_is_named(homelab: Homelab, doctor: Doctor, kubelet: Kubelet) -> None:
    labels = {"app.kubernetes.io/name": "external-secrets"}
    kubelet.runs("external-secrets", "external-secrets-x", crashing(), labels=labels)

    finding = only_finding(doctor)

    assert (finding["id"], finding["where"]) == ("operator-not-running", ["Pod external-secrets/external-secrets-x"])
    assert finding["found"].startswith("CrashLoopBackOff: back-off 40s")
    assert "external-secrets-x" in run(homelab, finding["fix"])


SECRET = "grafana-secret"


def test_a_pod_that_reads_a_key_which_its_secret_does_not_have_is_named(doctor: Doctor, kubelet: Kubelet) -> None:
    reads = [{"name": "A", "valueFrom": {"secretKeyRef": {"name": SECRET, "key": "admin-pasword"}}}]
    message = f"couldn't find key admin-pasword in Secret monitoring/{SECRET}"
    kubelet.runs("monitoring", "reader", waiting("CreateContainerConfigError", message), env=reads)

    finding = only_finding(doctor)

    assert (finding["id"], finding["where"]) == ("pod-reads-undeclared-key", ["monitoring/pod/reader"])
    assert finding["found"] == f"key admin-pasword of Secret monitoring/{SECRET} not found"
    assert "admin-password" in finding["expected"]


def test_a_mounted_key_that_does_not_exist_is_read_from_the_events(doctor: Doctor, kubelet: Kubelet) -> None:
    volume = {"name": "files", "secret": {"secretName": SECRET, "items": [{"key": "no-key", "path": "a"}]}}
    kubelet.runs("monitoring", "reader", waiting("ContainerCreating"), volumes=[volume])
    message = 'MountVolume.SetUp failed for volume "files" : references non-existent secret key: no-key'
    kubelet.warns("monitoring", "reader", "FailedMount", message)

    assert only_finding(doctor)["id"] == "pod-reads-undeclared-key"


def test_a_pod_that_waited_for_a_secret_starts_by_itself(doctor: Doctor, kubelet: Kubelet) -> None:
    message = f'secret "{SECRET}" not found'
    reads = [{"secretRef": {"name": SECRET}}]
    kubelet.runs("monitoring", "reader", waiting("CreateContainerConfigError", message), envFrom=reads)

    finding = only_finding(doctor)

    assert (finding["id"], finding["level"]) == ("pod-starts-again", "warning")
