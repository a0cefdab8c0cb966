"""Amounts as the API server writes them."""

from __future__ import annotations

import pytest

from plugins.kubernetes.quantity import canonical_quantity
from tests.plugins.kubernetes.calling import Caller
from tests.plugins.kubernetes.objects import resource

AMOUNTS = [
    *("0", "0.5", "1.0", "500m", "1000m", "1500m", "2000", "2048", "100k", "1000k", "3M", "1E", "1e9", "2e3", "12e6"),
    *("512", "1023", "1024", "1Ki", "100Ki", "1025Ki", "1024Mi", "0.5Gi", "0.1Gi", "1.5Gi", "0.5Ki"),
    *(1, 2.5),
]


async def test_amounts_are_spelled_as_the_api_server_does(caller: Caller, namespace: str) -> None:
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "it", "namespace": namespace},
        "spec": {"hard": {f"requests.test.example/r{index}": amount for index, amount in enumerate(AMOUNTS)}},
    }
    storage = [amount for amount in AMOUNTS if isinstance(amount, str)]
    claims = [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "it", "namespace": namespace},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": amount}}},
        }
        for amount in storage
        if amount not in ("0", "0.5Ki", "500m", "0.5", "1500m")
    ]

    for claim in claims:
        shown = await resource(caller, claim).create(preview=True)
        amount = claim["spec"]["resources"]["requests"]["storage"]
        assert canonical_quantity(amount) == shown.outputs["spec"]["resources"]["requests"]["storage"], amount
    checked = await resource(caller, quota).check()
    assert checked["spec"]["hard"] == {
        f"requests.test.example/r{index}": canonical_quantity(amount) for index, amount in enumerate(AMOUNTS)
    }


@pytest.mark.parametrize("other", ["", "many", "1 Gi", True, None, ["1"]])
def test_what_is_no_amount_stays_as_it_is(other: object) -> None:
    assert canonical_quantity(other) == other
