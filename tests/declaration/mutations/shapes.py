"""Fields that are missing, unknown, or of a wrong type."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.declaration.apps import Apps
from tests.declaration.mutations.basics import (
    NOT_A_BOOLEAN,
    NOT_A_FIELD_NAME,
    NOT_A_LIST,
    NOT_A_MAPPING,
    NOT_A_STRING,
    NOT_AN_INTEGER,
    OPTIONAL,
    PLAIN_KEY,
    REQUIRED,
    SECRET,
    Draw,
    Mutation,
    at,
    generated_key,
    misspelling,
    own_key,
    rename,
    some_key,
)

# Fields that are missing


def app_without_a_required_field(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(REQUIRED))
    del apps[app][field]
    return at(app, field)


def key_without_source(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = some_key(draw, apps, app)
    del apps[app]["keys"][key]["source"]
    return at(app, "keys", key, "source")


def generated_key_without_kind_or_size(draw: Draw, apps: Apps, app: str) -> set[str]:
    key, field = generated_key(draw, apps, app), draw(st.sampled_from(["kind", "size"]))
    if field == "size":
        # Other kinds have one size only, which may be left out.
        apps[app]["keys"][key]["kind"] = draw(st.sampled_from(["hex", "base64", "base64url", "password"]))
    del apps[app]["keys"][key][field]
    return at(app, "keys", key, field)


def app_without_keys(_: Draw, apps: Apps, app: str) -> set[str]:
    apps[app]["keys"] = {}
    return at(app, "keys")


# Values of a wrong type


def app_that_is_not_a_mapping(draw: Draw, apps: Apps, app: str) -> set[str]:
    apps[app] = draw(NOT_A_MAPPING)
    return at(app)


def keys_that_are_not_a_mapping(draw: Draw, apps: Apps, app: str) -> set[str]:
    apps[app]["keys"] = draw(NOT_A_MAPPING)
    return at(app, "keys")


def key_that_is_not_a_mapping(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = some_key(draw, apps, app)
    apps[app]["keys"][key] = draw(NOT_A_MAPPING)
    return at(app, "keys", key)


def labels_or_literals_that_are_not_a_mapping(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(["labels", "literals"]))
    apps[app][field] = draw(NOT_A_MAPPING)
    return at(app, field)


def name_that_is_not_a_string(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(["namespace", "secretName"]))
    apps[app][field] = draw(NOT_A_STRING)
    return at(app, field)


def label_or_literal_that_is_not_a_string(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(["labels", "literals"]))
    apps[app].setdefault(field, {})["spare"] = draw(NOT_A_STRING.filter(lambda value: value != ""))
    return at(app, field, "spare")


def source_or_kind_that_is_not_a_string(draw: Draw, apps: Apps, app: str) -> set[str]:
    key, field = generated_key(draw, apps, app), draw(st.sampled_from(["source", "kind"]))
    apps[app]["keys"][key][field] = draw(NOT_A_STRING)
    return at(app, "keys", key, field)


def field_that_is_not_a_boolean(draw: Draw, apps: Apps, app: str) -> set[str]:
    if draw(st.booleans()):
        apps[app]["createNamespace"] = draw(NOT_A_BOOLEAN)
        return at(app, "createNamespace")
    key = some_key(draw, apps, app)
    apps[app]["keys"][key]["immutable"] = draw(NOT_A_BOOLEAN)
    return at(app, "keys", key, "immutable")


def size_that_is_not_an_integer(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = generated_key(draw, apps, app)
    apps[app]["keys"][key]["size"] = draw(NOT_AN_INTEGER)
    return at(app, "keys", key, "size")


def secret_keys_that_are_not_a_list(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = own_key(apps, app)
    apps[app]["keys"][key]["secretKeys"] = draw(NOT_A_LIST)
    return at(app, "keys", key, "secretKeys")


def secret_key_that_is_not_a_string(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = own_key(apps, app)
    apps[app]["keys"][key]["secretKeys"] = ["spare", draw(NOT_A_STRING)]
    return at(app, "keys", key, "secretKeys[1]")


def field_name_that_is_not_a_string(draw: Draw, apps: Apps, app: str) -> set[str]:
    """YAML reads `5:`, `yes:`, `~:` and `2026-11-22:` as other than texts."""
    name = draw(NOT_A_FIELD_NAME)
    place = draw(st.sampled_from(["app", "keys", "key", "labels", "literals"]))
    if place == "app":
        apps[app][name] = "x"
        return at(app)
    if place == "key":
        key = own_key(apps, app)
        apps[app]["keys"][key][name] = "x"
        return at(app, "keys", key)
    apps[app].setdefault(place, {})[name] = dict(PLAIN_KEY) if place == "keys" else "x"
    return at(app, place)


# Fields that nobody reads


def unknown_field_of_an_app(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(["image", "secret", "Namespace", "key", "create_namespace", "*"]))
    apps[app][field] = SECRET
    return at(app, field)


def unknown_field_of_a_key(draw: Draw, apps: Apps, app: str) -> set[str]:
    key, field = some_key(draw, apps, app), draw(st.sampled_from(["value", "length", "Source", "Immutable", "*"]))
    apps[app]["keys"][key][field] = SECRET
    return at(app, "keys", key, field)


def kind_or_size_of_a_value_that_is_not_generated(draw: Draw, apps: Apps, app: str) -> set[str]:
    field, value = draw(st.sampled_from([("kind", "hex"), ("size", 16)]))
    key = own_key(apps, app, {"source": draw(st.sampled_from(["config", "manual"])), field: value})
    return at(app, "keys", key, field)


def misspelled_optional_field(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(sorted(OPTIONAL)))
    apps[app].pop(field, None)
    misspelled = misspelling(draw, field)
    apps[app][misspelled] = OPTIONAL[field]
    return at(app, misspelled)


def misspelled_required_field(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(REQUIRED))
    misspelled = misspelling(draw, field)
    rename(apps[app], field, misspelled)
    return at(app, field) | at(app, misspelled)


def misspelled_field_of_a_key(draw: Draw, apps: Apps, app: str) -> set[str]:
    field, value = draw(st.sampled_from([("immutable", True), ("secretKeys", ["spare"])]))
    key = own_key(apps, app)
    misspelled = misspelling(draw, field)
    apps[app]["keys"][key][misspelled] = value
    return at(app, "keys", key, misspelled)


SHAPES: tuple[Mutation, ...] = (
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
)
