"""With a managed Infisical, the next steps are the missing values, each with its command."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components.answers import CREATED_ON
from tests.components.monitor import UNKNOWN
from tests.components.program import INSTALLED, run
from tests.declaration.stack_config import EARLIER, OIDC, stack_file

OIDC_STEP = "Argo CD's OIDC client secret"


def _steps(*missing: str, **config: Any) -> dict[str, str]:
    steps: dict[str, str] = run({**stack_file(), **config}, missing=missing).outputs["nextSteps"]
    return steps


def test_with_no_value_missing_only_argo_cds_step_is_left() -> None:
    assert list(_steps()) == [OIDC_STEP]
    assert _steps(**OIDC) == {}


def test_there_is_a_step_for_each_missing_value_and_for_no_other() -> None:
    assert sorted(_steps("GITHUB_TOKEN", "GRAFANA_OAUTH_CLIENT_SECRET", **OIDC)) == [
        "GITHUB_TOKEN",
        "GRAFANA_OAUTH_CLIENT_SECRET",
    ]


def test_the_step_of_a_config_value_is_a_command_or_a_place_in_infisical() -> None:
    step = _steps("GITHUB_TOKEN", **OIDC)["GITHUB_TOKEN"]

    assert step.startswith("run `pulumi config set --secret --path 'homelab:values.GITHUB_TOKEN'` and `pulumi up`, or ")
    assert "add GITHUB_TOKEN to / in Infisical, project homelab, environment prod" in step


def test_the_step_of_a_manual_value_is_a_place_in_infisical() -> None:
    step = _steps("GRAFANA_OAUTH_CLIENT_SECRET", **OIDC)["GRAFANA_OAUTH_CLIENT_SECRET"]

    assert step == (
        "add GRAFANA_OAUTH_CLIENT_SECRET to / in Infisical, project homelab, environment prod: "
        "copy it from the system that creates it"
    )


@pytest.mark.parametrize(
    ("store", "folder"),
    [
        ({"secretsPath": "/apps"}, "/apps"),
        ({"folderPerApp": True}, "/grafana"),
        ({"secretsPath": "/apps", "folderPerApp": True}, "/apps/grafana"),
    ],
)
def test_a_step_names_the_folder(store: dict[str, Any], folder: str) -> None:
    step = _steps("GRAFANA_OAUTH_CLIENT_SECRET", store={**stack_file()["store"], **store})

    assert f"add GRAFANA_OAUTH_CLIENT_SECRET to {folder} in Infisical" in step["GRAFANA_OAUTH_CLIENT_SECRET"]


def test_keys_of_one_name_in_two_folders_are_two_steps() -> None:
    apps = {name: {"namespace": name, "keys": {"KEY": {"source": "manual"}}} for name in ("one", "two")}
    steps = _steps("KEY", apps=apps, store={**stack_file()["store"], "folderPerApp": True}, **OIDC)

    assert sorted(steps) == ["one/KEY", "two/KEY"]
    assert "add KEY to /two in Infisical" in steps["two/KEY"]


def test_no_step_mentions_an_identity() -> None:
    assert not [step for step in _steps("GITHUB_TOKEN").values() if "infisicalMachineIdentity" in step]


def test_in_the_first_preview_only_what_is_missing_is_unknown() -> None:
    previewed = run(stack_file(), preview=True).outputs
    outputs = run(stack_file()).outputs

    for name in ("nextSteps", "rotations"):
        assert previewed.pop(name) == UNKNOWN
        assert outputs.pop(name)
    assert previewed == outputs


def test_the_step_of_an_overdue_value_is_its_rotation_and_does_not_change_daily() -> None:
    steps = run({**stack_file(), **OIDC}, stashed=INSTALLED).outputs["nextSteps"]

    assert steps == {
        f"{name}, due since 2021-01-30": f"run `pulumi config set --path 'homelab:rotations.{name}' $(date +%F)` "
        "and `pulumi up`"
        for name in ("infisicalAuthSecret", "infisicalPostgresPassword", "infisicalRedisPassword")
    }


def test_the_age_of_a_value_is_not_that_of_its_trigger() -> None:
    triggers = dict.fromkeys(("infisicalMachineIdentityClientSecret", "infisicalAuthSecret"), "2020-01")

    rotations = run({**stack_file(), "rotations": triggers}).outputs["rotations"]

    assert rotations["infisicalMachineIdentityClientSecret"].startswith(f"since {CREATED_ON}, ")
    assert "2020" not in rotations["infisicalAuthSecret"]


def test_the_step_of_an_overdue_value_of_an_earlier_installation_removes_it_first() -> None:
    """A trigger together with it is refused."""
    steps = run({**stack_file(), **EARLIER}, stashed=INSTALLED).outputs["nextSteps"]

    step = steps["infisicalAuthSecret, due since 2021-01-30"]
    assert step.startswith("run `pulumi config rm homelab:infisicalAuthSecret`, `pulumi config set --path")
