"""`docs/reference/declaration.md` describes every field that the program accepts, as the program accepts it."""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from declaration import CREDENTIALS, DeclarationError, parse
from tests.components.program import run
from tests.declaration.certificates import certificate
from tests.declaration.stack_config import IN_CLEAR, REDIS_URL, as_passed, stack_file
from tests.docs.declaration_page import Row, rows, table

Config = dict[str, Any]

APP: Final = "homelab:apps.APP"
KEY: Final = "homelab:apps.APP.keys.KEY"
SECRET: Final = "homelab:apps.APP.secrets.SECRET"
SHARED: Final = "homelab:shared.KEY"
DATABASE: Final = "homelab:infisical.database"
UNKNOWN: Final = "zzz"
PEM: Final = "PEM"
"""An example that is too long for the page."""
ROWS: Final = rows()


def _base(**infisical: Any) -> Config:
    config = stack_file() | {"argocd": {}}
    key = {"source": "generate", "kind": "hex", "size": 16}
    config["infisical"] |= infisical
    config["apps"] = {"app": {"namespace": "monitoring", "keys": {"KEY": key}}}
    return config


def _https(**store: Any) -> Config:
    config = _base()
    config["store"] |= {"hostAPI": "https://infisical.example.net", **store}
    return config


def _external() -> Config:
    database = {"kind": "external", "secretName": "infisical-database", "secretKey": "DB_CONNECTION_URI"}
    commands = {"setAside": "./set-aside.sh", "restore": "./restore.sh"}
    return {**_base(database=database | commands), **REDIS_URL}


def _bundled() -> Config:
    return _base(database={"kind": "bundled", "setAside": "./set-aside.sh", "restore": "./restore.sh"})


def _key(fields: Config) -> Config:
    config = _base()
    config["apps"]["app"]["keys"]["KEY"] = fields
    return config


def _shared(fields: Config) -> Config:
    return _key({"source": "shared"}) | {"shared": {"KEY": fields}}


def _secrets() -> Config:
    config = _base()
    config["apps"]["app"]["secrets"] = {"secret": {"keys": {"OTHER": {"source": "manual"}}}}
    return config


def _composed(field: str, **fields: Any) -> Config:
    config = _base()
    config["apps"]["app"][field] = fields
    return config


BASES: Final[dict[str, list[Callable[[], Config]]]] = {
    "homelab:infisical.operator": [
        _base,
        lambda: _base(operator={"accessTokenSeconds": 1, "accessTokenMaxSeconds": 315360000}),
    ],
    "homelab:store": [_base, _https],
    "homelab:store.caProvider": [
        lambda: _https(caProvider={"type": "Secret", "namespace": "a", "name": "home-ca", "key": "ca.crt"}),
    ],
    DATABASE: [_bundled, _external, lambda: _base(database={"kind": "bundled"})],
    KEY: [
        _base,
        lambda: _key({"source": "config"}),
        lambda: _key({"source": "manual"}),
        lambda: _key({"source": "generate", "kind": "password", "size": 32}),
    ],
    SHARED: [
        lambda: _shared({"source": "generate", "kind": "hex", "size": 16}),
        lambda: _shared({"source": "config"}),
        lambda: _shared({"source": "manual"}),
    ],
    SECRET: [_secrets],
    f"{APP}.dockerConfig": [
        lambda: _composed("dockerConfig", registry="ghcr.io", username="me", password="KEY"),
    ],
    f"{APP}.connectionString": [lambda: _composed("connectionString", host="postgres", username="web")],
}
"""Valid declarations, by the section that they show. A field is checked in each of them that accepts it."""


def _bases(section: str) -> Iterator[Config]:
    for base in BASES.get(section, [_base]):
        yield copy.deepcopy(base())


def _steps(section: str) -> list[str]:
    return section.replace("APP", "app").replace("SECRET", "secret").removeprefix("homelab:").split(".")


def _section(config: Config, section: str) -> Config:
    mapping = config
    for step in filter(None, _steps(section)):
        mapping = mapping.setdefault(step, {})
    return mapping


def _problems(config: Config) -> str:
    try:
        parse(as_passed(config), set(config) - IN_CLEAR, "Pulumi.homelab.yaml", str)
    except DeclarationError as error:
        return str(error)
    return ""


def _known_fields(section: str) -> set[str]:
    """The fields that the message about an unknown field lists, over all valid declarations of the section."""
    known: set[str] = set()
    for config in _bases(section):
        _section(config, section)[UNKNOWN] = "any"
        path = ".".join(("homelab:" + ".".join(_steps(section)), UNKNOWN)).replace(":.", ":")
        found = re.search(rf"{re.escape(path)}\n.*unknown.*\n +\w+: +(.*)\n", _problems(config))
        if found:
            known |= set(found[1].split(", "))
    return known


