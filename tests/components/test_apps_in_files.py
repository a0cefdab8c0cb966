"""The program treats apps in files as inline apps: moving an app to its own file changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from plugins.language.program import LARGEST_CONFIG
from tests.components.program import Run, run
from tests.declaration.many_apps import many_apps, write_apps
from tests.declaration.stack_config import manual, stack_file

FOUND: dict[str, Any] = {
    "kind": "Secret",
    "namespace": "monitoring",
    "name": "grafana-secret",
    "managers": ["kubectl-create"],
    "tool": "",
    "owner": "",
    "keys": [],
    "immutable": False,
    "differingLiterals": [],
    "otherFields": [],
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pulumi starts the program in the project's folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def registered(found: Run) -> dict[str, Any]:
    return {urn: (each.type, each.inputs) for urn, each in found.registrations.items()}


def test_moving_apps_to_files_changes_no_resource(project: Path) -> None:
    config = stack_file()
    inline = run(config)
    apps = dict(config["apps"])
    write_apps(project / "apps", {name: apps.pop(name) for name in ("authentik", "openclaw")})

    some = run({**config, "apps": apps, "appFiles": "apps/"})
    write_apps(project / "apps", apps)
    all_of_them = run({key: value for key, value in config.items() if key != "apps"} | {"appFiles": "apps/"})

    assert registered(some) == registered(all_of_them) == registered(inline)
    assert some.outputs == all_of_them.outputs == inline.outputs


def test_an_existing_object_is_reported_with_the_file_of_its_app(project: Path) -> None:
    config = stack_file()
    write_apps(project / "apps", {"grafana": {**config["apps"].pop("grafana"), "secretName": "grafana-secret"}})

    with pytest.raises(pulumi.RunError) as caught:
        run({**config, "appFiles": "apps"}, existing={"objects": [FOUND]})

    lines = (project / "apps" / "grafana.yaml").read_text().splitlines()
    line = lines.index("secretName: grafana-secret") + 1
    assert f"  apps/grafana.yaml:{line}: secretName\n" in str(caught.value)
    assert str(caught.value).startswith("apps/grafana.yaml has 1 error; ")


def test_on_the_sandbox_the_file_is_the_one_that_the_user_edits(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMELAB_DERIVED_FROM", "Pulumi.attic.yaml")
    (project / "Pulumi.attic.yaml").write_text("config:\n  homelab:appFiles: apps/\n")
    config = stack_file()
    grafana = config["apps"].pop("grafana")
    write_apps(project / "apps", {"grafana": "# By hand.\n" + yaml.dump({**grafana, "secretName": "grafana-secret"})})
    write_apps(project / "derived", {"grafana": {**grafana, "secretName": "grafana-secret"}})

    with pytest.raises(pulumi.RunError) as caught:
        run({**config, "appFiles": "derived"}, existing={"objects": [FOUND]})

    line = (project / "apps" / "grafana.yaml").read_text().splitlines().index("secretName: grafana-secret") + 1
    assert f"  apps/grafana.yaml:{line}: secretName\n" in str(caught.value)
    assert str(caught.value).startswith("apps/grafana.yaml has 1 error; ")


def test_more_apps_run_than_fit_into_the_variable_in_which_pulumi_passes_the_config(project: Path) -> None:
    apps = many_apps(600)
    assert len(json.dumps(apps)) > LARGEST_CONFIG
    write_apps(project / "apps", apps)
    config = {key: value for key, value in manual().items() if key != "apps"}

    found = run({**config, "appFiles": "apps/"})

    assert len(found.of_type("ExternalSecret")) == 600
