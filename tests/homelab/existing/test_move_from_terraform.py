"""`adopt --from-terraform` takes over what Terraform installed: nothing is created again, lost or restarted."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.adopt.terraform import command, live
from sandbox.stack.project import set_up_by_hand
from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.homelab.existing.terraformed import KEPT, Moving, made_by_terraform, state_of_terraform, values
from tests.waiting import eventually

pytestmark = pytest.mark.story


@dataclass(frozen=True)
class Managed:
    """How the program sets this Infisical up: the declaration, and the secrets of the stack config."""

    config: dict[str, Any]
    password: str
    values: dict[str, str]


@pytest.fixture(scope="module")
def managed(deployed_homelab: Homelab) -> Managed:
    password = deployed_homelab.generated("infisical-admin-password")
    return Managed(copy.deepcopy(deployed_homelab.config), password, dict(deployed_homelab.values))


@pytest.fixture(scope="module")
def left(deployed_homelab: Homelab, managed: Managed) -> Homelab:
    """The homelab as Terraform and Argo CD left it: a new stack, and a declaration without `adopt`."""
    homelab = deployed_homelab
    made_by_terraform(homelab)
    homelab.run("stack", "rm", "--force", "--yes")
    homelab.config = set_up_by_hand(homelab.config)
    # The sandbox's PostgreSQL has passwords of its own.
    homelab.config["homelab:infisical"]["database"] = {"kind": "bundled", "changePassword": ":"}
    del homelab.config["homelab:rotateEveryDays"]
    homelab.credentials, homelab.values = {}, {}
    homelab.declare()
    homelab.run("stack", "init", homelab.stack)
    return homelab


@pytest.fixture(scope="module")
def folder(left: Homelab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("terraform")
    (folder / "terraform.tfstate").write_text(json.dumps(state_of_terraform(values(left))))
    return folder


@pytest.fixture
def moving(left: Homelab, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Moving:
    for name, value in left.workspace.environment().items():
        monkeypatch.setenv(name, value)
    return Moving(left, folder, capsys)


def test_a_value_that_differs_from_the_cluster_stops_the_command(moving: Moving) -> None:
    before = moving.homelab.versions()
    moving.write({**moving.values, "infisical_encryption_key": "0" * 32, "argocd_oidc_client_secret": "another"})

    code, output = moving.run("--yes")

    assert code == 2
    assert "infisical_encryption_key" in output
    assert "argocd_oidc_client_secret" in output
    assert "Infisical cannot read its data with another key." in output
    assert moving.homelab.versions() == before


def test_a_dry_run_changes_nothing(moving: Moving) -> None:
    before, text = moving.homelab.versions(), moving.homelab.stack_file.read_text()

    code, output = moving.run("--dry-run")

    assert code == 0, output
    assert " ".join(output.split()).count("HashiCorp") == 4
    assert moving.homelab.versions() == before
    assert moving.homelab.stack_file.read_text() == text


def test_an_interrupted_command_continues(moving: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_over, left = live.hand_over, [2]

    def interrupted(*given: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        hand_over(*given)

    monkeypatch.setattr(command, "hand_over", interrupted)
    before, held = moving.existing(), moving.secrets()

    code, output = moving.run("--yes")

    assert code == 130, output
    assert (moving.existing(), moving.secrets()) == (before, held)


def test_the_first_update_creates_nothing_that_exists_and_the_second_changes_nothing(moving: Moving) -> None:
    homelab = moving.homelab
    before, held, running = moving.existing(), moving.secrets(), moving.running()
    homelab.stack_file.write_text(f"# A comment of the owner.\n{homelab.stack_file.read_text()}")

    code, output = moving.run("--yes")

    assert code == 0, output
    assert "terraform state rm kubernetes_secret.infisical_secrets" in output
    assert "Terraform still manages: helm_release.argocd." in output
    assert (moving.existing(), moving.secrets()) == (before, held)
    assert homelab.stack_file.read_text().startswith("# A comment of the owner.\n")
    assert_hidden(homelab, moving.values)
    done = homelab.workspace.attempt("preview", "--json", cwd=homelab.project)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = json.loads(done.stdout)["steps"]
    objects = [each for each in steps if each["urn"].split("::")[2].rpartition("$")[2].startswith("kubernetes:")]
    assert not [each["urn"] for each in objects if each["op"] not in ("same", "update", "read")]
    assert not {"delete", "replace", "create-replacement"} & {each["op"] for each in steps}

    homelab.up()
    homelab.up("--expect-no-changes")

    spec = homelab.object(EXTERNAL_SECRET, "authentik-secret", "authentik")["spec"]
    assert "AUTHENTIK_POSTGRES_PASSWORD }}" not in str(spec)
    assert moving.existing() == before
    after = moving.secrets()
    # The program writes quotes around the passwords.
    helm = "argocd/infisical-helm-secrets"
    assert yaml.safe_load(homelab.secret(*helm.split("/"))["values.yaml"])
    assert {**after, helm: None} == {**held, helm: None}
    assert moving.running() == running
    eventually(lambda: is_ready(homelab), "every ExternalSecret is Ready")
    assert moving.run("--yes")[1].endswith("Everything is taken over already.\n")


def test_the_program_can_then_set_infisical_up_and_restarts_nothing(moving: Moving, managed: Managed) -> None:
    homelab = moving.homelab
    before, held, running = moving.existing(), moving.secrets(), moving.running()
    homelab.config = managed.config
    homelab.config["homelab:infisical"]["database"] = {"kind": "bundled", "changePassword": ":"}
    homelab.values = managed.values
    homelab.credentials = {
        "infisicalAdminPassword": managed.password,
        **{key: moving.values[name] for name, key in KEPT.items()},
    }
    homelab.declare()

    homelab.up()
    homelab.up("--expect-no-changes")

    assert moving.existing() == before
    assert moving.running() == running
    login = "external-secrets/infisical-machine-identity"
    assert {**moving.secrets(), login: None} == {**held, login: None}


def assert_hidden(homelab: Homelab, found: Mapping[str, str]) -> None:
    """No value is readable in the state or in the stack file."""
    shown = json.dumps(homelab.state()) + homelab.stack_file.read_text()
    assert not [name for name, value in found.items() if value in shown and name != "homelab_repo_url"]


def is_ready(homelab: Homelab) -> bool:
    found = homelab.objects(EXTERNAL_SECRET).values()
    return all(
        any(each["type"] == "Ready" and each["status"] == "True" for each in one["status"]["conditions"])
        for one in found
    )
