"""`python -m operations adopt`: what it prints, when it writes, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.adopt import command, main
from operations.errors import OperationError
from tests.operations.adopt import adopting
from tests.operations.adopt.adopting import STORE, Project, external_secret, reading

DELETED = {**reading("KEPT"), "target": {"deletionPolicy": "Delete"}}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "git"
    adopting.write(folder / "store.yaml", yaml.safe_load(STORE.read_text()))
    adopting.write(folder / "web.yaml", external_secret("web", "web-secret", reading("TOKEN")))
    return folder


def with_rest(tree: Path) -> Path:
    adopting.write(tree / "rest.yaml", external_secret("rest", "rest", DELETED))
    return tree


def files(project: Project) -> list[str]:
    return sorted(str(each.relative_to(project.folder)) for each in project.folder.rglob("*") if each.is_file())


def test_without_a_terminal_it_prints_and_changes_nothing(project: Project, tree: Path) -> None:
    code, out, err = project.run(tree)

    assert (code, err, files(project)) == (1, "", [])
    assert "web/web-secret  web  adopted" in out
    assert "+namespace: web" in out
    assert "Nobody can confirm: stdin is not a terminal. Run the command with --yes to write." in out
    assert out.endswith("Nothing was written.\n")


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("yes", 0), ("n", 1), ("", 1)])
def test_it_asks(answer: str, code: int, project: Project, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    questions: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)

    def typed(question: str) -> str:
        questions.append(question)
        return answer

    monkeypatch.setattr("builtins.input", typed)

    assert project.run(tree)[0] == code

    assert questions == ["Write 2 files? [y/N] "]
    assert files(project) == (["Pulumi.homelab.yaml", "apps/web.yaml"] if code == 0 else [])


def test_a_dry_run_writes_nothing_even_with_yes(project: Project, tree: Path) -> None:
    assert project.run(tree, "--dry-run", "--yes")[0] == 0
    assert files(project) == []


def test_json_alone_writes_nothing(project: Project, tree: Path) -> None:
    code, out, _ = project.run(tree, "--json")

    assert (code, json.loads(out)["written"], files(project)) == (1, False, [])


def test_what_would_differ_is_left_out_and_the_exit_code_says_so(project: Project, tree: Path) -> None:
    ran = project.adopt(with_rest(tree))

    assert ran.code == 1
    assert ran.results() == {"web/web-secret": "adopted", "rest/rest": "different"}
    assert project.apps().keys() == {"web"}
    (difference,) = ran.report["externalSecrets"][0]["differences"]
    assert difference == {
        "path": "spec.target.deletionPolicy",
        "was": "Delete",
        "wouldBe": "Retain",
        "reason": "the program always retains the Secret when a key is missing in Infisical",
    }


def test_what_would_differ_is_written_if_asked_for(project: Project, tree: Path) -> None:
    ran = project.adopt(with_rest(tree), "--with-differences")

    assert ran.code == 1
    assert project.apps().keys() == {"web", "rest"}


def test_only_the_named_namespaces_are_adopted(project: Project, tree: Path) -> None:
    adopting.write(tree / "c.yaml", external_secret("c", "c", reading("C")))

    ran = project.adopt(with_rest(tree), "--namespace", "web", "--namespace", "c")

    assert ran.results() == {"web/web-secret": "adopted", "c/c": "adopted"}


def test_nothing_found_is_no_error(project: Project, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    code, out, _ = project.run(tmp_path / "empty")

    assert (code, files(project)) == (0, [])
    assert "No ExternalSecret was found." in out


def test_a_repeated_external_secret_is_adopted_once(project: Project, tree: Path) -> None:
    same = external_secret("web", "web-secret", reading("TOKEN"))
    adopting.write(tree / "x.yaml", same)
    adopting.write(tree / "y.yaml", external_secret("web", "web-secret", reading("OTHER")))

    ran = project.adopt(tree)

    assert [each["result"] for each in ran.report["externalSecrets"]] == ["adopted", "declared", "refused"]


@pytest.mark.parametrize("arguments", [(), ("--live", "a.yaml"), ("a.yaml", "--to", "x", "--inline")])
def test_wrong_usage_ends_with_two(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(list(arguments))

    assert exit_.value.code == 2


def test_errors_of_the_declaration_come_first(project: Project, tree: Path) -> None:
    (project.folder / "Pulumi.homelab.yaml").write_text("config:\n  homelab:apps: {web: {namespace: web}}\n")

    code, out, err = project.run(tree)

    assert (code, out) == (2, "")
    assert "homelab:apps.web.keys" in err


def test_an_interrupt_says_how_to_continue(project: Project, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "plan", interrupt)

    assert project.run(tree) == (130, "", "Interrupted. Run the command again to continue.\n")


def test_a_store_that_cannot_be_declared_is_an_error(project: Project, tree: Path) -> None:
    store = STORE.read_text().replace("projectSlug: homelab", "projectSlug: Home")
    (tree / "store.yaml").write_text(store)

    code, _, err = project.run(tree)

    assert code == 2
    assert "homelab:store.projectSlug: 'Home'" in err


def test_no_file_is_written_after_an_error(project: Project, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        what = "apps/web.yaml changed"
        raise OperationError(what, fix="run the command again")

    monkeypatch.setattr(command, "write", fail)

    assert project.run(tree, "--yes")[0] == 2
    assert files(project) == []
