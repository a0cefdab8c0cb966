"""
The keys that Infisical starts with are lost or damaged, and the apps keep their values.

The stack's state has the keys. Without the state and without a backup, nothing opens Infisical's data any more: a new
Infisical gets the values that the apps' Secrets still hold.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil

import pytest

from tests.checkout import CHECKOUT
from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.homelab.owner import Owner
from tests.waiting import eventually

KEYS = ("infisical", "infisical-secrets")
CHANGED = "GRAFANA_ADMIN_PASSWORD"
"""A value that was changed in Infisical after it was seeded."""
WRONG = "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def homelab(deployed_homelab: Homelab) -> Homelab:
    return deployed_homelab


def contents(homelab: Homelab) -> dict[str, dict[str, str]]:
    """Each app's Secret."""
    return {name: homelab.secret(*name.split("/")) for name in homelab.objects(EXTERNAL_SECRET)}


def test_a_removed_secret_comes_back_with_the_same_keys(homelab: Homelab) -> None:
    keys, held = homelab.secret(*KEYS), contents(homelab)
    homelab.plane.kubectl.run("delete", "secret", KEYS[1], "--namespace", KEYS[0])

    homelab.up("--refresh")

    assert homelab.secret(*KEYS) == keys
    assert contents(homelab) == held


def test_infisical_starts_again_after_its_key_was_changed_by_hand(homelab: Homelab) -> None:
    keys, held, stored = homelab.secret(*KEYS), contents(homelab), Owner(homelab).values()
    change_key(homelab, WRONG)
    homelab.plane.argocd.stop()
    homelab.plane.argocd.start()
    eventually(lambda: "different ENCRYPTION_KEY" in reported(homelab), "Infisical refuses the key", poll_seconds=0.5)

    homelab.plane.kubectl.run(*undo_command(homelab))
    homelab.up("--refresh")

    assert homelab.secret(*KEYS) == keys
    assert Owner(homelab).values() == stored
    assert contents(homelab) == held
    assert not any(WRONG in said for said in homelab.said)


def test_without_state_and_backup_a_new_infisical_gets_the_values_of_the_apps(homelab: Homelab) -> None:
    Owner(homelab).set(CHANGED, "canary-changed-in-the-ui")
    app = (EXTERNAL_SECRET, "grafana-secret", "--namespace=monitoring")
    homelab.plane.kubectl.run("annotate", *app, "force-sync=1", "--overwrite")
    eventually(
        lambda: "canary-changed-in-the-ui" in homelab.secret("monitoring", "grafana-secret").values(),
        "the operator has delivered the value",
    )
    keys, held = homelab.secret(*KEYS), contents(homelab)
    shutil.rmtree(homelab.workspace.state / ".pulumi" / "stacks")
    *deletions, create_stack, deploy = documented()
    assert (create_stack, deploy) == ("pulumi stack init homelab", "pulumi up --refresh")

    homelab.run("stack", "init", homelab.stack)
    refused = homelab.attempt("up", "--yes", "--skip-preview")
    assert "Secret infisical/infisical-secrets exists, and the state of this stack lacks its values" in refused.output
    for command in deletions:
        homelab.plane.kubectl.run(*shlex.split(command.removeprefix("kubectl "), comments=True))
    lose_database(homelab)
    homelab.up("--refresh")

    assert homelab.secret(*KEYS)["ENCRYPTION_KEY"] != keys["ENCRYPTION_KEY"]
    assert contents(homelab) == held
    assert set(held["monitoring/grafana-secret"].values()) >= {Owner(homelab).values()[CHANGED]}
    homelab.up("--expect-no-changes")


def documented() -> list[str]:
    """The commands of the page for this loss."""
    page = (CHECKOUT / "docs/how-to/recover.md").read_text()
    chapter = page.partition("\n## Infisical, the state and the backup\n")[2].partition("\n## ")[0]
    return chapter.partition("```sh\n")[2].partition("```")[0].splitlines()


def lose_database(homelab: Homelab) -> None:
    """A cluster removes the volumes of a namespace. The sandbox's database is no part of its namespace."""
    postgres = homelab.plane.postgres
    postgres.execute(f'DROP DATABASE "{postgres.database}" WITH (FORCE)')
    postgres.wait()


def change_key(homelab: Homelab, encryption_key: str) -> None:
    patch = json.dumps({"stringData": {"ENCRYPTION_KEY": encryption_key}})
    homelab.plane.kubectl.run("patch", "secret", KEYS[1], "--namespace", KEYS[0], "--type=merge", "--patch", patch)


def undo_command(homelab: Homelab) -> list[str]:
    """The arguments of kubectl in the command that takes the change back, as a refused `up` says."""
    refused = homelab.attempt("up", "--refresh", "--yes", "--skip-preview")
    found = re.search(r"to take the change back, run `kubectl (.*?)`, then `pulumi up --refresh`", refused.output)
    assert found, refused.output
    return shlex.split(found[1])


def reported(homelab: Homelab) -> str:
    """What Argo CD says about Infisical."""
    return str(homelab.object("application", "infisical", "argocd")["status"]["health"].get("message"))
