"""
Mutations of a valid declaration of apps. Each breaks one rule and returns the paths that must be reported.

A mutation changes one app in place. It may first add what it then breaks. `SECRET` is a value that no message may show.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.declaration import names
from tests.declaration.apps import RESERVED, SIZES, TAKEN, Apps

SECRET = "canary-VaLuE-of-a-secret"
ROOT = "homelab:apps"
PLAIN_KEY = {"source": "manual"}

Draw = Callable[[st.SearchStrategy[Any]], Any]
Mutation = Callable[[Draw, Apps, str], set[str]]

DATE = datetime.date(2026, 11, 22)
NOT_A_MAPPING = st.sampled_from([SECRET, [SECRET], [{SECRET: SECRET}], 20261122, 1.5, True, None, "", DATE])
NOT_A_STRING = st.sampled_from([0, 20261122, 1.5, True, False, None, [SECRET], {SECRET: SECRET}, DATE, ""])
NOT_A_BOOLEAN: st.SearchStrategy[object] = st.sampled_from(["true", "yes", "no", "", 0, 1, None, ["true"], {}, DATE])
NOT_AN_INTEGER: st.SearchStrategy[object] = st.sampled_from(["16", "", 16.0, 16.5, True, None, [16], {}, DATE])
NOT_A_LIST: st.SearchStrategy[object] = st.sampled_from(["A", "", 1, True, None, {"A": "B"}, DATE, []])
NOT_A_FIELD_NAME = st.sampled_from([5, 1.5, True, False, None, DATE])

REQUIRED = ("namespace", "keys")
OPTIONAL = {
    "createNamespace": False,
    "secretName": "spare",
    "labels": {"a": "b"},
    "literals": {"spare": "text"},
    "restarts": ["deployment/spare"],
}


def _path(*parts: str) -> set[str]:
    return {".".join((ROOT, *parts))}


def _key(draw: Draw, apps: Apps, app: str) -> str:
    return str(draw(st.sampled_from(sorted(apps[app]["keys"]))))


def _own_key(apps: Apps, app: str, fields: dict[str, Any] | None = None) -> str:
    """Add a key that no other app reads, with its own key of the Secret."""
    name = f"OWN_KEY_{list(apps).index(app)}"
    apps[app]["keys"][name] = dict(fields or PLAIN_KEY)
    return name


def _generated_key(draw: Draw, apps: Apps, app: str) -> str:
    kind = draw(st.sampled_from(sorted(SIZES)))
    return _own_key(apps, app, {"source": "generate", "kind": kind, "size": draw(st.integers(*SIZES[kind]))})


def _renamed(mapping: dict[Any, Any], old: Any, new: Any) -> None:
    """Give a field another name, in its place."""
    items = [(new if key == old else key, value) for key, value in mapping.items()]
    mapping.clear()
    mapping.update(items)


def _invalid(draw: Draw, valid: st.SearchStrategy[str], is_valid: Callable[[str], bool]) -> str:
    return str(draw(names.nearly(valid).filter(lambda text: text != "" and not is_valid(text))))


def _misspelled(draw: Draw, word: str) -> str:
    at = draw(st.integers(1, len(word) - 2))
    dropped, doubled = word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return str(draw(st.sampled_from(sorted({dropped, doubled, swapped} - {word}))))


# Fields that are missing


def app_without_a_required_field(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(REQUIRED))
    del apps[app][field]
    return _path(app, field)


def key_without_source(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = _key(draw, apps, app)
    del apps[app]["keys"][key]["source"]
    return _path(app, "keys", key, "source")


def generated_key_without_kind_or_size(draw: Draw, apps: Apps, app: str) -> set[str]:
    key, field = _generated_key(draw, apps, app), draw(st.sampled_from(["kind", "size"]))
    del apps[app]["keys"][key][field]
    return _path(app, "keys", key, field)


def app_without_keys(_: Draw, apps: Apps, app: str) -> set[str]:
    apps[app]["keys"] = {}
    return _path(app, "keys")


# Values of a wrong type


def app_that_is_not_a_mapping(draw: Draw, apps: Apps, app: str) -> set[str]:
    apps[app] = draw(NOT_A_MAPPING)
    return _path(app)


def keys_that_are_not_a_mapping(draw: Draw, apps: Apps, app: str) -> set[str]:
    apps[app]["keys"] = draw(NOT_A_MAPPING)
    return _path(app, "keys")


def key_that_is_not_a_mapping(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = _key(draw, apps, app)
    apps[app]["keys"][key] = draw(NOT_A_MAPPING)
    return _path(app, "keys", key)


def labels_or_literals_that_are_not_a_mapping(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(["labels", "literals"]))
    apps[app][field] = draw(NOT_A_MAPPING)
    return _path(app, field)


def name_that_is_not_a_string(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(["namespace", "secretName"]))
    apps[app][field] = draw(NOT_A_STRING)
    return _path(app, field)


def label_or_literal_that_is_not_a_string(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(["labels", "literals"]))
    apps[app].setdefault(field, {})["spare"] = draw(NOT_A_STRING.filter(lambda value: value != ""))
    return _path(app, field, "spare")


def source_or_kind_that_is_not_a_string(draw: Draw, apps: Apps, app: str) -> set[str]:
    key, field = _generated_key(draw, apps, app), draw(st.sampled_from(["source", "kind"]))
    apps[app]["keys"][key][field] = draw(NOT_A_STRING)
    return _path(app, "keys", key, field)


def field_that_is_not_a_boolean(draw: Draw, apps: Apps, app: str) -> set[str]:
    if draw(st.booleans()):
        apps[app]["createNamespace"] = draw(NOT_A_BOOLEAN)
        return _path(app, "createNamespace")
    key = _key(draw, apps, app)
    apps[app]["keys"][key]["immutable"] = draw(NOT_A_BOOLEAN)
    return _path(app, "keys", key, "immutable")


def size_that_is_not_an_integer(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = _generated_key(draw, apps, app)
    apps[app]["keys"][key]["size"] = draw(NOT_AN_INTEGER)
    return _path(app, "keys", key, "size")


def secret_keys_that_are_not_a_list(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = _own_key(apps, app)
    apps[app]["keys"][key]["secretKeys"] = draw(NOT_A_LIST)
    return _path(app, "keys", key, "secretKeys")


def secret_key_that_is_not_a_string(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = _own_key(apps, app)
    apps[app]["keys"][key]["secretKeys"] = ["spare", draw(NOT_A_STRING)]
    return _path(app, "keys", key, "secretKeys[1]")


def field_name_that_is_not_a_string(draw: Draw, apps: Apps, app: str) -> set[str]:
    """YAML reads `5:`, `yes:`, `~:` and `2026-11-22:` as other than texts."""
    name = draw(NOT_A_FIELD_NAME)
    place = draw(st.sampled_from(["app", "keys", "key", "labels", "literals"]))
    if place == "app":
        apps[app][name] = "x"
        return _path(app)
    if place == "key":
        key = _own_key(apps, app)
        apps[app]["keys"][key][name] = "x"
        return _path(app, "keys", key)
    apps[app].setdefault(place, {})[name] = dict(PLAIN_KEY) if place == "keys" else "x"
    return _path(app, place)


# Fields that nobody reads


def unknown_field_of_an_app(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(["image", "secret", "Namespace", "key", "create_namespace", "*"]))
    apps[app][field] = SECRET
    return _path(app, field)


def unknown_field_of_a_key(draw: Draw, apps: Apps, app: str) -> set[str]:
    key, field = _key(draw, apps, app), draw(st.sampled_from(["value", "length", "Source", "Immutable", "*"]))
    apps[app]["keys"][key][field] = SECRET
    return _path(app, "keys", key, field)


def kind_or_size_of_a_value_that_is_not_generated(draw: Draw, apps: Apps, app: str) -> set[str]:
    field, value = draw(st.sampled_from([("kind", "hex"), ("size", 16)]))
    key = _own_key(apps, app, {"source": draw(st.sampled_from(["config", "manual"])), field: value})
    return _path(app, "keys", key, field)


def misspelled_optional_field(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(sorted(OPTIONAL)))
    apps[app].pop(field, None)
    misspelled = _misspelled(draw, field)
    apps[app][misspelled] = OPTIONAL[field]
    return _path(app, misspelled)


def misspelled_required_field(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(REQUIRED))
    misspelled = _misspelled(draw, field)
    _renamed(apps[app], field, misspelled)
    return _path(app, field) | _path(app, misspelled)


def misspelled_field_of_a_key(draw: Draw, apps: Apps, app: str) -> set[str]:
    field, value = draw(st.sampled_from([("immutable", True), ("secretKeys", ["spare"])]))
    key = _own_key(apps, app)
    misspelled = _misspelled(draw, field)
    apps[app]["keys"][key][misspelled] = value
    return _path(app, "keys", key, misspelled)


# Names that Kubernetes refuses


def bad_app_name(draw: Draw, apps: Apps, app: str) -> set[str]:
    bad = _invalid(draw, names.LABELS, names.is_label)
    apps[app].setdefault("secretName", f"{app}-secret")
    _renamed(apps, app, bad)
    return _path(bad)


def bad_namespace(draw: Draw, apps: Apps, app: str) -> set[str]:
    apps[app]["namespace"] = _invalid(draw, names.LABELS, names.is_label)
    return _path(app, "namespace")


def bad_secret_name(draw: Draw, apps: Apps, app: str) -> set[str]:
    apps[app]["secretName"] = _invalid(draw, names.SUBDOMAINS, names.is_subdomain)
    return _path(app, "secretName")


def bad_label_key(draw: Draw, apps: Apps, app: str) -> set[str]:
    bad = _invalid(draw, names.LABEL_KEYS, names.is_label_key)
    apps[app].setdefault("labels", {})[bad] = "x"
    return _path(app, "labels", bad)


def bad_label_value(draw: Draw, apps: Apps, app: str) -> set[str]:
    apps[app].setdefault("labels", {})["spare"] = _invalid(draw, names.LABEL_VALUES, names.is_label_value)
    return _path(app, "labels", "spare")


def bad_literal_name(draw: Draw, apps: Apps, app: str) -> set[str]:
    bad = _invalid(draw, names.DATA_KEYS, names.is_data_key)
    apps[app].setdefault("literals", {})[bad] = SECRET
    return _path(app, "literals", bad)


def bad_secret_key(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = _own_key(apps, app)
    apps[app]["keys"][key]["secretKeys"] = [_invalid(draw, names.DATA_KEYS, names.is_data_key), "spare"]
    return _path(app, "keys", key, "secretKeys[0]")


def bad_key_name(draw: Draw, apps: Apps, app: str) -> set[str]:
    bad = draw(
        st.sampled_from(["", " ", "1KEY", "-KEY", ".KEY", "A B", "A/B", "A:B", "A\n", "Ä", "K" * 101, "K" * 256])
    )
    apps[app]["keys"][bad] = dict(PLAIN_KEY)
    return _path(app, "keys", bad)


# Values that are not allowed


def size_out_of_range(draw: Draw, apps: Apps, app: str) -> set[str]:
    kind = draw(st.sampled_from(sorted(SIZES)))
    low, high = SIZES[kind]
    size = draw(st.integers(max_value=low - 1) | st.integers(min_value=high + 1) | st.sampled_from([low - 1, high + 1]))
    key = _own_key(apps, app, {"source": "generate", "kind": kind, "size": size})
    return _path(app, "keys", key, "size")


def shared_key_with_a_size_out_of_range(draw: Draw, apps: Apps, app: str) -> set[str]:
    """What is wrong in one app must not be reported of the other apps that read the same key."""
    key = _key(draw, apps, app)
    apps[app]["keys"][key] |= {"source": "generate", "kind": "hex", "size": draw(st.sampled_from([0, 65, "x"]))}
    return _path(app, "keys", key, "size")


def wrong_source(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = _key(draw, apps, app)
    apps[app]["keys"][key]["source"] = draw(
        st.sampled_from(["generat", "Generate", "vault", "configs", "manual ", SECRET])
    )
    return _path(app, "keys", key, "source")


def wrong_kind(draw: Draw, apps: Apps, app: str) -> set[str]:
    # A size that is right for another kind than the first.
    key = _own_key(apps, app, {"source": "generate", "size": 100})
    apps[app]["keys"][key]["kind"] = draw(st.sampled_from(["Hex", "passwort", "uuid", "base-64", SECRET]))
    return _path(app, "keys", key, "kind")


def reserved_namespace_owned(draw: Draw, apps: Apps, app: str) -> set[str]:
    apps[app] |= {
        "namespace": draw(st.sampled_from(RESERVED)),
        "createNamespace": True,
        "secretName": f"spare-of-{app}",
    }
    return _path(app, "createNamespace")


def secret_of_others(draw: Draw, apps: Apps, app: str) -> set[str]:
    apps[app]["namespace"], apps[app]["secretName"] = draw(st.sampled_from(TAKEN))
    apps[app]["createNamespace"] = False
    return _path(app, "secretName")


def secret_key_of_two_keys(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = _key(draw, apps, app)
    taken = draw(st.sampled_from(apps[app]["keys"][key].get("secretKeys", [key])))
    second = _own_key(apps, app, {"source": "manual", "secretKeys": [taken]})
    return _path(app, "keys", second, "secretKeys")


def secret_key_that_is_also_a_literal(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = _key(draw, apps, app)
    taken = draw(st.sampled_from(apps[app]["keys"][key].get("secretKeys", [key])))
    apps[app].setdefault("literals", {})[taken] = SECRET
    return _path(app, "keys", key, "secretKeys")


def secret_key_given_twice(_: Draw, apps: Apps, app: str) -> set[str]:
    key = _own_key(apps, app, {"source": "manual", "secretKeys": ["spare", "other", "spare"]})
    return _path(app, "keys", key, "secretKeys[2]")


ALONE: tuple[Mutation, ...] = (
    app_without_a_required_field,
    key_without_source,
    generated_key_without_kind_or_size,
    app_without_keys,
    app_that_is_not_a_mapping,
    keys_that_are_not_a_mapping,
    key_that_is_not_a_mapping,
    labels_or_literals_that_are_not_a_mapping,
    name_that_is_not_a_string,
    label_or_literal_that_is_not_a_string,
    source_or_kind_that_is_not_a_string,
    field_that_is_not_a_boolean,
    size_that_is_not_an_integer,
    secret_keys_that_are_not_a_list,
    secret_key_that_is_not_a_string,
    field_name_that_is_not_a_string,
    unknown_field_of_an_app,
    unknown_field_of_a_key,
    kind_or_size_of_a_value_that_is_not_generated,
    misspelled_optional_field,
    misspelled_required_field,
    misspelled_field_of_a_key,
    bad_app_name,
    bad_namespace,
    bad_secret_name,
    bad_label_key,
    bad_label_value,
    bad_literal_name,
    bad_secret_key,
    bad_key_name,
    size_out_of_range,
    shared_key_with_a_size_out_of_range,
    wrong_source,
    wrong_kind,
    reserved_namespace_owned,
    secret_of_others,
    secret_key_of_two_keys,
    secret_key_that_is_also_a_literal,
    secret_key_given_twice,
)
"""Those that one app is enough for."""


# What is wrong only between two apps: the later one of the file is named


def two_apps_that_write_one_secret(draw: Draw, apps: Apps, first: str, second: str) -> set[str]:
    apps[second]["namespace"] = apps[first]["namespace"]
    apps[second]["secretName"] = apps[first].get("secretName", f"{first}-secret")
    apps[second]["createNamespace"] = False
    return _path(second, "secretName")


def two_owners_of_one_namespace(_: Draw, apps: Apps, first: str, second: str) -> set[str]:
    for app in apps.values():
        app["createNamespace"] = False
    for name in (first, second):
        apps[name] |= {"namespace": "owned-twice", "createNamespace": True}
    return _path(second, "createNamespace")


def two_declarations_of_one_remote_key(draw: Draw, apps: Apps, first: str, second: str) -> set[str]:
    different: list[dict[str, Any]] = [
        {"source": "manual"},
        {"source": "config"},
        {"source": "manual", "immutable": True},
        {"source": "generate", "kind": "hex", "size": 16},
        {"source": "generate", "kind": "hex", "size": 17},
        {"source": "generate", "kind": "base64", "size": 16},
    ]
    different += [{"source": "config", "changeCommand": "true"}, {"source": "config", "rotateEveryDays": 90}]
    one, other = draw(st.permutations(different))[:2]
    apps[first]["keys"]["SHARED_KEY"], apps[second]["keys"]["SHARED_KEY"] = dict(one), dict(other)
    return _path(second, "keys", "SHARED_KEY")


BETWEEN = (two_apps_that_write_one_secret, two_owners_of_one_namespace, two_declarations_of_one_remote_key)
