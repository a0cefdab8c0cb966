"""The messages of `import-values`, `export-values`, `run` and `openclaw-provider`."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infisical.api.http.server import single_attempts
from operations.values.access.server import Infisical, Stored
from sandbox.infisical.fake import FakeInfisical
from tests.messages.stories.book import assert_messages
from tests.operations.values.lab import APPS, Lab
from tooling.processes.run import Done

Message = tuple[str, str]
ID, SECRET = "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"
MIXED = "WEB_TOKEN=canary-new\nMAIL_PASSWORD=canary\nMAIL_DATABASE=canary-new\nNEW_KEY=canary\n"


class Book:
    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def run(self, *arguments: str | Path) -> str:
        with single_attempts():
            ran = self.lab.run(*arguments)
        text = f"{ran.text}[exit code {ran.code}]"
        return text.replace(str(self.lab.folder), "FOLDER").replace(self.lab.url, "http://infisical.example.net")

    def imported(self, text: str, *arguments: str | Path, name: str = "values.env") -> str:
        return self.run("import-values", self.lab.write(name, text), *arguments)


def imports(book: Book) -> Iterator[Message]:
    lab = book.lab
    lab.pulumi.values = {"WEB_TOKEN": "canary-before", "MAIL_PASSWORD": "canary"}
    lab.patch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    yield "All results", book.imported(MIXED, "--dry-run")
    yield "Nobody can confirm", book.imported(MIXED)
    yield "Written without a question", book.imported(MIXED, "--yes")
    yield "As JSON", book.imported(MIXED, "--json")
    lab.patch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    lab.patch.setattr("builtins.input", lambda question: print(question) or "y")
    yield "Confirmed", book.imported("WEB_KEY=canary\nWEB_TOKEN=canary-new\n")
    yield "Run again", book.imported("WEB_KEY=canary\nWEB_TOKEN=canary-new\n")
    yield "Only keys of an app", book.imported('{"MAIL_PASSWORD": "x", "DOPPLER_CONFIG": "x"}', "--app", "web")
    yield "To Infisical", book.imported("WEB_LOGIN=canary\nNEW_KEY=canary\n", "--to", "infisical")


def refused_imports(book: Book) -> Iterator[Message]:
    lab = book.lab
    yield "A file that does not exist", book.run("import-values", lab.folder / "missing.env")
    binary = lab.folder / "binary"
    binary.write_bytes(b"\xff")
    yield "A file that is no text", book.run("import-values", binary)
    dotenv = "A='it's'\nB\nC='C:\\\\x'\nD=1\nD=2\n"
    yield "Lines of dotenv without one meaning", book.imported(dotenv)
    json_ = '{"A": 1, "A": 1, "B": {"C": "d"}, "D": "\\ud800"}'
    yield "Values of JSON that are no strings", book.imported(json_, name="values.json")
    entries = (
        '[{"name": "A"}, {"key": "B", "value": "x", "type": "personal"}, {"secretKey": "C", "secretValueHidden": true}]'
    )
    yield "Entries of a list that have no value", book.imported(entries, name="list.json")
    yield "JSON that cannot be read", book.imported('{"A": ', name="broken.json")
    yield "YAML that is no mapping", book.imported("text", name="values.yaml")
    yield "A name that is no string", book.imported("1: x", name="values.yaml")
    bad = "WEB_TOKEN=' x'\nWEB_KEY=other\nMAIL_PASSWORD='${x}'\nWEB_LOGIN=x\nMAIL_DATABASE=\nmail/MAIL_DATABASE=x\n"
    yield "Values that no key can have", book.imported(bad)
    lab.set({"MAIL_DATABASE": "canary-in-use", "WEB_TOKEN": "canary-in-use"})
    yield "A changeCommand", book.imported("MAIL_DATABASE=canary-new\n", "--to", "infisical")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Infisical, "stored", lambda *_: Stored({}, frozenset({("/", "WEB_TOKEN")})))
        yield "A hidden value", book.imported("WEB_TOKEN=canary-new\n", "--to", "infisical")
        yield "A hidden value in an export", book.run("export-values", "--to", lab.folder / "a", "--app", "web")

    def change(_: str) -> str:
        lab.set({"WEB_TOKEN": "canary-of-somebody"})
        return "y"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.input", change)
        yield "A value that changes meanwhile", book.imported("WEB_TOKEN=canary-new\n", "--to", "infisical")
    keys = {"TOKEN": {"source": "config"}}
    lab.declare({name: {"namespace": name, "keys": keys} for name in ("a", "b")}, store={"folderPerApp": True})
    yield "A name in several folders", book.imported("TOKEN=canary\n")
    lab.declare(infisical={"mode": "manual"})
    yield "No values in the config", book.imported("WEB_TOKEN=canary\n")
    lab.declare()
    yield "An app that is not declared", book.imported("WEB_TOKEN=canary\n", "--app", "webb")
    lab.pulumi.values, lab.pulumi.fails_from = {}, 1
    yield "pulumi fails", book.imported("MAIL_PASSWORD=canary\nMAIL_DATABASE=canary\n", "--yes")


def exports(book: Book) -> Iterator[Message]:
    lab = book.lab
    file = lab.folder / "export.env"
    yield "Exported", book.run("export-values", "--to", file, "--app", "web")
    yield "The file exists", book.run("export-values", "--to", file)
    yield "No file", book.run("export-values", "--to", "/dev/stdout", "--yes")
    yield "No folder", book.run("export-values", "--to", lab.folder / "missing" / "a.env")


def runs(book: Book) -> Iterator[Message]:
    lab = book.lab
    lab.patch.setenv("COLUMNS", "100")
    yield "Values are missing", book.run("run", "--", "env")
    lab.declare({"web": {"namespace": "web", "keys": {"WEB_TOKEN": {"source": "manual", "property": "a.b"}}}})
    yield "A value without its form", book.run("run", "--", "env")
    lab.declare({"web": {"namespace": "web", "keys": {"ZERO": {"source": "manual", "decodingStrategy": "Base64"}}}})
    lab.set({"ZERO": "AAAA"})
    yield "A null character", book.run("run", "--", "env")
    both = {name: {"source": "manual", "secretKeys": ["T"]} for name in ("WEB_TOKEN", "ZERO")}
    apps = {name[0].lower(): {"namespace": "web", "keys": {name: key}} for name, key in both.items()}
    lab.declare(apps)
    yield "Two values of one name", book.run("run", "--", "env")
    template = {"HASH": "{{ .WEB_TOKEN | bcrypt }}"}
    lab.declare({"web": {"namespace": "web", "keys": {"WEB_TOKEN": {"source": "manual"}}, "template": template}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "execvpe", lambda *_: None)
        yield "Values that only the operator knows", book.run("run", "--", "env")
    yield "No such command", book.run("run", "--", "no-such-command")
    lab.declare()


def requests(book: Book) -> Iterator[Message]:
    for title, text in (
        ("No request", ""),
        ("A request of another version", '{"protocolVersion": 2}'),
        ("A request without ids", '{"protocolVersion": 1}'),
    ):
        book.lab.patch.setattr("sys.stdin", io.StringIO(text))
        yield title, book.run("openclaw-provider")
    request = '{"protocolVersion": 1, "provider": "infisical", "ids": ["WEB_KEY", "NOT_DECLARED"]}'
    book.lab.patch.setattr("sys.stdin", io.StringIO(request))
    yield "Errors in the answer", book.run("openclaw-provider", "--app", "web")


def logins(book: Book) -> Iterator[Message]:
    lab = book.lab
    export = ("export-values", "--app", "web", "--to", lab.folder / "new.env")
    file = lab.write("identity", f"{ID}=id\n")
    file.chmod(0o644)
    yield "A login that others may read", book.run(*export, "--identity", file)
    file.chmod(0o600)
    yield "A login that is incomplete", book.run(*export, "--identity", file)
    yield "A login that does not exist", book.run(*export, "--identity", lab.folder / "missing")
    lab.declare(APPS, store={"projectSlug": "other-project"})
    yield "A project that does not exist", book.run(*export)
    lab.declare(APPS, store={"environmentSlug": "dev"})
    yield "An environment that does not exist", book.run(*export)
    lab.declare()
    identity = lab.identity("describeSecret")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ID, identity[ID])
        patch.setenv(SECRET, "canary-wrong")
        yield "A wrong client secret", book.run(*export)
        patch.setenv(SECRET, identity[SECRET])
        yield "A login without the right to read values", book.run(*export)
    lab.pulumi.provider = {}
    yield "A stack without a login", book.run(*export)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(lab.folder))
        yield "A machine without pulumi", book.run(*export)
    lab.pulumi.answer = lambda *_: Done(255, "canary", "error: incorrect passphrase\n")  # type: ignore[method-assign]
    yield "A stack that cannot be read", book.run(*export)


def test_every_message_about_values(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fake_infisical: FakeInfisical
) -> None:
    book = Book(Lab(tmp_path, capfd, monkeypatch, fake_infisical))

    messages = [
        *imports(book),
        *refused_imports(book),
        *exports(book),
        *runs(book),
        *requests(book),
        *logins(book),
    ]

    assert "canary" not in str(messages)
    assert_messages("values", messages)
