"""`upgrade-check` shows what another version of Infisical's chart changes, and changes nothing."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.declaration.stack_config import elsewhere, stack_file
from tests.operations.upgrade.charts import ABOUT, DEFAULTS, NEW, OLD, Charts, install_helm, rendered


@pytest.fixture
def charts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Charts:
    """A declaration of the old version, and Helm with two equal versions."""
    folder, project = tmp_path / "charts", tmp_path / "project"
    folder.mkdir()
    project.mkdir()
    install_helm(tmp_path / "bin", folder, monkeypatch)
    found = Charts(folder, project, capsys)
    found.declare(stack_file())
    found.add(ABOUT, DEFAULTS, rendered("v0.150.0"))
    return found


def release(charts: Charts, objects: list[dict[str, Any]] | None = None, **about: Any) -> dict[str, Any]:
    """Add the new version. The result is for changes of its defaults, before the command runs."""
    defaults = copy.deepcopy(DEFAULTS)
    charts.add({**ABOUT, "version": NEW, **about}, defaults, objects or rendered("v0.150.0"))
    return defaults


def changed(charts: Charts, defaults: dict[str, Any]) -> None:
    (charts.folder / NEW / "values.yaml").write_text(json.dumps(defaults))


def test_the_newest_version_is_compared_with_the_declared_one(charts: Charts) -> None:
    release(charts, appVersion="v0.158.0")

    code, output = charts.check()

    assert code == 1
    assert output.startswith(f"Infisical's chart: {OLD} → {NEW}\nInfisical: v0.150.0 → v0.158.0\n")
    assert "Only a backup leads back to the old version." in output
    assert [call[0] for call in charts.calls] == ["pull", "template", "pull", "template"]
    assert "--version" not in charts.calls[2]


def test_a_named_version_is_fetched(charts: Charts) -> None:
    release(charts)

    charts.check(NEW)

    assert charts.calls[2][-1].endswith(NEW)
    assert charts.calls[2][charts.calls[2].index("--version") + 1] == NEW


def test_a_value_that_the_new_version_does_not_know_is_named(charts: Charts) -> None:
    defaults = release(charts)
    del defaults["infisical"]["service"]["nodePort"]
    changed(charts, defaults)

    code, output = charts.check()

    assert code == 1
    assert "! Values that this program sets, and that the new version does not know:" in output
    assert "\n    infisical.service.nodePort\n" in output
    assert "\n  - infisical.service.nodePort (was '')\n" in output


def test_a_mapping_that_its_user_fills_counts_as_known(charts: Charts) -> None:
    release(charts)

    _, output = charts.check()

    assert "does not know" not in output


def test_new_major_versions_are_named(charts: Charts) -> None:
    dependencies = [{"name": "postgresql", "version": "16.0.0"}, {"name": "redis", "version": "18.19.0"}]
    release(charts, dependencies=dependencies, kubeVersion=">=1.30.0")

    _, output = charts.check()

    assert "! New major version of the chart: 1.7.2 → 2.0.0." in output
    assert "! New major version of postgresql: 14.1.3 → 16.0.0." in output
    assert "redis" not in output
    assert "Kubernetes: >=1.30.0; the cluster has v1.35.4" in output


def test_defaults_images_and_objects_are_compared(charts: Charts) -> None:
    defaults = release(charts, rendered("v0.158.0", revisionHistoryLimit=2))
    defaults["infisical"]["image"]["tag"] = "v0.158.0"
    defaults["ingress"]["className"] = "nginx"
    changed(charts, defaults)

    _, output = charts.check()

    assert "  ~ infisical.image.tag: v0.150.0 → v0.158.0\n  + ingress.className: nginx\n" in output
    assert "Images\n  - infisical/infisical:v0.150.0\n  + infisical/infisical:v0.158.0\n" in output
    assert "  Deployment infisical/infisical\n" in output
    assert "    +  revisionHistoryLimit: 2\n" in output


def test_labels_with_the_version_and_the_values_of_secrets_are_left_out(charts: Charts) -> None:
    release(charts, rendered("v0.158.0"))

    _, output = charts.check()

    assert "helm.sh/chart" not in output
    assert "Secret infisical/postgresql" not in output
    assert "canary" not in output


def test_helm_gets_the_values_of_the_declaration_and_no_password_of_it(charts: Charts) -> None:
    release(charts)

    charts.check()

    assert charts.given["infisical"]["kubeSecretRef"] == "infisical-secrets"
    assert charts.given["postgresql"]["auth"]["password"] == "throw-away"


def test_the_charts_must_accept_the_clusters_version(charts: Charts) -> None:
    release(charts)

    charts.check()

    assert charts.calls[3][-2:] == ["--kube-version", "v1.35.4"]


def test_the_steps_name_the_setting_and_the_doctor(charts: Charts) -> None:
    release(charts)

    _, output = charts.check()

    assert output.rstrip().splitlines()[-3:] == [
        "  pulumi config set --path homelab:infisical.chartVersion 2.0.0 --stack homelab",
        "  pulumi up",
        "  python -m operations doctor --stack homelab",
    ]


def test_without_a_backup_the_upgrade_is_not_clear(charts: Charts, tmp_path: Path) -> None:
    charts.add({**ABOUT, "version": "1.8.0"}, DEFAULTS, rendered("v0.150.0"))
    empty = tmp_path / "usb"
    empty.mkdir()

    assert "! no folder of backups was named with --backups" in charts.check("1.8.0")[1]
    code, output = charts.check("1.8.0", "--backups", str(empty))

    assert code == 1
    assert f"! {empty}: no backup" in output


def test_without_helm_it_says_what_was_not_compared(charts: Charts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    code, output = charts.check("1.8.0")

    assert code == 1
    assert output.startswith("Helm is not on PATH, so the versions of the chart were not compared.")
    assert "chartVersion 1.8.0" in output


def test_the_json_report_has_the_same_facts(charts: Charts) -> None:
    release(charts, rendered("v0.158.0"))

    code, output = charts.check("--json")

    report = json.loads(output)
    assert (code, report["clear"]) == (1, False)
    assert report["compared"]["versions"] == [OLD, NEW]
    assert report["compared"]["images"]["after"] == ["infisical/infisical:v0.158.0"]
    assert report["compared"]["majors"] == [{"name": "the chart", "before": OLD, "after": NEW}]


def test_a_version_that_does_not_exist_is_an_error_of_helm(charts: Charts) -> None:
    code, output = charts.check("9.9.9")

    assert code == 2
    assert "`helm pull` failed for the chart infisical-standalone" in output
    assert "chart version '9.9.9' not found" in output


def test_an_infisical_of_somebody_else_has_no_chart(charts: Charts) -> None:
    encrypted = {"secure": "v1:bm9uY2U=:Y2FuYXJ5"}
    charts.declare({**elsewhere(), "infisicalAdminClientId": encrypted, "infisicalAdminClientSecret": encrypted})

    code, output = charts.check()

    assert code == 2
    assert "this program does not install Infisical" in output
