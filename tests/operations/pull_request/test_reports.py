"""The reports on all changes of the chain, word for word. No secret is shown or left on disk."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.operations.pull_request.chain import Repository, preview
from tests.operations.pull_request.shared_bases import SharedBases

pytestmark = pytest.mark.usefixtures("warm_starts")

EXPECTED = Path(__file__).parent / "expected"

UPDATE = "UPDATE_MESSAGES"
"""If set, a different report becomes the expected one: read the diff before you commit it."""

CASES = {
    "app-added": ("homelab", 0),
    "app-file-removed": ("app-file-added", 1),
    "key-renamed": ("app-added", 0),
    "source-changed": ("key-renamed", 0),
    "chart-upgraded": ("source-changed", 0),
    "values-rotated": ("chart-upgraded", 0),
    "immutable-touched": ("chart-upgraded", 1),
    "immutable-rewired": ("chart-upgraded", 1),
    "declaration-invalid": ("chart-upgraded", 1),
    "object-invalid": ("chart-upgraded", 1),
    "secrets-in-fields": ("chart-upgraded", 0),
    "secrets-in-an-error": ("chart-upgraded", 1),
}
"""The base and the exit code for each head, by tag."""

CANARIES = {
    name: f"canary-of-{name.lower().replace('_', '-')}"
    for name in (
        "AWS_SECRET_ACCESS_KEY",
        "GITHUB_TOKEN",
        "KUBECONFIG",
        "PULUMI_ACCESS_TOKEN",
        "PULUMI_BACKEND_URL",
        "PULUMI_CONFIG_PASSPHRASE",
    )
}
"""Secrets in the environment of an owner."""

_PROVIDERS = re.compile(r"^- Providers: .*$", re.MULTILINE)
_LINE = re.compile(r'(?<=__main__\.py", line )\d+')
_UNCHANGED = re.compile(r"\d+ unchanged\.$", re.MULTILINE)


@pytest.fixture(scope="module")
def bases(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> SharedBases:
    return SharedBases(repository, tmp_path_factory.mktemp("bases"))


@pytest.mark.parametrize("head", CASES)
def test_a_change_is_reported(
    head: str,
    repository: Repository,
    bases: SharedBases,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base, code = CASES[head]
    for name, canary in CANARIES.items():
        monkeypatch.setenv(name, canary)

    reported = bases.report(base, head, tmp_path, monkeypatch, capsys)

    # The plugins depend on the machine.
    shown = _PROVIDERS.sub("- Providers: …", reported.report)
    if "## The update would fail" in shown:
        # The engine stops at the error, and has seen more or fewer of the other resources by then.
        shown = _UNCHANGED.sub("… unchanged.", _LINE.sub("…", shown))
    expected = EXPECTED / f"{head}.md"
    if UPDATE in os.environ:
        expected.write_text(shown, encoding="utf-8")
    assert shown == expected.read_text(encoding="utf-8")
    assert reported.code == code, reported.said
    assert list(tmp_path.iterdir()) == []
    text = reported.report + reported.said
    for secret in (*repository.planted, *CANARIES.values()):
        assert secret not in text
    # A throw-away secret has at least 24 hexadecimal characters in a row.
    assert not re.search(r"[0-9a-f]{24}|[A-Za-z0-9+/]{43}=", text)


def test_an_app_in_a_new_file_is_reported_as_an_inline_app(
    bases: SharedBases, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base has no folder for apps."""
    reported = bases.report("homelab", "app-file-added", tmp_path, monkeypatch, capsys)

    shown = _PROVIDERS.sub("- Providers: …", reported.report).replace("app-file-added", "app-added")
    assert shown == (EXPECTED / "app-added.md").read_text(encoding="utf-8")
    assert reported.code == 0, reported.said


def test_the_command_prints_the_report(repository: Repository, tmp_path: Path) -> None:
    """As its own process, with its own base."""
    with preview(repository.folder, "chart-upgraded", "values-rotated", tmp_path, CANARIES) as process:
        report, said = process.communicate()

    assert _PROVIDERS.sub("- Providers: …", report) == (EXPECTED / "values-rotated.md").read_text(encoding="utf-8")
    assert process.returncode == 0, said
    assert not [canary for canary in CANARIES.values() if canary in report + said]


def test_the_repository_is_only_read(repository: Repository, tmp_path: Path) -> None:
    before = _files(repository.folder)
    with preview(repository.folder, "chart-upgraded", "declaration-invalid", tmp_path) as process:
        process.communicate()

    assert _files(repository.folder) == before


def test_a_base_that_does_not_exist_is_refused_with_the_next_command(repository: Repository, tmp_path: Path) -> None:
    with preview(repository.folder, "nowhere", None, tmp_path) as process:
        report, said = process.communicate()

    assert process.returncode == 2
    assert report == ""
    assert "run `git fetch origin main` first" in said


def _files(folder: Path) -> dict[str, float]:
    return {str(file.relative_to(folder)): file.lstat().st_mtime for file in folder.rglob("*")}
