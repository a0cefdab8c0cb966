"""The plugin starts in every command, so it loads only what its calls need."""

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
runpy.run_path({folder!r}, run_name="__main__")
"""


def loaded(folder: str) -> set[str]:
    """The modules that are loaded when the plugin in this folder starts to serve."""
    script = SCRIPT.format(folder=folder)
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("folder", ["infisical", "infisical/offline"])
def test_the_plugin_starts_without_the_sdk_and_without_what_only_some_calls_need(folder: str) -> None:
    found = loaded(folder)

    assert "pulumi.runtime.proto.provider_pb2" in found
    unneeded = {"pulumi.resource", "pulumi.output", "opentelemetry", "semver", "yaml", "lightkube", "infisical.sdk"}
    assert found & unneeded == set()
