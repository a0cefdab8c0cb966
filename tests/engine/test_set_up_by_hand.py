"""A homelab whose Infisical this program has set up goes on by hand only after the documented release."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.checkout import CHECKOUT
from tests.declaration.stack_config import IDENTITY
from tests.engine.homelab import OfflineHomelab

PAGE = CHECKOUT / "docs" / "how-to" / "set-infisical-up-by-hand.md"
KEY = {"source": "generate", "kind": "hex", "size": 32, "immutable": True}


@pytest.fixture(scope="module")
def homelab(homelab: OfflineHomelab) -> OfflineHomelab:
    """Deployed in the mode managed, and then declared in the mode manual."""
    homelab.keys["SIGNING_KEY"] = KEY
    homelab.up()
    site = homelab.config["homelab:infisical"]
    homelab.config["homelab:infisical"] = {
        "mode": "manual",
        **{
            key: site[key]
            for key in ("url", "chartVersion", "nodePort", "replicas", "resources", "database")
            if key in site
        },
    }
    homelab.credentials = {f"homelab:{key}": value for key, value in IDENTITY.items()}
    return homelab


@pytest.mark.parametrize("command", [("preview",), ("up", "--yes", "--skip-preview")], ids=["preview", "up"])
def test_the_change_of_the_mode_is_refused_before_the_engine_refuses_it(
    homelab: OfflineHomelab, command: tuple[str, ...]
) -> None:
    done = homelab.run(*command)

    shown = done.stdout + done.stderr
    assert done.returncode != 0
    assert "homelab:infisical.mode is manual, and this stack has set Infisical up" in shown
    assert "unprotect" not in shown
    assert "project" in homelab.resources("infisical:index:Project")


def test_the_documented_commands_release_infisical_and_delete_nothing(homelab: OfflineHomelab) -> None:
    commands = re.findall(r"^ +(pulumi state delete .+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert commands
    for command in commands:
        arguments = command.replace("STACK", "homelab").replace("'", "").split()[1:]
        done = homelab.run(*arguments, "--yes")
        assert done.returncode == 0, done.stdout + done.stderr

    before = homelab.types()
    done = homelab.run("up", "--yes", "--skip-preview")

    assert done.returncode == 0, done.stdout + done.stderr
    # A component is nothing but an entry in the state. The engine may not show the line of a deletion that is quick.
    assert before - homelab.types() == Counter({"homelab:secrets:Deliveries": 1})
    assert re.findall(r" - (\d+) deleted", done.stdout) == ["1"]
    assert homelab.resources("RandomPassword").keys() >= {"infisical-encryption-key"}
    assert homelab.resources("Secret").keys() >= {"infisical-secrets"}
    assert homelab.resources("infisical:index:Project") == {}
