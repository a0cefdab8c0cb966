"""Check: names, namespaces, refusals and secret marks."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf.message import Message
from pulumi.runtime.proto import provider_pb2

from tests.plugins.kubernetes.calling import Caller, CallFailed
from tests.plugins.kubernetes.objects import config_map, resource
from tooling.plugin.properties import UNKNOWN, Secret, Unknown, from_struct, to_struct


@pytest.fixture
async def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Caller:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    caller = Caller()
    await caller.configure()
    return caller


async def test_an_unnamed_object_is_named_after_its_resource_and_marked(offline: Caller) -> None:
    unnamed = {"apiVersion": "v1", "kind": "ConfigMap"}

    first = await resource(offline, unnamed).check()
    again = await resource(offline, unnamed).check()

    assert first["metadata"]["name"].startswith("it-")
    assert len(first["metadata"]["name"]) == len("it-") + 8
    assert first["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    assert again == first


async def test_an_autonamed_object_keeps_its_name(offline: Caller) -> None:
    unnamed = resource(offline, {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1"}})
    named = await unnamed.check()
    unnamed.inputs = {**unnamed.inputs, "data": {"a": "2"}}

    assert (await unnamed.check(olds=named))["metadata"] == named["metadata"]


async def test_a_name_in_the_program_replaces_the_generated_name(offline: Caller) -> None:
    named = await resource(offline, {"apiVersion": "v1", "kind": "ConfigMap"}).check()

    checked = await resource(offline, config_map("default", "chosen")).check(olds=named)

    assert checked["metadata"] == {"name": "chosen", "namespace": "default"}


async def test_an_unknown_name_is_kept(offline: Caller) -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": UNKNOWN}}

    assert (await resource(offline, manifest).check())["metadata"] == {"name": UNKNOWN}


@pytest.mark.parametrize(
    ("mode", "proposed", "name"), [("PROPOSE", "proposed", "proposed"), ("ENFORCE", "exact", "exact")]
)
async def test_the_autonaming_configuration_of_the_stack_sets_the_name(
    offline: Caller, mode: str, proposed: str, name: str
) -> None:
    options = provider_pb2.CheckRequest.AutonamingOptions
    request = provider_pb2.CheckRequest(type="kubernetes:core/v1:ConfigMap", name="it", randomSeed=b"seed")
    request.autonaming.CopyFrom(options(mode=options.Mode.Value(mode), proposed_name=proposed))
    request.news.CopyFrom(to_struct({"apiVersion": "v1", "kind": "ConfigMap"}))

    answer = from_struct((await offline.call("Check", request)).inputs)

    assert answer["metadata"]["name"] == name


async def test_disabled_autonaming_requires_a_name(offline: Caller) -> None:
    options = provider_pb2.CheckRequest.AutonamingOptions
    request = provider_pb2.CheckRequest(type="kubernetes:core/v1:ConfigMap", name="it")
    request.autonaming.CopyFrom(options(mode=options.Mode.Value("DISABLE")))
    request.news.CopyFrom(to_struct({"apiVersion": "v1", "kind": "ConfigMap"}))

    with pytest.raises(CallFailed, match=r"Fix: set metadata\.name"):
        await offline.call("Check", request)


REFUSED = (
    " is not supported by this Python kubernetes provider; expected a v1 Namespace, Secret, ConfigMap or "
    "PersistentVolumeClaim, a batch/v1 CronJob, a patch of one, or a custom resource. Fix: install the official "
    "provider: pulumi plugin install resource kubernetes 4.34.2"
)


@pytest.mark.parametrize(
    ("token", "found"),
    [
        ("kubernetes:apps/v1:Deployment", "apps/v1/Deployment"),
        ("kubernetes:apps/v1:DeploymentPatch", "apps/v1/Deployment"),
        ("kubernetes:core/v1:Pod", "v1/Pod"),
        ("kubernetes:core/v1:ConfigMapList", "v1/ConfigMapList"),
        (
            "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
            "apiextensions.k8s.io/v1/CustomResourceDefinition",
        ),
        ("kubernetes:helm.sh/v3:Release", "kubernetes:helm.sh/v3:Release"),
        ("kubernetes:yaml/v2:ConfigFile", "kubernetes:yaml/v2:ConfigFile"),
        ("kubernetes:kustomize/v2:Directory", "kubernetes:kustomize/v2:Directory"),
    ],
)
async def test_a_type_that_the_provider_does_not_manage_is_refused(offline: Caller, token: str, found: str) -> None:
    made = resource(offline, config_map("default"))
    made.token = token

    with pytest.raises(CallFailed) as failure:
        await made.check()

    assert failure.value.message == found + REFUSED


async def test_an_object_of_a_kind_that_the_provider_does_not_manage_is_refused(offline: Caller) -> None:
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "it"}}

    with pytest.raises(CallFailed) as failure:
        await resource(offline, job).check()

    assert failure.value.message == "batch/v1/Job" + REFUSED


@pytest.mark.parametrize(
    ("method", "asked", "found"),
    [
        ("Invoke", provider_pb2.InvokeRequest(tok="kubernetes:helm:template"), "kubernetes:helm:template"),
        ("Construct", provider_pb2.ConstructRequest(type="kubernetes:helm.sh/v4:Chart"), "kubernetes:helm.sh/v4:Chart"),
    ],
)
async def test_functions_and_components_are_refused(offline: Caller, method: str, asked: Message, found: str) -> None:
    with pytest.raises(CallFailed) as failure:
        await offline.call(method, asked)

    assert failure.value.message == found + REFUSED


async def test_a_custom_kind_may_end_in_list(offline: Caller) -> None:
    manifest = {"apiVersion": "test.example/v1", "kind": "AllowList", "metadata": {"name": "it", "namespace": "n"}}

    assert await resource(offline, manifest).check() == manifest


async def test_a_patch_needs_a_name(offline: Caller) -> None:
    with pytest.raises(CallFailed, match=r"patch resources require the `\.metadata\.name` field"):
        await resource(offline, {"apiVersion": "v1", "kind": "ConfigMap"}, patch=True).check()


@pytest.mark.parametrize("missing", ["apiVersion", "kind"])
async def test_an_object_without_a_kind_is_refused(offline: Caller, missing: str) -> None:
    made = resource(offline, config_map("default"))
    del made.inputs[missing]

    with pytest.raises(CallFailed, match=f"^{missing} not found"):
        await made.check()


async def test_a_generated_name_is_refused(offline: Caller) -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "some-"}}

    with pytest.raises(CallFailed, match="generateName"):
        await resource(offline, manifest).check()


async def test_string_data_becomes_secret_data_in_base64(offline: Caller) -> None:
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "it", "namespace": "n"},
        "data": {"kept": "b25l", "both": "b25l"},
        "stringData": {"both": "two"},
    }

    checked = await resource(offline, manifest).check()

    assert checked["data"] == Secret({"kept": "b25l", "both": "dHdv"})
    assert "stringData" not in checked


@pytest.mark.parametrize(
    ("value", "found"), [(5432, "a number"), (True, "a boolean"), (["a"], "a list"), ({"a": "b"}, "a mapping")]
)
async def test_string_data_that_is_not_a_string_is_refused(offline: Caller, value: object, found: str) -> None:
    """Converted to a string, it would change: True, or 5432.0."""
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "it"}, "stringData": {"port": value}}

    with pytest.raises(CallFailed, match=rf'^stringData\["port"\]: found {found}; expected a string\.'):
        await resource(offline, manifest).check()


@pytest.mark.parametrize(
    ("manifest", "checked"),
    [
        pytest.param(
            {"apiVersion": "v1", "kind": "ConfigMap", "binaryData": None, "data": {"a": None, "b": "1"}},
            {"data": {"b": "1"}},
            id="a built-in kind",
        ),
        pytest.param(
            {"apiVersion": "test.example/v1", "kind": "Thing", "spec": {"items": [{"a": None, "b": 1}], "c": None}},
            {"spec": {"items": [{"b": 1}]}},
            id="a custom kind",
        ),
        pytest.param(
            {"apiVersion": "v1", "kind": "Secret", "stringData": {"a": None, "b": ""}},
            {"data": Secret({"b": ""})},
            id="a secret",
        ),
    ],
)
async def test_a_null_field_is_removed(
    offline: Caller, manifest: dict[str, object], checked: dict[str, object]
) -> None:
    """If it were written, the object would own the field."""
    named = {**manifest, "metadata": {"name": "it", "namespace": "n", "labels": None}}

    answer = await resource(offline, named).check()

    identity = {"apiVersion": manifest["apiVersion"], "kind": manifest["kind"]}
    assert answer == {**identity, **checked, "metadata": {"name": "it", "namespace": "n"}}


async def test_a_secret_with_an_unknown_value_is_not_encoded_yet(offline: Caller) -> None:
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "it", "namespace": "n"},
        "stringData": {"known": "1", "unknown": Unknown()},
    }

    assert (await resource(offline, manifest).check())["stringData"] == Secret({"known": "1", "unknown": Unknown()})


async def test_a_secret_in_a_list_makes_the_list_secret(offline: Caller) -> None:
    manifest = {
        "apiVersion": "test.example/v1",
        "kind": "Thing",
        "metadata": {"name": "it", "namespace": "n"},
        "spec": {"items": ["plain", Secret("hidden")], "other": "plain"},
    }

    checked = await resource(offline, manifest).check()

    assert checked["spec"] == {"items": Secret(["plain", "hidden"]), "other": "plain"}


async def test_the_annotation_of_autonamed_objects_cannot_be_set(offline: Caller) -> None:
    manifest = config_map("default")
    manifest["metadata"]["annotations"] = {"pulumi.com/autonamed": "true"}

    await resource(offline, manifest).check()

    warning = 'ignoring user-specified value for internal annotation "pulumi.com/autonamed"'
    assert offline.log.messages == [("warning", warning)]


async def test_a_claim_is_accepted_only_without_a_wait_for_its_volume(offline: Caller) -> None:
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "it", "namespace": "n"}}

    with pytest.raises(CallFailed, match=r'expected the annotation pulumi\.com/skipAwait: "true"'):
        await resource(offline, claim).check()
    claim["metadata"] |= {"annotations": {"pulumi.com/skipAwait": "true"}}  # type: ignore[operator]
    await resource(offline, claim).check()
