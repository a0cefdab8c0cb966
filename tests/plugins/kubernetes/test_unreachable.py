"""A cluster that cannot be reached: previews go on, everything else says so."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugins.kubernetes.calling import Caller, CallFailed
from tests.plugins.kubernetes.objects import Made, config_map, resource


@pytest.fixture
def nobody() -> Iterator[str]:
    """The address of a port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def kubeconfig(address: str) -> str:
    return json.dumps(
        {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
            "clusters": [{"name": "k", "cluster": {"server": f"https://{address}"}}],
            "users": [{"name": "u", "user": {"token": "canary-token"}}],
        }
    )


async def unreachable(address: str, **options: str) -> Made:
    caller = Caller()
    await caller.configure(kubeconfig=kubeconfig(address), **options)
    made = resource(caller, config_map("default"))
    made.id = "default/it"
    made.state.update({**config_map("default"), "__inputs": config_map("default")})
    return made


def reason(address: str) -> str:
    return (
        "configured Kubernetes cluster is unreachable: unable to load schema information from the API server: "
        f'Get "https://{address}/openapi/v2?timeout=32s": dial tcp {address}: connect: connection refused'
    )


async def test_previews_show_the_inputs(nobody: str) -> None:
    made = await unreachable(nobody)

    assert await made.check() == config_map("default")
    assert not (await made.diff(config_map("default"))).detailedDiff
    assert await made.update(config_map("default", key="new"), preview=True) == config_map("default", key="new")
    assert (await made.create(preview=True)).outputs == config_map("default")


async def test_a_creation_says_why(nobody: str) -> None:
    with pytest.raises(CallFailed) as failure:
        await (await unreachable(nobody)).create()

    assert failure.value.message == reason(nobody)


async def test_a_refresh_says_how_to_go_on(nobody: str) -> None:
    made = await unreachable(nobody)

    with pytest.raises(CallFailed) as failure:
        await made.read()

    assert failure.value.message == (
        "failed to read resource state due to unreachable cluster. If the cluster was deleted, you can remove this "
        "resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment "
        'variable set to "true"'
    )
    assert made.caller.log.messages == [("warning", reason(nobody))]


async def test_a_delete_says_how_to_go_on(nobody: str) -> None:
    with pytest.raises(CallFailed, match="PULUMI_K8S_DELETE_UNREACHABLE"):
        await (await unreachable(nobody)).delete()


async def test_what_cannot_be_reached_can_be_forgotten(nobody: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", "true")
    made = await unreachable(nobody)

    assert (await made.read()).id == ""
    await made.delete()


async def test_a_missing_kubeconfig_is_an_unreachable_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "missing"))
    caller = Caller()
    await caller.configure()

    with pytest.raises(CallFailed, match="no kubeconfig found"):
        await resource(caller, config_map("default")).create()


async def test_a_broken_kubeconfig_is_not_quoted() -> None:
    caller = Caller()
    await caller.configure(kubeconfig="canary: [secret\n  token")

    with pytest.raises(CallFailed) as failure:
        await resource(caller, config_map("default")).create()

    assert "is not YAML or JSON" in failure.value.message
    assert "canary" not in failure.value.message
