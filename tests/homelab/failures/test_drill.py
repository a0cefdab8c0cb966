"""
A drill recovers the backup of a deployed homelab on a sandbox of its own, and says whether everything came back.

It changes nothing of the homelab, prints no value, and leaves no process and no file.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pyrage
import pytest
import yaml

from drill.recovery import place
from operations.backup.targets.manifest import FILE, checksum, read_manifest
from tests.checkout import CHECKOUT
from tests.homelab.deployment import STACK, Homelab
from tests.homelab.owner import Owner
from tests.waiting import eventually
from tooling.toolchain.cache import cache_root
from tooling.toolchain.progress import Reporter

CHANGED = "GRAFANA_ADMIN_PASSWORD"
"""A value that was changed in Infisical after it was seeded."""

BY_HAND = "GRAFANA_OAUTH_CLIENT_SECRET"

FOLDER = cache_root() / "drill"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


class Drill:
    """A homelab with a backup in `target`, and the commands that drill it."""

    def __init__(self, homelab: Homelab, target: Path) -> None:
        self.homelab = homelab
        self.target = target
        self.identity = pyrage.x25519.Identity.generate()
        self.key = target / "key.txt"
        self.key.write_text(f"{self.identity}\n")

    def back_up(self) -> None:
        recipient = ("--recipient", str(self.identity.to_public()))
        stack = ("--project", str(self.homelab.project), "--stack", STACK)
        argv = self._argv("operations", "backup", "--to", str(self.target), *recipient, *stack)
        subprocess.run(argv, cwd=CHECKOUT, env=self.homelab.workspace.environment(), check=True, capture_output=True)

    @property
    def backup(self) -> Path:
        (folder,) = self.target.glob(f"{STACK}-*")
        return folder

    def run(self, backup: Path, *options: str, **variables: str) -> Ran:
        with self.started(backup, *options, **variables) as process:
            out, err = process.communicate()
        return Ran(process.returncode, out, err)

    def started(self, backup: Path, *options: str, **variables: str) -> subprocess.Popen[str]:
        argv = self._argv("drill", str(backup), "--identity", str(self.key), *options)
        environment = {**self.homelab.workspace.environment(), **variables}
        pipe = subprocess.PIPE
        return subprocess.Popen(argv, cwd=CHECKOUT, env=environment, stdout=pipe, stderr=pipe, text=True)

    def copy(self, folder: Path, **changes: Callable[[Any], Any]) -> Path:
        """
        A copy of the backup, as if it had been written so.

        :param changes: by the name of a part without its suffix: returns the new content for the old one
        """
        copied = shutil.copytree(self.backup, folder / self.backup.name)
        manifest = read_manifest(copied)
        files = dict(manifest.files)
        for part, change in changes.items():
            (file,) = copied.glob(f"{part}.*")
            content = change(yaml.safe_load(pyrage.decrypt(file.read_bytes(), [self.identity])))
            file.write_bytes(pyrage.encrypt(json.dumps(content).encode(), [self.identity.to_public()]))
            files[file.name] = checksum(file)
        (copied / FILE).write_text(replace(manifest, files=files).to_json())
        return copied

    def unchanged(self) -> dict[str, Any]:
        """What a drill must not change."""
        homelab = self.homelab
        files = {path: path.read_bytes() for path in homelab.project.rglob("*") if path.is_file()}
        return {"objects": homelab.versions(), "state": homelab.checkpoint.read_bytes(), "files": files}

    def _argv(self, module: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", module, *arguments]


@pytest.fixture(scope="module")
def drill(deployed_homelab: Homelab, tmp_path_factory: pytest.TempPathFactory) -> Drill:
    Owner(deployed_homelab).set(CHANGED, "canary-changed-in-the-ui")
    made = Drill(deployed_homelab, tmp_path_factory.mktemp("backups"))
    made.back_up()
    return made


def running() -> list[str]:
    """The command lines of the processes of a drill's sandbox, and of a pulumi that uses it."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            line = process.cmdline()
            if any(str(FOLDER) in word for word in (*line, *process.environ().values())):
                found.append(" ".join(line))
    return found


