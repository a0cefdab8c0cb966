"""The cluster in which a rotation works is the one that the stack config names, however it does."""

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
def kubectl_shows_what_it_gets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_a_text_is_a_file_for_the_owner_alone_and_only_meanwhile(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with cluster_of(text, "") as cluster:
        assert shown(cluster) == ["get nodes", *text.splitlines(), "600"]

    assert not list(tmp_path.glob("kubeconfig-*"))


def test_a_path_may_begin_at_home(tmp_path: Path) -> None:
    with cluster_of("~/elsewhere", "lab") as cluster:
        assert shown(cluster) == ["--context=lab get nodes", f"no file: {tmp_path}/elsewhere"]


def test_none_is_the_one_that_kubectl_finds() -> None:
    with cluster_of("", "") as cluster:
        assert shown(cluster) == ["get nodes", "no file: /ambient"]
