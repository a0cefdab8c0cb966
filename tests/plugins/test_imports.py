"""The plugins start in every command, so they load only what serving needs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.checkout import CHECKOUT

SCRIPT = """
import json, runpy, sys
import tooling.plugin.sdk, tooling.plugin.process
tooling.plugin.process.serve = lambda *_, **__: print(json.dumps(sorted(sys.modules)))
runpy.run_module({module!r}, run_name="__main__", alter_sys=True)
"""

UNNEEDED = {"pulumi.output", "pulumi.resource", "opentelemetry", "semver", "yaml", "httpx2", "lightkube", "bcrypt"}


@pytest.mark.parametrize("name", ["language", "kubernetes", "random", "command"])
def test_a_plugin_starts_without_the_sdk_and_without_what_only_some_calls_need(name: str) -> None:
    script = SCRIPT.format(module=f"plugins.{name}")
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)

    loaded = set(json.loads(done.stdout))
    assert "tooling.plugin.process" in loaded
    assert loaded & UNNEEDED == set()
