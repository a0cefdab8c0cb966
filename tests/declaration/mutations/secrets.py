"""Errors in what a Secret gets beyond its own keys: further Secrets, templates, folders, stores and generators."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.declaration import names
from tests.declaration.apps import Apps
from tests.declaration.mutations.basics import (
    NOT_A_MAPPING,
    NOT_A_STRING,
    PLAIN_KEY,
    SECRET,
    Draw,
    Mutation,
    at,
    invalid,
    misspelling,
)

NAME = "spare-of-others"
KEY = "SPARE_KEY"


def _secret(apps: Apps, app: str, **fields: Any) -> dict[str, Any]:
    """Add a valid Secret to an app, with a key in a folder of its own."""
    added: dict[str, Any] = {"keys": {KEY: {**PLAIN_KEY, "folder": f"/spare/{app}"}}, **fields}
    apps[app]["secrets"] = {f"{NAME}.{list(apps).index(app)}": added}
    return added


def _at(apps: Apps, app: str, *parts: str) -> set[str]:
    return at(app, "secrets", f"{NAME}.{list(apps).index(app)}", *parts)


def _of_a_store(apps: Apps, app: str, **fields: Any) -> dict[str, Any]:
    return _secret(apps, app, **{"store": {"name": "kubernetes"}, "keys": {KEY: {"property": "a"}}, **fields})


def _generated(apps: Apps, app: str, **fields: Any) -> dict[str, Any]:
    generator = {"kind": "Password", "name": "web", "secretKeys": ["password"], **fields}
    return _secret(apps, app, generator=generator)


def secret_that_is_no_mapping(draw: Draw, apps: Apps, app: str) -> set[str]:
    _secret(apps, app)
    (name,) = apps[app]["secrets"]
    apps[app]["secrets"][name] = draw(NOT_A_MAPPING)
    return _at(apps, app)


def secret_with_an_unknown_field(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = misspelling(draw, draw(st.sampled_from(["refreshInterval", "annotations", "creationPolicy"])))
    _secret(apps, app)[field] = SECRET
    return _at(apps, app, field)


def secret_with_a_wrong_interval(draw: Draw, apps: Apps, app: str) -> set[str]:
    _secret(apps, app, refreshInterval=draw(st.sampled_from(["1d", "h", "-5m", "5 m", "1h1h", SECRET])))
    return _at(apps, app, "refreshInterval")


def secret_with_a_wrong_policy(draw: Draw, apps: Apps, app: str) -> set[str]:
    _secret(apps, app, creationPolicy=draw(st.sampled_from(["owner", "None", "Merged", SECRET])))
    return _at(apps, app, "creationPolicy")


def secret_that_lacks_a_key_of_its_type(draw: Draw, apps: Apps, app: str) -> set[str]:
    _secret(apps, app, type=draw(st.sampled_from(["kubernetes.io/ssh-auth", "kubernetes.io/dockerconfigjson"])))
    return _at(apps, app, "type")


def template_that_reads_an_unknown_key(draw: Draw, apps: Apps, app: str) -> set[str]:
    text = draw(st.sampled_from(["{{ .NO_SUCH_KEY }}", '{{ index . "NO_SUCH_KEY" }}', "{{ .SPARE_KEY", "{{ nofunc }}"]))
    _secret(apps, app, template={"spare": text})
    return _at(apps, app, "template", "spare")


def docker_config_with_a_password_in_clear(_: Draw, apps: Apps, app: str) -> set[str]:
    _secret(apps, app, dockerConfig={"registry": "ghcr.io", "username": "me", "password": SECRET})
    return _at(apps, app, "dockerConfig", "password")


def password_hash_with_a_password_in_clear(_: Draw, apps: Apps, app: str) -> set[str]:
    _secret(apps, app, passwordHash={"username": "me", "password": SECRET})
    return _at(apps, app, "passwordHash", "password")


def refreshed_password_hash(_: Draw, apps: Apps, app: str) -> set[str]:
    _secret(apps, app, passwordHash={"password": KEY}, refreshInterval="1h")
    return _at(apps, app, "refreshInterval")


def connection_string_without_a_host(_: Draw, apps: Apps, app: str) -> set[str]:
    _secret(apps, app, connectionString={"database": "web"})
    return _at(apps, app, "connectionString", "host")


def bad_folder(draw: Draw, apps: Apps, app: str) -> set[str]:
    folder = draw(st.sampled_from(["shared", "/a/", "//a", "/a b", "/a/../b"]))
    _secret(apps, app)["keys"][KEY]["folder"] = folder
    return _at(apps, app, "keys", KEY, "folder")


def whole_folder_with_a_bad_pattern(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(["include", "exclude"]))
    _secret(apps, app, dataFrom={"/spare": {field: draw(st.sampled_from(["(", "(?=a)", "a++", r"\1"]))}})
    return _at(apps, app, "dataFrom", "/spare", field)


def store_that_is_no_mapping(draw: Draw, apps: Apps, app: str) -> set[str]:
    _of_a_store(apps, app, store=draw(NOT_A_MAPPING))
    return _at(apps, app, "store")


def store_with_a_bad_name(draw: Draw, apps: Apps, app: str) -> set[str]:
    _of_a_store(apps, app, store={"name": invalid(draw, names.SUBDOMAINS, names.is_subdomain)})
    return _at(apps, app, "store", "name")


def key_of_a_store_with_a_field_of_infisical(draw: Draw, apps: Apps, app: str) -> set[str]:
    fields = {"source": "manual", "kind": "hex", "immutable": True, "folder": "/a", "rotateEveryDays": 9}
    field = draw(st.sampled_from(sorted(fields)))
    _of_a_store(apps, app)["keys"][KEY][field] = fields[field]
    return _at(apps, app, "keys", KEY, field)


def folder_of_another_store(_: Draw, apps: Apps, app: str) -> set[str]:
    _of_a_store(apps, app, folder="/a")
    return _at(apps, app, "folder")


def generator_with_a_wrong_field(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(["kind", "name", "apiVersion"]))
    _generated(apps, app, **{field: draw(NOT_A_STRING)})
    return _at(apps, app, "generator", field)


def generator_of_no_kind(draw: Draw, apps: Apps, app: str) -> set[str]:
    kind = draw(st.sampled_from(["password", "Passwords", "SecretStore", "PushSecret", SECRET]))
    _generated(apps, app, kind=kind)
    return _at(apps, app, "generator", "kind")


def generator_without_a_required_field(draw: Draw, apps: Apps, app: str) -> set[str]:
    field = draw(st.sampled_from(["kind", "name", "secretKeys"]))
    del _generated(apps, app)["generator"][field]
    return _at(apps, app, "generator", field)


def generator_that_merges(draw: Draw, apps: Apps, app: str) -> set[str]:
    _generated(apps, app)["creationPolicy"] = draw(st.sampled_from(["Merge", "CreateOrMerge"]))
    return _at(apps, app, "creationPolicy")


def part_of_a_value_without_parts(draw: Draw, apps: Apps, app: str) -> set[str]:
    kind = draw(st.sampled_from(["hex", "base64", "password"]))
    _secret(apps, app)["keys"][KEY] |= {"source": "generate", "kind": kind, "size": 32, "property": "a"}
    return _at(apps, app, "keys", KEY, "property")


SECRETS: tuple[Mutation, ...] = (
    secret_that_is_no_mapping,
    secret_with_an_unknown_field,
    secret_with_a_wrong_interval,
    secret_with_a_wrong_policy,
    secret_that_lacks_a_key_of_its_type,
    template_that_reads_an_unknown_key,
    docker_config_with_a_password_in_clear,
    password_hash_with_a_password_in_clear,
    refreshed_password_hash,
    connection_string_without_a_host,
    bad_folder,
    whole_folder_with_a_bad_pattern,
    store_that_is_no_mapping,
    store_with_a_bad_name,
    key_of_a_store_with_a_field_of_infisical,
    folder_of_another_store,
    generator_with_a_wrong_field,
    generator_of_no_kind,
    generator_without_a_required_field,
    generator_that_merges,
    part_of_a_value_without_parts,
)
