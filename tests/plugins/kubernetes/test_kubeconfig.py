"""The cluster and the credentials that a kubeconfig leads to."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.controlplane import ControlPlane
from tests.plugins.kubernetes.calling import Caller, CallFailed
from tests.plugins.kubernetes.objects import config_map, live, resource


def kubeconfig(name: str = "one", **context: str) -> dict[str, Any]:
    return {
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, **context}}],
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}", "certificate-authority": "ca.crt"}}],
        "users": [{"name": name, "user": {"client-certificate": "tls.crt", "client-key": "/keys/tls.key"}}],
    }


async def failure_of(config: str, **options: str) -> str:
    caller = Caller()
    await caller.configure(kubeconfig=config, **options)
    with pytest.raises(CallFailed) as failure:
        await resource(caller, config_map("default")).create()
    return failure.value.message


async def test_the_context_and_the_cluster_can_be_chosen(tmp_path: Path) -> None:
    config = kubeconfig("one")
    for section, entries in kubeconfig("two").items():
        if section != "current-context":
            config[section] += entries
    for cluster in config["clusters"]:
        # Nothing listens there.
        cluster["cluster"] = {"server": f"https://127.0.0.1:1/{cluster['name']}"}
    config["users"] = [{"name": user["name"], "user": {"token": "t"}} for user in config["users"]]
    file = tmp_path / "config"
    file.write_text(yaml.safe_dump(config))

    for given in (str(file), json.dumps(config)):
        assert "https://127.0.0.1:1/one: " in await failure_of(given)
        assert "https://127.0.0.1:1/two: " in await failure_of(given, context="two")
        assert "https://127.0.0.1:1/two: " in await failure_of(given, cluster="two")


async def test_objects_without_a_namespace_go_to_that_of_the_context() -> None:
    caller = Caller()
    await caller.configure(kubeconfig=json.dumps(kubeconfig(namespace="team")))
    unplaced = config_map("")
    del unplaced["metadata"]["namespace"]

    assert (await resource(caller, unplaced).check())["metadata"]["namespace"] == "team"


@pytest.mark.parametrize(
    ("config", "options", "found"),
    [
        (kubeconfig(), {"context": "none"}, "the kubeconfig has no context 'none'; found: 'one'"),
        ({**kubeconfig(), "clusters": []}, {}, "the kubeconfig has no cluster 'one'; found: none"),
        ({**kubeconfig(), "users": []}, {}, "the kubeconfig has no user 'one'; found: none"),
        ({**kubeconfig(), "current-context": ""}, {}, "the kubeconfig has no current context"),
        ("a string", {}, "is not YAML or JSON with clusters, contexts and users"),
    ],
    ids=["no context", "no cluster", "no user", "no current context", "no mapping"],
)
async def test_the_error_names_the_missing_part_of_a_kubeconfig(
    config: Any, options: dict[str, str], found: str
) -> None:
    message = await failure_of(json.dumps(config), **options)

    assert message.startswith("configured Kubernetes cluster is unreachable: ")
    assert found in message


def exec_kubeconfig(cluster: ControlPlane, plugin: Path, version: str) -> str:
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    command = {"apiVersion": f"client.authentication.k8s.io/{version}", "command": str(plugin), "env": None}
    config["users"] = [{"name": user["name"], "user": {"exec": command}} for user in config["users"]]
    return json.dumps(config)


def write_plugin(directory: Path, status: dict[str, str]) -> Path:
    plugin = directory / "plugin"
    credential = json.dumps({"kind": "ExecCredential", "status": status})
    plugin.write_text(
        f'#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" > {directory}/info\necho run >> {directory}/runs\n'
        f"cat <<'EOF'\n{credential}\nEOF\n"
    )
    plugin.chmod(stat.S_IRWXU)
    return plugin


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
async def test_an_exec_plugin_runs_once_and_its_token_is_used(
    cluster: ControlPlane, namespace: str, tmp_path: Path, version: str
) -> None:
    kubectl = cluster.kubectl.run
    kubectl("-n", namespace, "create", "serviceaccount", "robot")
    robot = f"--serviceaccount={namespace}:robot"
    kubectl("-n", namespace, "create", "rolebinding", "robot", "--clusterrole=cluster-admin", robot)
    token = kubectl("-n", namespace, "create", "token", "robot").strip()
    plugin = write_plugin(tmp_path, {"token": token})
    caller = Caller()
    await caller.configure(kubeconfig=exec_kubeconfig(cluster, plugin, version))

    made = await resource(caller, config_map(namespace)).create()
    await made.update(config_map(namespace, key="new"))
    await caller.close()

    assert live(cluster, "configmap", "it", namespace)["data"] == {"key": "new"}
    assert (tmp_path / "runs").read_text() == "run\n"
    info = json.loads((tmp_path / "info").read_text())
    assert info["apiVersion"] == f"client.authentication.k8s.io/{version}"


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo canary-credential", "its exec plugin printed no token"),
        ("echo canary-credential >&2; exit 1", "its exec plugin or token file failed with ConfigError"),
    ],
    ids=["no token", "failure"],
)
async def test_the_output_of_an_exec_plugin_is_not_in_the_error(
    cluster: ControlPlane, namespace: str, tmp_path: Path, script: str, found: str
) -> None:
    plugin = tmp_path / "plugin"
    plugin.write_text(f"#!/bin/sh\n{script}\n")
    plugin.chmod(stat.S_IRWXU)
    caller = Caller()
    await caller.configure(kubeconfig=exec_kubeconfig(cluster, plugin, "v1"))

    with pytest.raises(CallFailed) as failure:
        await resource(caller, config_map(namespace)).create()
    await caller.close()

    assert f"cannot be used: {found}. Check them with `kubectl auth whoami`" in failure.value.message
    assert "canary" not in failure.value.message
