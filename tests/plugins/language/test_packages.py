"""The required plugins are read from the installed packages, without running anything."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from plugins.language.environment import PythonEnvironment
from plugins.language.packages import Parameterization, RequiredPackage, plugin_version, required_packages
from plugins.protocol.errors import ProviderError


def install(site: Path, name: str, version: str, plugin: str | None = None) -> None:
    """Write the files that pip installs for a package, with or without a pulumi-plugin.json."""
    module = name.replace("-", "_")
    metadata = site / f"{module}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nName: not this\n")
    (site / module).mkdir()
    if plugin is not None:
        (site / module / "pulumi-plugin.json").write_text(plugin)


def test_the_plugin_file_has_the_name_the_version_and_the_server(tmp_path: Path) -> None:
    install(
        tmp_path, "acme", "9", '{"resource": true, "name": "rocket", "version": "1.2.3", "server": "https://x.test"}'
    )

    assert required_packages([tmp_path]) == [RequiredPackage("rocket", "v1.2.3", "https://x.test")]


def test_the_package_completes_the_plugin_file(tmp_path: Path) -> None:
    install(tmp_path, "pulumi-acme", "1.2rc3", '{"resource": true}')

    assert required_packages([tmp_path]) == [RequiredPackage("acme", "v1.2.0-rc.3")]


def test_a_package_with_the_name_of_a_provider_needs_no_plugin_file(tmp_path: Path) -> None:
    install(tmp_path, "pulumi-acme", "1.0.0")

    assert required_packages([tmp_path]) == [RequiredPackage("acme", "v1.0.0")]


def test_a_parameterized_package_keeps_its_parameter(tmp_path: Path) -> None:
    parameter = '{"name": "sub", "version": "0.1.0", "value": "aGk="}'
    plugin = f'{{"resource": true, "name": "base", "version": "v2.0.0", "parameterization": {parameter}}}'
    install(tmp_path, "pulumi_sub", "0.1.0", plugin)

    assert required_packages([tmp_path]) == [
        RequiredPackage("base", "v2.0.0", parameterization=Parameterization("sub", "0.1.0", b"hi"))
    ]


@pytest.mark.parametrize(
    ("name", "version", "plugin"),
    [
        pytest.param("requests", "1.0", None, id="not a Pulumi package"),
        pytest.param("pulumi", "3.272.0", None, id="the SDK itself"),
        pytest.param("pulumi-policy", "1.0.0", None, id="known to have no plugin"),
        pytest.param("pulumi-acme", "1.0.0", '{"resource": false}', id="declares that it has no plugin"),
        pytest.param("pulumi-acme", "1!2.0", None, id="a version with no counterpart"),
    ],
)
def test_a_package_without_a_plugin_is_skipped(name: str, version: str, plugin: str | None, tmp_path: Path) -> None:
    install(tmp_path, name, version, plugin)

    assert required_packages([tmp_path]) == []


def test_packages_are_sorted_by_name_and_the_first_folder_wins(tmp_path: Path) -> None:
    install(tmp_path / "a", "pulumi-zebra", "1.0.0")
    install(tmp_path / "b", "pulumi_zebra", "2.0.0")
    install(tmp_path / "b", "pulumi-ant", "3.0.0")

    found = required_packages([tmp_path / "a", tmp_path / "b"])

    assert [(package.name, package.version) for package in found] == [("ant", "v3.0.0"), ("zebra", "v1.0.0")]


def test_a_broken_plugin_file_is_reported(tmp_path: Path) -> None:
    install(tmp_path, "pulumi-acme", "1.0.0", "{")

    with pytest.raises(ProviderError) as raised:
        required_packages([tmp_path])

    assert str(tmp_path / "pulumi_acme" / "pulumi-plugin.json") in raised.value.message


@pytest.mark.parametrize(
    ("package", "plugin"),
    [
        ("1", "1.0.0"),
        ("1.2.3", "1.2.3"),
        ("1.2.3.4", "1.2.3.4"),
        ("1.2.3a4", "1.2.3-alpha.4"),
        ("1.2.3b4", "1.2.3-beta.4"),
        ("1.2.3rc4", "1.2.3-rc.4"),
        ("1.2.3.post4", "1.2.3+post4"),
        ("1.2.3.dev5", "1.2.3+dev5"),
        ("1.2.3.post4.dev5", "1.2.3+post4dev5"),
        ("1!2.0", None),
        ("1.0+local", None),
        ("", None),
    ],
)
def test_a_python_version_becomes_a_semantic_version(package: str, plugin: str | None) -> None:
    assert plugin_version(package) == plugin


def test_the_packages_of_this_very_environment_are_found() -> None:
    environment = PythonEnvironment(sys.executable, Path(sys.prefix))

    found = required_packages(environment.package_directories())

    assert [package.name for package in found] == ["command", "kubernetes", "random"]


def test_folders_in_a_pth_file_are_read(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    (tmp_path / "pyvenv.cfg").write_text("include-system-site-packages = false\n")
    install(tmp_path / "elsewhere", "pulumi-acme", "1.0.0")
    (site / "more.pth").write_text(f"# a comment\nimport sys\n/no/such/folder\n{tmp_path / 'elsewhere'}\n")

    found = required_packages(PythonEnvironment("/no/python", tmp_path).package_directories())

    assert [package.name for package in found] == ["acme"]


def test_an_interpreter_without_a_virtual_environment_is_asked_for_its_packages() -> None:
    """Only the interpreter itself knows its folders."""
    environment = PythonEnvironment(sys.executable, None)

    found = required_packages(environment.package_directories())

    assert [package.name for package in found] == ["command", "kubernetes", "random"]
