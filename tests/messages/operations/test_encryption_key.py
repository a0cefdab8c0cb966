"""The messages of `python -m operations rotate-encryption-key`: refusals, steps, summaries and errors."""

from __future__ import annotations

import getpass
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from infisical.api.errors import Unreachable
from infisical.api.http.session import Login
from operations import __main__ as operations
from operations.encryption_key import cipher, cluster, command, context, server, stack
from operations.encryption_key.journal import locked
from operations.errors import OperationError
from tests.messages.stories.book import assert_messages
from tests.messages.stories.rotation import FakeInfisical, Rotation
from tests.operations.encryption_key.fakes.fake_homelab import INFISICAL, NEW_KEY, OLD_KEY
from tests.operations.encryption_key.fakes.fake_stack import RESOURCES

URL = "http://infisical.example.net"
DEPLOY = "pulumi up --yes --skip-preview --refresh"
EXTERNAL = {"kind": "external", "secretName": "database", "secretKey": "URI"}
Message = tuple[str, str]


@pytest.fixture
def rotation(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Rotation:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "passphrase")
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    monkeypatch.setattr(cipher, "COST", {"n": 2, "r": 8, "p": 1})
    monkeypatch.setattr(context, "Infisical", FakeInfisical)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    for module in (cluster, stack):
        monkeypatch.setattr(module, "POLL_SECONDS", 0.0)
    rotation = Rotation(tmp_path, capsys, monkeypatch)
    rotation.homelab.install(rotation.programs, monkeypatch)
    return rotation


def usage(rotation: Rotation, capsys: pytest.CaptureFixture[str]) -> Iterator[Message]:
    rotation.patch.setenv("COLUMNS", "100")
    for arguments in ([], ["rotate"]):
        code = operations.main(arguments)
        printed = capsys.readouterr()
        yield f"python -m operations {' '.join(arguments)}".strip(), f"{printed.out}{printed.err}[exit code {code}]"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "psutil", None)
        patch.setattr(sys, "executable", "/usr/bin/python3")
        for name in [name for name in sys.modules if name.startswith(("operations.encryption_key", "tooling"))]:
            patch.delitem(sys.modules, name)
        code = operations.main(["rotate-encryption-key", "--confirm", "my homelab"])
    yield "A Python without the packages", f"{capsys.readouterr().err}[exit code {code}]"
    with pytest.raises(SystemExit):
        operations.main(["rotate-encryption-key", "--help"])
    yield "Help of the command", capsys.readouterr().out


def programs(rotation: Rotation) -> Iterator[Message]:
    for name in ("pulumi", "kubectl"):
        program = rotation.programs / name
        program.rename(rotation.project / "hidden")
        yield f"{name} is not installed", rotation.rotate()
        (rotation.project / "hidden").rename(program)
    rotation.homelab.failures = {"pulumi stack --show-name": (255, "error: no stack selected")}
    yield "No stack is selected", rotation.run()
    yield "The stack does not exist", rotation.fail("pulumi config", "error: no stack named 'homelab' found", 255)
    rotation.reset()
    file = rotation.project / "Pulumi.yaml"
    file.unlink()
    yield "The folder is not a project", rotation.run()
    file.touch()


def refused_configs(rotation: Rotation) -> Iterator[Message]:
    for title, config in (
        ("A key of an earlier installation", {"infisical": INFISICAL, "infisicalEncryptionKey": "[secret]"}),
        ("A declaration with errors", {"infisical": {**INFISICAL, "url": 3}}),
        ("An Infisical that was set up by hand", {"infisical": {"mode": "manual", "url": URL}}),
        (
            "An Infisical that Helm installs",
            {"infisical": {"install": "helm", "url": URL, "adminEmail": "admin@example.net"}},
        ),
        (
            "An external database without commands",
            {"infisical": {**INFISICAL, "database": EXTERNAL}, "infisicalRedisUrl": "[secret]"},
        ),
    ):
        yield title, rotation.rotate_with(config=config)


def refused_stacks(rotation: Rotation) -> Iterator[Message]:
    changes = "error: no changes were expected but changes were proposed"
    yield "A stack that is not up to date", rotation.fail("pulumi preview", changes, 255)
    resources = {kind: name for kind, name in RESOURCES.items() if kind != "pulumi:index:Stash"}
    yield "A stack that is not deployed", rotation.rotate_with(resources=resources)
    yield "A token in the config", rotation.rotate_with(token="canary-token")
    rotation.reset()
    with locked(rotation.project, "homelab"):
        yield "Another rotation is running", rotation.rotate()
    yield "Nothing to undo", rotation.run("--undo")


def passphrases(rotation: Rotation) -> Iterator[Message]:
    patch = rotation.patch
    patch.delenv("PULUMI_CONFIG_PASSPHRASE")
    yield "No passphrase", rotation.rotate()
    patch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(rotation.project / "nowhere"))
    yield "A passphrase file that does not exist", rotation.rotate()
    patch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE")
    with pytest.MonkeyPatch.context() as terminal:
        terminal.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
        for title, typed in (("Two different passphrases", ["one", "two"]), ("An empty passphrase", ["", ""])):
            answers = iter(typed)
            terminal.setattr(getpass, "getpass", lambda _, answers=answers: next(answers))
            yield title, error(lambda: cipher.find_passphrase(is_new=True))
    patch.setenv("PULUMI_CONFIG_PASSPHRASE", "passphrase")
    rotation.stop("kubectl annotate")
    patch.setenv("PULUMI_CONFIG_PASSPHRASE", "another passphrase")
    yield "A wrong passphrase", rotation.rotate()
    patch.setenv("PULUMI_CONFIG_PASSPHRASE", "passphrase")
    rotation.record().export.write_text("{}")
    yield "A damaged export", rotation.rotate()
    rotation.reset()


