"""What became of the keys between two declarations, and which of them must never change."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.pull_request.declared import Declared, read_declaration
from operations.pull_request.keys import KeyChange, changes
from operations.pull_request.offline.throw_away import ThrowAwaySecrets

Content = dict[str, Any]

CONTENT: Content = {
    "homelab:infisical": {"url": "https://infisical.example.net", "adminEmail": "admin@example.net"},
    "homelab:store": {"hostAPI": "http://infisical:8080", "projectSlug": "homelab", "environmentSlug": "prod"},
    "homelab:values": {"TOKEN": {"secure": "v1:first"}},
    "homelab:apps": {
        "web": {
            "namespace": "web",
            "keys": {
                "FOR_EVER": {"source": "generate", "kind": "hex", "size": 32, "immutable": True},
                "PASSWORD": {"source": "generate", "kind": "hex", "size": 12},
                "TOKEN": {"source": "config"},
            },
        },
        "other": {"namespace": "other", "keys": {"BY_HAND": {"source": "manual"}}},
    },
}


@pytest.fixture
def compared(tmp_path: Path) -> Callable[[Callable[[Content], None]], list[KeyChange]]:
    """The changes that an edit of the declaration makes."""

    def compare(edit: Callable[[Content], None]) -> list[KeyChange]:
        throw_away = ThrowAwaySecrets()
        edited = copy.deepcopy(CONTENT)
        edit(edited)
        return changes(
            _declared(tmp_path / "base", CONTENT, throw_away), _declared(tmp_path / "head", edited, throw_away)
        )

    return compare


def _declared(folder: Path, content: Content, throw_away: ThrowAwaySecrets) -> Declared:
    folder.mkdir()
    # Markers are compared as they stand, whatever reads them.
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
    del keys(content)["FOR_EVER"]


def rename(content: Content) -> None:
    keys(content)["EVER"] = keys(content).pop("FOR_EVER")


def resource(content: Content) -> None:
    keys(content)["FOR_EVER"] = {"source": "manual", "immutable": True}


def resize(content: Content) -> None:
    keys(content)["FOR_EVER"]["size"] = 16


def unflag(content: Content) -> None:
    keys(content)["FOR_EVER"]["immutable"] = False


def move_to_app(content: Content) -> None:
    keys(content, "other")["FOR_EVER"] = keys(content).pop("FOR_EVER")


def move_to_secret(content: Content) -> None:
    content["homelab:apps"]["web"]["secretName"] = "another"


def move_to_folder(content: Content) -> None:
    content["homelab:store"]["secretsPath"] = "/apps"


def move_to_project(content: Content) -> None:
    content["homelab:store"]["projectSlug"] = "another"


def feed_another(content: Content) -> None:
    keys(content)["FOR_EVER"]["secretKeys"] = ["ANOTHER"]


def give(content: Content) -> None:
    content["homelab:values"]["FOR_EVER"] = {"secure": "v1:given"}


def rotate_for_ever(content: Content) -> None:
    content["homelab:rotations"] = {"FOR_EVER": "2026-11"}


@pytest.mark.parametrize(
    "edit",
    [
        drop,
        rename,
        resource,
        resize,
        unflag,
        move_to_app,
        move_to_secret,
        move_to_folder,
        move_to_project,
        feed_another,
        give,
        rotate_for_ever,
    ],
    ids=lambda edit: edit.__name__,
)
def test_a_key_that_must_immutable_is_touched(
    edit: Callable[[Content], None], compared: Callable[[Callable[[Content], None]], list[KeyChange]]
) -> None:
    first = compared(edit)[0]

    assert first.key == "FOR_EVER"
    assert first.touches_immutable


def set_encryption_key(content: Content) -> None:
    content["homelab:infisicalEncryptionKey"] = {"secure": "v1:another"}


def test_another_encryption_key_is_touched(
    compared: Callable[[Callable[[Content], None]], list[KeyChange]],
) -> None:
    (change,) = compared(set_encryption_key)

    assert (change.key, change.touches_immutable) == ("ENCRYPTION_KEY", True)
    assert change.what == "`homelab:infisicalEncryptionKey` is set"


def nothing(content: Content) -> None:
    pass


def read_by_another(content: Content) -> None:
    keys(content, "other")["FOR_EVER"] = dict(keys(content)["FOR_EVER"])


def flag(content: Content) -> None:
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
    """One gone and two come, all of one source: which is which nobody can tell."""
    for name in ("ONE", "TWO"):
        keys(content)[name] = dict(keys(content)["PASSWORD"])
    del keys(content)["PASSWORD"]


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (nothing, []),
        (read_by_another, ["FOR_EVER: also at other: homelab/prod/ → Secret other/other-secret, FOR_EVER"]),
        (flag, ["PASSWORD: `immutable` is set"]),
        (rotate, ["PASSWORD: rotated: its marker is new"]),
        (rotate_own, ["infisicalAuthSecret: rotated: its marker is new"]),
        (give_another, ["TOKEN: its value in the stack config is set anew"]),
        (take_back, ["TOKEN: its value in the stack config is removed"]),
        (from_config, ["PASSWORD: re-sourced: generated (hex, 12) → from the stack config"]),
        (
            rename_ordinary,
            [
                "PASSWORD: renamed to SECRET_WORD: that one gets a value of its own (generated (hex, 12)). "
                "Infisical keeps the old one"
            ],
        ),
        (
            exchange,
            [
                "ONE: added: generated (hex, 12)",
                "PASSWORD: removed; it was generated (hex, 12). Infisical keeps the old one",
                "TWO: added: generated (hex, 12)",
            ],
        ),
    ],
    ids=lambda given: given.__name__ if callable(given) else "",
)
def test_what_became_of_other_keys_is_told_and_stops_nothing(
    edit: Callable[[Content], None],
    told: list[str],
    compared: Callable[[Callable[[Content], None]], list[KeyChange]],
) -> None:
    found = compared(edit)

    assert [f"{change.key}: {change.what}" for change in found] == told
    assert not any(change.touches_immutable for change in found)
