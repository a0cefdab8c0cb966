"""The job that backs up the database, deployed: it finds no change afterwards, and its volume outlives it."""

from __future__ import annotations

import pytest

from tests.declaration.site.test_backup import AGE
from tests.homelab.deployment import Homelab

DECLARED = {"recipients": [AGE], "schedule": "30 3 * * *", "volume": {"size": "5Gi"}}
KINDS = ("cronjob", "configmap", "persistentvolumeclaim")


def found(homelab: Homelab) -> list[str]:
    return [kind for kind in KINDS if "infisical/infisical-backup" in homelab.objects(kind)]


@pytest.fixture(scope="module")
def scheduled(homelab: Homelab) -> Homelab:
    homelab.config["homelab:backup"] = DECLARED
    homelab.declare()
    homelab.up()
    return homelab


def test_its_objects_are_created(scheduled: Homelab) -> None:
    assert found(scheduled) == [*KINDS]


def test_a_refresh_and_an_up_find_no_change(scheduled: Homelab) -> None:
    scheduled.up("--refresh", "--expect-no-changes")


def test_without_a_schedule_only_the_volume_stays(scheduled: Homelab) -> None:
    del scheduled.config["homelab:backup"]
    scheduled.declare()
    scheduled.up()

    assert found(scheduled) == ["persistentvolumeclaim"]


def test_a_new_job_uses_the_volume_that_is_there(scheduled: Homelab) -> None:
    before = scheduled.object("persistentvolumeclaim", "infisical-backup", "infisical")["metadata"]["uid"]
    scheduled.config["homelab:backup"] = {**DECLARED, "volume": {"size": "5Gi"}}
    scheduled.declare()
    scheduled.up()

    assert scheduled.object("persistentvolumeclaim", "infisical-backup", "infisical")["metadata"]["uid"] == before
    assert found(scheduled) == [*KINDS]
