"""The program reads its stack config through the declaration, and fails before it registers anything."""

from __future__ import annotations

import contextvars

import pulumi
import pytest
from pulumi.runtime import configure, set_all_config
from pulumi.runtime.settings import Settings

from components.config import load_config


def _loaded(values: dict[str, str], encrypted: list[str]) -> None:
    def isolated() -> None:
        configure(Settings(project="homelab", stack="attic"))
        set_all_config(values, encrypted)
        load_config()

    contextvars.copy_context().run(isolated)


def test_one_run_error_names_the_stack_file_and_every_problem() -> None:
    values = {"homelab:apps": '{"web": {}}', "homelab:infisicalAuthSecret": "c2hvcnQ=", "kubernetes:context": "x"}

    with pytest.raises(pulumi.RunError) as caught:
        _loaded(values, ["homelab:infisicalAuthSecret"])

    message = str(caught.value)
    assert "Pulumi.attic.yaml has 5 errors; nothing was changed" in message
    for path in ("infisical", "store", "apps.web.namespace", "apps.web.keys", "infisicalAuthSecret"):
        assert f"  homelab:{path}\n    found: " in message
    assert "kubernetes:" not in message
    assert "c2hvcnQ" not in message
