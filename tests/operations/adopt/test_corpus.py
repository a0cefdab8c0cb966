"""
Every ExternalSecret of the corpus becomes the expected declaration, or is left out for the expected reason.

`UPDATE_ADOPTED=1` in the environment rewrites `expected/`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.adopt.content.meaning import meaning_of
from operations.adopt.content.stores import Scope, Site, Stores, found_stores, host
from operations.adopt.reading.files import read_files
from tests.components.program import run
from tests.declaration.stack_config import stack_file
from tests.operations.adopt.adopting import CORPUS, STORE, Project

EXPECTED = Path(__file__).parent / "expected"
GROUPS = sorted(file.stem for file in CORPUS.glob("*.yaml") if file != STORE)


@pytest.mark.parametrize("group", GROUPS)
def test_the_declaration_is_the_expected_one(group: str, project: Project) -> None:
    ran = project.adopt(STORE, CORPUS / f"{group}.yaml")
    found = {"apps": project.apps(), "leftOut": ran.reasons()}
    file = EXPECTED / f"{group}.yaml"
    if os.environ.get("UPDATE_ADOPTED"):
        file.write_text(yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=110))

    assert found == yaml.safe_load(file.read_text())
    assert ran.code == (1 if found["leftOut"] else 0)


def test_the_corpus_has_every_shape() -> None:
    found = read_files([CORPUS]).external_secrets

    assert len(found) > 90
    assert len({each.place for each in found}) == len(found)


def test_the_program_applies_what_was_there(project: Project) -> None:
    """The program itself runs with the written declaration. Its ExternalSecrets mean the same as the corpus's."""
    ran = project.adopt(CORPUS)
    config = stack_file()
    written = run({**config, "store": project.config()["homelab:store"], "apps": project.apps()}).objects()
    inputs = read_files([CORPUS])
    theirs = found_stores(inputs.stores, None, ())
    ours = Stores({_key(body): _scope(body) for name, body in written.items() if name.startswith("ClusterSecretStore")})
    adopted = {place for place, result in ran.results().items() if result == "adopted"}

    for each in inputs.external_secrets:
        if each.place in adopted:
            body = written[f"ExternalSecret {each.place}"]
            reference = body["spec"]["secretStoreRef"]
            keeps_store = (reference["kind"], "", reference["name"]) not in ours.scopes
            written_meaning = meaning_of(body, each.namespace, ours, keeps_store=keeps_store)
            assert (
                written_meaning.flat()
                == meaning_of(each.content, each.namespace, theirs, keeps_store=keeps_store).flat()
            )
    assert len(adopted) > 60
    assert not {name for name in written if name.startswith("ExternalSecret") and name.split()[1] not in adopted}


def _key(store: Mapping[str, Any]) -> tuple[str, str, str]:
    return store["kind"], "", store["metadata"]["name"]


def _scope(store: Mapping[str, Any]) -> Scope:
    infisical = store["spec"]["provider"]["infisical"]
    scope = infisical["secretsScope"]
    site = Site(host(infisical["hostAPI"]), scope["projectSlug"], scope["environmentSlug"])
    return Scope(site, scope["secretsPath"])
