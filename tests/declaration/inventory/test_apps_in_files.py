"""Apps may be in files, one for each app: next to inline apps, with the same checks, and errors with file and line."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from declaration import DeclarationError, Homelab, Problem, parse
from tests.declaration.many_apps import many_apps, write_apps
from tests.declaration.stack_config import IN_CLEAR, as_passed, stack_file

TOKEN: dict[str, Any] = {"source": "generate", "kind": "hex", "size": 16}
WIKI: dict[str, Any] = {"namespace": "wiki", "keys": {"WIKI_TOKEN": TOKEN}}
INLINE: dict[str, Any] = {"web": {"namespace": "web", "keys": {"TOKEN": TOKEN}}}
FILES: dict[str, Any] = {"appFiles": "apps/", "apps": INLINE}
STACK_FILE = "Pulumi.homelab.yaml"


def parsed(project: Path, encrypted: frozenset[str] = frozenset(), **inventory: Any) -> Homelab[str]:
    others = {key: value for key, value in stack_file().items() if key != "apps"}
    config = others | {key: value for key, value in inventory.items() if value is not None}
    secret = (set(config) - IN_CLEAR) | encrypted
    return parse(as_passed(config), secret, STACK_FILE, str, project=project)


def refused(project: Path, encrypted: frozenset[str] = frozenset(), **inventory: Any) -> DeclarationError:
    with pytest.raises(DeclarationError) as caught:
        parsed(project, encrypted, **inventory)
    return caught.value


def problems(project: Path, **inventory: Any) -> tuple[Problem, ...]:
    return refused(project, **inventory).problems


@pytest.mark.parametrize("inventory", [{"apps": "apps/"}, {"apps": "apps"}, {"appFiles": "./apps/"}], ids=str)
def test_a_folder_takes_the_place_of_the_inline_apps(inventory: dict[str, Any], tmp_path: Path) -> None:
    write_apps(tmp_path / "apps", {"wiki": WIKI, "web": INLINE["web"]})

    assert {app.name: app for app in parsed(tmp_path, **inventory).apps} == {
        app.name: app for app in parsed(tmp_path, apps={**INLINE, "wiki": WIKI}).apps
    }


def test_apps_in_files_and_inline_apps_are_one_inventory(tmp_path: Path) -> None:
    write_apps(tmp_path / "apps", {"wiki": WIKI})

    assert parsed(tmp_path, **FILES).apps == parsed(tmp_path, apps={**INLINE, "wiki": WIKI}).apps


def test_hidden_files_backups_and_markdown_are_ignored(tmp_path: Path) -> None:
    write_apps(tmp_path / "apps", {"wiki": WIKI})
    for name in (".gitkeep", ".web.yaml.swp", "wiki.yaml~", "README.md"):
        (tmp_path / "apps" / name).write_text("{")

    assert [app.name for app in parsed(tmp_path, appFiles="apps").apps] == ["wiki"]


def test_a_byte_order_mark_and_an_alias_are_read(tmp_path: Path) -> None:
    text = "\ufeffnamespace: wiki\nkeys:\n  A: &made {source: generate, kind: hex, size: 16}\n  B: *made\n"
    write_apps(tmp_path / "apps", {"wiki": text})

    (app,) = parsed(tmp_path, appFiles="apps").apps

    assert {key.source for key in app.keys} == {app.keys[0].source}


def test_every_problem_of_every_file_has_its_file_and_line(tmp_path: Path) -> None:
    write_apps(
        tmp_path / "apps",
        {
            "wiki": "namespace: Wiki\nkeys:\n  TOKEN:\n    source: generat\n  OTHER: {source: manual}\nlabel: {}\n",
            "blog": "# a comment\n\nkeys:\n  A:\n    source: generate\n    kind: hex\nrestarts: [a, b]\n",
            "Shop": WIKI,
        },
    )

    assert [problem.path for problem in problems(tmp_path, **FILES)] == [
        "apps/Shop.yaml",
        "apps/blog.yaml: namespace",
        "apps/blog.yaml:4: keys.A.size",
        "apps/blog.yaml:7: restarts[0]",
        "apps/blog.yaml:7: restarts[1]",
        "apps/wiki.yaml:1: namespace",
        "apps/wiki.yaml:4: keys.TOKEN.source",
        "apps/wiki.yaml:6: label",
    ]


def test_an_error_names_the_files_to_edit(tmp_path: Path) -> None:
    write_apps(tmp_path / "apps", {"wiki": {**WIKI, "namespace": "Wiki"}})
    one = str(refused(tmp_path, appFiles="apps"))
    two = str(refused(tmp_path, appFiles="apps", apps={"web": {**INLINE["web"], "namespace": 7}}))
    write_apps(tmp_path / "apps", dict.fromkeys("abcd", "7\n"))
    many = str(refused(tmp_path, appFiles="apps"))

    assert one.startswith("apps/wiki.yaml has 1 error; ")
    assert one.endswith("Fix apps/wiki.yaml, then run `pulumi preview`.")
    assert two.startswith("Pulumi.homelab.yaml and apps/wiki.yaml have 2 errors; ")
    assert two.endswith("Fix these files, then run `pulumi preview`.")
    assert many.startswith("apps/a.yaml and 4 other files have 5 errors; ")


def test_a_conflict_between_apps_names_the_file_of_each(tmp_path: Path) -> None:
    other = {**TOKEN, "size": 32}
    write_apps(tmp_path / "apps", {"wiki": {"namespace": "wiki", "keys": {"TOKEN": other}}})
    write_apps(tmp_path / "apps", {"blog": {"namespace": "blog", "keys": {"TOKEN": TOKEN}}})

    (problem,) = problems(tmp_path, appFiles="apps")

    assert problem.path == "apps/wiki.yaml:3: keys.TOKEN"
    assert problem.fix == "declare it as in apps/blog.yaml:3: keys.TOKEN"


def test_an_app_in_both_places_is_an_error_that_shows_both(tmp_path: Path) -> None:
    write_apps(tmp_path / "apps", {"web": WIKI})

    (problem,) = problems(tmp_path, **FILES)

    assert problem.path == "homelab:apps.web"
    assert problem.found == "the app 'web', which apps/web.yaml declares too"
    assert problem.fix == "remove apps/web.yaml, or remove web from homelab:apps"


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ("namespace: a\nnamespace: b\n", ": namespace", "the key 'namespace' in line 1 and again in line 2"),
        ("namespace: [canary\n", "", "invalid YAML at line 2"),
        ("namespace: a\n\tkeys: {}\n", "", "invalid YAML at line 2"),
        ("namespace: a\n---\nnamespace: b\n", "", "a second YAML document at line 2"),
        ("# nothing yet\n", "", "an empty file"),
        ("- canary\n", "", "a list"),
        ("wiki:\n  namespace: wiki\n  keys: {}\n", "", "the app's name 'wiki' above its fields"),
    ],
)
def test_a_file_that_is_no_app_is_an_error_without_its_content(
    text: str, path: str, found: str, tmp_path: Path
) -> None:
    write_apps(tmp_path / "apps", {"wiki": text})

    (problem,) = problems(tmp_path, appFiles="apps")

    assert (problem.path, problem.found) == (f"apps/wiki.yaml{path}", found)
    assert problem.file == "apps/wiki.yaml"
    assert "canary" not in str(problem)


def test_a_file_that_is_not_utf_8_is_an_error(tmp_path: Path) -> None:
    write_apps(tmp_path / "apps", {"wiki": WIKI})
    (tmp_path / "apps" / "web.yaml").write_bytes(b"namespace: \xff\n")

    (problem,) = problems(tmp_path, appFiles="apps")

    assert (problem.path, problem.found) == ("apps/web.yaml", "not UTF-8")


@pytest.mark.parametrize(
    ("name", "found", "fix"),
    [
        ("web.yml", "a file name that ends in .yml", "rename it to web.yaml"),
        ("web.YAML", "a file name that ends in .YAML", "rename it to web.yaml"),
        ("web.json", "a file that is not an app", "rename it to NAME.yaml, or remove it"),
        ("web", "a file that is not an app", "rename it to NAME.yaml, or remove it"),
        ("my app.yaml", "the app name 'my app'", "rename the file"),
        ("web.prod.yaml", "the app name 'web.prod'", "rename the file"),
    ],
)
def test_a_file_with_a_wrong_name_is_not_ignored(name: str, found: str, fix: str, tmp_path: Path) -> None:
    """An ignored app would lose its Secret."""
    write_apps(tmp_path / "apps", {"wiki": WIKI})
    (tmp_path / "apps" / name).write_text("namespace: web\nkeys: {A: {source: manual}}\n")

    (problem,) = problems(tmp_path, appFiles="apps")

    assert (problem.path, problem.found, problem.fix) == (f"apps/{name}", found, fix)


def test_a_folder_in_the_folder_and_a_broken_link_are_errors(tmp_path: Path) -> None:
    write_apps(tmp_path / "apps" / "media.yaml", {"wiki": WIKI})
    (tmp_path / "apps" / "web.yaml").symlink_to("nowhere.yaml")

    assert [(problem.path, problem.found) for problem in problems(tmp_path, appFiles="apps")] == [
        ("apps/media.yaml", "a folder"),
        ("apps/web.yaml", "a link to a file that does not exist"),
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read every file")
def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    write_apps(tmp_path / "apps", {"wiki": WIKI})
    (tmp_path / "apps" / "wiki.yaml").chmod(0)

    (problem,) = problems(tmp_path, appFiles="apps")

    assert problem.found == "cannot be read: Permission denied"


@pytest.mark.parametrize(
    ("inventory", "path", "found"),
    [
        ({"apps": "canary"}, "homelab:apps", "a string that names no folder of the project"),
        ({"apps": "canary of a secret"}, "homelab:apps", "a string"),
        ({"apps": "../apps"}, "homelab:apps", "a string"),
        ({"appFiles": "app"}, "homelab:appFiles", "'app', which is not a folder"),
        ({"appFiles": "../apps"}, "homelab:appFiles", "a string"),
        ({"appFiles": "/apps"}, "homelab:appFiles", "a string"),
        ({"appFiles": "."}, "homelab:appFiles", "a string"),
        ({"appFiles": ""}, "homelab:appFiles", "an empty string"),
        ({"appFiles": ["apps"]}, "homelab:appFiles", "a list"),
        ({"appFiles": "empty"}, "homelab:appFiles", "'empty', a folder without apps"),
        ({"apps": "empty"}, "homelab:apps", "'empty', a folder without apps"),
        (
            {"apps": "apps", "appFiles": "apps"},
            "homelab:appFiles",
            "a second folder, next to the one that ",
        ),
    ],
    ids=str,
)
def test_a_folder_that_cannot_be_used_is_never_a_homelab_without_apps(
    inventory: dict[str, Any], path: str, found: str, tmp_path: Path
) -> None:
    write_apps(tmp_path / "apps", {"wiki": WIKI})
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".gitkeep").touch()

    (problem,) = problems(tmp_path, **inventory)

    assert problem.path == path
    assert problem.found.startswith(found)
    assert "canary" not in str(problem)


def test_the_folder_is_named_unencrypted(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, frozenset({"appFiles"}), appFiles="canary").problems

    assert problem.path == "homelab:appFiles"
    assert problem.found.startswith("an encrypted value")
    assert "canary" not in str(problem)


def test_a_file_with_an_error_is_not_compared_with_values(tmp_path: Path) -> None:
    """It would report a value for a key that no app reads."""
    write_apps(tmp_path / "apps", {"wiki": "namespace: [\n"})

    (problem,) = problems(tmp_path, **FILES, values={"WIKI_TOKEN": "given"})

    assert problem.path == "apps/wiki.yaml"


def test_a_thousand_apps_are_read_in_seconds(tmp_path: Path) -> None:
    write_apps(tmp_path / "apps", many_apps(1000))
    began = time.process_time()

    homelab = parsed(tmp_path, appFiles="apps")

    assert len(homelab.keys.all) == 3000
    assert time.process_time() - began < 10