def test_a_backup_brings_every_secret_back(drill: Drill) -> None:
    before = drill.unchanged()

    ran = drill.run(drill.backup, "--json")

    assert ran.code == 0, ran.out + ran.err
    found = json.loads(ran.out)
    assert found["equal"] is True
    assert {each["result"] for each in found["keys"]} == {"equal"}
    keys = {(each["secret"], each["key"]) for each in found["keys"]}
    assert {("monitoring/grafana-secret", "admin-password"), ("openclaw/openclaw-secret", "OPENCLAW_TOKEN")} <= keys
    assert {"part": "bootstrap.json", "result": "Infisical started with these keys"} in found["restored"]
    (dump,) = [each["result"] for each in found["restored"] if each["part"] == "database.sql.gz"]
    assert re.fullmatch(r"restored into PostgreSQL 16\.\d+: [1-9]\d+ rows in \d+ tables", dump)
    assert "canary" not in ran.out + ran.err
    assert drill.unchanged() == before
    assert running() == []
    assert not FOLDER.exists()


def test_a_wrong_passphrase_is_named_before_anything_is_written(drill: Drill, tmp_path: Path) -> None:
    (wrong := tmp_path / "passphrase").write_text("canary-wrong")

    ran = drill.run(drill.backup, PULUMI_CONFIG_PASSPHRASE_FILE=str(wrong))

    assert ran.code == 2
    assert ran.err.startswith("error: The passphrase does not open state.json in the backup\n")
    assert "canary" not in ran.out + ran.err
    assert not FOLDER.exists()


def test_a_wrong_encryption_key_is_named_before_anything_is_written(drill: Drill, tmp_path: Path) -> None:
    copied = drill.copy(tmp_path, bootstrap=lambda keys: keys | {"infisicalEncryptionKey": "canary-wrong"})

    ran = drill.run(copied)

    assert ran.code == 2
    assert "error: infisicalEncryptionKey: bootstrap.json and state.json in" in ran.err
    assert "canary" not in ran.out + ran.err
    assert not FOLDER.exists()


def test_a_missing_part_is_named(drill: Drill, tmp_path: Path) -> None:
    copied = shutil.copytree(drill.backup, tmp_path / drill.backup.name)
    manifest = read_manifest(copied)
    files = {name: each for name, each in manifest.files.items() if not name.startswith("values.json")}
    (copied / FILE).write_text(replace(manifest, files=files).to_json())

    ran = drill.run(copied)

    assert ran.code == 2
    assert re.search(r"found: +no values\.json$", ran.err, re.MULTILINE), ran.err


def test_a_value_that_the_backup_lacks_is_named(drill: Drill, tmp_path: Path) -> None:
    (project := tmp_path / "project" / "apps").mkdir(parents=True)

    def without_it(content: dict[str, Any]) -> dict[str, Any]:
        return content | {"secrets": [each for each in content["secrets"] if each["key"] != CHANGED]}

    def declared_in_other_ways(content: dict[str, Any]) -> dict[str, Any]:
        """An app in a file, and a value that the owner has set in Infisical."""
        config = content["config"]
        (project / "openclaw.yaml").write_text(yaml.safe_dump(config["homelab:apps"].pop("openclaw")))
        config["homelab:apps"]["grafana"]["keys"][BY_HAND]["source"] = "manual"
        del config["homelab:values"]
        return content | {"config": config | {"homelab:appFiles": "apps/"}}

    copied = drill.copy(tmp_path, values=without_it, Pulumi=declared_in_other_ways)

    ran = drill.run(copied, "--project", str(project.parent))

    assert ran.code == 1, ran.out + ran.err
    _, _, rows = ran.out.partition("\nnot recovered ")
    assert rows.splitlines()[1:3] == [
        "monitoring/grafana-secret admin-password  missing: the backup has no value of it",
        "",
    ]
    assert re.search(r"^3 Secrets +keys: \d+ equal, 1 missing$", ran.out, re.MULTILINE), ran.out
    assert ran.out.endswith("The backup does not bring everything back.\n")
    assert "canary" not in ran.out + ran.err


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_drill_that_is_ended_leaves_no_process(drill: Drill, number: signal.Signals) -> None:
    with drill.started(drill.backup) as process:
        eventually(lambda: any("project/infisical" in line for line in running()), "pulumi has started the provider")
        process.send_signal(number)
        process.communicate()

    eventually(lambda: running() == [], "every process has ended")
    assert process.returncode == (130 if number == signal.SIGTERM else -signal.SIGKILL)
    assert FOLDER.exists() == (number == signal.SIGKILL)
    with place(Reporter()) as folder:
        assert list(folder.iterdir()) == []
