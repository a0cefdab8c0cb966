"""Objects rendered into files: the recorded run, and what is in the files."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from tests.plugins.kubernetes.calling import Caller
from tests.plugins.kubernetes.replaying import Replay, steps


@pytest.fixture
async def renderer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Caller]:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    caller = Caller()
    await caller.configure(renderYamlToDirectory=str(tmp_path / "yaml"))
    yield caller
    await caller.close()


async def test_the_recorded_run_writes_and_removes_files(renderer: Caller, tmp_path: Path) -> None:
    replay = Replay({}, renderer)
    folder = tmp_path / "yaml" / "1-manifest"
    by_step = steps("render")

    assert await replay.play(by_step["render-001-up"]) == []
    names = sorted(file.name for file in folder.iterdir())
    assert len(names) == 11
    assert "v1-namespace-default-b-infisical.yaml" in names
    assert "external-secrets.io_v1-clustersecretstore-default-b-infisical.yaml" in names
    assert "argoproj.io_v1alpha1-application-b-infisical-infisical.yaml" in names
    application = yaml.safe_load((folder / "argoproj.io_v1alpha1-application-b-infisical-infisical.yaml").read_text())
    assert application["spec"]["source"]["targetRevision"] == "1.7.2"

    for step in ("render-002-up-again", "render-003-head-preview-diff", "render-004-head-up"):
        assert await replay.play(by_step[step]) == []
    application = yaml.safe_load((folder / "argoproj.io_v1alpha1-application-b-infisical-infisical.yaml").read_text())
    assert application["spec"]["source"]["targetRevision"] == "1.8.0"

    assert await replay.play(by_step["render-005-destroy"]) == []
    assert list(folder.iterdir()) == []


async def test_secrets_are_rendered_in_clear_with_a_warning_for_their_owner_alone(
    renderer: Caller, tmp_path: Path
) -> None:
    await Replay({}, renderer).play(steps("render")["render-001-up"])

    file = tmp_path / "yaml" / "1-manifest" / "v1-secret-b-infisical-infisical-secrets.yaml"
    assert yaml.safe_load(file.read_text())["data"] == {"AUTH_SECRET": "MDEyMw==", "ENCRYPTION_KEY": "MDEyMw=="}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ("warning", "rendered YAML will contain a secret value in plaintext") in renderer.log.messages
    assert ("warning", f"rendered file {file} contains a secret value in plaintext") in renderer.log.messages
    assert f"rendered {file}" in renderer.log.statuses


async def test_a_preview_writes_no_file(renderer: Caller, tmp_path: Path) -> None:
    create = next(call.request for call in steps("render")["render-001-up"] if call.method == "Create")
    create.preview = True

    answer = await renderer.call("Create", create)
    create.preview = False

    assert answer.properties == create.properties
    assert not (tmp_path / "yaml").exists()
