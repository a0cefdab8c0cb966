"""An Infisical that this program has installed runs elsewhere only after the documented release."""

from __future__ import annotations

import re

import pytest

from tests.checkout import CHECKOUT
from tests.declaration.stack_config import ADMIN_IDENTITY
from tests.engine.homelab import OfflineHomelab

PAGE = CHECKOUT / "docs" / "how-to" / "infisical-elsewhere.md"
KEY = {"source": "generate", "kind": "hex", "size": 32, "immutable": True}
ADDRESS = "https://infisical.example.net"


@pytest.fixture(scope="module")
def homelab(homelab: OfflineHomelab) -> OfflineHomelab:
    """Deployed with Argo CD, and then declared elsewhere."""
    homelab.keys["SIGNING_KEY"] = KEY
    homelab.up()
    homelab.config["homelab:infisical"] = {"install": "none", "url": ADDRESS}
    homelab.config["homelab:store"]["hostAPI"] = ADDRESS
    homelab.credentials = {f"homelab:{key}": value for key, value in ADMIN_IDENTITY.items()}
    return homelab


def test_the_move_is_refused_before_the_engine_refuses_it(homelab: OfflineHomelab) -> None:
    done = homelab.run("preview")

    shown = done.stdout + done.stderr
    assert done.returncode != 0
    assert "homelab:infisical.install is none, and this stack has installed Infisical" in shown
    assert "unprotect" not in shown


def test_the_documented_commands_release_infisical_and_delete_nothing(homelab: OfflineHomelab) -> None:
    commands = re.findall(r"^ +(pulumi state delete .+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert commands
    for command in commands:
        done = homelab.run(*command.replace("'", "").split()[1:], "--yes")
        assert done.returncode == 0, done.stdout + done.stderr

    done = homelab.run("up", "--yes", "--skip-preview")

    assert done.returncode == 0, done.stdout + done.stderr
    # A component is nothing but an entry in the state.
    deleted = re.findall(r" - +(\S+) .*deleting", done.stdout)
    assert [kind for kind in deleted if not kind.startswith("homelab:")] == []
    assert homelab.resources("Namespace").keys() & {"infisical"} == set()
    assert homelab.resources("RandomPassword").keys() == {"GRAFANA_ADMIN_PASSWORD", "SIGNING_KEY"}
