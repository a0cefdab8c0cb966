"""The kubeconfig leads to the same cluster as with Pulumi's Kubernetes provider."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infisical.fake_cluster import TOKEN, FakeCluster
from tooling.kubernetes.connection import Connection
from tooling.kubernetes.errors import ClusterUnreachable, KubeconfigError
from tooling.kubernetes.kubeconfig import Access, find_access

CREDENTIAL = "credential-throw-away"


def kubeconfig(name: str, current: str | None = None, **user: Any) -> dict[str, Any]:
    """A kubeconfig with one context, whose cluster is `https://<name>.test`."""
    return {
        "current-context": name if current is None else current,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}.test/"}}],
        "users": [{"name": name, "user": user or {"token": f"token-of-{name}"}}],
    }


def written(folder: Path, name: str, config: dict[str, Any]) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(config))
    return path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without a kubeconfig, and no KUBECONFIG."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return home


def test_a_kubeconfig_can_be_content() -> None:
    assert find_access(json.dumps(kubeconfig("given"))).server == "https://given.test"


def test_a_kubeconfig_can_be_a_path(tmp_path: Path) -> None:
    assert find_access(str(written(tmp_path, "config", kubeconfig("given")))).server == "https://given.test"


def test_an_explicit_kubeconfig_takes_precedence_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(written(tmp_path, "config", kubeconfig("ambient"))))

    assert find_access(yaml.safe_dump(kubeconfig("given"))).server == "https://given.test"


def test_the_environment_takes_precedence_over_the_home_folder(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(home, ".kube/config", kubeconfig("home"))
    assert find_access().server == "https://home.test"

    monkeypatch.setenv("KUBECONFIG", str(written(tmp_path, "config", kubeconfig("ambient"))))

    assert find_access().server == "https://ambient.test"


def test_of_several_files_the_first_setting_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = written(tmp_path, "first", kubeconfig("first", current=""))
    second = written(tmp_path, "second", kubeconfig("second"))
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([str(tmp_path / "none"), str(first), str(second)]))

    assert find_access().server == "https://second.test"
    assert find_access(context="first").user == {"token": "token-of-first"}


def test_paths_in_a_kubeconfig_are_relative_to_its_folder(tmp_path: Path) -> None:
    user = {"client-certificate": "pki/admin.crt", "client-key": "/abs/admin.key"}

    found = find_access(str(written(tmp_path, "deep/config", kubeconfig("given", **user)))).user

    assert found == {"client-certificate": str(tmp_path / "deep/pki/admin.crt"), "client-key": "/abs/admin.key"}


@pytest.mark.parametrize(
    ("given", "context", "expected"),
    [
        ("", "", "no kubeconfig found"),
        ("/no/such/file", "", "not the path of a file"),
        (f"token: [{CREDENTIAL}", "", "not YAML or JSON"),
        (f"- {CREDENTIAL}", "", "not YAML or JSON"),
        (json.dumps(kubeconfig("given", current="", token=CREDENTIAL)), "", "no current context"),
        (json.dumps(kubeconfig("given", token=CREDENTIAL)), "other", "no context 'other'; found: 'given'"),
    ],
    ids=["none", "no-file", "no-yaml", "no-mapping", "no-context", "other-context"],
)
def test_unusable_kubeconfigs_are_errors_without_a_credential(given: str, context: str, expected: str) -> None:
    with pytest.raises(KubeconfigError) as raised:
        find_access(given, context)

    assert expected in str(raised.value)
    assert CREDENTIAL not in str(raised.value)


def test_access_shows_no_credential() -> None:
    assert CREDENTIAL not in repr(find_access(json.dumps(kubeconfig("given", token=CREDENTIAL))))


async def test_unusable_credentials_are_an_error_that_omits_them() -> None:
    broken = Access({"server": "https://given.test"}, {"client-certificate-data": CREDENTIAL, "client-key-data": "x"})

    with pytest.raises(ClusterUnreachable, match="kubectl auth whoami") as raised:
        Connection(broken)

    assert CREDENTIAL not in str(raised.value)


async def test_an_exec_plugin_provides_the_token(tmp_path: Path) -> None:
    plugin = tmp_path / "plugin"
    plugin.write_text(
        '#!/bin/sh\nprintf %s "$KUBERNETES_EXEC_INFO" > "$0.received"\n'
        f'printf \'{{"status": {{"token": "{TOKEN}"}}}}\'\n'
    )
    plugin.chmod(0o700)
    with FakeCluster() as cluster:
        cluster.objects["/version"] = {"major": "1"}
        config = kubeconfig("given", exec={"apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin"})
        config["clusters"][0]["cluster"]["server"] = cluster.url
        connection = Connection(find_access(str(written(tmp_path, "config", config))))

        assert await connection.get("/version") == {"major": "1"}
        await connection.close()

    received = json.loads(plugin.with_suffix(".received").read_text())
    assert (received["apiVersion"], received["kind"]) == ("client.authentication.k8s.io/v1", "ExecCredential")


async def test_a_failing_exec_plugin_is_an_error_without_its_output(tmp_path: Path) -> None:
    plugin = tmp_path / "plugin"
    plugin.write_text(f"#!/bin/sh\necho {CREDENTIAL}\n")
    plugin.chmod(0o700)
    config = kubeconfig("given", exec={"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin)})
    connection = Connection(find_access(json.dumps(config)))

    with pytest.raises(ClusterUnreachable, match="exec plugin") as raised:
        await connection.get("/version")

    await connection.close()
    assert CREDENTIAL not in str(raised.value)
