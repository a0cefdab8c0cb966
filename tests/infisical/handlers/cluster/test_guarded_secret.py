"""A new or lost state overwrites no value of a Secret that the program writes."""

from __future__ import annotations

import base64

import pytest

from infisical.api.errors import Blocked
from infisical.properties import UNKNOWN
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.ownership_cluster import OURS, SECRETS, add
from tests.infisical.stack import Declared, Stack
from tooling.kubernetes.errors import KubernetesError

PLACE = "infisical/infisical-secrets"
INPUTS = {"namespace": "infisical", "name": "infisical-secrets", "values": {"KEY": "declared"}, "remedy": "set X to it"}
GUARDED = Declared("GuardedSecret", "infisical-secrets", INPUTS)
NEW = Declared("GuardedSecret", "infisical-secrets", {**INPUTS, "values": {"KEY": UNKNOWN}})
LENIENT = Declared("GuardedSecret", "infisical-secrets", {**INPUTS, "manager": OURS})


@pytest.fixture
def stack(fake_infisical: FakeInfisical, cluster: FakeCluster) -> Stack:
    stack = Stack(fake_infisical, kubeconfig=cluster.kubeconfig)
    stack.only_cluster = True
    return stack


def held(cluster: FakeCluster, value: str, manager: str = "helm") -> None:
    add(cluster, SECRETS, PLACE, manager=manager, data={"KEY": base64.b64encode(value.encode()).decode(), "MORE": ""})


async def test_a_secret_that_does_not_exist_may_be_written(stack: Stack) -> None:
    await stack.preview([NEW])
    await stack.up([GUARDED])


async def test_a_secret_with_the_same_values_may_be_written(stack: Stack, cluster: FakeCluster) -> None:
    """A killed `up` has written it, or its values come from the stack config."""
    held(cluster, "declared")

    await stack.preview([GUARDED])
    await stack.up([GUARDED])

    assert cluster.writes == []


@pytest.mark.parametrize("manager", ["helm", OURS])
async def test_a_secret_with_other_values_is_refused(stack: Stack, cluster: FakeCluster, manager: str) -> None:
    held(cluster, "in-use", manager)

    for attempt in (stack.preview, stack.up):
        with pytest.raises(Blocked, match="lacks its values: KEY") as caught:
            await attempt([GUARDED])
        assert "set X to it" in str(caught.value)
        assert "in-use" not in str(caught.value)


YAML = {**INPUTS, "values": {"values.yaml": 'auth:\n  password: "1234"\n'}}


@pytest.mark.parametrize(
    ("text", "is_same"),
    [
        ("{auth: {password: '1234'}}", True),
        ("auth:\n  password: 1234\n", False),
        ('auth:\n  password: "5678"\n', False),
        ("auth: [", False),
    ],
)
async def test_yaml_is_compared_by_its_content(stack: Stack, cluster: FakeCluster, text: str, is_same: bool) -> None:
    data = {"values.yaml": base64.b64encode(text.encode()).decode()}
    add(cluster, SECRETS, PLACE, manager="HashiCorp", data=data)
    guarded = Declared("GuardedSecret", "infisical-secrets", YAML)

    if is_same:
        await stack.up([guarded])
    else:
        with pytest.raises(Blocked, match=r"values\.yaml"):
            await stack.up([guarded])


async def test_a_value_that_is_not_generated_yet_is_refused_in_the_preview(stack: Stack, cluster: FakeCluster) -> None:
    held(cluster, "in-use")

    with pytest.raises(Blocked, match="KEY"):
        await stack.preview([NEW])


async def test_the_programs_own_credentials_may_change(stack: Stack, cluster: FakeCluster) -> None:
    held(cluster, "in-use", OURS)

    await stack.up([LENIENT])


async def test_a_state_that_knows_the_secret_may_change_it(stack: Stack, cluster: FakeCluster) -> None:
    await stack.up([GUARDED])
    held(cluster, "in-use", OURS)

    rotated = Declared("GuardedSecret", "infisical-secrets", {**INPUTS, "values": {"KEY": "rotated"}})
    await stack.preview([rotated])
    await stack.up([rotated])

    assert stack.steps == []


async def test_an_update_stops_if_the_api_server_does_not_answer_and_a_preview_goes_on(
    stack: Stack, cluster: FakeCluster
) -> None:
    held(cluster, "in-use")
    cluster.busy = 1
    await stack.preview([GUARDED])

    cluster.busy = 1
    with pytest.raises(KubernetesError, match="503"):
        await stack.up([GUARDED])
