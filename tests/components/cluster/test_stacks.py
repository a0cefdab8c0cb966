"""Two stacks in one cluster: an object of one is never overwritten by the other."""

from __future__ import annotations

import pulumi
import pytest

from declaration.objects import STACK
from tests.components.program import run
from tests.declaration.stack_config import stack_file

STORE = {"kind": "ClusterSecretStore", "place": "infisical", "stack": "homelab/staging"}
APP = {"kind": "ExternalSecret", "place": "monitoring/grafana-secret", "stack": "homelab/staging"}


def test_the_operators_objects_name_their_stack() -> None:
    objects = run(stack_file()).objects()

    named = {name: body["metadata"].get("annotations", {}).get(STACK) for name, body in objects.items()}
    assert {name.partition(" ")[0] for name, stack in named.items() if stack} == {
        "ClusterSecretStore",
        "ExternalSecret",
    }
    assert {stack for stack in named.values() if stack} == {"homelab/homelab"}


def test_the_cluster_is_asked_for_objects_of_other_stacks() -> None:
    ((asked, _, _),) = run(stack_file()).invoked

    assert (asked["stack"], asked["annotation"]) == ("homelab/homelab", STACK)


@pytest.mark.parametrize(
    ("found", "path"), [(STORE, "homelab:store.name"), (APP, "homelab:apps.grafana.secretName")], ids=["store", "app"]
)
def test_an_object_of_another_stack_stops_the_preview(found: dict[str, str], path: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        run(stack_file(), existing={"ofOtherStacks": [found]}, preview=True)

    message = str(caught.value)
    assert path in message
    assert "belongs to the stack homelab/staging" in message
    assert f"{STACK}-`" in message
