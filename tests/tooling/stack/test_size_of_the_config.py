"""Pulumi passes the stack config in one environment variable: what does not fit is refused before anything starts."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.declaration.many_apps import many_apps, write_apps
from tooling.stack.declared import LARGEST_CONFIG, Declared, check_config

CONFIG: dict[str, Any] = {
    "homelab:infisical": {"url": "https://infisical.example.net", "adminEmail": "admin@example.net"},
    "homelab:store": {"hostAPI": "http://infisical:8080", "projectSlug": "homelab", "environmentSlug": "prod"},
}
FITTING, TOO_MANY = 430, 520
"""The numbers of inline apps with three keys each."""


def checked(project: Path, **more: Any) -> Declared:
    config = CONFIG | {f"homelab:{key}": value for key, value in more.items()}
    return check_config(project, "Pulumi.homelab.yaml", config)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of Linux")
def test_the_limit_is_the_one_of_an_environment_variable() -> None:
    def start(size: int) -> None:
        subprocess.run(["/bin/true"], env={"PULUMI_CONFIG": "x" * size}, check=True)

    start(LARGEST_CONFIG)
    with pytest.raises(OSError, match=os.strerror(errno.E2BIG)):
        start(LARGEST_CONFIG + 1)


def test_apps_that_fit_are_accepted_inline(tmp_path: Path) -> None:
    assert checked(tmp_path, apps=many_apps(FITTING)).problems == ()


def test_a_config_that_does_not_fit_is_refused_with_its_size_and_the_way_out(tmp_path: Path) -> None:
    declared = checked(tmp_path, apps=many_apps(TOO_MANY))

    (problem,) = declared.problems
    passed = {key: json.dumps(value, separators=(",", ":")) for key, value in CONFIG.items()}
    passed["homelab:apps"] = json.dumps(many_apps(TOO_MANY), separators=(",", ":"))
    assert problem.path == "Pulumi.homelab.yaml"
    assert f"{len(json.dumps(passed, separators=(',', ':'))):,} bytes" in problem.found
    assert f"{LARGEST_CONFIG:,} bytes" in problem.expected
    assert problem.fix.startswith("move apps from homelab:apps to files")
    assert declared.homelab is None


def test_the_same_apps_fit_in_files(tmp_path: Path) -> None:
    write_apps(tmp_path / "apps", many_apps(TOO_MANY))

    declared = checked(tmp_path, appFiles="apps/")

    assert declared.problems == ()
    assert declared.homelab
    assert len(declared.homelab.apps) == TOO_MANY
