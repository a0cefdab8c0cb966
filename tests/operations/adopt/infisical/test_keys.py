"""The report compares the keys in Infisical with the declaration, and shows the lines to add."""

from __future__ import annotations

from typing import Any

import yaml

from tests.operations.adopt.infisical.clicked import APPS, STORE, Clicked, results
from tests.operations.encryption_key.fakes.administrator import logged_in


def test_each_key_is_declared_or_not_or_missing_in_infisical(existing: Clicked) -> None:
    existing.declare(STORE, APPS, "  homelab:values:\n    WEB_LEVEL: {secure: unreadable}\n")

    report = existing.report("--yes")

    assert results(report) == {
        "/OLD_TOKEN": "not declared",
        "/WEB_KEY": "the update sets it",
        "/WEB_LEVEL": "the update sets it",
        "/WEB_LOGIN": "set it in Infisical",
        "/WEB_PLAN": "set it in the stack config",
        "/WEB_TOKEN": "declared",
        "/media/server/API_KEY": "not declared",
    }
    assert report["environments"] == ["dev", "prod"]
    assert report["folders"] == ["/", "/media", "/media/server"]
    assert report["code"] == 1


def test_a_value_that_is_imported_counts_only_for_a_key_that_the_update_does_not_set(existing: Clicked) -> None:
    with logged_in(existing.lab.url) as admin:
        for name in ("WEB_LOGIN", "WEB_KEY"):
            admin.set(name, "canary-of-a-value-5", environment="dev")
        place = {"projectId": admin.project_id(), "environment": "prod", "path": "/"}
        admin.call("POST", "/api/v2/secret-imports", **place, **{"import": {"environment": "dev", "path": "/"}})
    existing.declare(STORE, APPS)

    found = results(existing.report("--yes"))

    assert (found["/WEB_LOGIN"], found["/WEB_KEY"]) == ("declared", "the update sets it")


def test_the_lines_declare_the_other_keys_once_the_placeholders_are_replaced(existing: Clicked) -> None:
    existing.declare(STORE, APPS)
    report = existing.report("--yes")
    assert "namespace: <namespace>" in report["lines"]

    apps = _merged(existing, report["lines"])
    existing.declare(STORE, yaml.safe_dump({"homelab:apps": apps}).replace("\n", "\n  ").join(["  ", "\n"]))
    again = existing.report("--yes")

    assert "not declared" not in results(again).values()
    assert (again["lines"], again["code"]) == ("", 0)
    assert apps["server"] == {
        "namespace": "replaced",
        "folder": "/media/server",
        "keys": {"API_KEY": {"source": "manual"}},
    }


def test_lines_with_placeholders_are_refused(existing: Clicked) -> None:
    existing.declare(STORE, APPS)
    lines = existing.report("--yes")["lines"]
    apps = yaml.safe_dump({"homelab:apps": _apps(lines)}).replace("\n", "\n  ").join(["  ", "\n"])
    existing.declare(STORE, apps)

    ran = existing.run()

    assert ran.code == 2
    assert "homelab:apps.<app>" in ran.err


def test_a_key_in_the_folder_of_one_app_is_added_to_that_app(existing: Clicked) -> None:
    app = "  homelab:apps:\n    tv:\n      namespace: tv\n      folder: /media/server\n"
    existing.declare(STORE, f"{app}      keys: {{OTHER: {{source: manual}}}}\n")

    lines = existing.report("--yes")["lines"]

    assert _apps(lines)["tv"] == {"keys": {"API_KEY": {"source": "manual"}}}


def test_a_folder_whose_name_is_no_free_app_name_gets_a_placeholder(existing: Clicked) -> None:
    with logged_in(existing.lab.url) as admin:
        for name in ("web", "_"):
            admin.call("POST", "/api/v2/folders", projectId=admin.project_id(), environment="prod", name=name, path="/")
            admin.set("KEY", "canary-of-a-value-5", path=f"/{name}")
    existing.declare(STORE, APPS)

    apps = _apps(existing.report("--yes")["lines"])

    assert {name: app.get("folder") for name, app in apps.items()} == {
        "<app>": None,
        "<app-2>": "/_",
        "<app-3>": "/web",
        "server": "/media/server",
    }


def test_apps_in_files_get_lines_for_a_file(existing: Clicked) -> None:
    (existing.lab.project / "apps").mkdir()
    (existing.lab.project / "apps" / "web.yaml").write_text("namespace: web\nkeys:\n  WEB_TOKEN: {source: manual}\n")
    existing.declare(STORE, "  homelab:appFiles: apps/\n")

    report = existing.report("--yes")

    assert "# apps/server.yaml\nnamespace: <namespace>\nfolder: /media/server\n" in report["lines"]
    assert results(report)["/WEB_TOKEN"] == "declared"


def test_keys_of_a_whole_folder_are_declared(existing: Clicked) -> None:
    app = "  homelab:apps:\n    tv:\n      namespace: tv\n      dataFrom:\n        /media/server: {include: ^API_}\n"
    existing.declare(STORE, app)

    assert results(existing.report("--yes"))["/media/server/API_KEY"] == "declared"


def test_what_the_declaration_cannot_express_is_listed_with_the_reason(existing: Clicked) -> None:
    with logged_in(existing.lab.url) as admin:
        admin.set("1PASSWORD", "canary-of-a-value-5")
        source = {"environment": "dev", "path": "/"}
        place = {"projectId": admin.project_id(), "environment": "prod", "path": "/media"}
        admin.call("POST", "/api/v2/secret-imports", **place, **{"import": source})
    existing.declare(STORE, APPS)

    report = existing.report("--yes")

    (unfit,) = report["notExpressible"]
    assert (unfit["folder"], unfit["name"]) == ("/", "1PASSWORD")
    assert "1PASSWORD" in unfit["reason"]
    assert "expected" in unfit["reason"]
    assert report["imports"] == ["/media imports 1 key from / in dev"]
    assert "1PASSWORD" not in report["lines"]


def _apps(lines: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(lines)["config"]["homelab:apps"]
    return found


def _merged(existing: Clicked, lines: str) -> dict[str, Any]:
    replaced = _apps(lines.replace("<namespace>", "replaced").replace("<app>", "old"))
    return {**existing.config()["homelab:apps"], **replaced}
