"""`renamedFrom` and `retired`: what they mean in the inventory, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from declaration import App, Keys, Problem, Store, parse_apps, parse_store

KEY: dict[str, Any] = {"source": "generate", "kind": "hex", "size": 16}


def read(
    keys: dict[str, Any], *, folders: bool = False, others: dict[str, Any] | None = None, **fields: Any
) -> tuple[tuple[App, ...], list[Problem]]:
    problems: list[Problem] = []
    declared = {"web": {"namespace": "web", "keys": keys, **fields}}
    if others:
        declared["other"] = {"namespace": "other", "keys": others}
    return parse_apps("homelab:apps", declared, problems, folder_per_app=folders), problems


def store(*, folders: bool) -> Store:
    declared = {"hostAPI": "http://i", "projectSlug": "homelab", "environmentSlug": "prod", "folderPerApp": folders}
    return parse_store("homelab:store", declared, [])


@pytest.mark.parametrize("folders", [False, True])
def test_a_renamed_key_continues_the_resources_of_its_earlier_name(folders: bool) -> None:
    apps, problems = read({"NEW": {**KEY, "renamedFrom": "OLD"}}, folders=folders)

    (key,) = Keys.of(apps, store(folders=folders)).all
    assert problems == []
    assert {key.resource, *key.earlier} == {"NEW", "OLD", "web/NEW", "web/OLD"}


@pytest.mark.parametrize(
    ("keys", "more", "path", "found"),
    [
        ({"NEW": {**KEY, "renamedFrom": "NEW"}}, {}, "web.keys.NEW.renamedFrom", "'NEW'"),
        ({"NEW": {**KEY, "renamedFrom": "a b"}}, {}, "web.keys.NEW.renamedFrom", "'a b'"),
        (
            {"NEW": {**KEY, "renamedFrom": "OLD"}, "OLD": KEY},
            {},
            "web.keys.NEW.renamedFrom",
            "'OLD', a key that web still reads",
        ),
        (
            {"NEW": {**KEY, "renamedFrom": "OLD"}},
            {"others": {"OLD": KEY}},
            "web.keys.NEW.renamedFrom",
            "'OLD', a key that other still reads",
        ),
        (
            {"ONE": {**KEY, "renamedFrom": "OLD"}, "TWO": {**KEY, "renamedFrom": "OLD"}},
            {},
            "web.keys.TWO.renamedFrom",
            "'OLD', from which homelab:apps.web.keys.ONE is renamed too",
        ),
        (
            {"NEW": {**KEY, "renamedFrom": "OLD"}},
            {"others": {"NEW": KEY}},
            "other.keys.NEW",
            "a declaration that differs from the one in web, which reads the same key",
        ),
    ],
    ids=["its own name", "no name", "still read", "still read by another app", "twice", "only in one app"],
)
def test_a_rename_that_is_not_one_is_refused(keys: dict[str, Any], more: dict[str, Any], path: str, found: str) -> None:
    (problem,) = read(keys, **more)[1]

    assert (problem.path, problem.found) == (f"homelab:apps.{path}", found)


def test_with_a_folder_for_each_app_another_app_may_read_a_key_of_the_earlier_name() -> None:
    assert read({"NEW": {**KEY, "renamedFrom": "OLD"}}, folders=True, others={"OLD": KEY})[1] == []


def test_a_retired_app_delivers_no_key() -> None:
    ((app,), problems) = read({"KEY": KEY}, retired=True)

    assert problems == []
    assert (app.retired, app.delivered_secrets) == (True, ())
    assert [key.name for key in app.keys] == ["KEY"]


def test_a_retired_key_is_not_delivered_and_needs_no_value() -> None:
    ((app,), _) = read({"KEY": KEY, "OLD": {"source": "config", "retired": True}})

    assert not app.retired
    (secret,) = app.delivered_secrets
    assert [key.name for key in secret.keys] == ["KEY"]
    assert secret.keys_without_value(set(), "/") == []


def test_an_app_is_retired_if_all_its_keys_are() -> None:
    ((app,), _) = read({"KEY": {**KEY, "retired": True}})

    assert app.retired


def test_a_key_is_retired_only_if_no_app_reads_it() -> None:
    apps, _ = read({"KEY": KEY}, others={"KEY": KEY}, retired=True)

    (key,) = Keys.of(apps, store(folders=False)).all
    assert not key.retired
