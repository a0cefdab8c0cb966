from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.operations.values.lab import Lab


@pytest.fixture
def lab(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A homelab without a server."""
    return Lab(tmp_path, capfd, monkeypatch, None)


@pytest.fixture
def served(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fake_infisical: FakeInfisical
) -> Lab:
    """A homelab with a server that has the project and no secret."""
    return Lab(tmp_path, capfd, monkeypatch, fake_infisical)
