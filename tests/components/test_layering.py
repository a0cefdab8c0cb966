"""Imports go one way, the pure parts know no Pulumi, and one file reads the config."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.components.program import CHECKOUT

OURS = ("components", "infisical", "plugins", "sandbox", "operations", "policy", "tests", "bench")
COMPONENTS = sorted((CHECKOUT / "components").glob("*.py"))
PURE = {
    "declaration.kubeconfig": set(),
    "declaration.kubernetes_names": set(),
    "components.labels": set(),
    "declaration.config_path": set(),
    "declaration.section": set(),
    "declaration.inventory": {"declaration.section", "declaration.kubernetes_names"},
    "declaration.site": {"declaration.section", "declaration.kubernetes_names"},
    "declaration.credentials": {"declaration.section"},
    "declaration.rotations": {
        "declaration.config_path",
        "declaration.section",
        "declaration.inventory",
        "declaration.site",
    },
    "declaration.values": {"declaration.config_path", "declaration.section", "declaration.inventory"},
}
"""The modules that know no Pulumi, with all of ours that each of them may import."""


def _module(path: Path) -> str:
    name = ".".join(path.relative_to(CHECKOUT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imported(path: Path) -> set[str]:
    """The modules that a file imports anywhere in it, the whole path each; `from a import b` is `a`."""
    found: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: a relative import hides where it goes"
            assert node.module
            found.add(node.module)
    return found


def _ours(path: Path) -> set[str]:
    return {name for name in _imported(path) if name.split(".")[0] in OURS}


def test_there_is_something_to_check() -> None:
    assert set(PURE) < {_module(path) for path in COMPONENTS}


def test_the_program_imports_components_alone() -> None:
    assert _imported(CHECKOUT / "__main__.py") == {"pulumi", "components"}


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_components_import_components_and_resource_classes_alone(path: Path) -> None:
    """Of the Infisical provider they see what its package exports, and of how things are run, nothing."""
    others = {name for name in _ours(path) if name.split(".")[0] != "components"}

    assert others <= {"infisical"}


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_only_the_package_itself_imports_its_whole(path: Path) -> None:
    assert "components" not in _imported(path)


def test_components_import_each_other_one_way() -> None:
    order = TopologicalSorter({_module(path): _ours(path) for path in COMPONENTS})

    assert list(order.static_order())[-1] == "components"


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_import_no_pulumi(module: str) -> None:
    path = CHECKOUT / (module.replace(".", "/") + ".py")

    assert _ours(path) <= PURE[module]
    assert not [name for name in _imported(path) if name.startswith("pulumi")]


def test_the_infisical_provider_imports_itself_alone() -> None:
    files = sorted((CHECKOUT / "infisical").rglob("*.py"))

    assert files
    for path in files:
        assert {name.split(".")[0] for name in _ours(path)} <= {"infisical"}, path


@pytest.mark.parametrize("package", ["plugins", "sandbox"])
def test_what_runs_the_program_never_imports_it(package: str) -> None:
    files = sorted((CHECKOUT / package).rglob("*.py"))

    assert files
    for path in files:
        assert not [name for name in _imported(path) if name.split(".")[0] == "components"], path.name


def test_operations_read_declarations_and_run_things_and_nobody_imports_them() -> None:
    """Of the program they see what reads and checks a declaration and Infisical's API, never what makes a resource."""
    files = sorted((CHECKOUT / "operations").rglob("*.py"))
    readers = {
        f"components.{name}" for name in ("config", "credentials", "declaration", "inventory", "kubeconfig", "site")
    }
    others = [path for package in OURS[:4] for path in (CHECKOUT / package).rglob("*.py")]

    assert files
    for path in files:
        found = {name for name in _ours(path) if name.split(".")[0] not in {"operations", "sandbox"}}
        found = {name for name in found if not name.startswith("infisical.api.")}
        assert found <= readers | {"infisical.offline.provider"}, path
    for path in others:
        assert not [name for name in _imported(path) if name.split(".")[0] == "operations"], path


def test_one_file_reads_the_config() -> None:
    readers = {
        path.name
        for path in [*COMPONENTS, CHECKOUT / "__main__.py"]
        for node in ast.walk(_tree(path))
        if (isinstance(node, ast.Attribute) and node.attr in {"Config", "get_config", "CONFIG", "environ", "getenv"})
        or (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pulumi.runtime"))
    }

    assert readers == {"config.py"}


def test_the_program_is_a_story_of_at_most_fifty_lines() -> None:
    """It has no other branches than its switches: whether Infisical is managed, and whether Tailscale serves it."""
    path = CHECKOUT / "__main__.py"
    branches = [node for node in ast.walk(_tree(path)) if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Try)]
    switches = [node for node in branches if isinstance(node, ast.If | ast.IfExp)]

    assert len(path.read_text(encoding="utf-8").splitlines()) <= 50
    assert switches == branches
    assert {ast.unparse(node.test) for node in switches} == {
        "config.infisical.tailscale_port",
        "config.infisical.managed",
        "managed",
    }
    assert not [node for node in switches if isinstance(node, ast.If) and node.orelse]


def test_the_package_exports_what_it_imports_and_nothing_else() -> None:
    tree = _tree(CHECKOUT / "components" / "__init__.py")
    imported = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    (exported,) = [ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)]

    assert sorted(imported) == sorted(exported)
    assert len(tree.body) == 2 + len({node.module for node in tree.body if isinstance(node, ast.ImportFrom)})


def test_no_component_makes_a_resource_inside_an_apply() -> None:
    """A resource made there is missing from the first preview."""
    for path in [*COMPONENTS, CHECKOUT / "__main__.py"]:
        tree = _tree(path)
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "apply":
                (applied,) = node.args
                where = f"{path.name}:{node.lineno}"
                assert isinstance(applied, ast.Lambda) or getattr(applied, "id", None) in functions, (
                    f"{where}: what is applied is hidden"
                )
                assert not _used(applied, functions) & MAKERS, where


MAKERS = {
    "KubernetesObject",
    "random",
    "command",
    "infisical",
    "random_hex",
    "random_base64",
    "random_password",
    "random_value",
}
"""The names that resources are made with."""


def _used(applied: ast.AST, functions: dict[str, ast.FunctionDef]) -> set[str]:
    """The names that a function uses, with those of the file's functions that it calls."""
    used = {node.id for node in ast.walk(applied) if isinstance(node, ast.Name)}
    called: set[str] = set()
    while more := (used & functions.keys()) - called:
        called |= more
        used |= {node.id for name in more for node in ast.walk(functions[name]) if isinstance(node, ast.Name)}
    return used
