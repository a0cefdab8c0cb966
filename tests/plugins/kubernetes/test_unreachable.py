"""A cluster that cannot be reached: previews work, everything else reports it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugins.kubernetes.calling import Caller, CallFailed
from tests.plugins.kubernetes.objects import Made, config_map, resource


@pytest.fixture
def closed_port() -> Iterator[str]:
    """The address of a port without a listener."""
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
        f"configured Kubernetes cluster is unreachable: no answer from the API server https://{address}: connection "
        "refused. Check it with `kubectl get --raw /readyz`, then run the command again"
    )


async def test_previews_show_the_inputs(closed_port: str) -> None:
    made = await unreachable(closed_port)

    assert await made.check() == config_map("default")
    assert not (await made.diff(config_map("default"))).detailedDiff
    assert await made.update(config_map("default", key="new"), preview=True) == config_map("default", key="new")
    assert (await made.create(preview=True)).outputs == config_map("default")


async def test_a_creation_reports_the_reason(closed_port: str) -> None:
    with pytest.raises(CallFailed) as failure:
        await (await unreachable(closed_port)).create()

    assert failure.value.message == reason(closed_port)


async def test_a_refresh_explains_how_to_continue(closed_port: str) -> None:
    made = await unreachable(closed_port)

    with pytest.raises(CallFailed) as failure:
        await made.read()

    assert failure.value.message == (
        "failed to read resource state due to unreachable cluster. If the cluster was deleted, you can remove this "
        "resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment "
        'variable set to "true"'
    )
    assert made.caller.log.messages == [("warning", reason(closed_port))]


async def test_a_deletion_explains_how_to_continue(closed_port: str) -> None:
    with pytest.raises(CallFailed, match="PULUMI_K8S_DELETE_UNREACHABLE"):
        await (await unreachable(closed_port)).delete()


async def test_an_unreachable_resource_can_be_removed_from_the_state(
    closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", "true")
    made = await unreachable(closed_port)

    assert (await made.read()).id == ""
    await made.delete()


async def test_a_missing_kubeconfig_is_an_unreachable_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "missing"))
    caller = Caller()
    await caller.configure()

    with pytest.raises(CallFailed, match="no kubeconfig found"):
        await resource(caller, config_map("default")).create()


async def test_an_invalid_kubeconfig_is_not_quoted() -> None:
    caller = Caller()
    await caller.configure(kubeconfig="canary: [secret\n  token")

    with pytest.raises(CallFailed) as failure:
        await resource(caller, config_map("default")).create()

    assert "is not YAML or JSON" in failure.value.message
    assert "canary" not in failure.value.message
