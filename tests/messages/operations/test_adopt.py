"""The messages of `python -m operations adopt`: its report, its questions, and every error."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.adopt import main
from operations.adopt.reading.live import read_cluster
from operations.errors import OperationError
from tests.messages.stories.book import assert_messages
from tests.operations.adopt.adopting import CORPUS, STORE, external_secret, reading, write
from tooling.kubernetes.kubectl import Kubectl

Message = tuple[str, str]
WEB = external_secret("web", "web-secret", reading("TOKEN"))
DELETED = {**reading("KEPT"), "refreshPolicy": "CreatedOnce", "target": {"deletionPolicy": "Delete"}}


class Command:
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.project = folder / "project"
        self.project.mkdir()

    def run(self, *arguments: str | Path) -> str:
        self._capsys.readouterr()
        try:
            code: object = main([*map(str, arguments), "--project", str(self.project)])
        except SystemExit as exit_:
            code = exit_.code
        printed = self._capsys.readouterr()
        return f"{printed.out}{printed.err}[exit code {code}]".replace(str(self.folder), "FOLDER")

    def with_store(self) -> list[str]:
        """Declares a store. :returns: the options of a dry run"""
        self.stack_file("config:\n  homelab:store: {hostAPI: http://i, projectSlug: homelab, environmentSlug: prod}\n")
        return ["--dry-run"]

    def stack_file(self, text: str) -> None:
        (self.project / "Pulumi.homelab.yaml").write_text(text)


def reports(adopt: Command, patch: pytest.MonkeyPatch) -> Iterator[Message]:
    tree = adopt.folder / "git"
    write(tree / "web.yaml", WEB)
    write(tree / "other.yaml", external_secret("web", "other", DELETED))
    write(tree / "nowhere.yaml", external_secret("", "nowhere", reading("A")))
    write(tree / "again.yaml", WEB, external_secret("web", "web-secret", reading("DIFFERENT")))
    write(tree / "flux.yaml", external_secret("web", "flux", reading("${CLUSTER}_TOKEN")))
    yield "All results", adopt.run(tree, STORE)
    yield "What the declaration lacks", adopt.run(CORPUS / "beyond.yaml", STORE, "--dry-run")
    yield "Other stores", adopt.run(CORPUS / "stores.yaml", "--namespace", "other", "--dry-run")
    yield "Written", adopt.run(tree / "web.yaml", STORE, "--yes")
    yield "Run again", adopt.run(tree / "web.yaml", STORE, "--yes")
    adopt.stack_file("config:\n  homelab:infisical: {url: https://infisical.example.net, adminEmail: a@example.net}\n")
    yield "Written, with a declared Infisical", adopt.run(tree / "web.yaml", STORE, "--inline", "--yes")
    adopt.stack_file("config: {}\n")
    patch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    patch.setattr("builtins.input", lambda question: print(question) or "n")
    yield "Not confirmed", adopt.run(tree / "web.yaml", STORE, "--inline")
    (adopt.folder / "empty").mkdir()
    yield "Nothing found", adopt.run(adopt.folder / "empty")


def errors(adopt: Command, patch: pytest.MonkeyPatch) -> Iterator[Message]:
    patch.setenv("COLUMNS", "100")
    yield "Neither files nor the cluster", adopt.run()
    yield "Secrets from files", adopt.run("a.yaml", "--secrets")
    yield "A path that does not exist", adopt.run(adopt.folder / "missing")
    web = write(adopt.folder / "web.yaml", WEB)
    adopt.stack_file("config:\n  homelab:apps: {wiki: {namespace: wiki}}\n")
    yield "A declaration with errors", adopt.run(web, STORE)
    adopt.stack_file("config: {homelab:apps: {wiki: {namespace: wiki, keys: {A: {source: manual}}}}}\n")
    yield "Apps in one line", adopt.run(web, STORE)
    adopt.stack_file("config:\n  homelab:apps: services\n")
    yield "Inline, although the apps are in files", adopt.run(web, STORE, "--inline")
    yield "Another folder of apps", adopt.run(web, STORE, "--to", "apps")
    adopt.stack_file("config: {}\n")
    yield "A folder outside of the project", adopt.run(web, STORE, "--to", "../apps")
    (adopt.project / "services").mkdir()
    (adopt.project / "services" / "web.yaml").write_text("namespace: other\n")
    yield "A file is in the way", adopt.run(web, STORE, "--to", "services")
    store = write(adopt.folder / "store.yaml", {})
    store.write_text(STORE.read_text().replace("projectSlug: homelab", "projectSlug: Home"))
    yield "A store that cannot be declared", adopt.run(web, store)


def of_secrets(adopt: Command, patch: pytest.MonkeyPatch) -> Iterator[Message]:
    fake = adopt.folder / "bin" / "kubectl"
    fake.parent.mkdir()
    metadata = {"namespace": "paperless", "name": "paperless-secret"}
    (adopt.folder / "secrets").write_text(
        json.dumps({"items": [{"metadata": metadata, "type": "Opaque", "data": {"admin": "eA=="}}]})
    )
    fake.write_text(f'#!/bin/sh\n[ $2 = secrets ] && cat "{adopt.folder}/secrets" || echo \'{{"items": []}}\'\n')
    fake.chmod(0o755)
    patch.setenv("PATH", str(fake.parent), prepend=os.pathsep)
    adopt.stack_file("config: {}\n")
    yield "Secrets made by hand, without a store", adopt.run("--live", "--secrets")
    yield "Secrets made by hand", adopt.run("--live", "--secrets", *adopt.with_store())


def of_the_cluster(folder: Path) -> Iterator[Message]:
    fake = folder / "kubectl"
    for title, error in (
        ("A cluster without the operator", 'error: the server doesn\'t have a resource type \\"externalsecrets\\"'),
        ("A cluster that cannot be read", "Unable to connect to the server: no route to host"),
    ):
        fake.write_text(f'#!/bin/sh\necho "{error}" >&2\nexit 1\n')
        fake.chmod(0o755)
        with pytest.raises(OperationError) as raised:
            read_cluster(Kubectl(fake, None), [])
        yield title, str(raised.value)


def test_every_message_of_the_adoption(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    adopt = Command(tmp_path, capsys)
    monkeypatch.chdir(CORPUS.parents[3])

    def shown(text: str) -> str:
        return text.replace(str(CORPUS), "CORPUS")

    found = [
        *reports(adopt, monkeypatch),
        *errors(adopt, monkeypatch),
        *of_the_cluster(tmp_path),
        *of_secrets(adopt, monkeypatch),
    ]
    assert_messages("adopt", [(title, shown(message)) for title, message in found])
