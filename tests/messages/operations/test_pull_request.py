"""The messages of `python -m operations preview-pr`: every part of its report, and every error."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from operations.pull_request import command
from operations.pull_request.declared import read_declaration
from operations.pull_request.deployed import DeployedStack
from operations.pull_request.immutable import touched_resources
from operations.pull_request.offline.stack import OfflineStack, as_preview
from operations.pull_request.preview import parse_preview
from operations.pull_request.report.report import Report, Validation
from operations.pull_request.schemas import Schemas
from tests.messages.stories.book import assert_messages
from tests.operations.pull_request import test_keys
from tooling.processes.run import Done
from tooling.stack.pulumi import Pulumi
from tooling.stack.throw_away import ThrowAwaySecrets
from tooling.toolchain.progress import Reporter

Message = tuple[str, str]

URN = "urn:pulumi:homelab::homelab::homelab:secrets:ManagedInfisical$"
RANDOM = f"{URN}random:index/randomPassword:RandomPassword::"
STASH = f"{URN}pulumi:index:Stash::infisical-encryption-key"
SECRET = f"{URN}kubernetes:core/v1:Secret::infisical-secrets"
SEED = f"{URN}infisical:index:Secret::SIGNING_KEY"
APPLICATION = f"{URN}kubernetes:argoproj.io/v1alpha1:Application::infisical"
EXTERNAL_SECRET = f"{URN}kubernetes:external-secrets.io/v1:ExternalSecret::web/web-secret"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
KEYS = {"SIGNING_KEY"}

EDITS = {
    "remove": test_keys.drop,
    "rename": test_keys.rename,
    "change the source": test_keys.change_source,
    "change the size": test_keys.resize,
    "no longer immutable": test_keys.make_mutable,
    "now immutable": test_keys.make_immutable,
    "move to another app": test_keys.move_to_app,
    "move to another Secret": test_keys.move_to_secret,
    "deliver to a second app": test_keys.read_by_another,
    "add a value": test_keys.give,
    "change a value": test_keys.give_another,
    "remove a value": test_keys.take_back,
    "rotate": test_keys.rotate,
    "rotate Infisical's own key": test_keys.rotate_own,
    "set ENCRYPTION_KEY": test_keys.set_encryption_key,
    "remove one key, and add two": test_keys.exchange,
}


def step(op: str, urn: str, old: Any = None, new: Any = None, *changed: str) -> dict[str, Any]:
    return {"op": op, "urn": urn, "oldState": old, "newState": new, "detailedDiff": {path: {} for path in changed}}


def state(*, protect: bool = False, **inputs: Any) -> dict[str, Any]:
    return {"custom": True, "inputs": inputs, "protect": protect}


def metadata(name: str) -> dict[str, str]:
    return {"namespace": "web", "name": name}


def resources() -> Iterator[Message]:
    steps = [
        step("create", f"{RANDOM}TOKEN", None, state()),
        step("delete", f"{RANDOM}OTHER", state(), None),
        step("replace", f"{RANDOM}PASSWORD", state(length=32), state(length=64), "length"),
        step("same", f"{RANDOM}SHARED", state(protect=True), state()),
        step("same", f"{RANDOM}KEPT", state(), state()),
        step("read", f"{URN}kubernetes:core/v1:Namespace::web", None, state(metadata=metadata("web"))),
        step(
            "update",
            f"{URN}kubernetes:core/v1:Service::web",
            state(metadata=metadata("web"), a="1", b="", d=["x"], e="[secret]", f="0" * 64, g="offline/" + "0" * 32),
            state(metadata=metadata("web"), a="2", c=3, d=[], e="[secret]", f="1" * 64, g=UNKNOWN),
            *"abcdefg",
        ),
    ]
    preview = parse_preview(json.dumps({"steps": steps}), 0)
    problems = {"`Service` `web/web`": ["spec: unknown field 'prot'"]}
    validation = Validation(7, problems, ("example.net/v1 Thing",))
    report = Report("main", "the working tree", keys=(), preview=preview, validation=validation, notes=("A note.",))
    yield "A report with every kind of change", report.to_markdown()
    unvalidated = Validation(missing="the schemas could not be loaded: no network")
    nothing = parse_preview("{}", 0)
    yield "A report without changes", Report("main", "add-app", (), keys=(), preview=nothing).to_markdown()
    for title, found in (("No schemas", unvalidated), ("No objects", Validation())):
        yield title, Report("main", "add-app", preview=nothing, validation=found).to_markdown()


def immutable_keys() -> Iterator[Message]:
    def reads(key: str) -> dict[str, Any]:
        return state(spec={"data": [{"secretKey": "signing-key", "remoteRef": {"key": key}}]})

    there = state(metadata={"namespace": "infisical", "name": "infisical-secrets"}, data="[secret]")
    kube_secret_ref = "spec.source.helm.valuesObject.infisical.kubeSecretRef"
    steps = [
        step("delete", f"{RANDOM}infisical-encryption-key", state(protect=True), None),
        step("replace", f"{RANDOM}SIGNING_KEY", state(), state()),
        step("same", STASH, state(protect=True), state()),
        step("update", SECRET, there, there, "data.ENCRYPTION_KEY"),
        step("create", f"{URN}kubernetes:core/v1:SecretPatch::other", None, there),
        step("update", SEED, state(value="[secret]"), state(value="[secret]"), "value"),
        step("update", APPLICATION, state(), state(), kube_secret_ref),
        step("update", EXTERNAL_SECRET, reads("/SIGNING_KEY"), reads("/OTHER"), "spec.data"),
    ]
    preview = parse_preview(json.dumps({"steps": steps}), 0)
    touched = tuple(touched_resources(preview, KEYS))
    yield "Every change that affects an immutable key", Report("main", "add-app", touched=touched).to_markdown()


def key_changes(folder: Path) -> Iterator[Message]:
    lines = []
    for number, (title, edit) in enumerate(EDITS.items()):
        (folder / str(number)).mkdir()
        for change in test_keys.compare(folder / str(number), edit):
            immutable = "immutable: " if change.touches_immutable else ""
            lines.append(f"{title}:\n    {immutable}{change.key} ({change.apps}): {change.what}")
    yield "Every change of a key", "\n".join(lines)


def failed_previews(folder: Path) -> Iterator[Message]:
    failed = {"diagnostics": [{"severity": "error", "message": "error: KeyError: 'apps'\n"}]}
    for title, done in (
        ("A program that fails", Done(1, json.dumps(failed), "")),
        ("A preview that fails without a message", Done(1, "{}", "")),
        ("An engine that prints no JSON", Done(1, "", "error: could not load plugin")),
        ("An engine that prints nothing", Done(137, "", "")),
    ):
        yield title, Report("main", "add-app", keys=(), preview=as_preview(done)).to_markdown()
    yield "A base that fails", Report("main", "add-app", keys=(), base_errors=("KeyError: 'apps'",)).to_markdown()
    for title, content in (
        ("No stack file", None),
        ("A stack file that is not YAML", b"config:\n  homelab:x: [a\n"),
        ("A stack file that is not UTF-8", b"config: \xff\n"),
        ("A stack file without a config", b"config: a\n"),
    ):
        file = folder / "Pulumi.homelab.yaml"
        file.unlink(missing_ok=True)
        if content is not None:
            file.write_bytes(content)
        problems = read_declaration(folder, "homelab", ThrowAwaySecrets()).problems
        yield title, Report("main", "add-app", problems=problems).to_markdown()
        if content is None:
            yield "No stack file in the base", Report("main", "add-app", base_problems=problems).to_markdown()


def schema_errors(folder: Path) -> Iterator[Message]:
    spec = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "size": {"type": "integer", "minimum": 1},
            "policy": {"type": "string", "enum": ["Owner", "Merge"]},
            "ports": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
            "source": {"type": "object", "properties": {"a": {}, "b": {}}, "oneOf": [{"required": ["a"]}]},
        },
    }
    thing = {"type": "object", "properties": {"spec": spec}}
    names = {"io.k8s.api.core.v1.Thing": thing, "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": {"type": "object"}}
    core = folder / "core.json"
    core.write_text(json.dumps({"components": {"schemas": names}}))
    wrong = {"size": 0, "policy": "Mine", "ports": ["http"], "source": {}, "nmae": "web"}
    problems = Schemas((), [core]).problems({"apiVersion": "v1", "kind": "Thing", "spec": wrong})
    assert problems
    yield "Every error of a schema", "\n".join(problems)


class Command:
    """Runs the command, and returns what it prints to stderr and its exit code."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def printed(self) -> str:
        return self._capsys.readouterr().out

    def run(self, *arguments: str) -> str:
        self._capsys.readouterr()
        try:
            code: object = command.main(list(arguments))
        except SystemExit as exit_:
            code = exit_.code
        captured = self._capsys.readouterr()
        assert captured.out == ""
        return f"{captured.err}[exit code {code}]".replace(str(self.folder), "FOLDER")

    def error(self, failing: Callable[[], object]) -> str:
        """Run a part of the command that fails."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(command, "resolve", lambda *_: failing())
            return self.run("--base", "main")


def usage_errors(preview: Command, patch: pytest.MonkeyPatch) -> Iterator[Message]:
    patch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit):
        command.main(["--help"])
    yield "Help of the command", preview.printed()
    yield "No base", preview.run()
    yield "A deployed stack with a head", preview.run("--base", "main", "--head", "add-app", "--deployed")

    def interrupt() -> None:
        raise KeyboardInterrupt

    yield "Ctrl-C", preview.error(interrupt)


def git_errors(preview: Command, patch: pytest.MonkeyPatch) -> Iterator[Message]:
    repository = preview.folder / "repository"
    repository.mkdir()
    patch.setenv("GIT_CEILING_DIRECTORIES", str(preview.folder))
    at = ("--repository", str(repository))
    yield "No repository", preview.run("--base", "main", *at)
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.net")

    def git(*arguments: str) -> None:
        subprocess.run(["git", *identity, *arguments], cwd=repository, check=True, capture_output=True)

    git("init", "--quiet", "--initial-branch", "main")
    yield "A base that does not exist", preview.run("--base", "nowhere", *at)
    (repository / "passwd").symlink_to("/etc/passwd")
    git("add", "--all")
    git("commit", "--quiet", "--message", "a link")
    yield "A link that leads out of the repository", preview.run("--base", "main", *at)
    fake = preview.folder / "bin" / "git"
    fake.parent.mkdir()
    patch.setenv("PATH", str(fake.parent))
    yield "git is not installed", preview.run("--base", "main", *at)
    fake.write_text('#!/bin/sh\ncase "$*" in *archive*) echo "fatal: not a tree object" >&2; exit 128;; esac\n')
    fake.chmod(0o755)
    yield "git cannot read the files of a revision", preview.run("--base", "main", *at)
    patch.setenv("PATH", os.defpath)


def stack_errors(preview: Command, patch: pytest.MonkeyPatch) -> Iterator[Message]:
    fake = preview.folder / "bin" / "pulumi"
    fake.write_text("#!/bin/sh\necho 'error: no stack selected' >&2\nexit 255\n")
    fake.chmod(0o755)
    patch.setenv("PATH", f"{fake.parent}:{os.defpath}")
    for name in ("PULUMI_STACK", "PULUMI_BACKEND_URL"):
        patch.delenv(name, raising=False)
    engine = cast("Any", None)
    yield (
        "No stack is selected",
        preview.error(lambda: DeployedStack(preview.folder, preview.folder, engine, Reporter())),
    )
    stack = cast("Any", SimpleNamespace(name="dev", _project=preview.folder, _owner=Pulumi(fake)))
    fake.write_text("#!/bin/sh\necho 'error: PULUMI_ACCESS_TOKEN must be set' >&2\nexit 255\n")
    yield "pulumi is not logged in", preview.error(lambda: DeployedStack._backend(stack))
    fake.write_text("#!/bin/sh\necho 'error: incorrect passphrase' >&2\nexit 255\n")
    yield "The deployed state cannot be read", preview.error(lambda: DeployedStack.state(stack))
    stack.run = lambda *_: Done(255, "", "error: failed to load checkpoint")
    yield "The throw-away state cannot be read", preview.error(lambda: OfflineStack.state(stack, preview.folder))
    head = preview.folder / "head"
    head.mkdir()
    yield "No Pulumi.yaml", preview.error(lambda: OfflineStack._use_offline_provider(stack, head))
    (head / "Pulumi.yaml").write_text("name: [a\n")
    yield "A Pulumi.yaml that is not YAML", preview.error(lambda: OfflineStack._use_offline_provider(stack, head))


def test_every_message_of_the_preview(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    preview = Command(tmp_path, capsys)

    assert_messages(
        "pull_request",
        [
            *resources(),
            *immutable_keys(),
            *key_changes(folder),
            *failed_previews(tmp_path),
            *schema_errors(tmp_path),
            *usage_errors(preview, monkeypatch),
            *git_errors(preview, monkeypatch),
            *stack_errors(preview, monkeypatch),
        ],
    )
