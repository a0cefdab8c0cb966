"""`import-values --to infisical`."""

from __future__ import annotations

from operations.values.access.server import Infisical, Stored
from tests.operations.encryption_key.fakes.administrator import logged_in
from tests.operations.values.lab import APPS, Lab, results


def test_added_keys_are_written_and_different_ones_only_by_name(served: Lab) -> None:
    served.set({"WEB_LOGIN": "before", "MAIL_PASSWORD": "before", "MAIL_DATABASE": "same"})
    file = served.write(".env", "WEB_TOKEN=new\nWEB_LOGIN=after\nMAIL_PASSWORD=after\nMAIL_DATABASE=same\n")

    report = served.run_json("import-values", file, "--to", "infisical", "--yes", "--overwrite", "WEB_LOGIN")

    assert results(report) == {
        "WEB_TOKEN": "added",
        "WEB_LOGIN": "different",
        "MAIL_PASSWORD": "different",
        "MAIL_DATABASE": "equal",
    }
    assert sorted(report["written"]) == ["WEB_LOGIN", "WEB_TOKEN"]
    assert served.stored() == {
        "WEB_TOKEN": "new",
        "WEB_LOGIN": "after",
        "MAIL_PASSWORD": "before",
        "MAIL_DATABASE": "same",
    }


def test_a_missing_folder_is_created(served: Lab) -> None:
    served.declare(store={"secretsPath": "/apps", "folderPerApp": True})

    assert served.run("import-values", served.write(".env", "WEB_TOKEN=new\n"), "--to", "infisical", "--yes").code == 0
    assert served.stored("/apps/web") == {"WEB_TOKEN": "new"}


def test_a_second_import_writes_nothing(served: Lab) -> None:
    file = served.write(".env", "WEB_TOKEN=new\n")
    served.run("import-values", file, "--to", "infisical", "--yes")

    report = served.run_json("import-values", file, "--to", "infisical", "--yes")

    assert (results(report), report["written"], report["code"]) == ({"WEB_TOKEN": "equal"}, [], 0)


def test_immutable_keys_and_keys_with_a_change_command_are_not_overwritten(served: Lab) -> None:
    served.set({"WEB_KEY": "in use", "MAIL_DATABASE": "in use"})
    file = served.write(".env", "WEB_KEY=other\nMAIL_DATABASE=other\nWEB_TOKEN=new\n")
    named = ["--overwrite", "WEB_KEY", "--overwrite", "MAIL_DATABASE"]

    ran = served.run("import-values", file, "--to", "infisical", "--yes", *named)

    assert ran.code == 2
    assert "an immutable key" in ran.err
    assert "a `changeCommand` that must run first" in ran.err
    assert served.stored() == {"WEB_KEY": "in use", "MAIL_DATABASE": "in use"}


def test_a_value_that_somebody_changes_meanwhile_is_kept(served: Lab) -> None:
    served.set({"WEB_LOGIN": "before"})
    served.patch.setattr("sys.stdin.isatty", lambda: True, raising=False)

    def answer(_: str) -> str:
        served.set({"WEB_LOGIN": "changed in the UI"})
        return "y"

    served.patch.setattr("builtins.input", answer)

    ran = served.run("import-values", served.write(".env", "WEB_LOGIN=after\n"), "--to", "infisical")

    assert ran.code == 2
    assert "WEB_LOGIN at / in prod changed in Infisical while the command ran" in ran.err
    assert served.stored() == {"WEB_LOGIN": "changed in the UI"}


def test_a_stored_reference_is_equal_to_itself_and_never_written(served: Lab) -> None:
    served.set({"WEB_LOGIN": "${OTHER}"})

    equal = served.run("import-values", served.write(".env", "WEB_LOGIN='${OTHER}'\n"), "--to", "infisical")
    other = served.run("import-values", served.write(".env", "WEB_LOGIN='${NEW}'\n"), "--to", "infisical", "--yes")

    assert (equal.code, other.code) == (0, 2)
    assert "a reference `${…}`" in other.err


def test_a_value_that_the_login_may_not_read_is_not_overwritten(served: Lab) -> None:
    served.set({"WEB_LOGIN": "in use"})
    served.patch.setattr(Infisical, "stored", lambda *_: Stored({}, frozenset({("/", "WEB_LOGIN")})))

    ran = served.run("import-values", served.write(".env", "WEB_LOGIN=other\n"), "--to", "infisical", "--yes")

    assert ran.code == 2
    assert "a value that Infisical does not show to this login" in ran.err
    assert served.stored() == {"WEB_LOGIN": "in use"}


def test_a_login_without_the_right_to_write_says_so(served: Lab) -> None:
    for name, value in served.identity().items():
        served.patch.setenv(name, value)

    ran = served.run("import-values", served.write(".env", "WEB_TOKEN=new\n"), "--to", "infisical", "--yes")

    assert ran.code == 2
    assert "the machine identity of `INFISICAL_UNIVERSAL_AUTH_CLIENT_ID` may not do this" in ran.err


def test_a_project_that_does_not_exist(served: Lab) -> None:
    served.declare(APPS, store={"projectSlug": "other-project"})

    ran = served.run("import-values", served.write(".env", "WEB_TOKEN=new\n"), "--to", "infisical", "--yes")

    assert ran.code == 2
    assert "has no project 'other-project'" in ran.err
    with logged_in(served.url) as admin:
        assert admin.secrets() == {}
