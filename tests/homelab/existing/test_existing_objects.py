"""Objects that the owner has already stop preview and `up` before anything changes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.waiting import PATIENCE_SECONDS, eventually

VALUE = "value-of-the-owner"
KEYS = {"ADMIN": {"source": "generate", "kind": "password", "size": 32}}


SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "paperless-secret", "namespace": "paperless"},
    "stringData": {"ADMIN": VALUE, "OLD_KEY": VALUE},
}
EXTERNAL = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "ExternalSecret",
    "metadata": {
        "name": "wiki-secret",
        "namespace": "wiki",
        "annotations": {"argocd.argoproj.io/tracking-id": "shop:external-secrets.io/ExternalSecret:wiki/it"},
    },
    "spec": {"secretStoreRef": {"name": "theirs"}, "data": [{"secretKey": "A", "remoteRef": {"key": "A"}}]},
}


@pytest.fixture(scope="module")
def homelab(bare_homelab_of_this_file: Homelab) -> Homelab:
    """Nothing is deployed; the owner has two namespaces, each with an object."""
    homelab = bare_homelab_of_this_file
    homelab.set_credentials()
    for namespace in ("paperless", "wiki"):
        homelab.plane.kubectl.run("create", "namespace", namespace)
    for body in (SECRET, EXTERNAL):
        homelab.plane.kubectl.apply(body)
    return homelab


@pytest.fixture(scope="module")
def refusals(homelab: Homelab) -> list[str]:
    """The output of a preview and of an `up` that would write those objects. They change nothing."""
    homelab.config["homelab:apps"] = {
        "paperless": {"namespace": "paperless", "keys": KEYS},
        "wiki": {"namespace": "wiki", "keys": KEYS},
        "owner": {"namespace": "paperless", "createNamespace": True, "secretName": "new", "keys": KEYS},
    }
    homelab.declare()
    before = homelab.versions()
    runs = [homelab.attempt(*command) for command in (("preview",), ("up", "--yes", "--skip-preview"))]
    for run in runs:
        assert run.code != 0
        assert "nothing was changed" in run.output
        assert VALUE not in run.output
    assert homelab.versions() == before
    resources = homelab.state()["deployment"].get("resources") or []
    assert not [each for each in resources if each["type"].startswith("kubernetes:")]
    return [" ".join(run.output.split()) for run in runs]


def test_a_secret_of_the_owner_is_refused_with_its_keys_and_managers(refusals: list[str]) -> None:
    for output in refusals:
        assert "homelab:apps.paperless.secretName" in output
        assert "Secret paperless/paperless-secret with the keys ADMIN, OLD_KEY (managed by " in output
        assert "write another `secretName`, or write `adopt: true`" in output


def test_an_external_secret_of_a_tool_is_refused_with_the_tools_name(refusals: list[str]) -> None:
    for output in refusals:
        assert "homelab:apps.wiki.secretName" in output
        assert "ExternalSecret wiki/wiki-secret (managed by" in output
        assert "Argo CD application shop" in output


def test_the_namespace_of_others_cannot_be_owned(refusals: list[str]) -> None:
    for output in refusals:
        assert "homelab:apps.owner.createNamespace" in output
        assert "write `createNamespace: false`" in output


def test_a_namespace_with_objects_of_others_is_kept_and_an_empty_one_is_deleted(homelab: Homelab) -> None:
    apps = {
        name: {"namespace": f"own-{name}", "createNamespace": True, "keys": KEYS} for name in ("full", "empty", "stays")
    }
    homelab.config["homelab:apps"] = dict(apps)
    homelab.declare()
    homelab.up()
    homelab.plane.kubectl.run("create", "configmap", "settings", "--namespace", "own-full", "--from-literal=a=b")
    del homelab.config["homelab:apps"]["full"]
    del homelab.config["homelab:apps"]["empty"]
    homelab.declare()

    up = homelab.up()

    assert "own-empty" not in homelab.objects("namespaces")
    assert {"own-full", "own-stays"} <= homelab.objects("namespaces").keys()
    assert "own-full/settings" in homelab.objects("configmaps")
    assert "own-full/full-secret" not in homelab.objects(EXTERNAL_SECRET)
    assert "Kept the namespace own-full, because it is not empty: ConfigMap/settings." in " ".join(up.output.split())

    homelab.config["homelab:apps"]["full"] = apps["full"]
    homelab.declare()
    homelab.up()
    homelab.run("preview", "--expect-no-changes")


def test_an_update_waits_for_a_namespace_that_is_still_being_deleted(homelab: Homelab, tmp_path: Path) -> None:
    """As a killed destroy leaves it."""
    kubectl = homelab.plane.kubectl
    kubectl.run("create", "namespace", "own-late")
    held = {"name": "held", "namespace": "own-late", "finalizers": ["homelab.test/held"]}
    kubectl.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": held})
    kubectl.run("delete", "namespace", "own-late", "--wait=false")
    earlier = homelab.object("namespace", "own-late")["metadata"]["uid"]
    homelab.config["homelab:apps"]["late"] = {"namespace": "own-late", "createNamespace": True, "keys": KEYS}
    homelab.declare()
    preview = homelab.run("preview")
    assert "Namespaces that are still being deleted: own-late. An update waits until they are gone." in preview.output
    release = ("patch", "configmap", "held", "--namespace", "own-late", "--type=merge", "--patch")
    log = tmp_path / "up.log"
    with log.open("w") as output:
        up = subprocess.Popen(
            [str(homelab.workspace.bin / "pulumi"), "--non-interactive", "up", "--yes", "--skip-preview"],
            cwd=homelab.project,
            env=homelab.workspace.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    waiting = "Namespaces that are still being deleted: own-late. Waiting until they are gone."
    eventually(lambda: waiting in log.read_text() or up.poll() is not None, "the update waits for the namespace")

    kubectl.run(*release, '{"metadata": {"finalizers": null}}')

    assert up.wait(PATIENCE_SECONDS) == 0, log.read_text()
    assert waiting in log.read_text()
    assert homelab.object("namespace", "own-late")["metadata"]["uid"] != earlier
    assert "own-late/late-secret" in homelab.objects(EXTERNAL_SECRET)


def test_destroy_keeps_infisicals_namespace_and_deletes_empty_ones(homelab: Homelab) -> None:
    homelab.run("state", "unprotect", "--all", "--yes")

    homelab.run("destroy", "--yes", "--skip-preview")

    left = homelab.objects("namespaces")
    assert {"infisical", "own-full"} <= left.keys()
    assert "own-stays" not in left
