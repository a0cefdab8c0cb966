"""The operations need only the program's packages and their own dependency group."""

from __future__ import annotations

import importlib.metadata
import json
import os
import pkgutil
import re
import subprocess
import sys
from typing import Final

import pytest

import operations
from operations import encryption_key
from tests.checkout import CHECKOUT

OWN: Final = ("cryptography", "jsonschema", "psutil", "pyrage", "python-dotenv", "python-hcl2", "PyYAML", "rich")
"""The group `operations`, in addition to requirements.txt."""

OURS: Final = {"operations", "declaration", "infisical", "tooling"}

IMPORT: Final = """
import importlib, importlib.machinery, json, runpy, sys

allowed = set(json.loads(sys.argv[1])) | set(sys.stdlib_module_names)
modules = json.loads(sys.argv[2])

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in allowed:
            raise ModuleNotFoundError(f"{name} is not a dependency of {modules[0]}", name=name)

sys.meta_path.insert(0, Block())
for module in modules[1:]:
    importlib.import_module(module)
print(json.dumps(sorted(sys.modules)))
"""


def _requirements() -> list[str]:
    lines = (CHECKOUT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [re.split(r"[=<>~!; #]", line)[0] for line in lines if line and not line.startswith(("#", "-"))]


def _closure(names: list[str]) -> set[str]:
    """These distributions and all their requirements, without extras."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = re.sub(r"[-_.]+", "-", left.pop()).lower()
        if name in found:
            continue
        found.add(name)
        try:
            required = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        left += [re.split(r"[\s\[=<>~!;(]", each)[0] for each in required if "extra ==" not in each]
    return found


def _importable(names: list[str]) -> set[str]:
    distributions = _closure(names)
    return {
        module
        for module, owners in importlib.metadata.packages_distributions().items()
        if any(re.sub(r"[-_.]+", "-", owner).lower() in distributions for owner in owners)
    }


def _run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_module_needs_only_the_dependencies_of_the_operations() -> None:
    names = [module.name for module in pkgutil.walk_packages(operations.__path__, "operations.")]
    modules = [name for name in names if not name.endswith("__main__")]
    allowed = _importable([*_requirements(), *OWN]) | OURS

    assert "pytest" not in allowed
    assert len(modules) > 20
    done = _run(IMPORT, json.dumps(sorted(allowed)), json.dumps(["operations", *modules]))

    assert done.returncode == 0, done.stderr
    assert not {"pytest", "aiohttp", "hypothesis"} & set(json.loads(done.stdout))


def test_the_rotation_imports_no_package_of_pulumi() -> None:
    """It works with the user's own pulumi, and must not depend on the SDK's version or plugins."""
    package = "operations.encryption_key"
    modules = [module.name for module in pkgutil.iter_modules(encryption_key.__path__, f"{package}.")]
    pulumi = {name for name in _importable(_requirements()) if name.startswith("pulumi")}
    allowed = (_importable([*_requirements(), *OWN]) | OURS) - pulumi

    assert "pulumi" in pulumi
    assert f"{package}.steps" in modules
    done = _run(IMPORT, json.dumps(sorted(allowed)), json.dumps([package, *modules]))

    assert done.returncode == 0, done.stderr
    assert f"{package}.command" in json.loads(done.stdout)


def test_the_help_of_every_command_needs_only_these_dependencies() -> None:
    allowed = _importable([*_requirements(), *OWN]) | OURS
    run = IMPORT.replace(
        "print(json.dumps(sorted(sys.modules)))",
        "sys.argv[1:] = sys.argv[3:]\nrunpy.run_module('operations', run_name='__main__')",
    )
    for command in ("preview-pr", "rotate-encryption-key"):
        done = _run(run, json.dumps(sorted(allowed)), json.dumps(["operations"]), command, "--help")

        assert done.returncode == 0, done.stderr
        assert command in done.stdout
    overview = _run(run, json.dumps(sorted(allowed)), json.dumps(["operations"]), "--help")
    assert overview.returncode == 0, overview.stderr
    assert "preview-pr" in overview.stdout


@pytest.mark.parametrize("arguments", [("preview-pr", "--base", "main"), ("rotate-encryption-key", "--status")])
def test_a_python_without_the_packages_ends_with_the_command_to_run(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "operations", *arguments],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "lacks the package '" in line
    assert f"`.venv/bin/python -m operations {' '.join(arguments)}`" in line
    assert "`make venv`" in line


def test_kubernetes_access_of_the_provider_needs_no_package_of_the_operations() -> None:
    names = ["tooling.kubernetes.connection", "tooling.kubernetes.kubeconfig", "tooling.kubernetes.workloads"]
    allowed = _importable(_requirements()) | {"infisical", "tooling", "declaration"}

    done = _run(IMPORT, json.dumps(sorted(allowed)), json.dumps(["the provider", *names]))

    assert done.returncode == 0, done.stderr
    assert not {"psutil", "rich"} & set(json.loads(done.stdout))
