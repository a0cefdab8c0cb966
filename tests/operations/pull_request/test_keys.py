"""Changes of keys between two declarations, and which of them affect immutable keys."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.pull_request.declared import Declared, read_declaration
from operations.pull_request.elsewhere import changes_elsewhere
from operations.pull_request.keys import KeyChange, changes
from tooling.stack.throw_away import ThrowAwaySecrets

Content = dict[str, Any]

CONTENT: Content = {
    "homelab:infisical": {"url": "https://infisical.example.net", "adminEmail": "admin@example.net"},
    "homelab:store": {"hostAPI": "http://infisical:8080", "projectSlug": "homelab", "environmentSlug": "prod"},
    "homelab:values": {"TOKEN": {"secure": "v1:first"}},
    "homelab:apps": {
        "web": {
            "namespace": "web",
            "keys": {
                "SIGNING_KEY": {"source": "generate", "kind": "hex", "size": 32, "immutable": True},
                "PASSWORD": {"source": "generate", "kind": "hex", "size": 12},
                "TOKEN": {"source": "config"},
            },
        },
        "other": {"namespace": "other", "keys": {"BY_HAND": {"source": "manual"}}},
    },
}


def compare(folder: Path, edit: Callable[[Content], None]) -> list[KeyChange]:
    """Return the changes of keys that an edit of the declaration causes."""
    throw_away = ThrowAwaySecrets()
    edited = copy.deepcopy(CONTENT)
    edit(edited)
    base, head = _declared(folder / "base", CONTENT, throw_away), _declared(folder / "head", edited, throw_away)
    return [*changes(base, head), *changes_elsewhere(base, head)]


@pytest.fixture
def compared(tmp_path: Path) -> Callable[[Callable[[Content], None]], list[KeyChange]]:
    return functools.partial(compare, tmp_path)


def _declared(folder: Path, content: Content, throw_away: ThrowAwaySecrets) -> Declared:
    folder.mkdir()
    # Triggers are compared as they are, without the checks of the parser.
    others = {key: value for key, value in content.items() if key != "homelab:rotations"}
    (folder / "Pulumi.homelab.yaml").write_text(yaml.safe_dump({"config": others}))
    declared = read_declaration(folder, "homelab", throw_away)
    assert declared.problems == ()
    return replace(
        declared, config={**declared.config, **{key: content[key] for key in content.keys() - others.keys()}}
    )


def keys(content: Content, app: str = "web") -> dict[str, Any]:
    found: dict[str, Any] = content["homelab:apps"][app]["keys"]
    return found


def drop(content: Content) -> None:
    del keys(content)["SIGNING_KEY"]


def rename(content: Content) -> None:
    keys(content)["RENAMED"] = keys(content).pop("SIGNING_KEY")


def change_source(content: Content) -> None:
    keys(content)["SIGNING_KEY"] = {"source": "manual", "immutable": True}


def resize(content: Content) -> None:
    keys(content)["SIGNING_KEY"]["size"] = 16


def make_mutable(content: Content) -> None:
    keys(content)["SIGNING_KEY"]["immutable"] = False


def move_to_app(content: Content) -> None:
    keys(content, "other")["SIGNING_KEY"] = keys(content).pop("SIGNING_KEY")


def move_to_secret(content: Content) -> None:
    content["homelab:apps"]["web"]["secretName"] = "another"


def move_to_folder(content: Content) -> None:
    content["homelab:store"]["secretsPath"] = "/apps"


def move_to_project(content: Content) -> None:
    content["homelab:store"]["projectSlug"] = "another"


def rename_secret_key(content: Content) -> None:
    keys(content)["SIGNING_KEY"]["secretKeys"] = ["ANOTHER"]


def give(content: Content) -> None:
    content["homelab:values"]["SIGNING_KEY"] = {"secure": "v1:given"}


def rotate_immutable(content: Content) -> None:
    content["homelab:rotations"] = {"SIGNING_KEY": "2026-11"}


@pytest.mark.parametrize(
    "edit",
    [
        drop,
        rename,
        change_source,
        resize,
        make_mutable,
        move_to_app,
        move_to_secret,
        move_to_folder,
        move_to_project,
        rename_secret_key,
        give,
        rotate_immutable,
    ],
    ids=lambda edit: edit.__name__,
)
def test_a_change_affects_an_immutable_key(
    edit: Callable[[Content], None], compared: Callable[[Callable[[Content], None]], list[KeyChange]]
) -> None:
    first = compared(edit)[0]

    assert first.key == "SIGNING_KEY"
    assert first.touches_immutable


def set_encryption_key(content: Content) -> None:
    content["homelab:infisicalEncryptionKey"] = {"secure": "v1:another"}


def test_an_encryption_key_in_the_config_affects_an_immutable_key(
    compared: Callable[[Callable[[Content], None]], list[KeyChange]],
) -> None:
    (change,) = compared(set_encryption_key)

    assert (change.key, change.touches_immutable) == ("ENCRYPTION_KEY", True)
    assert change.what == "`homelab:infisicalEncryptionKey` added"


def nothing(content: Content) -> None:
    pass


def read_by_another(content: Content) -> None:
    keys(content, "other")["SIGNING_KEY"] = dict(keys(content)["SIGNING_KEY"])


def make_immutable(content: Content) -> None:
    keys(content)["PASSWORD"]["immutable"] = True


def rotate(content: Content) -> None:
    content["homelab:rotations"] = {"PASSWORD": "2026-11"}


def rotate_own(content: Content) -> None:
    content["homelab:rotations"] = {"infisicalAuthSecret": "2026-11"}


def give_another(content: Content) -> None:
    content["homelab:values"]["TOKEN"] = {"secure": "v1:second"}


def take_back(content: Content) -> None:
    del content["homelab:values"]


def from_config(content: Content) -> None:
    keys(content)["PASSWORD"] = {"source": "config"}


def rename_ordinary(content: Content) -> None:
    keys(content)["SECRET_WORD"] = keys(content).pop("PASSWORD")


def exchange(content: Content) -> None:
    """Replace one key with two keys of the same source: it cannot be a rename."""
    for name in ("ONE", "TWO"):
        keys(content)[name] = dict(keys(content)["PASSWORD"])
    del keys(content)["PASSWORD"]


def rename_with_its_value(content: Content) -> None:
    keys(content)["NEW_KEY"] = {**keys(content).pop("SIGNING_KEY"), "renamedFrom": "SIGNING_KEY"}


def resize_ordinary(content: Content) -> None:
    keys(content)["PASSWORD"]["size"] = 24


@pytest.mark.parametrize(
    ("edit", "reported"),
    [
        (nothing, []),
        (rename_with_its_value, ["SIGNING_KEY: renamed to NEW_KEY, which gets its value"]),
        (resize_ordinary, ["PASSWORD: at the next rotation: generated (hex, 12) → generated (hex, 24)"]),
        (read_by_another, ["SIGNING_KEY: also in other (homelab/prod/ → Secret other/other-secret: SIGNING_KEY)"]),
        (make_immutable, ["PASSWORD: now immutable"]),
        (rotate, ["PASSWORD: rotated: new trigger"]),
        (rotate_own, ["infisicalAuthSecret: rotated: new trigger"]),
        (give_another, ["TOKEN: value in the stack config changed"]),
        (take_back, ["TOKEN: value in the stack config removed"]),
        (from_config, ["PASSWORD: new source: generated (hex, 12) → from the stack config"]),
        (
            rename_ordinary,
            [
                "PASSWORD: renamed to SECRET_WORD, which gets its own value: generated (hex, 12); "
                "Infisical keeps the old value"
            ],
        ),
        (
            exchange,
            [
                "ONE: added: generated (hex, 12)",
                "PASSWORD: removed, was generated (hex, 12); Infisical keeps the old value",
                "TWO: added: generated (hex, 12)",
            ],
        ),
    ],
    ids=lambda given: given.__name__ if callable(given) else "",
)
def test_other_changes_are_reported_and_stop_nothing(
    edit: Callable[[Content], None],
    reported: list[str],
    compared: Callable[[Callable[[Content], None]], list[KeyChange]],
) -> None:
    found = compared(edit)

    assert [f"{change.key}: {change.what}" for change in found] == reported
    assert not any(change.touches_immutable for change in found)


def test_a_key_that_moves_to_another_store_is_removed_here_and_added_there(
    compared: Callable[[Callable[[Content], None]], list[KeyChange]],
) -> None:
    def edit(content: Content) -> None:
        keys = {"BY_HAND": {"key": "database", "property": "password"}}
        generator = {"kind": "Password", "name": "web", "secretKeys": ["token"]}
        content["homelab:apps"]["other"] |= {"store": {"name": "vault"}, "keys": keys, "generator": generator}

    found = [(change.key, change.apps, change.what) for change in compared(edit)]

    assert found == [
        ("BY_HAND", "other", "removed, was set by hand in Infisical; Infisical keeps the old value"),
        ("BY_HAND of Secret other/other-secret", "other", "added: from database/password of the SecretStore vault"),
        ("token of Secret other/other-secret", "other", "added: from Password web, a generator"),
    ]
