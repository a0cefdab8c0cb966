"""What an app costs does not depend on how many other apps there are."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from tests.components.program import Run, run
from tests.declaration.stack_config import stack_file

SIZES = (2, 6, 10)


def _homelab(apps: int, *, folder_per_app: bool) -> Run:
    declared: dict[str, Any] = {
        f"app-{number:04}": {
            "namespace": f"app-{number:04}",
            "createNamespace": True,
            "restarts": ["deployment/it"],
            "keys": {
                f"APP_{number:04}_KEY_{key}": {"source": "generate", "kind": "hex", "size": 16} for key in range(3)
            },
        }
        for number in range(apps)
    }
    store = {**stack_file()["store"], "folderPerApp": folder_per_app}
    return run({**stack_file(), "apps": declared, "store": store})


@pytest.fixture(scope="module", params=[False, True], ids=["one folder", "folderPerApp"])
def homelabs(request: pytest.FixtureRequest) -> list[Run]:
    return [_homelab(apps, folder_per_app=request.param) for apps in SIZES]


def _largest(done: Run, measure: str) -> dict[str, int]:
    """By type, the largest measure of a resource that belongs to one app."""
    largest: dict[str, int] = {}
    for found in done.registrations.values():
        if "app-" in found.name.lower().replace("_", "-"):
            largest[found.type] = max(largest.get(found.type, 0), getattr(found, measure))
    return largest


def test_no_resource_of_an_app_gets_more_dependencies(homelabs: list[Run]) -> None:
    few, *_, many = homelabs

    assert _largest(many, "dependency_entries") == _largest(few, "dependency_entries")


def test_no_resource_of_an_app_gets_larger(homelabs: list[Run]) -> None:
    few, *_, many = homelabs

    larger = {kind for kind, size in _largest(many, "size").items() if size > 1.02 * _largest(few, "size")[kind]}
    assert not larger


@pytest.mark.parametrize("measure", ["dependency_entries", "size"])
def test_each_further_app_costs_the_same(homelabs: list[Run], measure: str) -> None:
    few, more, most = (sum(getattr(found, measure) for found in done.registrations.values()) for done in homelabs)

    assert most - more <= 1.02 * (more - few)


def test_an_app_with_three_keys_has_ten_resources(homelabs: list[Run]) -> None:
    """Namespace with its deletion, ExternalSecret, delivery check; each key with its generated value."""
    few, more, _ = (
        len([found for found in done.registrations.values() if found.custom and "Folder" not in found.type])
        for done in homelabs
    )

    # One of them restarts a workload.
    assert more - few == (10 + 1) * (SIZES[1] - SIZES[0])


def test_no_resource_of_an_app_has_a_stack_trace(homelabs: list[Run]) -> None:
    """It is larger than most resources, and each edit of the program would change it."""
    for found in homelabs[0].registrations.values():
        if found.custom and found.type.partition(":")[0] in {"kubernetes", "random", "infisical"}:
            assert found.frames == 0, found.urn


def test_the_program_does_not_look_for_garbage() -> None:
    found: list[str] = []

    def count(phase: str, _: object) -> None:
        found.append(phase)

    gc.collect()
    gc.callbacks.append(count)
    try:
        # A number that no other test uses: each run here is a new one.
        done = _homelab(3, folder_per_app=False)
    finally:
        gc.callbacks.remove(count)

    assert len(found) < len(done.registrations) / 10
