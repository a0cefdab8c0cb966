"""Homelabs without Argo CD, without this program's set-up of Infisical, with several Secrets, and with other stores."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import pytest
import yaml

from operations.doctor.facts import Held, Login
from operations.doctor.steps.login import login_secret
from tests.checkout import CHECKOUT
from tests.operations.doctor.synthetic import Lab, declared, external_secret
from tooling.stack.declared import check_config, checked


def test_an_infisical_elsewhere_needs_no_secret_application_or_pod() -> None:
    homelab = declared()
    lab = Lab(dataclasses.replace(homelab, infisical=dataclasses.replace(homelab.infisical, install="none")))
    lab.observe(application=None, project=None, infisical_pods=[])

    assert lab.findings() == []
    assert [lab.status(step) for step in ("bootstrap-secrets", "application", "pods")] == ["not-needed"] * 3


def test_with_helm_there_is_no_application() -> None:
    homelab = declared()
    lab = Lab(dataclasses.replace(homelab, infisical=dataclasses.replace(homelab.infisical, install="helm")))
    lab.observe(application=None, project=None)

    assert lab.findings() == []
    assert [lab.status(step) for step in ("bootstrap-secrets", "application", "pods")] == ["ok", "not-needed", "ok"]


def by_hand() -> Lab:
    homelab = declared()
    return Lab(dataclasses.replace(homelab, infisical=dataclasses.replace(homelab.infisical, managed=None)))


def test_set_up_by_hand_the_fix_names_the_config_of_the_login() -> None:
    lab = by_hand()
    lab.answer(login=Login(401, "Invalid credentials"), project=None, folders={})

    assert "homelab:infisicalMachineIdentityClientSecret" in lab.only_finding().fix


def test_set_up_by_hand_the_fix_names_the_steps_in_infisical() -> None:
    lab = by_hand()
    lab.observe(own={**lab.cluster.own, login_secret(lab.homelab): Held({"clientId": b"id", "clientSecret": b""})})

    assert lab.only_finding().id == "login-incomplete"


def test_a_missing_key_that_the_program_does_not_seed_is_added_in_infisical() -> None:
    lab = by_hand()
    (folder,) = lab.infisical.folders.values()
    values = {name: value for name, value in folder.values.items() if name != "AUTHENTIK_SECRET_KEY"}
    lab.answer(folders={next(iter(lab.infisical.folders)): dataclasses.replace(folder, values=values)})

    assert lab.only_finding().fix == "add AUTHENTIK_SECRET_KEY with a value to / in prod in Infisical"


APPS: Final[dict[str, Any]] = {
    "web": {
        "namespace": "web",
        "secrets": {
            "web-login": {"keys": {"WEB_TOKEN": {"source": "generate", "kind": "hex", "size": 16}}},
            "web-database": {"keys": {"WEB_DATABASE": {"source": "generate", "kind": "hex", "size": 16}}},
        },
    },
    "cloud": {"namespace": "cloud", "store": {"name": "kubernetes"}, "keys": {"PASSWORD": {"key": "postgres-app"}}},
    "registry": {
        "namespace": "registry",
        "generator": {"kind": "ECRAuthorizationToken", "name": "registry", "secretKeys": ["password"]},
    },
}


@pytest.fixture
def mixed() -> Lab:
    """An app with two Secrets, one that reads another store, and one with a generator."""
    config = yaml.safe_load((CHECKOUT / "Pulumi.homelab.yaml").read_text())["config"]
    lab = Lab(checked(check_config(CHECKOUT, "Pulumi.homelab.yaml", {**config, "homelab:apps": APPS})))
    for place, key in (("cloud/cloud-secret", "PASSWORD"), ("registry/registry-secret", "password")):
        secrets = lab.cluster.secrets
        assert isinstance(secrets, dict)
        secrets[place]["data"] = {key: "Y2FuYXJ5"}
    return lab


def failed(lab: Lab, *places: str) -> None:
    objects = lab.cluster.external_secrets
    assert isinstance(objects, dict)
    broken = {place: external_secret(place, status="False", message="could not get secret data") for place in places}
    lab.observe(external_secrets={**objects, **broken})


def test_secrets_of_other_stores_and_generators_are_complete_if_each_key_has_a_value(mixed: Lab) -> None:
    assert mixed.findings() == []

    secrets = mixed.cluster.secrets
    assert isinstance(secrets, dict)
    secrets["cloud/cloud-secret"]["data"] = {}

    finding = mixed.only_finding()
    assert (finding.id, finding.where) == ("not-equal", ("Secret cloud/cloud-secret, key PASSWORD",))
    assert finding.what == "A Secret does not hold what SecretStore cloud/kubernetes holds"


def test_each_secret_of_an_app_is_named(mixed: Lab) -> None:
    failed(mixed, "web/web-database")

    assert mixed.only_finding().where == ("ExternalSecret web/web-database",)


def test_a_failure_of_another_store_is_reported_although_the_login_is_refused(mixed: Lab) -> None:
    mixed.answer(login=Login(401, "Invalid credentials"), project=None, folders={})
    failed(mixed, "cloud/cloud-secret", "web/web-login")

    found = {each.id: each for each in mixed.findings()}
    assert found.keys() == {"login-refused", "not-synced"}
    assert found["not-synced"].where == ("ExternalSecret cloud/cloud-secret",)
    assert found["not-synced"].found.startswith("SecretStore: Ready=False")


def test_the_fix_says_that_a_generator_makes_new_values(mixed: Lab) -> None:
    failed(mixed, "registry/registry-secret")

    assert mixed.only_finding().fix.endswith("; its generator then makes new values")
