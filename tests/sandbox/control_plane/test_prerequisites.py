from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from sandbox.controlplane import ControlPlane, ensure_prerequisites, prerequisite_namespaces
from tooling.errors import ToolError
from tooling.toolchain import Tools
from tooling.toolchain.cache import cache_root
from tooling.toolchain.golang import find_go
from tooling.toolchain.modules import module_folder
from tooling.toolchain.pins import OPERATOR_FILES
from tooling.toolchain.progress import Reporter

KEYS = "keys: {KEY: {source: manual}}"


@pytest.mark.parametrize(
    "name",
    [
        "applications.argoproj.io",
        "appprojects.argoproj.io",
        "clustergenerators.generators.external-secrets.io",
        "clustersecretstores.external-secrets.io",
        "externalsecrets.external-secrets.io",
        "fakes.generators.external-secrets.io",
        "generatorstates.generators.external-secrets.io",
        "secretstores.external-secrets.io",
        "uuids.generators.external-secrets.io",
    ],
)
def test_the_crds_are_established(cluster: ControlPlane, name: str) -> None:
    definition = cluster.kubectl.get("crd", name)

    assert definition is not None
    conditions = {each["type"]: each["status"] for each in definition["status"]["conditions"]}
    assert conditions["Established"] == "True"


def test_a_second_run_writes_nothing(cluster: ControlPlane, tools: Tools) -> None:
    assert ensure_prerequisites(cluster, tools.crds, ["argocd"]) is False


def test_a_removed_crd_is_created_again(cluster: ControlPlane, tools: Tools) -> None:
    cluster.kubectl.run("delete", "crd", "generatorstates.generators.external-secrets.io")

    assert ensure_prerequisites(cluster, tools.crds, ["argocd"]) is True
    assert cluster.kubectl.get("crd", "generatorstates.generators.external-secrets.io") is not None


def test_argocds_secret_is_created_once_and_never_overwritten(cluster: ControlPlane, tools: Tools) -> None:
    made = cluster.kubectl.get("secret", "argocd-secret", "argocd")
    assert made is not None
    assert set(made["data"]) >= {"admin.password", "server.secretkey"}
    assert made["metadata"]["annotations"]
    cluster.kubectl.run("annotate", "secret", "argocd-secret", "-n", "argocd", "--overwrite", "changed=yes")
    changed = cluster.kubectl.get("secret", "argocd-secret", "argocd")

    ensure_prerequisites(cluster, tools.crds, ["argocd"])

    assert cluster.kubectl.get("secret", "argocd-secret", "argocd") == changed


def test_a_missing_namespace_is_created_and_existing_ones_are_kept(cluster: ControlPlane, tools: Tools) -> None:
    before = cluster.kubectl.get("namespace", "argocd")

    assert ensure_prerequisites(cluster, tools.crds, ["argocd", "new-one"]) is True
    assert cluster.kubectl.get("namespace", "new-one") is not None
    assert cluster.kubectl.get("namespace", "argocd") == before


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("config: {}", ["argocd", "external-secrets"]),
        ("", ["argocd", "external-secrets"]),
        (f"config: {{homelab:apps: {{a: {{namespace: one, {KEYS}}}}}}}", ["argocd", "external-secrets", "one"]),
        (
            f"config: {{homelab:apps: {{a: {{namespace: one, createNamespace: true, {KEYS}}}}}}}",
            ["argocd", "external-secrets"],
        ),
        (
            f"config: {{homelab:apps: {{a: {{namespace: one, createNamespace: false, {KEYS}}},"
            f" b: {{namespace: one, {KEYS}}}}}}}",
            ["argocd", "external-secrets", "one"],
        ),
        (f"config: {{homelab:apps: {{a: {{namespace: argocd, {KEYS}}}}}}}", ["argocd", "external-secrets"]),
        ("config: {homelab:apps: {a: {namespace: one}, b: null}}", ["argocd", "external-secrets"]),
    ],
)
def test_the_sandbox_creates_the_namespaces_that_the_program_does_not(
    tmp_path: Path, config: str, expected: list[str]
) -> None:
    (tmp_path / "Pulumi.homelab.yaml").write_text(config)

    assert list(prerequisite_namespaces(tmp_path / "Pulumi.homelab.yaml")) == expected


def test_a_module_with_a_different_checksum_is_refused(tmp_path: Path) -> None:
    go = find_go(cache_root(), Reporter())
    other = dataclasses.replace(OPERATOR_FILES, checksum="h1:another=")

    with pytest.raises(ToolError, match="found checksum") as caught:
        module_folder(go, other, tmp_path)

    assert OPERATOR_FILES.checksum in str(caught.value)


def test_the_error_names_a_module_that_cannot_be_downloaded(tmp_path: Path) -> None:
    go = find_go(cache_root(), Reporter())
    none = dataclasses.replace(OPERATOR_FILES, version="v0.0.0-no-such-version")

    with pytest.raises(ToolError, match=r"cannot download \S+external-secrets@v0\.0\.0-no-such-version"):
        module_folder(go, none, tmp_path)
