"""`upgrade-check` shows what another version of Infisical's chart changes, and changes nothing. Helm is real."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.declaration.stack_config import elsewhere, stack_file
from tests.operations.upgrade.charts import CANARY, NEW, OLD, VALUES, Charts, Release, executable, install, served

DEPLOYMENT = "infisical/infisical-infisical-standalone-infisical"


@pytest.fixture
def charts(
    helm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Charts]:
    """A declaration of the old version, and the repository with it."""
    folder, project = tmp_path / "charts", tmp_path / "project"
    folder.mkdir()
    project.mkdir()
    install(tmp_path / "bin", helm, monkeypatch)
    found = Charts(folder, project, capsys)
    found.declare(stack_file())
    found.add(Release(OLD))
    with served(folder) as url:
        monkeypatch.setattr("operations.upgrade.charts.CHART_REPOSITORY", url)
        yield found


def test_the_newest_version_is_compared_with_the_declared_one(charts: Charts) -> None:
    charts.add(Release("1.9.0"))
    charts.add(Release(NEW, app_version="v0.158.0"))
    charts.add(Release("2.1.0-rc.1"))

    code, output = charts.check()

    assert code == 1
    assert output.startswith(f"Infisical's chart: {OLD} → {NEW}\nInfisical: v0.150.0 → v0.158.0\n")
    assert "Only a backup leads back to the old version." in output


def test_a_named_version_is_compared(charts: Charts) -> None:
    charts.add(Release("1.9.0"))
    charts.add(Release(NEW))

    _, output = charts.check("1.9.0")

    assert output.startswith(f"Infisical's chart: {OLD} → 1.9.0\n")


def test_versions_that_render_the_same_differ_in_nothing(charts: Charts) -> None:
    """The labels with the version, and the time at which the chart is rendered, are no difference."""
    charts.add(Release("1.7.3", app_version="v0.150.1"))

    _, output = charts.check()

    assert "Default values: no difference" in output
    assert "Images: no difference" in output
    assert "Objects: no difference" in output
    assert "!" not in output.replace("! no folder of backups", "")


def test_a_value_that_the_new_version_does_not_know_is_named(charts: Charts) -> None:
    release = Release(NEW)
    release.defaults["infisical"]["service"] = {"type": "ClusterIP", "ports": {"http": 8080}}
    release.templates["service.yaml"] = ""
    charts.add(release)

    code, output = charts.check()

    assert code == 1
    assert "! Values that this program sets, and that the new version does not know:" in output
    assert "\n    infisical.service.nodePort\n" in output
    assert "\n  - infisical.service.nodePort (was '')\n" in output
    assert "\n  + infisical.service.ports.http: 8080\n" in output
    assert "\n  Service infisical/infisical\n" in output


def test_a_mapping_that_its_user_fills_counts_as_known(charts: Charts) -> None:
    charts.add(Release(NEW))

    _, output = charts.check()

    assert "does not know" not in output


def test_new_major_versions_are_named(charts: Charts) -> None:
    charts.add(Release(NEW, databases={"postgresql": "16.0.0", "redis": "18.19.0"}, needs=">=1.30.0-0"))

    _, output = charts.check()

    assert "! New major version of the chart: 1.7.2 → 2.0.0." in output
    assert "! New major version of postgresql: 14.1.3 → 16.0.0." in output
    assert "! New major version of redis" not in output
    assert "Kubernetes: >=1.30.0-0; the cluster has v1.35.4" in output


def test_defaults_images_and_objects_are_compared(charts: Charts) -> None:
    release = Release(NEW, databases={"postgresql": "14.2.0", "redis": "18.14.0"})
    release.defaults["infisical"]["image"]["tag"] = "v0.158.0"
    release.defaults["ingress"]["className"] = "nginx"
    charts.add(release)

    _, output = charts.check()

    assert "  ~ infisical.image.tag: v0.150.0 → v0.158.0\n  + ingress.className: nginx\n" in output
    images = output[output.index("\nImages\n") :]
    assert images.startswith(
        "\nImages\n  - bitnamilegacy/postgresql:14.1.3\n  - infisical/infisical:v0.150.0\n"
        "  + bitnamilegacy/postgresql:14.2.0\n  + infisical/infisical:v0.158.0\n"
    )
    assert f"  Deployment {DEPLOYMENT}\n" in output
    assert re.search(r"^    \+ +image: infisical/infisical:v0\.158\.0$", output, re.MULTILINE)


def test_the_values_of_secrets_are_left_out(charts: Charts) -> None:
    """One of them is new with each rendering; the other ones would show in the difference of two versions."""
    release = Release(NEW, databases={})
    charts.add(release)

    _, output = charts.check()

    assert "  Secret infisical/postgresql\n" in output
    assert "    -  postgres-password: '[hidden]'\n" in output
    assert CANARY not in output


def test_helm_gets_the_values_of_the_declaration_and_no_password_of_it(charts: Charts) -> None:
    charts.add(Release(NEW, templates={"values.yaml": VALUES}))

    _, output = charts.check()

    shown = output[output.index("  ConfigMap infisical/given\n") :].partition("\n\n")[0].splitlines()[2:]
    added = yaml.safe_load("\n".join(line.removeprefix("    +") for line in shown))
    given = yaml.safe_load(added["data"]["values"])
    assert given["infisical"]["kubeSecretRef"] == "infisical-secrets"
    assert given["postgresql"]["auth"]["password"] == given["redis"]["auth"]["password"] == "throw-away"
    assert added["data"]["kubernetes"] == "v1.35.4"


def test_a_chart_with_a_separate_database_reads_its_secret_and_renders_none(charts: Charts) -> None:
    config = stack_file()
    config["infisical"] = {
        **config["infisical"],
        "database": {"kind": "separate"},
    }
    charts.declare(config)
    charts.add(Release(NEW, databases={"postgresql": "16.0.0", "redis": "21.0.0"}, templates={"values.yaml": VALUES}))

    _, output = charts.check()

    assert "does not know" not in output
    assert "existingConnectionStringSecret" in output
    assert "StatefulSet" not in output
    assert "throw-away" not in output
    assert "! New major version of the chart" in output
    assert "! New major version of postgresql" not in output
    assert "! New major version of redis" not in output


def test_a_cluster_that_is_too_old_for_the_new_version_is_an_error(
    charts: Charts, helm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "bin", helm, monkeypatch, kubernetes="v1.29.3")
    charts.add(Release(NEW, needs=">=1.30.0-0"))

    code, output = charts.check()

    assert code == 2
    assert "chart requires kubeVersion: >=1.30.0-0 which is incompatible with Kubernetes v1.29.3" in output
    assert "upgrade Kubernetes first, or choose another version of the chart" in output


def test_the_steps_name_the_setting_and_the_doctor(charts: Charts) -> None:
    charts.add(Release(NEW))

    _, output = charts.check()

    assert output.rstrip().splitlines()[-3:] == [
        "  pulumi config set --path homelab:infisical.chartVersion 2.0.0 --stack homelab",
        "  pulumi up",
        "  python -m operations doctor --stack homelab",
    ]


def test_without_a_backup_the_upgrade_is_not_clear(charts: Charts, tmp_path: Path) -> None:
    charts.add(Release("1.8.0"))
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
    release = Release(NEW)
    release.defaults["infisical"]["image"]["tag"] = "v0.158.0"
    charts.add(release)

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
    assert '"infisical-standalone" version "9.9.9" not found' in output
    assert "correct the version" in output


def test_a_repository_without_the_chart_is_an_error_of_helm(charts: Charts) -> None:
    charts.index.clear()
    charts.add(Release(OLD), name="infisical-renamed")

    code, output = charts.check()

    assert code == 2
    assert 'chart "infisical-standalone" version "1.7.2" not found' in output


def test_a_repository_that_does_not_answer_is_no_wrong_version(charts: Charts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.upgrade.charts.CHART_REPOSITORY", "http://127.0.0.1:1/")

    code, output = charts.check()

    assert code == 2
    assert "connection refused" in output
    assert "check the network, then run the command again" in output


@pytest.mark.parametrize("said", ['unknown command "pull" for "helm"', "unknown flag: --kube-version"])
def test_a_helm_that_is_too_old_is_to_be_upgraded(charts: Charts, tmp_path: Path, said: str) -> None:
    helm = tmp_path / "bin" / "helm"
    helm.unlink()
    executable(helm, f"echo 'Error: {said}' >&2; exit 1")

    code, output = charts.check()

    assert code == 2
    assert said in output
    assert "upgrade Helm" in output


def test_an_infisical_of_somebody_else_has_no_chart(charts: Charts) -> None:
    encrypted = {"secure": "v1:bm9uY2U=:Y2FuYXJ5"}
    charts.declare({**elsewhere(), "infisicalAdminClientId": encrypted, "infisicalAdminClientSecret": encrypted})

    code, output = charts.check()

    assert code == 2
    assert "this program does not install Infisical" in output
