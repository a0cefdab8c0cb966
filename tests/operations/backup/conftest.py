from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.homelab.postgres import postgres
from tests.operations.backup.gpg import Gpg, keyring
from tests.operations.backup.job import Owner
from tests.operations.backup.lab import BackupLab, fill_database
from tests.operations.encryption_key.postgres_pod import PostgresPod
from tests.operations.values.lab import Lab
from tooling.toolchain.for_tests import ensure_backup_programs
from tooling.toolchain.progress import Reporter


@pytest.fixture(scope="session")
def pod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresPod]:
    """A real PostgreSQL; each homelab creates its database again."""
    with postgres() as server:
        yield PostgresPod(server, tmp_path_factory.mktemp("kubectl"))


@pytest.fixture(scope="session")
def programs() -> Path:
    """age, rclone and an S3 server."""
    return ensure_backup_programs(Reporter())


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A file with an age identity, and its public key. One for all: the program then runs once for each declaration."""
    made = pyrage.x25519.Identity.generate()
    file = tmp_path_factory.mktemp("identity") / "key.txt"
    file.write_text(f"{made}\n")
    return file, str(made.to_public())


@pytest.fixture(scope="module")
def filled(pod: PostgresPod) -> PostgresPod:
    """A database as Infisical fills it."""
    pod.reset()
    fill_database(pod)
    return pod


@pytest.fixture
def owner(identity: tuple[Path, str], filled: PostgresPod, capfd: pytest.CaptureFixture[str]) -> Owner:
    return Owner(*identity, filled, capfd)


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
