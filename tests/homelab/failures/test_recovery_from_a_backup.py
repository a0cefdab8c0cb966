"""
A backup of a deployed homelab brings back what is lost, by the commands of its recovery sheet.

No key changes, and no app gets a different value.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest
import yaml

from tests.homelab.conftest import Shared
from tests.homelab.deployment import STACK, Homelab
from tests.homelab.owner import Owner
from tests.homelab.recovery import Recovery, contents, wait_for_deliveries
from tests.waiting import PATIENCE_SECONDS, eventually

VALUES = "recovery/values.json"
CHANGED = "GRAFANA_ADMIN_PASSWORD"
"""A value that was changed in Infisical after it was seeded."""


@pytest.fixture(scope="module")
def recovery(deployed_homelab: Homelab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recovery]:
    target = tmp_path_factory.mktemp("backups")
    identity = pyrage.x25519.Identity.generate()
    (target / "key.txt").write_text(f"{identity}\n")
    Owner(deployed_homelab).set(CHANGED, "canary-changed-in-the-ui")
    app = ("externalsecret", "grafana-secret", "--namespace=monitoring")
    deployed_homelab.plane.kubectl.run("annotate", *app, "force-sync=1", "--overwrite")
    eventually(
        lambda: "canary-changed-in-the-ui" in deployed_homelab.secret("monitoring", "grafana-secret").values(),
        "the operator has delivered the value",
    )
    made = Recovery(deployed_homelab, target)
    recipient = ("--recipient", str(identity.to_public()))
    # test_database_recovery.py restores the dump.
    made.operations("backup", "--to", target, *recipient, "--no-database", *made.stack())
    made.operations("backup", "extract", target, "--to", made.folder, "--identity", target / "key.txt")
    yield made
    shutil.rmtree(made.folder)


def test_the_keys_are_those_that_infisical_starts_with(recovery: Recovery) -> None:
    found = recovery.extracted("bootstrap.json")

    homelab = recovery.homelab
    used = homelab.secret("infisical", "infisical-secrets")
    chart = homelab.secret("argocd", "infisical-helm-secrets")["values.yaml"]
    assert found["infisicalEncryptionKey"] == used["ENCRYPTION_KEY"]
    assert found["infisicalAuthSecret"] == used["AUTH_SECRET"]
    assert all(found[name] in chart for name in ("infisicalPostgresPassword", "infisicalRedisPassword"))
    assert found["infisicalAdminPassword"] == homelab.generated("infisical-admin-password")


def test_the_values_are_those_in_infisical(recovery: Recovery) -> None:
    stored = {each["key"]: each["value"] for each in recovery.extracted("values.json")["secrets"]}

    assert stored[CHANGED] == "canary-changed-in-the-ui"
    assert stored["GRAFANA_OAUTH_CLIENT_SECRET"] == "canary-first-oauth-secret"
    assert stored["OPENCLAW_TOKEN"] == recovery.homelab.generated("OPENCLAW_TOKEN")


def test_a_lost_state_comes_back_and_nothing_changes(recovery: Recovery) -> None:
    homelab = recovery.homelab
    before, commands = homelab.versions(), recovery.commands("Only the state is lost")
    assert commands[-1] == "pulumi up --refresh"
    shutil.rmtree(homelab.workspace.state / ".pulumi" / "stacks")
    homelab.stack_file.unlink()

    recovery.shell([*commands[:-1], "pulumi preview --expect-no-changes", f"{commands[-1]} --yes"])

    assert homelab.versions() == before


def test_a_lost_passphrase_costs_no_value(recovery: Recovery, tmp_path: Path) -> None:
    homelab = recovery.homelab
    secrets = contents(homelab)
    commands = recovery.commands("The passphrase is lost")
    assert commands[-1] == "pulumi up"
    (passphrase := tmp_path / "passphrase").write_text("another passphrase")
    remove_encrypted(homelab.stack_file)
    new = {"PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase)}

    recovery.shell([each for each in commands[:-1] if "import-values" not in each], **new)
    recovery.operations("import-values", homelab.project / VALUES, "--yes", *recovery.stack(), **new)
    recovery.shell(["pulumi up --yes --skip-preview"], **new)

    assert contents(homelab) == secrets


def test_a_lost_cluster_and_state_come_back_with_the_values_of_the_backup(shared: Shared, recovery: Recovery) -> None:
    commands = recovery.commands("The cluster is lost, or cluster and state")
    (imported,) = [each for each in commands if "import-values" in each]
    assert commands.count("pulumi up") == 2
    homelab = shared.empty({}, operated=True)
    shutil.rmtree(homelab.workspace.state / ".pulumi" / "stacks")
    homelab.stack_file.unlink()

    wait_for_deliveries(recovery.folder / homelab.stack_file.name, 15)
    begun = commands.index("pulumi up --refresh --yes")

    recovery.shell(commands[:begun])
    first = homelab.attempt("up", "--refresh", "--yes", "--skip-preview")
    assert first.code != 0, "no app can be delivered before Infisical has its data"
    wait_for_deliveries(homelab.stack_file, PATIENCE_SECONDS)
    recovery.shell(["pulumi up --yes --skip-preview"])
    assert contents(homelab) != recovery.contents
    assert imported == f".venv/bin/python -m operations import-values {VALUES} --stack {STACK} --to infisical"
    options = ("--to", "infisical", "--yes", "--overwrite", CHANGED)
    recovery.operations("import-values", homelab.project / VALUES, *options, *recovery.stack())
    recovery.shell(["pulumi up --yes --skip-preview"])
    assert contents(homelab) == recovery.contents


def remove_encrypted(stack_file: Path) -> None:
    """Remove `encryptionsalt` and every encrypted value, as the sheet says."""
    content = yaml.safe_load(stack_file.read_text())
    del content["encryptionsalt"]
    # The database in the sandbox has a password of its own. A real one already has that of the backup.
    content["config"]["homelab:infisical"]["database"] = {"kind": "bundled", "changePassword": "true"}
    stack_file.write_text(yaml.safe_dump(_without_encrypted(content), sort_keys=False))


def _without_encrypted(content: Any) -> Any:
    if not isinstance(content, dict):
        return content
    return {
        key: _without_encrypted(each)
        for key, each in content.items()
        if not (isinstance(each, dict) and [*each] == ["secure"])
    }
