"""Programs that Go builds in a moment."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tooling.toolchain.pins import ModuleSet, Program

MAIN = 'package main\n\nvar Version string\n\nfunc main() { println("hello from " + Version) }\n'


def tiny_programs(folder: Path, **sources: str) -> list[Program]:
    """Write one program for each source, all in one new module set."""
    programs = []
    required, replaced = [], []
    for name, source in sources.items():
        module = folder / name
        module.mkdir(parents=True)
        (module / "main.go").write_text(source)
        (module / "go.mod").write_text(f"module example.test/{name}\n\ngo 1.26.0\n")
        required.append(f"require example.test/{name} v1.2.3\n")
        replaced.append(f"replace example.test/{name} => {module}\n")
    modules = folder / "modules"
    modules.mkdir()
    (modules / "go.mod").write_text("\n".join(["module tiny\n\ngo 1.26.0\n", *required, *replaced]))
    (modules / "go.sum").write_text("")
    for name in sources:
        variables = (("main.Version", "{v}-{major}"),)
        programs.append(Program(name, f"example.test/{name}", ModuleSet(modules), f"example.test/{name}", variables))
    return programs


def output_of(program: Path) -> str:
    return subprocess.run([program], capture_output=True, text=True, check=True).stderr.strip()
