"""Folders of keys, keys that several apps read, and several keys of one name."""

from __future__ import annotations

from typing import Any

import pytest

from declaration import DeclarationError, Homelab, parse
from tests.declaration.stack_config import IN_CLEAR, as_passed, stack_file

HEX = {"source": "generate", "kind": "hex", "size": 16}
KEY = {"source": "manual"}


def config(apps: dict[str, Any], **more: Any) -> dict[str, Any]:
    declared = {name: {"namespace": name, **app} for name, app in apps.items()}
    return {**stack_file(), "apps": declared, **more}


def read(apps: dict[str, Any], **more: Any) -> Homelab[str]:
    return parse(as_passed(given := config(apps, **more)), set(given) - IN_CLEAR, "Pulumi.homelab.yaml", str)


def refused(apps: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(DeclarationError) as caught:
        read(apps, **more)
    return [(problem.path, problem.found) for problem in caught.value.problems]


def test_a_folder_is_declared_for_an_app_a_secret_or_a_key() -> None:
    keys = {"APP": KEY, "OWN": {**KEY, "folder": "/key"}}
    secrets = {"more": {"folder": "/secret", "keys": {"SECRET": KEY}}, "other": {"keys": {"INHERITED": KEY}}}

    homelab = read({"web": {"folder": "/app", "keys": keys, "secrets": secrets}, "blog": {"keys": {"DEFAULT": KEY}}})

    assert {key.name: key.folder for key in homelab.keys.all} == {
        "APP": "/app",
        "OWN": "/key",
        "SECRET": "/secret",
        "INHERITED": "/app",
        "DEFAULT": "/",
    }


def test_a_folder_of_an_app_is_the_default_of_its_named_secrets() -> None:
    homelab = read({"web": {"folder": "/app", "secrets": {"one": {"keys": {"A": KEY}}}}})

    assert [key.address for key in homelab.keys.all] == ["/app/A"]


def test_apps_that_read_one_folder_share_its_keys() -> None:
    shared = {"TOKEN": {**HEX, "folder": "/shared"}}

    (key,) = read({"web": {"keys": shared}, "blog": {"keys": shared}}).keys.all

    assert ([app.name for app in key.apps], key.label) == (["web", "blog"], "TOKEN")


def test_apps_that_declare_a_key_of_one_folder_differently_are_refused() -> None:
    web, blog = {"TOKEN": {**HEX, "folder": "/shared"}}, {"TOKEN": {**KEY, "folder": "/shared"}}

    ((path, _),) = refused({"web": {"keys": web}, "blog": {"keys": blog}})

    assert path == "homelab:apps.blog.keys.TOKEN"


def test_one_name_in_two_folders_is_two_keys_with_an_address_each() -> None:
    keys = {"ONE": {**HEX, "key": "TOKEN", "folder": "/one"}, "TWO": {**KEY, "key": "TOKEN", "folder": "/two"}}

    homelab = read({"web": {"keys": keys}}, rotations={"web/ONE": "2026-11"})

    assert [(key.address, key.label) for key in homelab.keys.all] == [
        ("/one/TOKEN", "web/ONE"),
        ("/two/TOKEN", "web/TWO"),
    ]
    assert homelab.rotations.trigger(("/one", "TOKEN")) == "2026-11"
    assert homelab.apps[0].secrets[0].written == {"ONE", "TWO"}
    assert len({key.resource for key in homelab.keys.all}) == 2


def test_a_name_in_two_folders_is_ambiguous_in_the_stack_config() -> None:
    apps = {name: {"folder": f"/{name}", "keys": {"TOKEN": HEX}} for name in ("one", "two")}

    assert refused(apps, rotations={"TOKEN": "2026-11"}) == [
        ("homelab:rotations.TOKEN", "a name that several folders hold")
    ]


def test_a_new_folder_keeps_the_resources_of_a_key() -> None:
    """So its value moves, instead of being generated again."""
    before = read({"web": {"keys": {"TOKEN": HEX}}}).keys.all[0]
    after = read({"web": {"keys": {"TOKEN": {**HEX, "folder": "/web"}}}}).keys.all[0]

    assert before.resource == after.resource


def test_a_key_that_several_apps_read_is_declared_once() -> None:
    shared = {"SMTP_PASSWORD": {**HEX, "folder": "/smtp"}, "SALT": {**HEX, "immutable": True}}
    web = {"SMTP_PASSWORD": {"source": "shared", "secretKeys": ["smtp-password"]}, "SALT": {"source": "shared"}}

    homelab = read({"web": {"keys": web}, "blog": {"keys": {"SMTP_PASSWORD": {"source": "shared"}}}}, shared=shared)

    password, salt = homelab.keys.all
    assert (password.address, password.declared.source, [app.name for app in password.apps]) == (
        "/smtp/SMTP_PASSWORD",
        read({"a": {"keys": {"A": HEX}}}).keys.all[0].declared.source,
        ["web", "blog"],
    )
    assert (salt.address, salt.declared.immutable) == ("/SALT", True)
    assert [key.secret_keys for app in homelab.apps for key in app.keys] == [
        ("smtp-password",),
        ("SALT",),
        ("SMTP_PASSWORD",),
    ]


def test_a_shared_key_stays_in_its_folder_with_a_folder_for_each_app() -> None:
    store = {**stack_file()["store"], "folderPerApp": True, "secretsPath": "/apps"}
    keys = {"TOKEN": {"source": "shared"}, "OWN": KEY}

    homelab = read({"web": {"keys": keys}, "blog": {"keys": keys}}, shared={"TOKEN": HEX}, store=store)

    assert [key.address for key in homelab.keys.all] == ["/apps/TOKEN", "/apps/web/OWN", "/apps/blog/OWN"]
    assert homelab.keys.all[0].resource == "shared/TOKEN"


@pytest.mark.parametrize(
    ("keys", "shared", "path", "found"),
    [
        (
            {"TOKEN": {"source": "shared"}},
            {"OTHER": KEY},
            "apps.web.keys.TOKEN.source",
            "shared, although homelab:shared has no 'TOKEN'",
        ),
        (
            {"TOKEN": {"source": "shared", "kind": "hex"}},
            {"TOKEN": HEX},
            "apps.web.keys.TOKEN.kind",
            "a value, although source is shared",
        ),
        ({"A": KEY}, {"TOKEN": {"source": "shared"}}, "shared.TOKEN.source", "a string"),
        ({"A": KEY}, {"TOKEN": {**KEY, "secretKeys": ["a"]}}, "shared.TOKEN.secretKeys", "an unknown field"),
        ({"A": {**KEY, "folder": "shared"}}, {}, "apps.web.keys.A.folder", "'shared'"),
        ({"A": {**KEY, "folder": "/eso_check_keep_empty"}}, {}, "apps.web.keys.A.folder", "'/eso_check_keep_empty'"),
        ({"A": {**KEY, "key": "1A"}}, {}, "apps.web.keys.A.key", "'1A'"),
        ({"A": {**HEX, "property": "a"}}, {}, "apps.web.keys.A.property", "'a', although the value is generated"),
        ({"A": {**KEY, "property": "a..b"}}, {}, "apps.web.keys.A.property", "'a..b'"),
        ({"A": {**KEY, "decodingStrategy": "base64"}}, {}, "apps.web.keys.A.decodingStrategy", "'base64'"),
    ],
)
def test_an_error_in_a_key_has_its_path(keys: dict[str, Any], shared: dict[str, Any], path: str, found: str) -> None:
    ((where, what), *more) = refused({"web": {"keys": keys}}, shared=shared)

    assert not more
    assert where == f"homelab:{path}"
    assert what.startswith(found)


def test_an_app_named_shared_would_be_ambiguous_with_shared_keys() -> None:
    assert refused({"shared": {"keys": {"A": KEY}}}, shared={"B": KEY}) == [
        ("homelab:apps.shared", "the app name 'shared'")
    ]


def test_two_properties_of_one_json_value_are_one_key() -> None:
    keys = {
        "USER": {**KEY, "key": "DATABASE", "property": "user"},
        "PASSWORD": {**KEY, "key": "DATABASE", "property": "password"},
    }

    (key,) = read({"web": {"keys": keys}}).keys.all

    assert (key.name, key.label) == ("DATABASE", "DATABASE")


def test_the_operator_reads_the_folders_of_the_keys_and_nothing_else() -> None:
    keys = {
        "A": KEY,
        "B": {**KEY, "folder": "/shared/smtp"},
        "C": {**KEY, "folder": "/shared"},
        "D": {**KEY, "folder": "/apps/web"},
        "E": {**KEY, "folder": "/old", "retired": True},
    }
    store = {**stack_file()["store"], "secretsPath": "/apps"}

    assert read({"web": {"keys": keys}}, store=store).readable_folders == ("/apps", "/shared")
