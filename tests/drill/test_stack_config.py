"""The stack config of a drill has the owner's declaration, and none of the owner's commands and addresses."""

from __future__ import annotations

from typing import Any

import pytest

from drill.stack_config import check_can_recover, on_drill
from operations.errors import OperationError

URL = "http://127.0.0.1:1"
INFISICAL = {"url": "http://infisical.home", "adminEmail": "admin@example.net"}


def config(**infisical: Any) -> dict[str, Any]:
    generated = {"source": "generate", "kind": "hex", "size": 16, "changeCommand": "touch owner"}
    return {
        "kubernetes:context": "homelab",
        "homelab:infisical": {**INFISICAL, **infisical},
        "homelab:store": {"hostAPI": "http://infisical.home", "projectSlug": "homelab", "environmentSlug": "prod"},
        "homelab:values": {"GIVEN": {"secure": "v1:nonce:text"}},
        "homelab:apps": {
            "web": {
                "namespace": "web",
                "keys": {"TOKEN": generated, "BY_HAND": {"source": "manual"}, "GIVEN": {"source": "config"}},
            }
        },
    }


def test_it_reaches_only_this_machine() -> None:
    found = on_drill(config(tailscalePort=8443, apiUrl="http://10.0.0.1"), URL)

    assert found["homelab:infisical"]["url"] == found["homelab:store"]["hostAPI"] == URL
    assert "kubernetes:context" not in found
    assert not {"tailscalePort", "apiUrl"} & found["homelab:infisical"].keys()


def test_a_change_command_never_runs() -> None:
    found = on_drill(config(), URL)

    assert found["homelab:apps"]["web"]["keys"]["TOKEN"] == {"source": "generate", "kind": "hex", "size": 16}
    assert "touch" not in str(found)


@pytest.mark.parametrize("kind", ["bundled", "separate"])
def test_a_command_of_the_database_never_runs(kind: str) -> None:
    commands = dict.fromkeys(("changePassword", "setAside", "restore"), "touch owner")

    found = on_drill(config(database={"kind": kind, **commands}), URL)

    assert found["homelab:infisical"]["database"] == {"kind": kind, "changePassword": "true"}


def test_values_of_the_owner_stay() -> None:
    found = on_drill(config(), URL)

    assert found["homelab:values"] == {"GIVEN": {"secure": "v1:nonce:text"}}
    assert found["homelab:apps"]["web"]["keys"]["BY_HAND"] == {"source": "manual"}


def test_a_homelab_that_is_set_up_by_hand_is_refused() -> None:
    with pytest.raises(OperationError, match=r"cannot be drilled: homelab:infisical\.mode is manual"):
        check_can_recover("Pulumi.homelab.yaml", config(mode="manual"))
    check_can_recover("Pulumi.homelab.yaml", config())
