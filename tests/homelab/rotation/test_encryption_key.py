"""ENCRYPTION_KEY never changes after the first `up`: with a different key, all data would be lost."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from tests.homelab.deployment import STACK, Homelab

OTHER_KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def key(homelab: Homelab) -> str:
    """The key that the first `up` generated."""
    return homelab.secret("infisical", "infisical-secrets")["ENCRYPTION_KEY"]


def in_cluster(homelab: Homelab) -> str:
    return homelab.secret("infisical", "infisical-secrets")["ENCRYPTION_KEY"]


def test_a_different_key_in_the_config_is_refused_and_changes_nothing(homelab: Homelab, key: str) -> None:
    homelab.set_secret("infisicalEncryptionKey", OTHER_KEY)

    preview = homelab.attempt("preview")
    up = homelab.attempt("up", "--yes", "--skip-preview")
    homelab.remove_secret("infisicalEncryptionKey")

    assert preview.code != 0
    assert up.code != 0
    assert "homelab:infisicalEncryptionKey differs" in preview.output
    assert "pulumi config rm homelab:infisicalEncryptionKey" in preview.output
    assert OTHER_KEY not in preview.output + up.output
    assert in_cluster(homelab) == key


def test_the_same_key_in_the_config_changes_nothing(homelab: Homelab, key: str) -> None:
    homelab.set_secret("infisicalEncryptionKey", key)

    homelab.up()
    homelab.remove_secret("infisicalEncryptionKey")
    homelab.up()

    assert in_cluster(homelab) == key


def test_a_renamed_stack_keeps_the_key(homelab: Homelab, key: str) -> None:
    homelab.run("stack", "rename", "renamed")
    try:
        refused = homelab.attempt("preview", "--stack", "renamed")
        remove_marks(homelab, refused.output)
        homelab.run("up", "--yes", "--stack", "renamed")
        homelab.run("preview", "--stack", "renamed", "--expect-no-changes")
    finally:
        homelab.run("stack", "rename", STACK, "--stack", "renamed")

    assert refused.code != 0
    assert in_cluster(homelab) == key
    remove_marks(homelab, homelab.attempt("preview").output)
    homelab.run("up", "--yes", "--skip-preview")


def remove_marks(homelab: Homelab, output: str) -> None:
    """Run the commands of the message: the objects are marked with the earlier name of the stack."""
    commands = re.findall(r"`kubectl (annotate [^`]*)`", output)
    assert commands
    for command in commands:
        homelab.plane.kubectl.run(*command.split())


def test_destroy_is_refused_and_deletes_nothing(homelab: Homelab, key: str) -> None:
    before = homelab.versions()

    destroy = homelab.attempt("destroy", "--yes")

    assert destroy.code != 0
    assert "protect" in destroy.output
    assert homelab.versions() == before


def test_destroy_without_a_preview_keeps_the_key_and_the_database(homelab: Homelab, key: str) -> None:
    """It deletes what is not protected. The next `up` creates that again."""
    homelab.attempt("destroy", "--yes", "--skip-preview")

    assert in_cluster(homelab) == key
    assert homelab.object("namespace", "infisical")["status"]["phase"] == "Active"
    homelab.up()
    assert in_cluster(homelab) == key


def test_an_empty_state_does_not_overwrite_the_key(homelab: Homelab, key: str) -> None:
    """The state from before the first `up` has no key, and the key in the cluster is not overwritten."""
    state = homelab.state()
    older = json.loads(json.dumps(state))
    older["deployment"]["resources"] = []
    homelab.run("stack", "import", "--force", given=json.dumps(older))

    up = homelab.attempt("up", "--yes", "--skip-preview")
    homelab.run("stack", "import", "--force", given=json.dumps(state))

    assert up.code != 0
    assert in_cluster(homelab) == key
    homelab.run("preview", "--expect-no-changes")


def test_no_generated_key_of_infisical_is_in_an_output_or_in_the_state(homelab: Homelab, key: str) -> None:
    """Of all runs above, and of the first `up`."""
    passwords = yaml.safe_load(homelab.secret("argocd", "infisical-helm-secrets")["values.yaml"])
    generated = {
        key,
        homelab.secret("infisical", "infisical-secrets")["AUTH_SECRET"],
        passwords["postgresql"]["auth"]["password"],
        passwords["redis"]["auth"]["password"],
    }

    homelab.run("up", "--yes", "--diff")

    said = "".join(homelab.said) + json.dumps(homelab.state())
    assert len(generated) == 4
    assert not any(value in said for value in generated)
