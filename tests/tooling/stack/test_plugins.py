"""Official plugins take precedence over the plugins of this project."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from plugins.protocol.schema import schema_of
from plugins.random.provider import TOKEN
from tests.sandbox.conftest import Listener
from tooling.stack.launchers import is_launcher
from tooling.stack.plugins import PROVIDERS, Plugin, PluginFolder
from tooling.toolchain import Tool, Tools

RANDOM = importlib.metadata.version("pulumi-random")
FOLDER = f"resource-random-v{RANDOM}"
FILE = "pulumi-resource-random"

MakeProgram = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def users_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("PULUMI_HOME", raising=False)
    return tmp_path / "user" / ".pulumi"


@pytest.fixture
def folder(tmp_path: Path) -> PluginFolder:
    return PluginFolder(tmp_path / "home", Path(sys.executable), tmp_path)


@pytest.fixture
def built() -> Tools:
    """The tool chain of a machine where everything was built."""
    tool = Tool("any", Path("/nonexistent"), "v3.255.0", "built here")
    return Tools(tool, None, tool, tool, tool, tool, tool, ())


@pytest.fixture
def installed(built: Tools, program: MakeProgram) -> Tools:
    """An installed pulumi with its language host, which cannot install plugins."""
    pulumi = program("opt/pulumi", 'echo "$@" >>"$(dirname "$0")/calls"; exit 1')
    host = program("opt/pulumi-language-python", "exit 0")
    return dataclasses.replace(
        built, pulumi=Tool("pulumi", pulumi, "v3.260.0", "installed, from PATH"), language_host=host
    )


def named(plugins: tuple[Plugin, ...], name: str) -> Plugin:
    (plugin,) = [plugin for plugin in plugins if plugin.name == name]
    return plugin


def test_without_official_plugins_the_engine_finds_the_python_plugins(
    folder: PluginFolder, built: Tools, listener: Listener
) -> None:
    plugins = folder.ensure(built, {}, listener)

    assert [plugin.name for plugin in plugins] == ["language host", *PROVIDERS]
    assert not any(plugin.is_official for plugin in plugins)
    launchers = {str(file.relative_to(folder.home)) for file in folder.home.rglob("pulumi-*") if file.is_file()}
    expected = {
        f"plugins/resource-{name}-v{importlib.metadata.version(f'pulumi-{name}')}/pulumi-resource-{name}"
        for name in PROVIDERS
    }
    assert launchers == expected | {"plugins/language-python-v3.255.0/pulumi-language-python"}


def test_an_official_plugin_does_not_use_the_schema_of_the_python_plugin(
    folder: PluginFolder, built: Tools, program: MakeProgram, users_home: Path, listener: Listener
) -> None:
    """`pulumi import` keeps the schema by name and version, which are the same."""
    own, official = (folder.home / "schemas" / f"random-{RANDOM}{suffix}.json" for suffix in ("", "-abcdef"))
    own.parent.mkdir(parents=True)
    own.write_text(schema_of("random", RANDOM, {TOKEN: ["length"]}))
    official.write_text("{}".ljust(100_000))

    folder.ensure(built, {}, listener)
    assert own.exists()

    program(f"user/.pulumi/plugins/{FOLDER}/{FILE}", "exit 0")
    folder.ensure(built, {}, listener)
    assert not own.exists()
    assert official.exists()


@pytest.mark.parametrize("named_home", [True, False])
def test_an_official_plugin_of_the_users_home_is_linked(
    named_home: bool,
    folder: PluginFolder,
    built: Tools,
    program: MakeProgram,
    users_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    listener: Listener,
) -> None:
    home = "elsewhere" if named_home else "user/.pulumi"
    if named_home:
        monkeypatch.setenv("PULUMI_HOME", str(tmp_path / home))
    official = program(f"{home}/plugins/{FOLDER}/{FILE}", "exit 0")

    plugins = folder.ensure(built, {}, listener)

    assert named(plugins, "random").is_official
    assert not named(plugins, "command").is_official
    assert (folder.home / "plugins" / FOLDER / FILE).resolve() == official
    # The engine ignores a folder that is a link.
    assert not (folder.home / "plugins" / FOLDER).is_symlink()


def test_a_new_official_plugin_replaces_the_python_plugin_and_vice_versa(
    folder: PluginFolder, built: Tools, program: MakeProgram, users_home: Path, listener: Listener
) -> None:
    assert not named(folder.ensure(built, {}, listener), "random").is_official
    official = program(f"user/.pulumi/plugins/{FOLDER}/{FILE}", "exit 0")

    assert named(folder.ensure(built, {}, listener), "random").is_official
    official.unlink()
    assert not named(folder.ensure(built, {}, listener), "random").is_official
    assert is_launcher(folder.home / "plugins" / FOLDER / FILE)


def test_a_different_version_is_not_used(
    folder: PluginFolder, built: Tools, program: MakeProgram, listener: Listener
) -> None:
    program(f"user/.pulumi/plugins/resource-random-v0.0.1/{FILE}", "exit 0")

    assert not named(folder.ensure(built, {}, listener), "random").is_official


def test_an_incomplete_installation_is_not_used(
    folder: PluginFolder, built: Tools, program: MakeProgram, users_home: Path, listener: Listener
) -> None:
    program(f"user/.pulumi/plugins/{FOLDER}/{FILE}", "exit 0")
    (users_home / "plugins" / f"{FOLDER}.partial").touch()

    assert not named(folder.ensure(built, {}, listener), "random").is_official


def test_the_home_of_the_sandbox_is_not_the_users(
    folder: PluginFolder, built: Tools, monkeypatch: pytest.MonkeyPatch, listener: Listener
) -> None:
    """After the sandbox's env was sourced, PULUMI_HOME names the sandbox's own."""
    folder.ensure(built, {}, listener)
    monkeypatch.setenv("PULUMI_HOME", str(folder.home))

    assert not named(folder.ensure(built, {}, listener), "random").is_official


def test_an_installed_pulumi_keeps_its_own_language_host(
    folder: PluginFolder, built: Tools, installed: Tools, listener: Listener
) -> None:
    folder.ensure(built, {}, listener)

    plugins = folder.ensure(installed, {"PATH": "/usr/bin:/bin"}, listener)

    assert named(plugins, "language host").path == installed.language_host
    assert named(plugins, "language host").is_official
    assert not list(folder.home.rglob("pulumi-language-python"))


def test_an_installed_pulumi_installs_official_plugins(
    folder: PluginFolder, installed: Tools, program: MakeProgram, listener: Listener
) -> None:
    program(
        "opt/pulumi",
        'target="$PULUMI_HOME/plugins/resource-$4-$5"; mkdir -p "$target"\n'
        'printf "official" >"$target/pulumi-resource-$4"; chmod +x "$target/pulumi-resource-$4"',
    )
    environment = {"PATH": "/usr/bin:/bin", "PULUMI_HOME": str(folder.home)}

    plugins = folder.ensure(installed, environment, listener)

    assert all(plugin.is_official for plugin in plugins)
    assert f"installed the official provider random {RANDOM}" in listener.lines


def test_a_failed_installation_is_tried_once(folder: PluginFolder, installed: Tools, listener: Listener) -> None:
    environment = {"PATH": "/usr/bin:/bin"}
    first = folder.ensure(installed, environment, listener)
    second = folder.ensure(installed, environment, listener)

    assert first == second
    assert not named(second, "random").is_official
    calls = (installed.pulumi.path.parent / "calls").read_text().splitlines()
    assert calls.count(f"plugin install resource random v{RANDOM}") == 1
    assert len(calls) == len(PROVIDERS)


def test_an_installation_that_hangs_times_out(
    folder: PluginFolder,
    installed: Tools,
    program: MakeProgram,
    monkeypatch: pytest.MonkeyPatch,
    listener: Listener,
) -> None:
    monkeypatch.setattr("tooling.stack.plugins.INSTALL_SECONDS", 0.1)
    program("opt/pulumi", 'mkdir -p "$PULUMI_HOME/plugins/resource-$4-$5"; exec sleep 600')
    environment = {"PATH": "/usr/bin:/bin", "PULUMI_HOME": str(folder.home)}

    plugins = folder.ensure(installed, environment, listener)

    assert not any(plugin.is_official for plugin in plugins if plugin.name in PROVIDERS)
    assert is_launcher(folder.home / "plugins" / FOLDER / FILE)


def test_a_replacement_takes_precedence_and_does_not_change_the_users_plugins(
    folder: PluginFolder, installed: Tools, program: MakeProgram, users_home: Path, listener: Listener
) -> None:
    official = program(f"user/.pulumi/plugins/{FOLDER}/{FILE}", "exit 0")
    assert named(folder.ensure(installed, {}, listener), "random").is_official

    plugin = named(
        dataclasses.replace(folder, in_place={"random": "plugins.other"}).ensure(installed, {}, listener), "random"
    )

    assert not plugin.is_official
    assert "plugins.other" in plugin.path.read_text()
    assert plugin.path.resolve() != official
    assert not is_launcher(official)
