"""The provider's own configuration, and what a change of it means."""

from __future__ import annotations

import json

import pytest
from pulumi.runtime.proto import provider_pb2

from plugins.kubernetes.config import read_config
from plugins.protocol.errors import ProviderError
from plugins.protocol.properties import UNKNOWN, Properties, to_struct
from tests.plugins.kubernetes.calling import Caller, CallFailed

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


async def test_rendering_goes_with_no_cluster() -> None:
    found = await check_config(renderYamlToDirectory="out", kubeconfig="k", context="c")

    assert found == {
        "context": '"context" arg is not compatible with "renderYamlToDirectory" arg',
        "kubeconfig": '"kubeconfig" arg is not compatible with "renderYamlToDirectory" arg',
    }


async def test_strict_mode_wants_a_cluster_named() -> None:
    assert await check_config(strictMode="true") == {
        "kubeconfig": 'strict mode requires Provider "kubeconfig" argument',
        "context": 'strict mode requires Provider "context" argument',
    }
    assert "strict mode prohibits default provider" in (await check_config("default_4", strictMode="true")).values()
    assert await check_config(strictMode="true", kubeconfig="k", context="c") == {}


async def test_client_side_apply_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "client-side apply" in (await check_config(enableServerSideApply="false"))["enableServerSideApply"]

    monkeypatch.setenv("PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", "false")
    with pytest.raises(CallFailed, match="client-side apply"):
        await Caller().configure()


async def test_rendering_what_has_not_changed_is_refused() -> None:
    """Ignored, the directory would lack what the program has: Argo CD would delete it."""
    said = await check_config(renderYamlToDirectory="out", alwaysRender="true")

    assert "rendering what has not changed" in said["alwaysRender"]


@pytest.mark.parametrize(
    ("variable", "attribute"),
    [
        ("PULUMI_K8S_ENABLE_SECRET_MUTABLE", "mutability.secrets"),
        ("PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE", "mutability.config_maps"),
        ("PULUMI_K8S_ENABLE_PATCH_FORCE", "patch_force"),
        ("PULUMI_K8S_UPSERT_EXISTING_OBJECTS", "upsert"),
        ("PULUMI_K8S_DELETE_UNREACHABLE", "delete_unreachable"),
        ("PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", "skip_update_unreachable"),
    ],
)
def test_the_environment_sets_what_the_program_does_not(
    variable: str, attribute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def value(**options: str) -> object:
        found: object = read_config({f"kubernetes:config:{key}": word for key, word in options.items()})
        for name in attribute.split("."):
            found = getattr(found, name)
        return found

    assert value() is False
    monkeypatch.setenv(variable, "true")
    assert value() is True
    options = {
        "mutability.secrets": "enableSecretMutable",
        "mutability.config_maps": "enableConfigMapMutable",
        "patch_force": "enablePatchForce",
        "upsert": "upsertExistingObjects",
        "delete_unreachable": "deleteUnreachable",
        "skip_update_unreachable": "skipUpdateUnreachable",
    }
    assert value(**{options[attribute]: "false"}) is False


def test_client_settings_are_json_or_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_K8S_CLIENT_QPS", "7")
    monkeypatch.setenv("PULUMI_K8S_CLIENT_TIMEOUT", "9")

    settings = read_config({"kubernetes:config:kubeClientSettings": '{"burst": 20, "timeout": 3}'}).client

    assert (settings.qps, settings.burst, settings.timeout) == (7, 20, 3)


@pytest.mark.parametrize("text", ["no json", '{"qps": "many"}'])
def test_client_settings_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ProviderError, match="kubeClientSettings"):
        read_config({"kubernetes:config:kubeClientSettings": text})


async def test_another_cluster_replaces_everything() -> None:
    answer = await diff_config({"kubeconfig": kubeconfig()}, {"kubeconfig": kubeconfig("https://two")})

    assert (list(answer.diffs), list(answer.replaces)) == (["kubeconfig"], ["kubeconfig"])


async def test_another_context_with_another_cluster_replaces_everything() -> None:
    answer = await diff_config({"kubeconfig": kubeconfig()}, {"kubeconfig": kubeconfig(), "context": "other"})

    assert (list(answer.diffs), list(answer.replaces)) == (["context"], ["context"])


async def test_other_credentials_for_the_cluster_replace_nothing() -> None:
    answer = await diff_config({"kubeconfig": kubeconfig()}, {"kubeconfig": kubeconfig(token="new")})

    assert (list(answer.diffs), list(answer.replaces)) == (["kubeconfig"], [])


async def test_an_unknown_kubeconfig_may_be_another_cluster() -> None:
    answer = await diff_config({"kubeconfig": kubeconfig()}, {"kubeconfig": UNKNOWN})

    assert list(answer.replaces) == ["kubeconfig"]


async def test_the_cluster_identifier_decides_where_there_is_one() -> None:
    one, two = kubeconfig(), kubeconfig("https://two")

    same = await diff_config(
        {"kubeconfig": one, "clusterIdentifier": "a"}, {"kubeconfig": two, "clusterIdentifier": "a"}
    )
    other = await diff_config(
        {"kubeconfig": one, "clusterIdentifier": "a"}, {"kubeconfig": one, "clusterIdentifier": "b"}
    )

    assert (list(same.diffs), list(same.replaces)) == (["kubeconfig"], [])
    assert list(other.replaces) == ["clusterIdentifier"]


async def test_another_directory_renders_everything_anew() -> None:
    answer = await diff_config({"renderYamlToDirectory": "a"}, {"renderYamlToDirectory": "b"})

    assert list(answer.replaces) == ["renderYamlToDirectory"]
