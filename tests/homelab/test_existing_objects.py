"""Objects that the owner has already stop preview and `up` before anything changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.homelab.deployment import EXTERNAL_SECRET, Homelab

VALUE = "value-of-the-owner"
KEYS = {"ADMIN": {"source": "generate", "kind": "password", "size": 32}}


@pytest.fixture(scope="module")
def homelab(bare_homelab_of_this_file: Callable[..., Homelab]) -> Homelab:
    """Nothing is deployed; the namespaces `paperless` and `wiki` exist."""
    homelab = bare_homelab_of_this_file()
    homelab.set_credentials()
    for namespace in ("paperless", "wiki"):
        homelab.plane.kubectl.run("create", "namespace", namespace)
    return homelab


def assert_refused(homelab: Homelab, *texts: str) -> None:
    before, state = homelab.versions(), homelab.state()
    for command in (["preview"], ["up", "--yes"], ["up", "--yes", "--skip-preview"]):
        run = homelab.attempt(*command)

        assert run.code != 0
        assert "nothing was changed" in run.output
        for text in texts:
            assert text in " ".join(run.output.split())
        assert VALUE not in run.output
        assert homelab.versions() == before
    resources = state["deployment"].get("resources") or []
    assert not [each for each in resources if each["type"].startswith("kubernetes:")]


def test_a_secret_of_the_owner_is_refused_with_its_keys_and_managers(homelab: Homelab) -> None:
    homelab.plane.kubectl.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "paperless-secret", "namespace": "paperless"},
            "stringData": {"ADMIN": VALUE, "OLD_KEY": VALUE},
        }
    )
    homelab.config["homelab:apps"] = {"paperless": {"namespace": "paperless", "keys": KEYS}}
    homelab.declare()

    assert_refused(
        homelab,
        "homelab:apps.paperless.secretName",
        "Secret paperless/paperless-secret with the keys ADMIN, OLD_KEY (managed by ",
        "write another `secretName`, or `adopt: true`",
    )


def test_an_external_secret_of_a_tool_is_refused_with_the_tools_name(homelab: Homelab) -> None:
    body = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {
            "name": "wiki-secret",
            "namespace": "wiki",
            "annotations": {"argocd.argoproj.io/tracking-id": "shop:external-secrets.io/ExternalSecret:wiki/it"},
        },
        "spec": {"secretStoreRef": {"name": "theirs"}, "data": [{"secretKey": "A", "remoteRef": {"key": "A"}}]},
    }
    homelab.plane.kubectl.apply(body)
    homelab.config["homelab:apps"] = {"wiki": {"namespace": "wiki", "keys": KEYS}}
    homelab.declare()

    assert_refused(
        homelab,
        "homelab:apps.wiki.secretName",
        "ExternalSecret wiki/wiki-secret (managed by",
        "Argo CD application shop",
    )


def test_the_namespace_of_others_cannot_be_owned(homelab: Homelab) -> None:
    app = {"namespace": "paperless", "createNamespace": True, "secretName": "new", "keys": KEYS}
    homelab.config["homelab:apps"] = {"paperless": app}
    homelab.declare()

    assert_refused(homelab, "homelab:apps.paperless.createNamespace", "write `createNamespace: false`")


def test_a_namespace_with_objects_of_others_is_kept_and_an_empty_one_is_deleted(homelab: Homelab) -> None:
    apps = {
        name: {"namespace": f"own-{name}", "createNamespace": True, "keys": KEYS} for name in ("full", "empty", "stays")
    }
    homelab.config["homelab:apps"] = dict(apps)
    homelab.declare()
    homelab.up(previewed=True)
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
    homelab.up(previewed=True)
    homelab.run("preview", "--expect-no-changes")


def test_destroy_keeps_infisicals_namespace_and_deletes_empty_ones(homelab: Homelab) -> None:
    homelab.run("state", "unprotect", "--all", "--yes")

    homelab.run("destroy", "--yes")

    left = homelab.objects("namespaces")
    assert {"infisical", "own-full"} <= left.keys()
    assert "own-stays" not in left
