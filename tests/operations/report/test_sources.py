"""The report says for each key where its value comes from, and where it is in Infisical."""

from __future__ import annotations

from pathlib import Path

import pytest

from declaration import Homelab
from operations.report.content import Origin, Source
from operations.report.origins import declared_origins, store_of, unnamed_origins
from tests.operations.report.homelabs import declared


@pytest.fixture
def homelab(tmp_path: Path) -> Homelab[None]:
    return declared(tmp_path)


def origins(homelab: Homelab[None], name: str) -> dict[str, Origin]:
    secret = next(each for each in homelab.delivered_secrets if each.name == name)
    return declared_origins(secret, homelab)


def test_a_generated_key_has_its_kind_and_its_address_in_infisical(homelab: Homelab[None]) -> None:
    assert origins(homelab, "web-secret")["token"] == Origin(
        Source.GENERATED, "hex, 32 random bytes, immutable", "/WEB_TOKEN", "WEB_TOKEN"
    )


def test_a_key_that_only_the_owner_sets_comes_from_infisical(homelab: Homelab[None]) -> None:
    assert origins(homelab, "web-secret")["WEB_LICENSE"] == Origin(Source.MANUAL, "", "/WEB_LICENSE", "WEB_LICENSE")


def test_a_shared_key_names_the_other_apps_that_read_it(homelab: Homelab[None]) -> None:
    found = origins(homelab, "web-secret")["SMTP_PASSWORD"]

    assert (found.source, found.place, found.others) == (Source.CONFIG, "/smtp/SMTP_PASSWORD", ("mail",))


def test_a_template_names_what_it_is_composed_of_and_not_its_text(homelab: Homelab[None]) -> None:
    assert origins(homelab, "web-secret")["url"] == Origin(Source.TEMPLATE, "composed of WEB_DATABASE")


def test_a_literal_is_shown_without_its_text(homelab: Homelab[None]) -> None:
    assert origins(homelab, "web-secret")["user"] == Origin(Source.LITERAL, "not secret")


def test_a_key_that_only_templates_read_is_listed(homelab: Homelab[None]) -> None:
    assert origins(homelab, "web-secret")["WEB_DATABASE"].place == "/WEB_DATABASE"


def test_a_key_of_another_store_has_its_place_there(homelab: Homelab[None]) -> None:
    assert origins(homelab, "web-store") == {
        "password": Origin(Source.STORE, "SecretStore sites/kubernetes", "postgres#password")
    }


def test_a_key_of_a_generator_names_it(homelab: Homelab[None]) -> None:
    assert origins(homelab, "web-generator") == {"made": Origin(Source.GENERATOR, "Password sites/web")}


def test_a_key_of_a_whole_folder_has_its_address(homelab: Homelab[None]) -> None:
    secret = next(each for each in homelab.delivered_secrets if each.name == "web-folder")

    found = unnamed_origins(secret, homelab, ["PG_HOST"])

    assert found == {"PG_HOST": Origin(Source.FOLDER, "every key of the folder", "/web/PG_HOST")}


@pytest.mark.parametrize(
    ("secret", "store"),
    [
        ("web-secret", "ClusterSecretStore infisical"),
        ("web-folder", "ClusterSecretStore infisical-web-a1fc82d7"),
        ("web-store", "SecretStore sites/kubernetes"),
        ("web-generator", "Password sites/web"),
    ],
)
def test_a_secret_names_what_its_external_secret_reads(homelab: Homelab[None], secret: str, store: str) -> None:
    assert store_of(next(each for each in homelab.delivered_secrets if each.name == secret), homelab) == store
