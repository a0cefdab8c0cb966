"""`export-values`: a private file with what Infisical holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from operations.values.access.server import Infisical, Stored
from tests.operations.values.lab import Lab


def test_the_file_holds_the_declared_keys_and_only_its_owner_reads_it(served: Lab) -> None:
    served.set({"WEB_TOKEN": "one", "WEB_KEY": "two", "WEB_LOGIN": "three", "UNDECLARED": "four"})
    file = served.folder / "values.json"

    ran = served.run("export-values", "--to", file, "--app", "web")

    assert ran.code == 0
    assert json.loads(file.read_text()) == {"WEB_TOKEN": "one", "WEB_KEY": "two", "WEB_LOGIN": "three"}
    assert file.stat().st_mode & 0o777 == 0o600


def test_keys_without_a_value_are_named(served: Lab) -> None:
    served.set({"WEB_TOKEN": "one", "WEB_LOGIN": "two"})

    ran = served.run("export-values", "--to", served.folder / ".env", "--app", "web")

    assert ran.code == 1
    assert "Not in Infisical: WEB_KEY." in ran.out


def test_a_file_is_overwritten_only_with_yes(served: Lab) -> None:
    served.set({"WEB_TOKEN": "one", "WEB_KEY": "two", "WEB_LOGIN": "three"})
    file = served.write(".env", "before")
    file.chmod(0o644)

    refused = served.run("export-values", "--to", file, "--app", "web")

    assert refused.code == 2
    assert file.read_text() == "before"
    assert served.run("export-values", "--to", file, "--app", "web", "--yes").code == 0
    assert file.read_text() == "WEB_TOKEN='one'\nWEB_KEY='two'\nWEB_LOGIN='three'\n"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_dry_run_names_the_keys_and_writes_nothing(served: Lab) -> None:
    served.set({"WEB_TOKEN": "one", "WEB_KEY": "two"})
    file = served.folder / ".env"

    ran = served.run("export-values", "--to", file, "--app", "web", "--dry-run")

    assert ran.code == 1
    would = f"Would export 2 values to {file} (mode 0600): WEB_TOKEN, WEB_KEY."
    assert ran.out.splitlines() == [would, "Not in Infisical: WEB_LOGIN."]
    assert not file.exists()


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_the_json_report_has_the_names_and_no_value(options: tuple[str, ...], served: Lab) -> None:
    served.set({"WEB_TOKEN": "one", "WEB_KEY": "two"})
    file = served.folder / ".env"

    ran = served.run("export-values", "--to", file, "--app", "web", "--json", *options)

    assert json.loads(ran.out) == {
        "file": str(file),
        "written": not options,
        "keys": ["WEB_TOKEN", "WEB_KEY"],
        "notInInfisical": ["WEB_LOGIN"],
    }
    assert file.exists() != bool(options)


@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/tty", "/dev/null", ".", "missing/values.env"])
def test_values_never_go_to_a_terminal_or_a_device(path: str, lab: Lab) -> None:
    assert lab.run("export-values", "--to", path, "--yes").code == 2


def test_a_link_is_not_followed(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")

    assert lab.run("export-values", "--to", tmp_path / "link", "--yes").code == 2


def test_keys_of_one_name_have_addresses(served: Lab) -> None:
    keys = {"TOKEN": {"source": "config"}}
    served.declare({name: {"namespace": name, "keys": keys} for name in ("a", "b")}, store={"folderPerApp": True})
    served.set({"TOKEN": "of a"}, "/a")
    served.set({"TOKEN": "of b"}, "/b")

    served.run("export-values", "--to", served.folder / "all.json")
    served.run("export-values", "--to", served.folder / "one.json", "--app", "b")

    assert json.loads((served.folder / "all.json").read_text()) == {"a/TOKEN": "of a", "b/TOKEN": "of b"}
    assert json.loads((served.folder / "one.json").read_text()) == {"TOKEN": "of b"}


def test_hidden_values_are_no_values(lab: Lab) -> None:
    lab.pulumi.provider = {"url": lab.url, "token": "token"}
    lab.patch.setattr(Infisical, "stored", lambda *_: Stored({}, frozenset({("/", "WEB_TOKEN")})))

    ran = lab.run("export-values", "--to", lab.folder / ".env", "--app", "web")

    assert ran.code == 2
    assert "hidden values of WEB_TOKEN" in ran.err
    assert not (lab.folder / ".env").exists()


def test_a_login_that_may_not_read_values_exports_none(served: Lab) -> None:
    served.set({"WEB_TOKEN": "one"})
    for name, value in served.identity("describeSecret").items():
        served.patch.setenv(name, value)

    ran = served.run("export-values", "--to", served.folder / ".env", "--app", "web")

    assert ran.code == 2
    assert "403" in ran.err
    assert not (served.folder / ".env").exists()