def _nested(section: str) -> Iterator[str]:
    """The mappings with fixed field names in a section, found by an unknown field in each of its fields."""
    for field in _known_fields(section):
        path = f"{section}.{field}" if not section.endswith(":") else f"{section}{field}"
        for config in _bases(section):
            _section(config, section)[field] = {UNKNOWN: "any"}
            if re.search(
                rf"{re.escape(path.replace('APP', 'app').replace('SECRET', 'secret'))}\.{UNKNOWN}\n.*unknown",
                _problems(config),
            ):
                yield path
                break


def _accepted_with(row: Row, value: Any) -> bool:
    for config in _bases(row.section):
        _section(config, row.section)[row.name] = value
        if not _problems(config):
            return True
    return False


SECTIONS: Final = sorted({row.section for row in ROWS})


@pytest.mark.parametrize("section", SECTIONS)
def test_every_field_of_a_section_has_a_row_and_every_row_a_field(section: str) -> None:
    described = {row.name for row in ROWS if row.section == section}

    assert described == _known_fields(section)


def test_every_section_has_a_heading() -> None:
    found: list[str] = []
    todo = ["homelab:infisical", "homelab:argocd", "homelab:store", APP, KEY, SECRET, SHARED]
    while todo:
        found.append(todo[0])
        # A Secret has the same mappings as an app.
        todo += [] if todo[0] == SECRET else _nested(todo[0])
        todo.pop(0)

    assert sorted(found) == SECTIONS


def test_every_key_of_the_stack_config_has_a_row() -> None:
    keys = {row[0].strip("`").removeprefix("homelab:") for row in table("Keys of the stack config")}
    credentials = {row[0].strip("`").removeprefix("homelab:") for row in table("Credentials")}

    assert credentials == set(CREDENTIALS)
    assert keys | credentials == _known_fields("homelab:")


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_an_example_is_accepted(row: Row) -> None:
    example = certificate() if row.example_value == PEM else row.example_value

    assert _accepted_with(row, example)


@pytest.mark.parametrize("row", [row for row in ROWS if row.limits], ids=str)
def test_the_limits_of_a_number_are_the_ones_described(row: Row) -> None:
    assert row.limits
    low, high = row.limits

    accepted = [_accepted_with(row, value) for value in (low - 1, low, high, high + 1)]

    assert accepted == [False, True, True, False]


@pytest.mark.parametrize("row", [row for row in ROWS if row.choices], ids=str)
def test_the_words_of_a_field_are_the_ones_described(row: Row) -> None:
    for config in _bases(row.section):
        _section(config, row.section)[row.name] = "no-such-word"
        message = _problems(config)
        found = re.search(rf"\.{row.name}\n.*\n +\w+: +(.*)\n", message)
        if found and "unknown" not in found[0]:
            assert found[1].split(", ") == row.choices
            return
    pytest.fail(f"no declaration accepts {row}")


@pytest.mark.parametrize("row", [row for row in ROWS if row.required], ids=str)
def test_a_required_field_cannot_be_left_out(row: Row) -> None:
    refused = False
    for config in _bases(row.section):
        if _section(config, row.section).pop(row.name, None) is not None:
            refused |= bool(_problems(config))

    assert refused


@pytest.mark.parametrize("row", [row for row in ROWS if not row.required], ids=str)
def test_an_optional_field_can_be_left_out(row: Row) -> None:
    accepted = []
    for config in _bases(row.section):
        _section(config, row.section).pop(row.name, None)
        accepted.append(not _problems(config))

    assert any(accepted)


@pytest.mark.parametrize("row", [row for row in ROWS if row.default_value is not None], ids=str)
def test_a_default_is_what_is_used_without_the_field(row: Row) -> None:
    left_out, written_out = next(_bases(row.section)), next(_bases(row.section))
    _section(left_out, row.section).pop(row.name, None)
    _section(written_out, row.section)[row.name] = row.default_value

    assert _registered(left_out) == _registered(written_out)


def test_a_default_that_differs_is_noticed() -> None:
    assert _registered(_base(replicas=1)) != _registered(_base(replicas=2))


@pytest.mark.parametrize("row", table("Generated values"), ids=lambda row: str(row[0]))
def test_the_sizes_of_a_kind_are_the_ones_described(row: list[str]) -> None:
    kind = row[0].strip("`")
    low, high = (int(number) for number in row[1].split("\u2013"))

    sizes = (low - 1, low, high, high + 1)
    accepted = [not _problems(_key({"source": "generate", "kind": kind, "size": size})) for size in sizes]

    assert accepted == [False, True, True, False]


def test_every_kind_has_a_row() -> None:
    (row,) = [row for row in ROWS if row.name == "kind" and row.section == KEY]

    assert [f"`{kind}`" for kind in row.choices] == [row[0] for row in table("Generated values")]


def _registered(config: Config) -> Any:
    return _registered_once(json.dumps(config, sort_keys=True))


@functools.cache
def _registered_once(config: str) -> Any:
    """Most fields are compared with the same declaration, and a run of the program takes a second."""
    made = run(json.loads(config))
    return {urn: (found.type, found.inputs) for urn, found in made.registrations.items()}, made.outputs
