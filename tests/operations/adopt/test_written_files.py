"""The command adds to the declaration: no line of a file changes, and what is declared already is left alone."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.adopt.writing.changes import Change, write
from operations.adopt.writing.yaml_writer import with_entries
from operations.errors import OperationError
from tests.checkout import CHECKOUT
from tests.operations.adopt import adopting
from tests.operations.adopt.adopting import STORE, Project, external_secret, reading

EXAMPLES = sorted(CHECKOUT.glob("examples/*/Pulumi.homelab.yaml"))

COMMENTED = """\
# The homelab.
config:
    "homelab:store":   # where the operator reads
        hostAPI: 'http://infisical.infisical.svc.cluster.local:8080'
        projectSlug: homelab
        environmentSlug: prod

    # Apps
    homelab:apps:
        wiki:    {namespace: wiki, keys: {WIKI_TOKEN: {source: manual}}}   # my wiki
        # the last comment of the apps

    homelab:rotateEveryDays: 0400   # a year and more
encryptionsalt: v1:abc
"""


@pytest.fixture
def web(tmp_path: Path) -> Path:
    return adopting.write(tmp_path / "git" / "web.yaml", external_secret("web", "web-secret", reading("TOKEN")))


def stack_file(project: Project, text: str) -> Path:
    file = project.folder / "Pulumi.homelab.yaml"
    file.write_text(text)
    return file


def removed_lines(before: str, after: str) -> list[str]:
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line.startswith("- ")]


def test_an_inline_app_is_added_after_the_others(project: Project, web: Path) -> None:
    file = stack_file(project, COMMENTED)

    ran = project.adopt(web, STORE)

    assert ran.code == 0
    after = file.read_text()
    assert removed_lines(COMMENTED, after) == []
    assert after.index("web:\n") < after.index("# the last comment")
    assert project.config()["homelab:apps"]["web"] == {
        "namespace": "web",
        "keys": {"TOKEN": {"source": "manual"}},
        "adopt": True,
    }


def test_the_folder_of_new_files_is_named_in_the_stack_file(project: Project, web: Path) -> None:
    file = stack_file(project, COMMENTED)

    ran = project.adopt(web, STORE, "--to", "more/apps/")

    assert ran.code == 0
    assert removed_lines(COMMENTED, file.read_text()) == []
    assert project.config()["homelab:appFiles"] == "more/apps/"
    assert project.apps("more/apps").keys() == {"web"}


def test_apps_go_where_the_declaration_has_its_apps(project: Project, web: Path) -> None:
    (project.folder / "services").mkdir()
    (project.folder / "services" / "wiki.yaml").write_text("namespace: wiki\nkeys: {WIKI_TOKEN: {source: manual}}\n")
    file = stack_file(project, COMMENTED.partition("    # Apps")[0] + "    homelab:apps: services\n")
    before = file.read_text()

    assert project.adopt(web, STORE).code == 0

    assert project.apps("services").keys() == {"web", "wiki"}
    assert file.read_text() == before


def test_without_a_stack_file_the_store_is_declared_too(project: Project, web: Path) -> None:
    assert project.adopt(web, STORE, "--inline").code == 0

    config = project.config()
    assert config["homelab:store"] == {
        "hostAPI": "http://infisical.infisical.svc.cluster.local:8080",
        "projectSlug": "homelab",
        "environmentSlug": "prod",
        "name": "homelab",
    }
    assert config["homelab:apps"].keys() == {"web"}


def test_a_folder_of_the_declaration_that_does_not_exist_yet_is_created(project: Project, web: Path) -> None:
    stack_file(project, "config:\n  homelab:appFiles: apps\n")

    assert project.adopt(web, STORE).code == 0
    assert project.apps().keys() == {"web"}


def test_the_command_can_run_again(project: Project, web: Path) -> None:
    project.adopt(web, STORE)
    (project.folder / "Pulumi.homelab.yaml").unlink()

    again = project.adopt(web, STORE)
    assert again.code == 0
    assert [Path(each["path"]).name for each in again.report["files"]] == ["Pulumi.homelab.yaml"]

    third = project.adopt(web, STORE)
    assert (third.code, third.results(), third.report["files"]) == (0, {"web/web-secret": "declared"}, [])


def test_the_name_of_a_declared_app_is_not_used_again(project: Project, tmp_path: Path) -> None:
    stack_file(project, COMMENTED)
    wiki = adopting.write(tmp_path / "wiki.yaml", external_secret("docs", "wiki", reading("OTHER")))

    project.adopt(wiki, STORE)

    assert project.config()["homelab:apps"].keys() == {"wiki", "docs-wiki"}


def test_a_key_that_is_declared_already_is_declared_identically(project: Project, tmp_path: Path) -> None:
    shared = "    homelab:shared:\n        SMTP: {source: config, folder: /smtp}\n"
    declared = "{source: generate, kind: hex, size: 32, immutable: true, secretKeys: [a]}"
    stack_file(project, COMMENTED.replace("{source: manual}", declared).replace("    # Apps\n", shared))
    spec = {
        "data": [
            {"secretKey": "token", "remoteRef": {"key": "WIKI_TOKEN"}},
            {"secretKey": "smtp", "remoteRef": {"key": "/smtp/SMTP"}},
        ]
    }
    file = adopting.write(tmp_path / "web.yaml", external_secret("web", "web-secret", spec))

    ran = project.adopt(file, STORE)

    assert ran.reasons() == {}
    assert project.config()["homelab:apps"]["web"]["keys"] == {
        "WIKI_TOKEN": {"source": "generate", "kind": "hex", "size": 32, "immutable": True, "secretKeys": ["token"]},
        "SMTP": {"source": "shared", "secretKeys": ["smtp"]},
    }


def test_a_folder_for_each_app_is_the_default_folder(project: Project, tmp_path: Path) -> None:
    stack_file(
        project, COMMENTED.replace("environmentSlug: prod\n", "environmentSlug: prod\n        folderPerApp: true\n")
    )
    file = adopting.write(tmp_path / "a.yaml", external_secret("web", "web-secret", reading("/web/TOKEN", "TOKEN")))

    assert project.adopt(file, STORE).reasons() == {}

    assert "folder" not in project.config()["homelab:apps"]["web"]


def test_a_file_of_the_same_name_with_a_different_content_stops_the_command(project: Project, web: Path) -> None:
    stack_file(project, COMMENTED)
    (project.folder / "apps").mkdir()
    file = project.folder / "apps" / "web.yaml"
    file.write_text("namespace: other\n")

    code, _, err = project.run(web, STORE, "--to", "apps", "--yes")

    assert (code, file.read_text()) == (2, "namespace: other\n")
    assert "web.yaml exists already" in err


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("changed")

    with pytest.raises(OperationError, match="changed while the command ran"):
        write([Change(tmp_path / "new.yaml", None, "x"), Change(file, "read", "new")])

    assert file.read_text() == "changed"
    assert not (tmp_path / "new.yaml").exists()


def test_a_file_keeps_its_mode_and_no_draft_is_left(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("old")
    file.chmod(0o640)

    write([Change(file, "old", "new")])

    assert (file.read_text(), file.stat().st_mode & 0o777) == ("new", 0o640)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("arguments", [("--to", "/tmp/apps"), ("--to", "../apps"), ("--to", ".")])
def test_a_folder_outside_of_the_project_is_refused(arguments: tuple[str, str], project: Project, web: Path) -> None:
    code, _, err = project.run(web, STORE, *arguments, "--yes")

    assert code == 2
    assert "expected: a folder in the project" in err


def test_a_second_place_for_apps_is_refused(project: Project, web: Path) -> None:
    stack_file(project, "config:\n  homelab:apps: services\n")

    for arguments in (("--inline",), ("--to", "apps")):
        code, _, err = project.run(web, STORE, *arguments, "--yes")
        assert code == 2
        assert "the folder services, in which the declaration has its apps" in err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "a:\n  b:\n    c: 1\n"),
        ("# only a comment\n", "# only a comment\na:\n  b:\n    c: 1\n"),
        ("x: 1", "x: 1\na:\n  b:\n    c: 1\n"),
        ("a:\n", "a:\n  b:\n    c: 1\n"),
        ("a: {}  # none\nx: 1\n", "a:  # none\n  b:\n    c: 1\nx: 1\n"),
        ("a:\n   b:\n      d: 2\nx: 1\n", "a:\n   b:\n      d: 2\n      c: 1\nx: 1\n"),
        ("a:\n  b:\n    d: |\n      # text\n\n# end\n", "a:\n  b:\n    d: |\n      # text\n    c: 1\n\n# end\n"),
        ("a:\n  b:\n    d:\n    - 1\n    -\n      - 2\n", "a:\n  b:\n    d:\n    - 1\n    -\n      - 2\n    c: 1\n"),
        ("a:\n  b:\n    d: [1,\n  2]\n", "a:\n  b:\n    d: [1,\n  2]\n    c: 1\n"),
        ("a:\n  b:\n    d: 'x\n\n      y'\n", "a:\n  b:\n    d: 'x\n\n      y'\n    c: 1\n"),
    ],
)
def test_entries_are_added_at_the_end_of_their_mapping(text: str, expected: str) -> None:
    assert with_entries(text, ("a", "b"), {"c": 1}) == expected


def test_a_mapping_in_one_line_is_not_extended() -> None:
    with pytest.raises(OperationError, match="cannot be extended"):
        with_entries("a: {b: {d: 1}}\n", ("a", "b"), {"c": 1})


@pytest.mark.parametrize(
    "file", sorted(CHECKOUT.glob("examples/*/Pulumi.homelab.yaml")), ids=lambda file: file.parent.name
)
def test_no_line_of_an_example_changes(file: Path) -> None:
    before = file.read_text()
    app: dict[str, Any] = {"namespace": "new", "keys": {"NEW": {"source": "manual"}}}
    config = yaml.safe_load(before)["config"]
    inline = isinstance(config.get("homelab:apps"), dict)

    after = with_entries(before, ("config", "homelab:apps") if inline else ("config",), {"new": app}, spaced=True)

    assert removed_lines(before, after) == []
    added = {"homelab:apps": {**config["homelab:apps"], "new": app}} if inline else {"new": app}
    assert yaml.safe_load(after)["config"] == {**config, **added}


def test_a_store_with_a_variable_in_its_address_is_the_declared(project: Project, web: Path, tmp_path: Path) -> None:
    store = tmp_path / "store.yaml"
    store.write_text(
        STORE.read_text().replace("http://infisical.infisical.svc.cluster.local:8080", "https://i.${DOMAIN}")
    )

    reasons = project.adopt(web, store).reasons()
    assert reasons == {
        "web/web-secret": [
            "spec.secretStoreRef: ClusterSecretStore infisical has a variable of Flux in hostAPI: declare "
            "homelab:store, or use --live"
        ]
    }

    stack_file(project, COMMENTED)
    assert project.adopt(web, store).reasons() == {}


def test_the_programs_own_store_reads_the_declared_infisical_at_any_address(
    project: Project, web: Path, tmp_path: Path
) -> None:
    stack_file(project, COMMENTED)
    store = yaml.safe_load(STORE.read_text())
    store["spec"]["provider"]["infisical"]["hostAPI"] = "http://127.0.0.1:8080"
    own = tmp_path / "store.yaml"
    own.write_text(yaml.safe_dump(store))
    assert list(project.adopt(web, own, "--dry-run").reasons()) == ["web/web-secret"]

    store["metadata"]["annotations"] = {"homelab/stack": "homelab/homelab"}
    own.write_text(yaml.safe_dump(store))

    assert project.adopt(web, own, "--dry-run").reasons() == {}
