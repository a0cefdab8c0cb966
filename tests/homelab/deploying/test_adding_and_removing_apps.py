"""A change of one app changes only the objects of that app."""

from __future__ import annotations

import re

from tests.homelab.deployment import EXTERNAL_SECRET, Homelab, changed

KEY = {"source": "generate", "kind": "hex", "size": 12}


def test_a_new_key_changes_one_object(homelab: Homelab) -> None:
    before = homelab.versions()
    homelab.config["homelab:apps"]["openclaw"]["keys"]["NEW_TOKEN"] = {"source": "manual", "secretKeys": ["new"]}
    homelab.declare()

    up = homelab.up()

    assert up.changes == {"updated": 1}
    assert changed(before, homelab.versions()) == {f"{EXTERNAL_SECRET} openclaw/openclaw-secret"}
    data = homelab.object(EXTERNAL_SECRET, "openclaw-secret", "openclaw")["spec"]["data"]
    assert {entry["secretKey"]: entry["remoteRef"]["key"] for entry in data}["new"] == "NEW_TOKEN"


def test_new_apps_need_only_their_declaration(homelab: Homelab) -> None:
    """Two of them are in one namespace, which the first one creates."""
    before, apps = homelab.versions(), homelab.config["homelab:apps"]
    apps["vikunja"] = {"namespace": "vikunja", "createNamespace": True, "keys": {"VIKUNJA_DB_PASSWORD": KEY}}
    apps["wiki"] = {"namespace": "wiki", "createNamespace": True, "keys": {"WIKI_TOKEN": KEY}}
    apps["search"] = {"namespace": "wiki", "keys": {"SEARCH_TOKEN": KEY}}
    homelab.declare()

    homelab.up()

    assert changed(before, homelab.versions()) == {
        "namespaces vikunja",
        "namespaces wiki",
        f"{EXTERNAL_SECRET} vikunja/vikunja-secret",
        f"{EXTERNAL_SECRET} wiki/search-secret",
        f"{EXTERNAL_SECRET} wiki/wiki-secret",
        "clustersecretstores infisical",
    }
    conditions = homelab.object("clustersecretstore", "infisical")["spec"]["conditions"]
    assert conditions == [{"namespaces": ["authentik", "monitoring", "openclaw", "vikunja", "wiki"]}]


def test_removing_an_app_deletes_only_its_objects(homelab: Homelab) -> None:
    """The app's own namespace is deleted. A namespace of another owner stays."""
    before = homelab.versions()
    del homelab.config["homelab:apps"]["vikunja"]
    del homelab.config["homelab:apps"]["grafana"]
    homelab.declare()

    homelab.up()

    assert changed(before, homelab.versions()) == {
        "namespaces vikunja",
        f"{EXTERNAL_SECRET} vikunja/vikunja-secret",
        f"{EXTERNAL_SECRET} monitoring/grafana-secret",
        "clustersecretstores infisical",
    }
    assert "monitoring" in homelab.objects("namespaces")


def test_a_namespace_that_no_app_owns_any_more_is_kept_with_its_objects(homelab: Homelab) -> None:
    """A different tool may own it now, or the app that created it is removed while a second app stays."""
    apps = homelab.config["homelab:apps"]
    before = homelab.object("namespace", "wiki")["metadata"]["uid"]
    apps["wiki"]["createNamespace"] = False
    homelab.declare()

    preview = homelab.up(previewed=True).output.partition("Updating (")[0]
    deleted = re.findall(r"^ - +(\S+) ", preview, re.MULTILINE)

    assert set(deleted) <= {"infisical:index:OwnedNamespace"}, "only the resource that would delete the namespace"
    assert homelab.object("namespace", "wiki")["metadata"]["uid"] == before
    assert "wiki/wiki-secret" in homelab.objects(EXTERNAL_SECRET)
    homelab.run("preview", "--refresh", "--expect-no-changes")

    apps["wiki"]["createNamespace"] = True
    homelab.declare()
    homelab.up()
    assert homelab.object("namespace", "wiki")["metadata"]["uid"] == before
    del apps["wiki"]
    homelab.declare()
    homelab.up()

    assert homelab.object("namespace", "wiki")["metadata"]["uid"] == before
    assert "wiki/search-secret" in homelab.objects(EXTERNAL_SECRET)
