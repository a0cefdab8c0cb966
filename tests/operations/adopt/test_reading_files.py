"""Files and folders are read as far as they are plain YAML, with the namespaces of kustomize, Flux or Argo CD."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from operations.adopt.reading.files import read_files
from operations.errors import OperationError
from tests.operations.adopt.adopting import external_secret, reading, write

SECRET = external_secret("web", "web-secret", reading("TOKEN"))
WITHOUT_NAMESPACE = external_secret("", "web-secret", reading("TOKEN"))
HELM = "{{- if .Values.enabled }}\nkind: ExternalSecret\n{{- end }}\n"
JINJA = "{% if enabled %}\nkind: ExternalSecret\n{% endif %}\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return tmp_path / "tree"


def places(*paths: Path) -> list[str]:
    return sorted(each.place for each in read_files(paths).external_secrets)


def unread(*paths: Path) -> dict[str, str]:
    return {Path(each.where).name: each.reason for each in read_files(paths).unread}


def kustomization(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", **fields}


def flux(path: str, namespace: str | None) -> dict[str, Any]:
    spec = {"path": path, **({"targetNamespace": namespace} if namespace else {})}
    return {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "spec": spec}


def test_every_document_of_every_file_is_read(tree: Path) -> None:
    write(tree / "a.yaml", {"kind": "ConfigMap"}, SECRET, None, external_secret("web", "second", reading("B")))
    write(tree / "deep" / "er" / "b.yml", external_secret("b", "b", reading("B")))
    (tree / "c.json").write_text(json.dumps({"kind": "List", "items": [external_secret("c", "c", reading("C"))]}))
    (tree / "notes.txt").write_text("kind: ExternalSecret")

    assert places(tree) == ["b/b", "c/c", "web/second", "web/web-secret"]
    assert unread(tree) == {}


def test_a_file_that_is_named_twice_is_read_once(tree: Path) -> None:
    file = write(tree / "a.yaml", SECRET)

    assert places(file, tree, file) == ["web/web-secret"]


def test_hidden_folders_and_links_are_skipped(tree: Path) -> None:
    write(tree / ".git" / "a.yaml", SECRET)
    file = write(tree.parent / "elsewhere.yaml", SECRET)
    (tree / "link.yaml").symlink_to(file)

    assert places(tree) == []


def test_one_broken_document_does_not_hide_the_others(tree: Path) -> None:
    file = write(tree / "a.yaml", SECRET)
    file.write_text(f"{file.read_text()}---\nkind: ExternalSecret\nspec: [unclosed\n---\nalso: [broken\n")

    assert places(tree) == ["web/web-secret"]
    assert unread(tree) == {"a.yaml": "the file is not valid YAML"}


def test_a_broken_file_without_objects_of_the_operator_is_ignored(tree: Path) -> None:
    tree.mkdir()
    (tree / "chart.yaml").write_text("{{ .Values }}: [\n")
    (tree / "latin.yaml").write_bytes(b"kind: \xff\n")

    assert unread(tree) == {"latin.yaml": "the file cannot be read (UnicodeDecodeError)"}


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.yaml", JINJA, "the file is a Jinja template"),
        ("a.yaml", HELM, "the file is a template (`{{ … }}` outside of a string)"),
        ("chart/templates/a.yaml", HELM, "the file is a template of a Helm chart"),
        ("a.yaml.j2", "kind: ExternalSecret\n", "the file is a template (.j2)"),
        ("a.tpl", "kind: SecretStore\n", "the file is a template (.tpl)"),
    ],
)
def test_a_template_of_another_tool_is_listed(name: str, text: str, reason: str, tree: Path) -> None:
    file = tree / name
    file.parent.mkdir(parents=True)
    (tree / "chart").mkdir(exist_ok=True)
    (tree / "chart" / "Chart.yaml").write_text("name: chart\n")
    file.write_text(text)

    assert unread(tree) == {file.name: reason}


@pytest.mark.parametrize(
    ("spec", "more", "reason"),
    [
        (reading("${CLUSTER}_TOKEN"), {}, "it contains the variable ${CLUSTER}, which Flux replaces; use --live"),
        (reading("${NAME:=web}"), {}, "it contains the variable ${NAME}, which Flux replaces; use --live"),
        (reading("ENC[AES256_GCM,data:x]"), {"sops": {}}, "SOPS encrypted it; decrypt the file, or use --live"),
        (reading("{% raw %}"), {}, "it contains a Jinja block; use --live"),
    ],
)
def test_an_object_with_parts_of_another_tool_is_listed(
    spec: dict[str, Any], more: dict[str, Any], reason: str, tree: Path
) -> None:
    write(tree / "a.yaml", {**external_secret("web", "web", spec), **more}, SECRET)

    assert places(tree) == ["web/web-secret"]
    assert unread(tree) == {"a.yaml": f"ExternalSecret web: {reason}"}


def test_an_unencrypted_object_of_a_file_with_sops_is_read(tree: Path) -> None:
    write(tree / "a.yaml", {**SECRET, "sops": {"mac": "ENC[x]"}})

    assert places(tree) == ["web/web-secret"]


def test_a_group_in_a_rewrite_is_no_variable(tree: Path) -> None:
    rewrite = [{"regexp": {"source": "^A_(.*)", "target": "${1}"}}]
    write(tree / "a.yaml", external_secret("web", "web", {"dataFrom": [{"find": {}, "rewrite": rewrite}]}))

    assert places(tree) == ["web/web"]


def test_other_versions_and_kinds_of_the_operator_are_listed(tree: Path) -> None:
    write(tree / "a.yaml", {**SECRET, "apiVersion": "external-secrets.io/v1alpha1"})
    write(tree / "b.yaml", {**SECRET, "kind": "ClusterExternalSecret"})
    write(tree / "c.yaml", {**SECRET, "apiVersion": "example.net/v1"})

    assert places(tree) == []
    assert unread(tree) == {
        "a.yaml": "ExternalSecret web-secret has the API version v1alpha1; expected v1 or v1beta1",
        "b.yaml": "ClusterExternalSecret web-secret: the declaration has no ExternalSecrets by namespace selector",
    }


def test_a_path_that_does_not_exist_is_an_error(tree: Path) -> None:
    with pytest.raises(OperationError, match="cannot be read"):
        read_files([tree])


class TestNamespaces:
    """The namespace of an object in files."""

    def test_kustomize_decides(self, tree: Path) -> None:
        write(tree / "web" / "secret.yaml", WITHOUT_NAMESPACE)
        write(tree / "web" / "kustomization.yaml", kustomization(namespace="inner", resources=["secret.yaml"]))
        assert places(tree) == ["inner/web-secret"]

        write(tree / "kustomization.yaml", kustomization(namespace="outer", resources=["./web"]))
        assert places(tree) == ["outer/web-secret"]

    def test_each_overlay_of_a_base_gets_its_own(self, tree: Path) -> None:
        write(tree / "base" / "secret.yaml", WITHOUT_NAMESPACE)
        write(tree / "base" / "kustomization.yaml", kustomization(resources=["secret.yaml"]))
        for name in ("one", "two"):
            write(tree / name / "kustomization.yaml", kustomization(namespace=name, resources=["../base"]))

        assert places(tree) == ["one/web-secret", "two/web-secret"]

    def test_flux_decides_for_its_folder(self, tree: Path) -> None:
        write(tree / "apps" / "web" / "app" / "secret.yaml", WITHOUT_NAMESPACE)
        write(tree / "apps" / "web" / "ks.yaml", flux("./apps/web/app", "media"))
        assert places(tree) == ["media/web-secret"]

        write(tree / "apps" / "web" / "app" / "kustomization.yaml", kustomization(resources=["secret.yaml"]))
        assert places(tree) == ["media/web-secret"]

    def test_flux_without_a_target_namespace_leaves_it(self, tree: Path) -> None:
        write(tree / "app" / "secret.yaml", SECRET)
        write(tree / "ks.yaml", flux("app", None))

        assert places(tree) == ["web/web-secret"]

    def test_argocd_decides_if_the_object_names_none(self, tree: Path) -> None:
        write(tree / "apps" / "web" / "a.yaml", WITHOUT_NAMESPACE)
        write(tree / "apps" / "web" / "b.yaml", external_secret("own", "own", reading("B")))
        spec = {"source": {"path": "apps/web"}, "destination": {"namespace": "deployed"}}
        write(tree / "application.yaml", {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": spec})

        assert places(tree) == ["deployed/web-secret", "own/own"]

    def test_a_cycle_of_kustomizations_ends(self, tree: Path) -> None:
        write(tree / "a" / "kustomization.yaml", kustomization(resources=["../b"]))
        write(tree / "b" / "kustomization.yaml", kustomization(resources=["../a"]))

        assert places(tree) == []


class TestKustomizations:
    """What a kustomization changes is applied, or the object is listed."""

    @pytest.fixture(autouse=True)
    def _app(self, tree: Path) -> Iterator[None]:
        write(tree / "secret.yaml", SECRET)
        yield
        shutil.rmtree(tree)

    def test_labels_and_annotations_are_added(self, tree: Path) -> None:
        fields = {"commonLabels": {"a": "1"}, "labels": [{"pairs": {"b": "2"}}], "commonAnnotations": {"c": "3"}}
        write(tree / "kustomization.yaml", kustomization(resources=["secret.yaml"], **fields))

        (found,) = read_files([tree]).external_secrets

        assert found.content["metadata"]["labels"] == {"a": "1", "b": "2"}
        assert found.content["metadata"]["annotations"] == {"c": "3"}

    @pytest.mark.parametrize("field", ["namePrefix", "nameSuffix"])
    def test_a_changed_name_is_listed(self, field: str, tree: Path) -> None:
        write(tree / "kustomization.yaml", kustomization(resources=["secret.yaml"], **{field: "x"}))

        assert places(tree) == []
        assert "kustomization.yaml changes names; use --live" in unread(tree)["secret.yaml"]

    @pytest.mark.parametrize(
        "patch",
        [
            {"target": {"kind": "ExternalSecret"}, "patch": "- op: remove\n  path: /spec/data\n"},
            {"patch": "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n"},
            {"path": "patch.yaml"},
        ],
    )
    def test_a_patched_object_is_listed(self, patch: dict[str, Any], tree: Path) -> None:
        (tree / "patch.yaml").write_text("kind: ExternalSecret\nmetadata: {name: web-secret}\n")
        write(tree / "kustomization.yaml", kustomization(resources=["secret.yaml"], patches=[patch]))

        assert "kustomization.yaml patches ExternalSecrets; use --live" in unread(tree)["secret.yaml"]

    def test_a_patch_of_another_kind_changes_nothing(self, tree: Path) -> None:
        patch = {"target": {"kind": "Deployment"}, "patch": "kind: ExternalSecret"}
        write(tree / "kustomization.yaml", kustomization(resources=["secret.yaml"], patches=[patch]))

        assert places(tree) == ["web/web-secret"]
