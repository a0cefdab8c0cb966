"""Runs the rotation of ENCRYPTION_KEY on the fake homelab, and returns what the user reads."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any, ClassVar

import pytest

from infisical.api.secret_copies import SecretCopy
from operations.encryption_key import command
from operations.encryption_key.cipher import Cipher
from operations.encryption_key.export import Export, Folder
from operations.encryption_key.journal import Record, latest
from operations.encryption_key.server import Content
from tests.operations.encryption_key.fakes.fake_homelab import FakeHomelab


class FakeInfisical:
    """A server with a few values. `values` and `others` are what all instances return."""

    values: ClassVar[dict[str, str]] = {}
    others: ClassVar[tuple[str, ...]] = ()

    def __init__(self, url: str, *_: object) -> None:
        self.url = url

    def read(self, identities: Collection[str] = ()) -> Content:
        secrets = tuple(SecretCopy(name, value) for name, value in self.values.items())
        folders = ((Folder("prod", "/"), secrets),)
        return Content(Export("homelab", "Homelab", {"prod": "Production"}, folders), self.others)

    def wait(self) -> None:
        """It answers at once."""

    def write(self, export: Export, cipher: Cipher) -> None:
        """It already has the values."""


class Rotation:
    """Runs the command on the fake homelab, and returns what the user reads."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.homelab = FakeHomelab()
        self.project = folder / "homelab"
        self.programs = folder / "bin"
        self.patch = patch
        self._capsys = capsys
        self.project.mkdir()
        (self.project / "Pulumi.yaml").touch()
        self.reset()

    def run(self, *arguments: str) -> str:
        """Run the command, and return its output and exit code. Volatile parts become placeholders."""
        self._capsys.readouterr()
        self.homelab.declare(self.project / "Pulumi.homelab.yaml")
        code = command.main(["--project", str(self.project), *arguments])
        captured = self._capsys.readouterr()
        text = f"{captured.out}{captured.err}".replace(str(self.project.parent), "FOLDER")
        text = re.sub(r"\d{8}_\d{6}", "ID", re.sub(r"\d{4}-\d\d-\d\dT[\d:]{8}\+00:00", "TIME", text))
        return f"$ rotate-encryption-key {' '.join(arguments)}".rstrip() + f"\n{text}[exit code {code}]"

    def rotate(self) -> str:
        return self.run("--confirm", "homelab")

    def rotate_with(self, **changed: Any) -> str:
        """Rotate a homelab that differs in some fields."""
        self.reset()
        for name, value in changed.items():
            (owner,) = (
                part for part in (self.homelab, self.homelab.stack, self.homelab.cluster) if hasattr(part, name)
            )
            setattr(owner, name, value)
        return self.rotate()

    def fail(self, words: str, error: str, code: int = 1) -> str:
        """Rotate, with a failure of the commands that start with these words."""
        return self.rotate_with(failures={words: (code, error)})

    def stop(self, words: str) -> None:
        """Rotate until a failure stops the rotation, then clear the failure."""
        self.fail(words, "error: something is wrong")
        self.homelab.failures = {}

    def record(self) -> Record:
        found = latest(self.project, "homelab")
        assert found
        return found

    def reset(self) -> None:
        """Start again with a homelab that was never rotated."""
        vars(self.homelab).update(vars(FakeHomelab()))
        FakeInfisical.values = {"GRAFANA_ADMIN_PASSWORD": "canary-1", "AUTHENTIK_SECRET_KEY": "canary-2"}
        FakeInfisical.others = ()
        while record := latest(self.project, "homelab"):
            record.discard()
