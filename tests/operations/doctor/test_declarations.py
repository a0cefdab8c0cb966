"""Homelabs without Argo CD, without this program's set-up of Infisical, and with other stores."""

from __future__ import annotations

import dataclasses

from operations.doctor.facts import Held, Login
from operations.doctor.steps.login import login_secret
from tests.operations.doctor.synthetic import Lab, declared


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
