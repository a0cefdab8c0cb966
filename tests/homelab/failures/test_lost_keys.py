"""The keys that Infisical starts with are lost or damaged: the state has them, and the apps keep their values."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.homelab.owner import Owner
from tests.waiting import eventually

KEYS = ("infisical", "infisical-secrets")
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
