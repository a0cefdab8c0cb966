"""The `rotations` output has the day on which a value really changed, not the date of its trigger."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from tests.engine.homelab import OfflineHomelab

OWN = ("infisicalEncryptionKey", "infisicalAuthSecret", "infisicalPostgresPassword", "infisicalRedisPassword")
EARLIER = "2026-01-31"


@pytest.fixture(scope="module")
def homelab(homelab: OfflineHomelab) -> OfflineHomelab:
    """A homelab that was installed on an earlier day."""
    homelab.up()

    def installed_earlier(resources: list[dict[str, Any]]) -> None:
        for each in resources:
            if each["urn"].endswith("-changed-on"):
                for part in (each["inputs"]["input"], each["outputs"]["input"], each["outputs"]["output"]):
                    part["day"] = EARLIER

    homelab.edit_state(installed_earlier)
    return homelab


def since(homelab: OfflineHomelab) -> dict[str, str]:
    rotations = homelab.outputs()["rotations"]
    return {name: rotations[name].removeprefix("since ").partition(",")[0] for name in OWN}


def today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def test_a_later_day_alone_changes_no_date(homelab: OfflineHomelab) -> None:
    homelab.up()
    done = homelab.run("up", "--yes", "--skip-preview", "--expect-no-changes")

    assert done.returncode == 0, done.stdout
    assert since(homelab) == dict.fromkeys(OWN, EARLIER)


def test_a_rotation_shows_its_day_and_not_that_of_its_trigger(homelab: OfflineHomelab) -> None:
    homelab.rotate("infisicalAuthSecret", "2026-02")
    first = today()

    homelab.up()

    changed = since(homelab)
    assert first <= changed.pop("infisicalAuthSecret") <= today()
    assert set(changed.values()) == {EARLIER}


def test_a_new_value_in_the_stack_config_shows_its_day(homelab: OfflineHomelab) -> None:
    homelab.credentials["homelab:infisicalRedisPassword"] = "throw-away-0123456789abcdef"
    first = today()

    homelab.up()

    changed = since(homelab)
    assert first <= changed["infisicalRedisPassword"] <= today()
    assert changed["infisicalEncryptionKey"] == EARLIER


def test_the_state_has_no_hash_in_clear(homelab: OfflineHomelab) -> None:
    for name, stash in homelab.resources("Stash").items():
        if name.endswith("-changed-on"):
            assert "plaintext" in stash["inputs"]["input"]["valueHash"]
