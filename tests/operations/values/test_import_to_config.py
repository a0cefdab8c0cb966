"""`import-values` into `homelab:values` of the stack."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.operations.values.lab import APPS, Lab, results


def answers(lab: Lab, given: Iterable[str]) -> list[str]:
    """A terminal that gives these answers. :returns: receives the questions"""
    questions: list[str] = []
    left = iter(given)

    def answer(question: str) -> str:
        questions.append(question)
        return next(left)

    lab.patch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    lab.patch.setattr("builtins.input", answer)
    return questions


def test_added_equal_and_different_keys_are_shown_and_only_added_ones_written(lab: Lab) -> None:
    lab.pulumi.values = {"WEB_TOKEN": "same", "MAIL_PASSWORD": "before"}
    file = lab.write(".env", "WEB_TOKEN=same\nMAIL_PASSWORD=after\nMAIL_DATABASE=new\n")

    report = lab.run_json("import-values", file, "--yes")

    assert results(report) == {"WEB_TOKEN": "equal", "MAIL_PASSWORD": "different", "MAIL_DATABASE": "added"}
    assert (report["written"], report["code"]) == (["MAIL_DATABASE"], 1)
    assert lab.pulumi.values == {"WEB_TOKEN": "same", "MAIL_PASSWORD": "before", "MAIL_DATABASE": "new"}


def test_a_value_is_overwritten_only_by_name(lab: Lab) -> None:
    lab.pulumi.values = {"WEB_TOKEN": "before", "MAIL_PASSWORD": "before"}
    file = lab.write(".env", "WEB_TOKEN=after\nMAIL_PASSWORD=after\n")

    ran = lab.run("import-values", file, "--yes", "--overwrite", "WEB_TOKEN")

    assert lab.pulumi.values == {"WEB_TOKEN": "after", "MAIL_PASSWORD": "before"}
    assert "Not overwritten: MAIL_PASSWORD." in ran.out
    assert ran.code == 1


def test_the_question_names_the_keys_that_would_be_overwritten(lab: Lab) -> None:
    lab.pulumi.values = {"WEB_TOKEN": "before"}
    file = lab.write(".env", "WEB_TOKEN=after\nMAIL_PASSWORD=new\n")
    questions = answers(lab, ["y", "n"])

    assert lab.run("import-values", file).code == 1

    assert lab.pulumi.values == {"WEB_TOKEN": "before", "MAIL_PASSWORD": "new"}
    assert "Overwrite WEB_TOKEN in" in questions[1]


def test_yes_to_both_questions_writes_all(lab: Lab) -> None:
    lab.pulumi.values = {"WEB_TOKEN": "before"}
    answers(lab, ["y", "yes"])

    assert lab.run("import-values", lab.write(".env", "WEB_TOKEN=after\nMAIL_PASSWORD=new\n")).code == 0
    assert lab.pulumi.values == {"WEB_TOKEN": "after", "MAIL_PASSWORD": "new"}


@pytest.mark.parametrize("options", [["--dry-run"], ["--dry-run", "--yes"], ["--json"], []])
def test_nothing_is_written_without_a_yes(options: list[str], lab: Lab) -> None:
    lab.patch.setattr("sys.stdin.isatty", lambda: False, raising=False)

    lab.run("import-values", lab.write(".env", "WEB_TOKEN=new\n"), *options)

    assert lab.pulumi.values == {}


def test_a_dry_run_succeeds_if_all_could_be_imported(lab: Lab) -> None:
    assert lab.run("import-values", lab.write(".env", "WEB_TOKEN=new\n"), "--dry-run").code == 0


def test_a_second_import_changes_nothing(lab: Lab) -> None:
    file = lab.write(".env", "WEB_TOKEN=new\nWEB_KEY=own\n")
    lab.run("import-values", file, "--yes")
    commands = len(lab.pulumi.arguments)

    ran = lab.run("import-values", file)

    assert ran.code == 0
    assert len(lab.pulumi.arguments) == commands + 1


def test_an_interrupted_import_continues(lab: Lab) -> None:
    file = lab.write(".env", "WEB_TOKEN=1\nMAIL_PASSWORD=2\nMAIL_DATABASE=3\n")
    lab.pulumi.fails_from = 1

    ran = lab.run("import-values", file, "--yes")

    assert ran.code == 2
    assert "Written: WEB_TOKEN." in ran.out
    lab.pulumi.fails_from = 1000
    assert lab.run_json("import-values", file, "--yes")["written"] == ["MAIL_PASSWORD", "MAIL_DATABASE"]


def test_keys_that_no_app_declares_are_listed_with_the_line_to_add(lab: Lab) -> None:
    report = lab.run_json("import-values", lab.write(".env", "WEB_TOKEN=1\nNEW_KEY=2\n"), "--yes")

    assert report["notDeclared"] == [{"key": "NEW_KEY", "line": "NEW_KEY: {source: config}"}]
    assert (report["written"], report["code"]) == (["WEB_TOKEN"], 1)


def test_only_keys_of_the_app_count(lab: Lab) -> None:
    report = lab.run_json("import-values", lab.write(".env", "WEB_TOKEN=1\nMAIL_PASSWORD=2\n"), "--app", "web", "--yes")

    assert report["skipped"] == {"MAIL_PASSWORD": "a key of another app"}
    assert (lab.pulumi.values, report["code"]) == ({"WEB_TOKEN": "1"}, 0)


def test_variables_of_doppler_itself_are_skipped(lab: Lab) -> None:
    file = lab.write("a.json", '{"WEB_TOKEN": "1", "DOPPLER_PROJECT": "p", "DOPPLER_CONFIG": "prd"}')

    report = lab.run_json("import-values", file, "--yes")

    assert report["skipped"] == {"DOPPLER_PROJECT": "Doppler's own", "DOPPLER_CONFIG": "Doppler's own"}
    assert report["code"] == 0


def test_all_bad_values_are_refused_at_once_and_nothing_is_written(lab: Lab) -> None:
    lab.declare({**APPS, "more": {"namespace": "more", "keys": {"FINE": {"source": "config"}}}})
    file = lab.write(
        ".env", "FINE=1\nWEB_TOKEN=\" x\"\nWEB_KEY=\nMAIL_PASSWORD='${OTHER}'\nWEB_LOGIN=manual\nNEW=' not declared'\n"
    )

    ran = lab.run("import-values", file, "--yes")

    assert ran.code == 2
    assert ".env has 4 errors; nothing was changed." in ran.err
    for line in (
        ".env: WEB_TOKEN (line 2)\n    found:    white space at its start or end, which Infisical removes",
        ".env: WEB_KEY (line 3)\n    found:    an empty string",
        ".env: MAIL_PASSWORD (line 4)\n    found:    a reference `${…}`",
        ".env: WEB_LOGIN (line 5)\n    found:    source: manual",
    ):
        assert line in ran.err
    assert lab.pulumi.values == {}


def test_an_immutable_key_keeps_its_value(lab: Lab) -> None:
    lab.pulumi.values = {"WEB_KEY": "in use"}

    ran = lab.run("import-values", lab.write(".env", "WEB_KEY=other\n"), "--yes", "--overwrite", "WEB_KEY")

    assert ran.code == 2
    assert "a different value of an immutable key" in ran.err
    assert lab.pulumi.values == {"WEB_KEY": "in use"}


def test_a_name_in_several_folders_needs_its_app(lab: Lab) -> None:
    apps = {name: {"namespace": name, "keys": {"TOKEN": {"source": "config"}}} for name in ("a", "b")}
    lab.declare(apps, store={"folderPerApp": True})
    file = lab.write(".env", "TOKEN=1\n")

    ambiguous = lab.run("import-values", file, "--yes")
    of_one = lab.run("import-values", file, "--yes", "--app", "b")
    by_address = lab.run("import-values", lab.write("a.yaml", "a/TOKEN: '2'\n"), "--yes")

    assert "one of a/TOKEN, b/TOKEN" in ambiguous.err
    assert (ambiguous.code, of_one.code, by_address.code) == (2, 0, 0)
    assert lab.pulumi.values == {"b/TOKEN": "1", "a/TOKEN": "2"}


def test_the_folder_in_an_export_chooses_the_key(lab: Lab) -> None:
    apps = {name: {"namespace": name, "keys": {"TOKEN": {"source": "config"}}} for name in ("a", "b")}
    lab.declare(apps, store={"folderPerApp": True})
    file = lab.write("a.json", '[{"key": "TOKEN", "value": "1", "secretPath": "/b"}]')

    assert lab.run("import-values", file, "--yes").code == 0
    assert lab.pulumi.values == {"b/TOKEN": "1"}


def test_a_value_keeps_the_address_that_it_has_in_the_config(lab: Lab) -> None:
    lab.pulumi.values = {"web/WEB_TOKEN": "before"}

    lab.run("import-values", lab.write(".env", "WEB_TOKEN=after\n"), "--yes", "--overwrite", "WEB_TOKEN")

    assert lab.pulumi.values == {"web/WEB_TOKEN": "after"}


def test_a_newline_at_the_end_is_kept(lab: Lab) -> None:
    lab.run("import-values", lab.write("a.json", '{"WEB_TOKEN": "line\\n"}'), "--yes")

    assert lab.pulumi.values == {"WEB_TOKEN": "line\n"}


def test_a_stack_that_is_set_up_by_hand_has_no_values(lab: Lab) -> None:
    lab.declare(infisical={"mode": "manual"})

    ran = lab.run("import-values", lab.write(".env", "WEB_TOKEN=1\n"), "--yes")

    assert ran.code == 2
    assert "--to infisical" in ran.err


def test_lines_that_cannot_be_read_are_refused_together_with_bad_values(lab: Lab) -> None:
    ran = lab.run("import-values", lab.write(".env", "A='it's'\nWEB_TOKEN=' x'\nWEB_KEY=\n"), "--yes")

    assert ran.code == 2
    assert ".env has 3 errors; nothing was changed." in ran.err


def test_an_interrupted_question_writes_nothing(lab: Lab) -> None:
    def interrupt(_: str) -> str:
        raise KeyboardInterrupt

    lab.patch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    lab.patch.setattr("builtins.input", interrupt)

    ran = lab.run("import-values", lab.write(".env", "WEB_TOKEN=new\n"))

    assert (ran.code, lab.pulumi.values) == (130, {})
    assert ran.err == "Interrupted. Run the command again to continue.\n"


def test_the_end_of_a_value_without_quotes_is_no_name(lab: Lab) -> None:
    report = lab.run_json("import-values", lab.write(".env", "WEB_TOKEN=abc\nZGVm==\n"), "--dry-run")

    assert report["skipped"] == {"line 2": "no value, and no declared key"}
    assert report["notDeclared"] == []
