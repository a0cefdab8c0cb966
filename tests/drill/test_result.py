"""The result names what came back, what did not, and what was not part of the drill."""

from __future__ import annotations

import datetime
from dataclasses import replace

from drill.comparison import Compared
from drill.database import RestoredDump
from drill.result import Result, as_json, as_text
from operations.backup.targets.manifest import Manifest, Missing

CREATED = datetime.datetime(2026, 11, 30, 10, 27, 8, tzinfo=datetime.UTC)
MANIFEST = Manifest(
    stack="homelab",
    created=CREATED,
    files={},
    parts={},
    bootstrap=(),
    recipients=(),
    versions={},
    missing=(Missing("the stack's passphrase", "keep it in another place", True),),
    key_opens_database="yes",
)
EQUAL = Compared("web/web-secret", "TOKEN", "equal")
RESULT = Result("/mnt/usb/homelab", MANIFEST, 3 * 3600.0, 47.4, (EQUAL,), (), 2)

FAKE = "the sandbox's Infisical is a fake: it has the values of values.json"


def lines(result: Result) -> list[str]:
    return list(as_text(result))


def test_a_whole_recovery_says_so() -> None:
    assert RESULT.is_whole
    assert lines(RESULT)[-2:] == [
        "Recovery took 47 s. The data is 3 hours old (2026-11-30T10:27:08Z).",
        "The backup brings every Secret back.",
    ]
    assert "1 Secret             keys: 1 equal" in lines(RESULT)


def test_each_key_that_is_not_recovered_has_a_row() -> None:
    compared = (EQUAL, Compared("web/web-secret", "KEY", "missing", "the backup has no value of it"))
    result = replace(RESULT, compared=compared)

    assert not result.is_whole
    assert "web/web-secret KEY  missing: the backup has no value of it" in lines(result)
    assert "1 Secret             keys: 1 equal, 1 missing" in lines(result)
    assert lines(result)[-1] == "The backup does not bring everything back."


def test_a_key_with_which_infisical_did_not_start_is_named() -> None:
    result = replace(RESULT, wrong_keys=("infisicalEncryptionKey",))

    assert not result.is_whole
    assert "bootstrap.json       not what Infisical started with: infisicalEncryptionKey" in lines(result)


def test_a_restored_dump_is_counted() -> None:
    dump = RestoredDump("16.14", {"public.secrets": 500}, {"public.secrets": 500})
    result = replace(RESULT, dump=dump)

    assert result.is_whole
    assert "database.sql.gz      restored into PostgreSQL 16.14: 500 rows in 1 table" in lines(result)
    assert {"part": "Infisical with that dump", "why": FAKE} in as_json(result)["notDrilled"]


def test_statements_that_failed_are_counted_by_their_sqlstate() -> None:
    dump = RestoredDump("16.14", {"a": 1, "b": 2}, {"a": 1, "b": 2}, {"42704": 2, "0A000": 1})
    result = replace(RESULT, dump=dump)

    assert result.is_whole
    text = "restored into PostgreSQL 16.14: 3 rows in 2 tables; 3 statements failed (SQLSTATE 0A000, 42704)"
    assert f"database.sql.gz      {text}" in lines(result)


def test_each_table_that_lacks_rows_has_a_row() -> None:
    dump = RestoredDump("16.14", {"public.secrets": 500, "public.keys": 1}, {"public.secrets": 499, "public.keys": 1})
    result = replace(RESULT, dump=dump)

    assert not result.is_whole
    assert "database.sql.gz public.secrets  499 of 500 rows" in lines(result)
    assert lines(result)[-1] == "The backup does not bring everything back."


def test_what_is_not_in_the_drill_has_its_reason() -> None:
    rows = {each["part"]: each["why"] for each in as_json(RESULT)["notDrilled"]}

    assert rows["the stack's passphrase"] == "keep it in another place"
    assert rows["2 values"] == "no app declares them"


def test_json_has_each_key() -> None:
    found = as_json(RESULT)

    assert found["keys"] == [{"secret": "web/web-secret", "key": "TOKEN", "result": "equal", "why": ""}]
    assert (found["equal"], found["ageSeconds"], found["recoverySeconds"]) == (True, 10800, 47)
