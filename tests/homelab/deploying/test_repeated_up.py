"""A repeated `up`, refresh or preview finds no change and writes nothing."""

from __future__ import annotations

import copy

from tests.homelab.deployment import Homelab


def test_a_repeated_up_writes_nothing(homelab: Homelab) -> None:
    before = homelab.versions()

    homelab.up("--expect-no-changes")

    assert homelab.versions() == before


def test_a_refresh_finds_no_change(homelab: Homelab) -> None:
    homelab.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")


def test_a_preview_of_changes_writes_nothing(homelab: Homelab) -> None:
    before, declared = homelab.versions(), copy.deepcopy(homelab.config)
    homelab.config["homelab:infisical"]["chartVersion"] = "1.8.0"
    homelab.config["homelab:apps"]["grafana"]["keys"]["NEW_KEY"] = {"source": "manual"}
    homelab.declare()

    preview = homelab.run("preview", "--diff")
    homelab.config = declared
    homelab.declare()

    assert "1.8.0" in preview.output
    assert "NEW_KEY" in preview.output
    assert homelab.versions() == before
