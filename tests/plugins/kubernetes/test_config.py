"""The provider's configuration, and the effect of a change."""

from __future__ import annotations

import json

import pytest
from pulumi.runtime.proto import provider_pb2

from plugins.kubernetes.config import read_config
from tests.plugins.kubernetes.calling import Caller, CallFailed
from tooling.plugin.properties import UNKNOWN, Properties, to_struct

PROVIDER = "urn:pulumi:test::project::pulumi:providers:kubernetes"


def kubeconfig(server: str = "https://one", current: str = "c", token: str = "t") -> str:
    return json.dumps(
        {
            "current-context": current,
            "contexts": [
                {"name": "c", "context": {"cluster": "k", "user": "u"}},
                {"name": "other", "context": {"cluster": "other", "user": "u"}},
            ],
            "clusters": [
                {"name": "k", "cluster": {"server": server}},
                {"name": "other", "cluster": {"server": "https://other"}},
            ],
            "users": [{"name": "u", "user": {"token": token}}],
        }
    )


async def check_config(name: str = "mine", **news: object) -> dict[str, str]:
    request = provider_pb2.CheckRequest(urn=f"{PROVIDER}::{name}")
    request.news.CopyFrom(to_struct(news))
    answer = await Caller().call("CheckConfig", request)
    assert answer.inputs == request.news
    return {failure.property: failure.reason for failure in answer.failures}


async def diff_config(olds: Properties, news: Properties) -> provider_pb2.DiffResponse:
    request = provider_pb2.DiffRequest(urn=f"{PROVIDER}::mine")
    request.olds.CopyFrom(to_struct(olds))
    request.news.CopyFrom(to_struct(news))
    answer: provider_pb2.DiffResponse = await Caller().call("DiffConfig", request)
    return answer


def refused(option: str) -> str:
    return (
        f"{option} is not supported by this Python kubernetes provider. Fix: remove the option, or install the "
        "official provider: pulumi plugin install resource kubernetes 4.34.2"
    )


@pytest.mark.parametrize(
    "option",
    [
        "alwaysRender",
        "clusterIdentifier",
        "enableConfigMapMutable",
        "kubeClientSettings",
        "renderYamlToDirectory",
        "skipUpdateUnreachable",
        "strictMode",
    ],
)
async def test_an_unsupported_option_is_refused(option: str) -> None:
    assert await check_config(**{option: "anything"}) == {option: refused(option)}

    with pytest.raises(CallFailed) as failure:
        await Caller().configure(**{option: "anything"})
    assert failure.value.message == refused(option)


@pytest.mark.parametrize("value", ["false", False, "", None])
async def test_an_unsupported_option_may_be_off(value: object) -> None:
    assert await check_config(strictMode=value, enableConfigMapMutable=value) == {}


@pytest.mark.parametrize(
    ("variable", "option"),
    [
        ("PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE", "enableConfigMapMutable"),
        ("PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", "skipUpdateUnreachable"),
        ("PULUMI_K8S_CLIENT_QPS", "kubeClientSettings"),
    ],
)
async def test_an_unsupported_option_in_the_environment_is_refused(
    variable: str, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "true")

    with pytest.raises(CallFailed) as failure:
        await Caller().configure()

    assert failure.value.message == refused(f"{option} (set by {variable} in the environment)")


async def test_client_side_apply_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    failures = await check_config(enableServerSideApply="false")
    assert "expected true or missing. Fix: remove the option" in failures["enableServerSideApply"]

    monkeypatch.setenv("PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", "false")
    with pytest.raises(CallFailed, match="enableServerSideApply: false is not supported"):
        await Caller().configure()


@pytest.mark.parametrize(
    ("variable", "attribute"),
    [
        ("PULUMI_K8S_ENABLE_SECRET_MUTABLE", "mutable_secrets"),
        ("PULUMI_K8S_ENABLE_PATCH_FORCE", "patch_force"),
        ("PULUMI_K8S_UPSERT_EXISTING_OBJECTS", "upsert"),
        ("PULUMI_K8S_DELETE_UNREACHABLE", "delete_unreachable"),
    ],
)
def test_an_environment_variable_is_the_default_of_an_option(
    variable: str, attribute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def value(**options: str) -> object:
        return getattr(read_config({f"kubernetes:config:{key}": word for key, word in options.items()}), attribute)

    assert value() is False
    monkeypatch.setenv(variable, "true")
    assert value() is True
    options = {
        "mutable_secrets": "enableSecretMutable",
        "patch_force": "enablePatchForce",
        "upsert": "upsertExistingObjects",
        "delete_unreachable": "deleteUnreachable",
    }
    assert value(**{options[attribute]: "false"}) is False


async def test_a_different_cluster_replaces_all_resources() -> None:
    answer = await diff_config({"kubeconfig": kubeconfig()}, {"kubeconfig": kubeconfig("https://two")})

    assert (list(answer.diffs), list(answer.replaces)) == (["kubeconfig"], ["kubeconfig"])


async def test_a_context_with_a_different_cluster_replaces_all_resources() -> None:
    answer = await diff_config({"kubeconfig": kubeconfig()}, {"kubeconfig": kubeconfig(), "context": "other"})

    assert (list(answer.diffs), list(answer.replaces)) == (["context"], ["context"])


async def test_new_credentials_for_the_same_cluster_replace_no_resource() -> None:
    answer = await diff_config({"kubeconfig": kubeconfig()}, {"kubeconfig": kubeconfig(token="new")})

    assert (list(answer.diffs), list(answer.replaces)) == (["kubeconfig"], [])


async def test_an_unknown_kubeconfig_replaces_all_resources() -> None:
    answer = await diff_config({"kubeconfig": kubeconfig()}, {"kubeconfig": UNKNOWN})

    assert list(answer.replaces) == ["kubeconfig"]


async def test_a_kubeconfig_that_cannot_be_parsed_is_not_quoted() -> None:
    with pytest.raises(CallFailed, match="is not YAML or JSON") as failure:
        await diff_config({"kubeconfig": kubeconfig()}, {"kubeconfig": "canary: [secret\n  token"})

    assert "canary" not in failure.value.message
