"""Which cluster a kubeconfig leads to, and with whose credentials."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from plugins.kubernetes.kubeconfig import KubeconfigError, find_access
from sandbox.controlplane import ControlPlane
from tests.plugins.kubernetes.calling import Caller, CallFailed
from tests.plugins.kubernetes.objects import config_map, resource


def kubeconfig(name: str = "one", **context: str) -> dict[str, Any]:
    return {
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, **context}}],
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}", "certificate-authority": "ca.crt"}}],
        "users": [{"name": name, "user": {"client-certificate": "tls.crt", "client-key": "/keys/tls.key"}}],
    }


@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump])
def test_it_is_text_or_a_path(write: Any, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(write(kubeconfig()))

    for given in (write(kubeconfig()), str(file)):
        assert find_access(given, "", "").server == "https://one"


def test_paths_in_a_file_are_relative_to_it(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(json.dumps(kubeconfig()))

    access = find_access(str(file), "", "")

    assert access.cluster["certificate-authority"] == str(tmp_path / "ca.crt")
    assert access.user == {"client-certificate": str(tmp_path / "tls.crt"), "client-key": "/keys/tls.key"}


def test_files_in_the_environment_are_merged_and_the_first_one_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = kubeconfig("one"), kubeconfig("two", namespace="team")
    second["clusters"].append({"name": "one", "cluster": {"server": "https://not-this"}})
    for name, config in (("a", first), ("b", second)):
        (tmp_path / name).write_text(json.dumps(config))
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'a'}:{tmp_path / 'missing'}:{tmp_path / 'b'}")

    assert find_access("", "", "").server == "https://one"
    assert find_access("", "two", "").namespace == "team"
    assert find_access("", "two", "one").server == "https://one"


def test_the_home_directory_has_one_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_text(json.dumps(kubeconfig()))

    assert find_access("", "", "").server == "https://one"


@pytest.mark.parametrize(
    ("config", "context", "words"),
    [
        (kubeconfig(), "nowhere", 'context "nowhere" does not exist in the kubeconfig (it has: one)'),
        ({**kubeconfig(), "clusters": []}, "", 'cluster "one" does not exist in the kubeconfig (it has: none)'),
        ({**kubeconfig(), "users": []}, "", 'user "one" does not exist'),
        ({**kubeconfig(), "current-context": ""}, "", "no current context is set"),
        ("nothing like it", "", "is no kubeconfig"),
    ],
)
def test_what_leads_nowhere_says_why(config: Any, context: str, words: str) -> None:
    with pytest.raises(KubeconfigError) as failure:
        find_access(json.dumps(config), context, "")

    assert words in failure.value.message


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
async def test_an_exec_plugin_gives_the_token_once(
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

    assert cluster.kubectl.get("configmap", "it", namespace)["data"] == {"key": "new"}
    assert (tmp_path / "runs").read_text() == "run\n"
    info = json.loads((tmp_path / "info").read_text())
    assert info["apiVersion"] == f"client.authentication.k8s.io/{version}"


async def test_what_an_exec_plugin_prints_is_not_quoted(cluster: ControlPlane, namespace: str, tmp_path: Path) -> None:
    plugin = write_plugin(tmp_path, {"password": "canary-credential"})
    caller = Caller()
    await caller.configure(kubeconfig=exec_kubeconfig(cluster, plugin, "v1"))

    with pytest.raises(CallFailed) as failure:
        await resource(caller, config_map(namespace)).create()
    await caller.close()

    assert "the exec plugin gave no token" in failure.value.message
    assert "canary" not in failure.value.message
