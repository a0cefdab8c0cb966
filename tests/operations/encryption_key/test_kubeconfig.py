"""A rotation uses the kubeconfig of the stack config: a text, a path, or the ambient one."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from operations.encryption_key.cluster import Cluster, cluster_of

SHOW = """#!/bin/sh
for argument in "$@"; do
  case "$argument" in
    --kubeconfig=*) KUBECONFIG="${argument#--kubeconfig=}" ;;
    *) arguments="$arguments $argument" ;;
  esac
done
echo $arguments
if ! test -f "$KUBECONFIG"; then echo "no file: $KUBECONFIG"; exit; fi
cat "$KUBECONFIG"
echo
stat --format %a "$KUBECONFIG"
"""


@pytest.fixture(autouse=True)
def fake_kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "programs" / "kubectl"
    program.parent.mkdir()
    program.write_text(SHOW)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("KUBECONFIG", "/ambient")
    monkeypatch.setenv("HOME", str(tmp_path))


def shown(cluster: Cluster) -> list[str]:
    return cluster.kubectl.run("get", "nodes").splitlines()


@pytest.mark.parametrize("text", ['{"kind": "Config"}', "kind: Config\nusers: []"])
def test_a_text_becomes_a_private_file_that_is_removed(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with cluster_of(text, "", "argocd", 60) as cluster:
        assert shown(cluster) == ["get nodes", *text.splitlines(), "600"]

    assert not list(tmp_path.glob("kubeconfig-*"))


def test_a_path_may_start_with_the_home_folder(tmp_path: Path) -> None:
    with cluster_of("~/elsewhere", "lab", "argocd", 60) as cluster:
        assert shown(cluster) == ["--context=lab get nodes", f"no file: {tmp_path}/elsewhere"]


def test_without_one_kubectl_uses_the_ambient_kubeconfig() -> None:
    with cluster_of("", "", "argocd", 60) as cluster:
        assert shown(cluster) == ["get nodes", "no file: /ambient"]
