"""Programs under the real engine: output, exports and errors appear as with the official host."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.plugins.language.engine import Engine

MakeProject = Callable[..., Path]

CANARY = "canary-4f1c"


def diagnostics(output: str) -> list[str]:
    """The lines of the engine's summary for the stack, without indentation."""
    return [line.strip() for line in output.partition("Diagnostics:")[2].splitlines()]


def test_a_program_prints_exports_and_reads_its_settings(engine: Engine, project: MakeProject) -> None:
    folder = project(
        "import os, sys\n"
        "import pulumi\n"
        "import neighbour\n"
        "print('printed')\n"
        "print('on stderr', file=sys.stderr)\n"
        "pulumi.log.warn('logged')\n"
        "pulumi.export('project', pulumi.get_project())\n"
        "pulumi.export('stack', pulumi.get_stack())\n"
        "pulumi.export('organization', pulumi.get_organization())\n"
        "pulumi.export('root', pulumi.runtime.get_root_directory())\n"
        "pulumi.export('cwd', os.getcwd())\n"
        "pulumi.export('argv', sys.argv)\n"
        "pulumi.export('name', __name__)\n"
        "pulumi.export('neighbour', neighbour.VALUE)\n"
        "pulumi.export('preview', pulumi.runtime.is_dry_run())\n"
    )
    (folder / "neighbour.py").write_text("VALUE = 'imported'\n")

    done = engine.up(folder)

    assert done.code == 0, done.output
    assert {"printed", "on stderr", "warning: logged"} <= set(diagnostics(done.output))
    assert engine.outputs() == {
        "project": "trial",
        "stack": "dev",
        "organization": "organization",
        "root": str(folder),
        "cwd": str(folder),
        "argv": ["."],
        "name": "__main__",
        "neighbour": "imported",
        "preview": False,
    }


def test_a_program_can_detect_a_preview(engine: Engine, project: MakeProject) -> None:
    folder = project("import pulumi\nprint('preview:', pulumi.runtime.is_dry_run())\n")

    assert "preview: True" in diagnostics(engine.run(folder, "preview").output)


def test_a_program_reads_its_config_and_secrets_stay_secret(engine: Engine, project: MakeProject) -> None:
    folder = project(
        "import pulumi\n"
        "config = pulumi.Config()\n"
        "print('length', len(config.require('token')))\n"
        "pulumi.export('size', config.require_int('size'))\n"
        "pulumi.export('nested', config.require_object('nested'))\n"
        "pulumi.export('token', config.require_secret('token'))\n"
    )
    engine.run(folder, "config", "set", "size", "3")
    engine.run(folder, "config", "set", "--path", "nested.list[0]", "first")
    engine.run(folder, "config", "set", "--secret", "token", CANARY)

    done = engine.up(folder)

    assert done.code == 0, done.output
    assert f"length {len(CANARY)}" in diagnostics(done.output)
    assert CANARY not in done.output
    assert CANARY not in engine.checkpoint().read_text()
    shown = engine.run(folder, "stack", "output", "--json", "--show-secrets").output
    assert json.loads(shown) == {"size": 3, "nested": {"list": ["first"]}, "token": CANARY}


def test_a_second_run_of_a_component_changes_nothing(engine: Engine, project: MakeProject) -> None:
    folder = project(
        "import pulumi\n"
        "class Part(pulumi.ComponentResource):\n"
        "    def __init__(self, name):\n"
        "        super().__init__('trial:index:Part', name)\n"
        "        self.register_outputs({'shown': name.upper()})\n"
        "pulumi.export('urn', Part('one').urn)\n"
    )

    first = engine.up(folder)
    second = engine.up(folder, "--expect-no-changes")

    assert (first.code, second.code) == (0, 0), first.output + second.output
    assert engine.outputs() == {"urn": "urn:pulumi:dev::trial::trial:index:Part::one"}


def test_an_async_program_is_awaited(engine: Engine, project: MakeProject) -> None:
    folder = project(
        "import asyncio, pulumi\n"
        "async def main():\n"
        "    await asyncio.sleep(0)\n"
        "    return {'late': 'but there'}\n"
        "pulumi.run(main)\n"
    )

    done = engine.up(folder)

    assert done.code == 0, done.output
    assert engine.outputs() == {"late": "but there"}


