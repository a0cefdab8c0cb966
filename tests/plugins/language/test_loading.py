"""A program starts in every command, so it loads only the parts of the SDK that most programs use."""

from __future__ import annotations

import subprocess
import sys

from tests.checkout import CHECKOUT


def printed(*lines: str) -> str:
    """What a program prints that the runner has prepared."""
    script = ["import sys", "from plugins.language.runner import loading_less", "with loading_less(): import pulumi"]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*script, *lines])], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_automation_api_and_dynamic_providers_are_not_loaded() -> None:
    unneeded = ["pulumi.automation._stack", "pulumi.dynamic.dynamic", "dill"]

    assert printed(f"print([name for name in {unneeded} if name in sys.modules])") == "[]"


def test_a_program_that_uses_them_gets_them() -> None:
    assert (
        printed(
            "from pulumi.dynamic import ResourceProvider",
            "import pulumi.automation.errors",
            "print(ResourceProvider.__name__, pulumi.automation.Stack.__name__)",
            "print(pulumi.dynamic.Resource.__mro__[1].__name__)",
        )
        == "ResourceProvider Stack\nCustomResource"
    )


def test_later_imports_are_unchanged() -> None:
    assert printed("print([each for each in sys.meta_path if type(each).__name__ == 'LoadedLater'])") == "[]"
