"""Which changes update, which replace, and how they are named."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from tests.plugins.command.service import Service
from tooling.plugin.properties import UNKNOWN, Output, Secret

KINDS = provider_pb2.PropertyDiff.Kind


@pytest.mark.parametrize(
    ("old", "new", "detailed"),
    [
        ({"create": "a"}, {"create": "b"}, {"create": "UPDATE"}),
        ({"create": "a"}, {}, {"create": "DELETE"}),
        ({}, {"update": "a"}, {"update": "ADD"}),
        ({"delete": "a"}, {"delete": "b"}, {"delete": "UPDATE"}),
        ({"environment": {"A": "1", "B": "2"}}, {"environment": {"A": "1", "C": "3"}},
         {"environment.B": "DELETE", "environment.C": "ADD"}),
        ({"environment": {"a.b": "1"}}, {"environment": {"a.b": "2"}}, {'environment["a.b"]': "UPDATE"}),
        ({"environment": Secret({"A": "1"})}, {"environment": Secret({"A": "2"})}, {"environment": "UPDATE"}),
        ({"stdin": "x"}, {"stdin": Secret("x")}, {"stdin": "UPDATE"}),
        ({"triggers": ["a"]}, {"triggers": ["b"]}, {"triggers[0]": "UPDATE"}),
        ({"triggers": ["a"]}, {"triggers": ["a", "b"]}, {"triggers[1]": "ADD"}),
        ({"triggers": ["a", "b"]}, {"triggers": ["a"]}, {"triggers[1]": "DELETE"}),
        ({"triggers": [{"k": [1]}]}, {"triggers": [{"k": [2]}]}, {"triggers[0].k[0]": "UPDATE"}),
        ({"triggers": [1]}, {"triggers": [True]}, {"triggers[0]": "UPDATE"}),
        ({"triggers": ["a"]}, {"triggers": [UNKNOWN]}, {"triggers[0]": "UPDATE"}),
        ({}, {"triggers": ["a"]}, {"triggers": "ADD_REPLACE"}),
        ({"triggers": ["a"]}, {}, {"triggers": "DELETE_REPLACE"}),
        ({"triggers": Secret(["a"])}, {"triggers": Secret(["b"])}, {"triggers": "UPDATE_REPLACE"}),
    ],
)  # fmt: skip
async def test_changes(old: dict[str, Any], new: dict[str, Any], detailed: dict[str, str], service: Service) -> None:
    answer = await service.diff({**old, "stdout": "o", "stderr": ""}, new)

    assert {path: KINDS.Name(change.kind) for path, change in answer.detailedDiff.items()} == detailed
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    replaced = {path for path, kind in detailed.items() if kind.endswith("REPLACE")}
    assert set(answer.replaces) == replaced
    assert {path.split(".")[0].split("[")[0] for path in detailed} == set(answer.diffs)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"triggers": [1, "a", None, {"b": False}]}, {"triggers": [1.0, "a", None, {"b": False}]}),
        ({"stdin": Secret("x")}, {"stdin": Secret("x")}),
        ({"stdin": Secret("x")}, {"stdin": Output("x", secret=True, dependencies=("urn:x",))}),
        ({"create": "a"}, {"create": "a", "update": None}),
    ],
)
async def test_no_changes(old: dict[str, Any], new: dict[str, Any], service: Service) -> None:
    answer = await service.diff({**old, "stdout": "o", "stderr": ""}, new)

    assert answer == provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE, hasDetailedDiff=True)
