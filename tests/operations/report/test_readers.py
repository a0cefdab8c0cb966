"""The report says which workloads read each key, and how."""

from __future__ import annotations

from typing import Any

from operations.report.content import Reader
from operations.report.readers import readers_of, uses_of
from tests.operations.report.homelabs import app_pod

SECRET = ("sites", "web-secret")


def readers(key: str, spec: dict[str, Any], *, phase: str = "Running", restarts: tuple[str, ...] = ()) -> list[Reader]:
    uses = uses_of([app_pod("sites", "web", spec, phase)])
    return [*readers_of([use for use in uses if use.secret == SECRET], key, restarts)]


def container(**fields: Any) -> dict[str, Any]:
    return {"containers": [fields]}


def mounted(volume: dict[str, Any], **mount: str) -> dict[str, Any]:
    mounts = [{"name": "v", "mountPath": "/etc/web", **mount}]
    return {**container(volumeMounts=mounts), "volumes": [{"name": "v", **volume}]}


def test_a_variable_of_one_key_has_its_name() -> None:
    reference = {"secretKeyRef": {"name": "web-secret", "key": "token"}}
    spec = container(env=[{"name": "WEB_TOKEN", "valueFrom": reference}])

    assert readers("token", spec) == [Reader("deployment/web", ("environment WEB_TOKEN",))]
    assert readers("other", spec) == []


def test_all_keys_as_environment_are_read_by_their_names() -> None:
    spec = container(envFrom=[{"prefix": "APP_", "secretRef": {"name": "web-secret"}}])

    assert readers("TOKEN", spec) == [Reader("deployment/web", ("environment APP_TOKEN",))]


def test_an_init_container_counts() -> None:
    spec = {"initContainers": [{"envFrom": [{"secretRef": {"name": "web-secret"}}]}]}

    assert [reader.name for reader in readers("TOKEN", spec)] == ["deployment/web"]


def test_a_volume_has_a_file_of_each_key() -> None:
    assert readers("token", mounted({"secret": {"secretName": "web-secret"}})) == [
        Reader("deployment/web", ("file /etc/web/token",))
    ]


def test_a_volume_with_items_has_only_these() -> None:
    items = [{"key": "token", "path": "api/token.txt"}]
    spec = mounted({"projected": {"sources": [{"secret": {"name": "web-secret", "items": items}}]}})

    assert [reader.ways for reader in readers("token", spec)] == [("file /etc/web/api/token.txt",)]
    assert readers("other", spec) == []


def test_a_single_file_is_only_the_key_of_its_name() -> None:
    spec = mounted({"secret": {"secretName": "web-secret"}}, subPath="token", mountPath="/run/token")

    assert [reader.ways for reader in readers("token", spec)] == [("file /run/token",)]
    assert readers("other", spec) == []


def test_an_image_pull_secret_is_a_use_of_its_keys() -> None:
    spec = {"imagePullSecrets": [{"name": "web-secret"}]}

    assert [reader.ways for reader in readers(".dockerconfigjson", spec)] == [("image pull",)]


def test_a_volume_that_no_container_mounts_is_no_use() -> None:
    assert readers("token", {"volumes": [{"name": "v", "secret": {"secretName": "web-secret"}}]}) == []


def test_a_pod_that_has_ended_reads_nothing() -> None:
    spec = container(envFrom=[{"secretRef": {"name": "web-secret"}}])

    assert readers("TOKEN", spec, phase="Succeeded") == []


def test_several_pods_of_a_workload_are_one_reader() -> None:
    spec = container(envFrom=[{"secretRef": {"name": "web-secret"}}])
    uses = uses_of([app_pod("sites", "web", spec), app_pod("sites", "web", spec)])

    assert len(readers_of(uses, "TOKEN", ())) == 1


def test_a_pod_without_a_workload_is_named_itself() -> None:
    spec = container(envFrom=[{"secretRef": {"name": "web-secret"}}])
    metadata = {"name": "job-1", "namespace": "sites"}
    uses = uses_of([{"metadata": metadata, "spec": spec, "status": {"phase": "Running"}}])

    assert [reader.name for reader in readers_of(uses, "TOKEN", ())] == ["pod/job-1"]


def test_a_pod_of_a_job_is_named_by_its_job() -> None:
    spec = container(envFrom=[{"secretRef": {"name": "web-secret"}}])
    owners = [{"kind": "Job", "name": "backup", "controller": True}]
    metadata = {"name": "backup-1", "namespace": "sites", "ownerReferences": owners}
    uses = uses_of([{"metadata": metadata, "spec": spec, "status": {"phase": "Running"}}])

    assert [reader.name for reader in readers_of(uses, "TOKEN", ())] == ["job/backup"]


def test_a_workload_that_a_rotation_restarts_is_marked() -> None:
    spec = container(envFrom=[{"secretRef": {"name": "web-secret"}}])

    assert [reader.restarts for reader in readers("TOKEN", spec, restarts=("deployment/web",))] == [True]
    assert [reader.restarts for reader in readers("TOKEN", spec, restarts=("deployment/api",))] == [False]
