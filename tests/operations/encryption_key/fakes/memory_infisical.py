"""An Infisical in memory, for tests that rotate hundreds of times; its database is a file."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

from infisical.api.errors import Unreachable
from infisical.api.secret_copies import SecretCopy
from operations.encryption_key.cipher import Cipher
from operations.encryption_key.errors import Differs
from operations.encryption_key.export import Export, Folder
from operations.encryption_key.server import Content

DATABASE: Final = "infisical.db"
ROOT: Final = "prod:/"
FILLED: Final = {ROOT: {"CHANGED": "canary-changed", "ADMIN_PASSWORD": "canary-changed-in-the-ui"}, "dev:/": {"A": "b"}}

Secrets = dict[str, dict[str, str]]
"""Values by folder and name."""


class MemoryInfisical:
    """
    One server with at most one project.

    :param data: the folder of its database
    """

    url: Final = "http://infisical.example.net"

    def __init__(self, data: Path) -> None:
        self.data = data
        self.is_running = False

    def start(self, encryption_key: str) -> None:
        """Start it, unless it runs. It does not start with a key that cannot read its database."""
        file = self.data / DATABASE
        if not file.exists():
            self._write({"key": encryption_key, "project": None, "secrets": {}})
        self.is_running = self._read()["key"] == encryption_key

    def stop(self) -> None:
        self.is_running = False

    def fill(self) -> None:
        """Change it by hand, after a first update."""
        self.write({**FILLED, ROOT: {**self.secrets()[ROOT], **FILLED[ROOT]}})

    def deliver(self, seeds: Mapping[str, str]) -> dict[str, str]:
        """Create the project and the keys that do not exist, and return the values of all these keys."""
        self.write({ROOT: {**seeds, **self.secrets().get(ROOT, {})}})
        return {name: self.secrets()[ROOT][name] for name in seeds}

    def project_id(self) -> str | None:
        found: str | None = self._asked()["project"]
        return found

    def secrets(self) -> Secrets:
        found: Secrets = self._asked()["secrets"]
        return found

    def content(self) -> Mapping[str, Any]:
        return self.secrets()

    def write(self, secrets: Secrets) -> None:
        """Replace the content of some folders."""
        found = self._asked()
        project = found["project"] or str(uuid.uuid4())
        self._write({**found, "project": project, "secrets": {**found["secrets"], **secrets}})

    def _asked(self) -> dict[str, Any]:
        if not self.is_running:
            message = f"Infisical at {self.url} did not answer"
            raise Unreachable(message, executed=False)
        return self._read()

    def _read(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.data / DATABASE).read_text())
        return content

    def _write(self, content: Mapping[str, Any]) -> None:
        (self.data / DATABASE).write_text(json.dumps(content))


class MemoryClient:
    """
    The server as a rotation uses it.

    :param changing: surrounds each change
    """

    def __init__(self, server: MemoryInfisical, changing: Callable[[], AbstractContextManager[None]]) -> None:
        self.url = server.url
        self._server = server
        self._changing = changing

    def read(self, identities: Collection[str] = ()) -> Content:
        if self._server.project_id() is None:
            message = "no project"
            raise Differs(message, fix="create it")
        folders = tuple(
            (Folder(*place.split(":")), tuple(SecretCopy(name, value) for name, value in values.items()))
            for place, values in self._server.secrets().items()
        )
        return Content(Export("homelab", "homelab", {"prod": "Production"}, folders), ())

    def wait(self) -> None:
        self._server.secrets()

    def write(self, export: Export, cipher: Cipher) -> None:
        for folder, secrets in export.folders:
            for secret in secrets:
                place = f"{folder.environment}:{folder.path}"
                with self._changing():
                    existing = self._server.secrets().get(place, {})
                    self._server.write({place: {**existing, secret.name: secret.value}})
