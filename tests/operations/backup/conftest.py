from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.homelab.postgres import postgres
from tests.operations.backup.gpg import Gpg, keyring
from tests.operations.backup.lab import BackupLab
from tests.operations.encryption_key.postgres_pod import PostgresPod
from tests.operations.values.lab import Lab


@pytest.fixture(scope="session")
def pod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresPod]:
    """A real PostgreSQL; each homelab creates its database again."""
    with postgres() as server:
        yield PostgresPod(server, tmp_path_factory.mktemp("kubectl"))


@pytest.fixture
def homelab(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    fake_infisical: FakeInfisical,
    pod: PostgresPod,
) -> BackupLab:
    """A homelab with values in Infisical and in its database, and no backup."""
    return BackupLab.create(Lab(tmp_path, capfd, monkeypatch, fake_infisical), pod)


@pytest.fixture
def gpg(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gpg]:
    """A keyring with one key."""
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not installed: apt-get install gpg")
    with keyring(monkeypatch) as made:
        yield made
