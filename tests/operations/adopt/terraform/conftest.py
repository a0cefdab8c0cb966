from __future__ import annotations

from pathlib import Path

import pytest

from tests.operations.adopt.terraform.terraforming import Terraforming


@pytest.fixture
def terraforming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terraforming:
    return Terraforming(tmp_path, monkeypatch, capsys)
