"""A stack file is read as `pulumi up` reads it, and no secret of it is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from declaration import CREDENTIALS
from operations.pull_request.declared import read_declaration, secrets_in_clear
from tests.declaration.many_apps import write_apps
from tests.operations.pull_request.test_keys import CONTENT
from tooling.stack.throw_away import ThrowAwaySecrets


def write(folder: Path, text: str | dict[str, Any]) -> None:
    content = text if isinstance(text, str) else yaml.safe_dump({"config": text})
    (folder / "Pulumi.homelab.yaml").write_text(content)


@pytest.mark.parametrize("key", [key for key, credential in CREDENTIALS.items() if credential.secret])
def test_a_throw_away_value_has_the_form_of_its_key(key: str) -> None:
    throw_away = ThrowAwaySecrets()
    replaced = throw_away.replaced({f"homelab:{key}": {"secure": "v1:x"}})[f"homelab:{key}"]

    assert CREDENTIALS[key].describe(replaced) is None
    assert throw_away.values == {replaced}


def test_each_ciphertext_gets_its_own_value() -> None:
    throw_away = ThrowAwaySecrets()
    first = throw_away.replaced({"homelab:values": {"A": {"secure": "v1:x"}, "B": [{"secure": "v1:y"}]}})
    second = throw_away.replaced({"homelab:values": {"A": {"secure": "v1:x"}}})

    assert first["homelab:values"]["A"] == second["homelab:values"]["A"]
    assert first["homelab:values"]["A"] != first["homelab:values"]["B"][0]


def test_a_secret_in_clear_is_a_problem_and_will_be_hidden(tmp_path: Path) -> None:
    write(tmp_path, CONTENT | {"homelab:argocdOidcClientSecret": "in-clear-by-mistake"})
    declared = read_declaration(tmp_path, "homelab", ThrowAwaySecrets())

    assert len(declared.problems) == 1
    assert declared.problems[0].path == "homelab:argocdOidcClientSecret"
    assert "in-clear-by-mistake" in set(secrets_in_clear(declared.config))
    assert "in-clear-by-mistake" not in repr(declared)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, "file not found"),
        ("config:\n  homelab:x: [planted-secret\n", "invalid YAML at line 3"),
        ("config: planted-secret\n", "no mapping `config`"),
        ("- planted-secret\n", "no mapping `config`"),
    ],
    ids=["missing", "torn", "text", "list"],
)
def test_a_file_that_cannot_be_read_is_a_problem(text: str | None, found: str, tmp_path: Path) -> None:
    if text is not None:
        write(tmp_path, text)
    declared = read_declaration(tmp_path, "homelab", ThrowAwaySecrets())

    assert len(declared.problems) == 1
    assert found in str(declared.problems[0])
    assert "planted-secret" not in str(declared.problems)


def test_the_apps_in_files_belong_to_the_declaration_of_their_revision(tmp_path: Path) -> None:
    apps = dict(CONTENT["homelab:apps"])
    write_apps(tmp_path / "apps", {"web": apps.pop("web")})
    write(tmp_path, CONTENT | {"homelab:apps": apps, "homelab:appFiles": "apps/"})
    declared = read_declaration(tmp_path, "homelab", ThrowAwaySecrets())
    (tmp_path / "apps" / "web.yaml").write_text("namespace: web\n")
    broken = read_declaration(tmp_path, "homelab", ThrowAwaySecrets())

    assert declared.homelab
    assert {app.name for app in declared.homelab.apps} == {"web", "other"}
    assert [problem.path for problem in broken.problems] == ["apps/web.yaml: keys"]
