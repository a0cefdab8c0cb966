"""`make up` and `make preview` check the declaration before they build or start anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import cli
from sandbox.sandbox import Sandbox
from tooling.errors import StackError
from tooling.toolchain.progress import Reporter

SITE = {"url": "https://infisical.example.net", "adminEmail": "admin@example.net"}
HOMELAB = {
    "homelab:infisical": SITE,
    "homelab:store": {"hostAPI": "http://infisical:8080", "projectSlug": "homelab", "environmentSlug": "prod"},
    "homelab:apps": {"web": {"namespace": "web", "keys": {"KEY": {"source": "config"}}}},
    "homelab:infisicalAuthSecret": {"secure": "v1:x:y"},
}

Write = Callable[..., Sandbox]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes the files of a checkout: the homelab's config, and the user's settings on the sandbox's stack."""

    def write(homelab: str | dict[str, Any], settings: dict[str, Any] | None = None) -> Sandbox:
        (tmp_path / "Pulumi.yaml").write_text("name: homelab\n")
        text = homelab if isinstance(homelab, str) else yaml.safe_dump({"config": homelab})
        (tmp_path / "Pulumi.homelab.yaml").write_text(text)
        if settings is not None:
            (tmp_path / ".sandbox").mkdir()
            (tmp_path / ".sandbox" / "derived.yaml").write_text(yaml.safe_dump({"config": homelab}))
            (tmp_path / "Pulumi.sandbox.yaml").write_text(yaml.safe_dump({"config": {**HOMELAB, **settings}}))
        return Sandbox(tmp_path, Reporter())

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("something was built or started")

    monkeypatch.setattr(cli, "CHECKOUT", tmp_path)
    monkeypatch.setattr("sandbox.sandbox.ensure_tools", forbidden)
    return write


@pytest.mark.parametrize("verb", ["up", "preview"])
def test_every_error_is_reported_with_the_file_to_edit_before_anything_is_built(
    checkout: Write, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout({**HOMELAB, "homelab:infisical": {"url": "nowhere"}, "homelab:grafana": "x"})

    assert cli.main([verb]) == 1

    said = capsys.readouterr().err
    assert said.startswith("error: Pulumi.homelab.yaml has 3 errors; nothing was changed.")
    for path in ("homelab:infisical.url", "homelab:infisical.adminEmail", "homelab:grafana"):
        assert f"  {path}\n    found:" in said
    assert "Fix Pulumi.homelab.yaml, then run the command again." in said


@pytest.mark.parametrize("verb", ["up", "preview"])
def test_a_repeated_key_is_reported_with_both_lines(
    checkout: Write, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout("config:\n  homelab:store: {}\n  homelab:store: {}\n")

    assert cli.main([verb]) == 1

    assert "the key 'homelab:store' in line 2 and again in line 3" in capsys.readouterr().err


def test_a_repeated_key_in_the_project_file_is_reported(checkout: Write) -> None:
    sandbox = checkout(HOMELAB)
    (sandbox.checkout / "Pulumi.yaml").write_text("name: homelab\nname: other\n")

    with pytest.raises(StackError, match=r"Pulumi\.yaml: name\n    found:    the key 'name' in line 1 and again"):
        sandbox.check()


def test_a_valid_declaration_with_encrypted_values_is_accepted(checkout: Write) -> None:
    checkout(HOMELAB).check()


def test_an_error_in_a_users_own_setting_names_the_sandboxs_file(checkout: Write) -> None:
    sandbox = checkout(HOMELAB, {"homelab:infisical": {**SITE, "replicas": 0}, "homelab:mine": "x"})

    with pytest.raises(StackError) as caught:
        sandbox.check()

    message = str(caught.value)
    assert message.startswith("Pulumi.sandbox.yaml has 2 errors; nothing was changed.")
    assert "homelab:infisical.replicas" in message
    assert "homelab:mine" in message


def test_throw_away_values_of_the_sandbox_are_no_settings_of_the_user(checkout: Write) -> None:
    checkout(HOMELAB, {"homelab:values": {"NO_LONGER_DECLARED": {"secure": "v1:x:y"}}}).check()
