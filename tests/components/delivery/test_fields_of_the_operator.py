"""
The operator's objects have only fields that its oldest and its newest supported release know, with accepted values.

`operator_fields.json` has the fields of both releases, from their custom resource definitions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from declaration.cluster.operator_release import CREATE_OR_MERGE, LATER_FIELDS
from declaration.inventory.origins import GENERATOR_KINDS
from tests.checkout import CHECKOUT
from tests.components.program import run
from tests.declaration.certificates import certificate
from tests.declaration.stack_config import stack_file

FIELDS: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("operator_fields.json").read_text(encoding="utf-8"))
OLDEST, NEWEST = FIELDS


def _of_example(name: str) -> dict[str, Any]:
    text = (CHECKOUT / "examples" / name / "Pulumi.homelab.yaml").read_text(encoding="utf-8")
    return {key.removeprefix("homelab:"): value for key, value in yaml.safe_load(text)["config"].items()}


def _with_own_ca(**fields: Any) -> dict[str, Any]:
    config = stack_file()
    config["store"] |= {"hostAPI": "https://infisical.example.net", **fields}
    return config


def _app(**fields: Any) -> dict[str, Any]:
    return {**stack_file(), "apps": {"web": {"namespace": "web", **fields}}}


GENERATOR: Final = {"kind": "Password", "name": "web", "secretKeys": ["password"]}
OF_BOTH: Final = {
    "another store": _app(store={"name": "kubernetes"}, keys={"A": {"property": "a"}}, dataFrom={"b": {}}),
    "a generator": _app(generator=GENERATOR, refreshInterval="0s"),
    "the homelab": stack_file(),
    **{
        name: _of_example(name)
        for name in ("minimal", "shapes-of-secrets", "folders", "generated-values", "other-stores")
    },
}
OF_NEWER: Final = {
    "caBundle": _with_own_ca(caBundle=certificate()),
    "caProvider": _with_own_ca(caProvider={"type": "Secret", "namespace": "a", "name": "home-ca", "key": "ca.crt"}),
}


def _unknown(config: dict[str, Any], release: str) -> set[str]:
    return {
        f"{body['kind']}.{path}"
        for body in run(config).objects().values()
        if body["kind"] in FIELDS[release]
        for path, value in _paths(body["spec"], "spec", FIELDS[release][body["kind"]])
        if not _is_known(path, value, FIELDS[release][body["kind"]])
    }


def _paths(value: Any, path: str, known: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield path, value
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _paths(item, f"{path}.*" if f"{path}.*" in known else f"{path}.{name}", known)
    if isinstance(value, list):
        for item in value:
            yield from _paths(item, f"{path}[]", known)


def _is_known(path: str, value: Any, known: dict[str, Any]) -> bool:
    return path in known and value in known[path].get("enum", [value])


@pytest.mark.parametrize("release", FIELDS)
@pytest.mark.parametrize("name", OF_BOTH)
def test_each_release_knows_every_field(name: str, release: str) -> None:
    assert _unknown(OF_BOTH[name], release) == set()


@pytest.mark.parametrize("name", OF_NEWER)
def test_the_fields_that_the_preview_refuses_are_those_that_the_oldest_release_lacks(name: str) -> None:
    field, _ = LATER_FIELDS[name]

    assert {path for path in _unknown(OF_NEWER[name], OLDEST) if path.startswith(field)}
    assert {path for path in _unknown(OF_NEWER[name], OLDEST) if not path.startswith(field)} == set()
    assert _unknown(OF_NEWER[name], NEWEST) == set()


def _accepted_kinds(release: str) -> set[str]:
    return set(FIELDS[release]["ExternalSecret"]["spec.dataFrom[].sourceRef.generatorRef.kind"]["enum"])


def test_the_kinds_of_generators_are_those_of_both_releases() -> None:
    assert set(GENERATOR_KINDS) == _accepted_kinds(OLDEST) | _accepted_kinds(NEWEST)


@pytest.mark.parametrize("kind", GENERATOR_KINDS)
def test_the_preview_asks_the_installed_release_for_each_kind_of_generator(kind: str) -> None:
    config = _app(generator={**GENERATOR, "kind": kind})
    ((asked, _, _),) = run(config).invoked

    (field,) = asked["operatorFields"]
    assert field == f"ExternalSecret.spec.dataFrom[].sourceRef.generatorRef.kind={kind}"
    assert (_unknown(config, OLDEST) == set()) == (kind in _accepted_kinds(OLDEST))
    assert _unknown(config, NEWEST) == set()


def test_the_creation_policy_that_the_preview_refuses_is_the_one_that_the_oldest_release_lacks() -> None:
    config = _app(keys={"A": {"source": "manual"}}, creationPolicy="CreateOrMerge")

    assert _unknown(config, OLDEST) == {CREATE_OR_MERGE[0].partition("=")[0]}
    assert _unknown(config, NEWEST) == set()
