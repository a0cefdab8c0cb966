"""Objects are validated against the schemas that an API server uses."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from operations.pull_request.schemas import Schemas
from tooling.toolchain import ensure_definitions
from tooling.toolchain.progress import Reporter

EXTERNAL_SECRET: dict[str, Any] = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "ExternalSecret",
    "metadata": {"name": "web", "namespace": "web"},
    "spec": {
        "refreshInterval": "1h0m0s",
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "infisical"},
        "target": {"name": "web", "creationPolicy": "Owner"},
        "data": [{"secretKey": "KEY", "remoteRef": {"key": "KEY"}}],
    },
}
SECRET: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "web", "labels": {"a": "b"}},
    "data": "[secret]",
}


CRON_JOB: dict[str, Any] = {
    "apiVersion": "batch/v1",
    "kind": "CronJob",
    "metadata": {"name": "web"},
    "spec": {
        "schedule": "@daily",
        "jobTemplate": {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "web:1"}]}}}},
    },
}


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas(*ensure_definitions(Reporter()))


def changed(manifest: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    copied = copy.deepcopy(manifest)
    *steps, last = path.split("/")
    found = copied
    for step in steps:
        found = found[int(step)] if isinstance(found, list) else found[step]
    found[last] = value
    return copied


@pytest.mark.parametrize(
    "manifest",
    [
        EXTERNAL_SECRET,
        SECRET,
        CRON_JOB,
        changed(EXTERNAL_SECRET, "spec/data/0/secretKey", "04da6b54-80e4-46f7-96ec-b56ff0331ba9"),
        changed(EXTERNAL_SECRET, "spec/data/0/remoteRef", "[secret]"),
        changed(SECRET, "data", {"KEY": "dmFsdWU="}),
    ],
    ids=["external-secret", "secret", "cron-job", "unknown", "hidden", "data"],
)
def test_valid_objects_and_unknown_values_pass(manifest: dict[str, Any], schemas: Schemas) -> None:
    assert schemas.problems(manifest) == []


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        (changed(EXTERNAL_SECRET, "spec/tarjet", {}), "spec: unknown field 'tarjet'"),
        (changed(EXTERNAL_SECRET, "spec/data/0/remoteRef", {}), "spec.data[0].remoteRef: missing field 'key'"),
        (changed(EXTERNAL_SECRET, "spec/refreshInterval", 3), "spec.refreshInterval: must be of type string"),
        (
            changed(EXTERNAL_SECRET, "spec/target/creationPolicy", "Mine"),
            "spec.target.creationPolicy: must be one of Owner, Orphan, Merge, None",
        ),
        (changed(SECRET, "metadata/label", {}), "metadata: unknown field 'label'"),
        (changed(SECRET, "metadata/labels", {"a": 1}), "metadata.labels.a: must be of type string"),
        (changed(SECRET, "stringdata", {}), "the object: unknown field 'stringdata'"),
        (
            changed(CRON_JOB, "spec/jobTemplate/spec/template/spec/containers/0/imag", "web:1"),
            "spec.jobTemplate.spec.template.spec.containers[0]: unknown field 'imag'",
        ),
    ],
    ids=["unknown-field", "missing", "type", "enum", "metadata", "label", "core", "cron-job"],
)
def test_an_error_names_its_field(manifest: dict[str, Any], problem: str, schemas: Schemas) -> None:
    assert schemas.problems(manifest) == [problem]


def test_a_kind_without_a_schema_is_reported_as_unknown(schemas: Schemas) -> None:
    assert schemas.problems({"apiVersion": "example.net/v1", "kind": "Thing"}) is None
    assert schemas.problems({"apiVersion": "external-secrets.io/v0", "kind": "ExternalSecret"}) is None
    assert schemas.problems({"apiVersion": "v1", "kind": "Thing"}) is None
