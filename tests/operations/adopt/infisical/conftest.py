from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.operations.adopt.infisical.clicked import Clicked, clicked
from tests.operations.values.lab import Lab


@pytest.fixture
def existing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fake_infisical: FakeInfisical
) -> Clicked:
    return clicked(Lab(tmp_path, capfd, monkeypatch, fake_infisical))