def confirmations(rotation: Rotation) -> Iterator[Message]:
    yield "A wrong name", rotation.run("--confirm", "other")
    yield "Nobody can type the name", rotation.run()

    def type_nothing(prompt: str) -> str:
        print(prompt)
        raise EOFError

    with pytest.MonkeyPatch.context() as terminal:
        terminal.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
        terminal.setattr("builtins.input", type_nothing)
        yield "The question, without an answer", rotation.run()


def refused_exports(rotation: Rotation) -> Iterator[Message]:
    FakeInfisical.others = ("the project 'photos'", "the identity 'ci'", "/apps in prod: imports from 1 other folders")
    yield "Data that is not carried over", rotation.rotate()
    yield "A different key in the cluster", rotation.rotate_with(key=NEW_KEY)
    yield "No key in the cluster", rotation.rotate_with(key="")
    rotation.reset()


def results(rotation: Rotation) -> Iterator[Message]:
    yield "The status before the first rotation", rotation.run("--status")
    yield "A rotation", rotation.rotate()
    yield "The status after a rotation", rotation.run("--status")
    rotation.stop("kubectl scale")
    yield "The status of a rotation that has stopped", rotation.run("--status")
    yield "A rotation that continues", rotation.rotate()
    rotation.stop(DEPLOY)
    yield "An undo", rotation.run("--undo")
    yield "The status after an undo", rotation.run("--status")
    rotation.stop(DEPLOY)
    rotation.homelab.failures = {"pulumi stack import": (255, "error: could not import the state")}
    yield "An undo that fails", rotation.run("--undo")
    rotation.homelab.failures = {}
    yield "A rotation during an undo", rotation.rotate()
    rotation.reset()


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def interruptions(rotation: Rotation) -> Iterator[Message]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeInfisical, "read", interrupt)
        yield "Ctrl-C before anything was changed", rotation.rotate()
    yield "An undo of a rotation that changed nothing", rotation.run("--undo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeInfisical, "wait", interrupt)
        yield "Ctrl-C during a step", rotation.rotate()
    rotation.reset()


def failed_programs(rotation: Rotation) -> Iterator[Message]:
    timeout = "Unable to connect to the server: dial tcp 192.0.2.1:6443: i/o timeout"
    missing = 'Error from server (NotFound): applications.argoproj.io "infisical" not found'
    yield "kubectl fails before anything was changed", rotation.fail("kubectl get secret", timeout)
    yield "kubectl fails during a step", rotation.fail("kubectl annotate", missing)
    yield "pulumi fails during a step", rotation.fail("pulumi up", "error: update failed", 255)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "LOCK_SECONDS", -1.0)
        locked_by = "error: the stack is currently locked by 1 lock(s)"
        yield "The stack stays locked", rotation.fail("pulumi up", locked_by, 255).replace("after -1 s", "after 600 s")
    commands = {"kind": "bundled", "setAside": "exit 3", "restore": "exit 4"}
    config = {"infisical": {**INFISICAL, "database": commands}}
    yield "A command on the database fails", rotation.rotate_with(config=config)


def differences(rotation: Rotation) -> Iterator[Message]:
    for title, words in (("Values that changed after the export", "kubectl annotate"), ("Values that differ", DEPLOY)):
        rotation.stop(words)
        FakeInfisical.values = {"GRAFANA_ADMIN_PASSWORD": "canary-of-later"}
        yield title, rotation.rotate()
    for title, keys in (
        ("The old key is still in the state", (OLD_KEY, NEW_KEY)),
        ("The old key is still in the cluster", (NEW_KEY, OLD_KEY)),
        ("Two new keys", (NEW_KEY, "0" * 32)),
    ):
        rotation.stop(DEPLOY)
        rotation.homelab.stack.kept, rotation.homelab.cluster.key = keys
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stack.Stack, "change", lambda *_, **__: None)
            yield title, rotation.rotate()
    rotation.reset()


def failed_waits(rotation: Rotation) -> Iterator[Message]:
    async def is_silent(_: object) -> None:
        message = f"Infisical at {URL} did not answer"
        raise Unreachable(message, executed=False)

    async def finds_nothing(*_: object) -> None:
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "start_seconds", lambda _: -1)
        patch.setattr(cluster.Cluster, "_scale", lambda *_: None)
        yield "Pods that do not stop", rotation.rotate().replace("after -1 s", "after 600 s")
    yield "No Deployment of Infisical", rotation.rotate_with(replicas=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "check_answers", is_silent)
        patch.setattr(server, "find_project", finds_nothing)
        infisical = server.Infisical(URL, Login(), "homelab", -1.0)
        yield "Infisical does not answer", error(infisical.wait).replace("after -1 s", "after 600 s")
        yield "The project does not exist", error(infisical.read)


def error(failing: Callable[[], object]) -> str:
    with pytest.raises(OperationError) as caught:
        failing()
    return f"error: {caught.value}"


def test_every_message_of_the_rotation(rotation: Rotation, capsys: pytest.CaptureFixture[str]) -> None:
    messages = [
        *usage(rotation, capsys),
        *programs(rotation),
        *refused_configs(rotation),
        *refused_stacks(rotation),
        *passphrases(rotation),
        *confirmations(rotation),
        *refused_exports(rotation),
        *results(rotation),
        *interruptions(rotation),
        *failed_programs(rotation),
        *differences(rotation),
        *failed_waits(rotation),
    ]

    assert "canary" not in str(messages)
    assert not [key for key in (OLD_KEY, NEW_KEY) if key in str(messages)]
    assert_messages("encryption_key", messages)