def test_a_program_may_be_a_file_that_imports_its_neighbours(engine: Engine, project: MakeProject) -> None:
    folder = project("", extra="main: source/start.py\n")
    (folder / "source").mkdir()
    (folder / "source" / "start.py").write_text("import neighbour, os\nprint('in', os.path.basename(os.getcwd()))\n")
    (folder / "source" / "neighbour.py").touch()

    done = engine.up(folder)

    assert done.code == 0, done.output
    assert "in source" in diagnostics(done.output)


def test_an_exception_shows_the_programs_own_traceback_and_keeps_the_created_resources(
    engine: Engine, project: MakeProject
) -> None:
    folder = project(
        "import pulumi\n"
        "pulumi.ComponentResource('trial:index:Part', 'made')\n"
        "def fail():\n"
        "    raise ValueError('boom')\n"
        "fail()\n"
    )

    done = engine.up(folder)

    main_file = folder / "__main__.py"
    assert done.code == 1
    lines = diagnostics(done.output)
    start = lines.index("error: Program failed with an unhandled exception:")
    assert lines[start : start + 6] == [
        "error: Program failed with an unhandled exception:",
        "Traceback (most recent call last):",
        f'File "{main_file}", line 5, in <module>',
        "fail()",
        f'File "{main_file}", line 4, in fail',
        "raise ValueError('boom')",
    ]
    # Exit code 32 tells the host that the user has seen the error.
    assert "non-zero exit code" not in done.output
    assert "trial:index:Part::made" in engine.checkpoint().read_text()


def test_an_exception_in_an_apply_shows_the_line_of_the_program(engine: Engine, project: MakeProject) -> None:
    folder = project("import pulumi\npulumi.Output.from_input(3).apply(lambda number: number / 0)\n")

    done = engine.up(folder)

    assert done.code == 1
    lines = diagnostics(done.output)
    assert f'File "{folder / "__main__.py"}", line 2, in <lambda>' in lines
    assert "ZeroDivisionError: division by zero" in lines


@pytest.mark.parametrize(
    ("program", "said"),
    [
        pytest.param(
            "import pulumi\nraise pulumi.RunError('no good')\n",
            ["error: no good", "error: an unhandled error occurred: program exited with non-zero exit code: 1"],
            id="RunError is shown without a traceback",
        ),
        pytest.param(
            "import sys\nsys.exit('enough of this')\n",
            ["error: an unhandled error occurred: program exited with non-zero exit code: 1", "enough of this"],
            id="an exit message",
        ),
        pytest.param(
            "def broken(:\n",
            ["error: Program failed with an unhandled exception:", "def broken(:", "SyntaxError: invalid syntax"],
            id="a syntax error",
        ),
    ],
)
def test_a_failing_program_fails_the_update_with_the_reason(
    program: str, said: list[str], engine: Engine, project: MakeProject
) -> None:
    """Each exit code of a program: test_run.py."""
    done = engine.up(project(program))

    assert done.code == 1
    lines = diagnostics(done.output)
    assert [wanted for wanted in said if wanted not in lines] == []
    # Nothing about the files that run the program.
    assert "runner.py" not in done.output
    assert "runpy" not in done.output


def test_a_missing_module_is_reported_with_the_fix(engine: Engine, project: MakeProject) -> None:
    done = engine.up(project("import nowhere\n"))

    assert done.code == 1
    assert "ModuleNotFoundError: No module named 'nowhere'" in diagnostics(done.output)
    assert "has no package 'nowhere'. Fix: add it to requirements.txt and run `pulumi install`" in done.output


def test_a_missing_program_is_reported(engine: Engine, project: MakeProject) -> None:
    folder = project("")
    (folder / "__main__.py").unlink()

    done = engine.up(folder)

    assert done.code == 1
    assert f"error: unable to find main python program `__main__.py` in `{folder}`" in diagnostics(done.output)


def test_successful_exit_is_success(engine: Engine, project: MakeProject) -> None:
    done = engine.up(project("import sys\nsys.exit(0)\n"))

    assert done.code == 0, done.output


def test_pulumi_about_shows_the_interpreter_and_its_packages(engine: Engine, project: MakeProject) -> None:
    said = engine.run(project(""), "about", "--json").output
    about = json.loads(said[said.index("{") :])

    assert about["runtime"]["language"] == "python"
    assert about["runtime"]["executable"] == f"{sys.prefix}/bin/python"
    assert about["runtime"]["version"] == platform.python_version()
    named = [dependency["name"].replace("-", "_") for dependency in about["dependencies"]]
    assert {"pulumi_command", "pulumi_kubernetes", "pulumi_random"} <= set(named)
