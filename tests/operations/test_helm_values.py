"""`python -m operations helm-values` prints what Argo CD would install, without a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.helm_values import main
from tests.components.installation.test_installation import with_helm
from tests.components.program import run
from tests.declaration.stack_config import elsewhere, stack_file

ENCRYPTED = {"secure": "v1:bm9uY2U=:Y2FuYXJ5"}


def _printed(folder: Path, config: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> str:
    content = {f"homelab:{key}": value for key, value in config.items()}
    (folder / "Pulumi.homelab.yaml").write_text(yaml.safe_dump({"config": content}))
    assert main(["--project", str(folder)]) == 0
    return capsys.readouterr().out


def _without_passwords(values: dict[str, Any]) -> dict[str, Any]:
    for part in ("postgresql", "redis"):
        values[part]["auth"].pop("password")
    return values


def test_the_values_are_those_of_the_application(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    application = run(stack_file()).objects()["Application argocd/infisical"]

    printed = yaml.safe_load(_printed(tmp_path, stack_file(), capsys))

    assert printed == _without_passwords(application["spec"]["source"]["helm"]["valuesObject"])


def test_with_helm_the_comments_name_the_secrets_of_the_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    objects = run(with_helm()).objects()

    printed = _printed(tmp_path, with_helm(), capsys)

    for name in ("infisical/infisical-secrets", "infisical/infisical-helm-secrets"):
        assert f"Secret {name}" in printed
        assert f"Secret {name}" in objects
    assert "Chart infisical-standalone 1.7.2" in printed


def test_an_infisical_elsewhere_gets_the_values_and_the_secrets_to_create(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = {**elsewhere(), "infisicalAdminClientId": ENCRYPTED, "infisicalAdminClientSecret": ENCRYPTED}

    printed = _printed(tmp_path, config, capsys)

    assert "homelab:infisical.install is none" in printed
    assert yaml.safe_load(printed)["infisical"]["kubeSecretRef"] == "infisical-secrets"


def test_a_declaration_with_errors_is_answered_with_all_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Pulumi.homelab.yaml").write_text("config: {homelab:infisical: {install: flux}}")

    assert main(["--project", str(tmp_path)]) == 1

    printed = capsys.readouterr()
    assert "homelab:infisical.install" in printed.err
    assert "homelab:apps" in printed.err
    assert printed.out == ""
