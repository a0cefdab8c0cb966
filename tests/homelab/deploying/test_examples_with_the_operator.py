"""Each example, as `make up` deploys it: the real operator writes exactly the Secrets that it declares."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.controlplane import prerequisite_namespaces
from sandbox.controlplane.prerequisites import ensure_prerequisites
from sandbox.declared import declared_apps, read_config
from sandbox.infisical import FakeInfisical
from sandbox.stack.differences import on_this_machine, throw_away_values
from sandbox.stack.stand_ins import ensure_stand_ins, stand_ins
from tests.checkout import CHECKOUT
from tests.homelab.conftest import Shared
from tests.homelab.deploying.examples import GIVEN, OF_APPS, OF_SITES, STAND_INS
from tests.homelab.deploying.expected_secrets import ExpectedSecret, Infisical
from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.homelab.owner import Owner, Visitor
from tests.homelab.snapshots import answers
from tests.sandbox.infisical.admin import Admin, Login
from tests.waiting import eventually
from tests.warm import Warm
from tooling.toolchain import Tools

EXAMPLES = CHECKOUT / "examples"
SECRETS = OF_APPS | OF_SITES


def declare(homelab: Homelab, tools: Tools, example: str, url: str, **infisical: Any) -> None:
    """
    Declare an example in place of the previous one, as `make up` does, with the owner's values.

    :param infisical: fields of `homelab:infisical` that `make up` leaves out
    """
    stack_file = EXAMPLES / example / "Pulumi.homelab.yaml"
    declared, cluster = read_config(stack_file), homelab.plane
    ensure_prerequisites(cluster.plane, tools.crds, prerequisite_namespaces(stack_file))
    needed = stand_ins(secret for app in declared_apps(declared) or () for secret in app.secrets)
    ensure_stand_ins(cluster.kubectl, [dataclasses.replace(each, values=STAND_INS[each.name]) for each in needed])
    homelab.config = on_this_machine(declared, url)
    homelab.config["homelab:infisical"] |= infisical
    given = GIVEN.get(example, {})
    homelab.values, homelab.credentials = dict(given), {}
    made = throw_away_values(homelab.config)
    assert {path for path in made if "[" in path} == {f'homelab:values["{name}"]' for name in given}
    for path in made.keys() - {f'homelab:values["{name}"]' for name in given}:
        homelab.credentials[path.removeprefix("homelab:")] = made[path]()
    homelab.declare()


def differences(
    homelab: Homelab, expected: Mapping[str, ExpectedSecret], infisical: Infisical, places: Collection[str] = ()
) -> list[str]:
    """
    Between the Secrets of all ExternalSecrets and the expected ones.

    :param places: of the ExternalSecrets, if another stack has some
    """
    found = homelab.objects("secret")
    wrong = [
        f"{place}: not expected" for place in homelab.objects(EXTERNAL_SECRET) if place not in (places or expected)
    ]
    wrong += [f"{place}: missing" for place in expected if place not in found]
    for place in expected.keys() & found.keys():
        wrong += [f"{place}: {each}" for each in expected[place].differences(found[place], infisical)]
    return wrong


@pytest.fixture
def fresh(shared: Shared, tools: Tools) -> Callable[..., Homelab]:
    """Declares an example on a cluster where nothing is deployed; the operator and the fake Argo CD run."""

    def declared(example: str, url: str = "", **infisical: Any) -> Homelab:
        homelab = shared.empty({"homelab:infisical": {}}, operated=True)
        declare(homelab, tools, example, url or homelab.plane.infisical_url, **infisical)
        return homelab

    return declared


def test_every_example_is_deployed() -> None:
    assert {folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()} == set(SECRETS)


@pytest.mark.parametrize("example", [*OF_APPS, "external-database", "high-availability", "separate-database"])
def test_an_example_delivers_what_it_declares(example: str, fresh: Callable[..., Homelab]) -> None:
    homelab = fresh(example)

    homelab.up()

    assert differences(homelab, SECRETS[example], Infisical(Owner(homelab))) == []


def test_infisical_that_flux_or_helm_installs(fresh: Callable[..., Homelab], fake_infisical: FakeInfisical) -> None:
    homelab = fresh("flux-or-helm", fake_infisical.url, install="helm")

    homelab.up()

    assert homelab.objects("applications.argoproj.io") == {}
    assert differences(homelab, SECRETS["flux-or-helm"], Infisical(Owner(homelab))) == []


def test_infisical_elsewhere_and_a_second_environment(
    fresh: Callable[..., Homelab], fake_infisical: FakeInfisical, tools: Tools, warm: Warm, tmp_path: Path
) -> None:
    """Two stacks, each with a login and an identity of its own; the second one in the cluster of the first."""
    admin = Admin(fake_infisical)
    first = fresh("infisical-elsewhere", fake_infisical.url, install="none")
    login = log_in(first, admin)

    first.up()

    values = values_of(admin, login)
    expected, staging = SECRETS["infisical-elsewhere"], SECRETS["second-environment"]
    assert first.objects("applications.argoproj.io") == {}
    assert differences(first, expected, values) == []
    workspace = warm.workspace(tmp_path / "workspace", tools, first.plane.kubeconfig, "staging")
    warm.prepare(tmp_path / "project")
    with contextlib.closing(Homelab(first.plane, workspace, tmp_path / "project", {}, stack="staging")) as second:
        declare(second, tools, "second-environment", fake_infisical.url, install="none")
        values.visitor.call("POST", membership(values.visitor, log_in(second, admin)), role="admin")
        second.up()
        both = {*expected, *staging}
        assert differences(first, expected, values_of(admin, login), both) == []
        assert differences(second, staging, values_of(admin, login, "staging"), both) == []


def test_infisical_that_its_owner_sets_up_by_hand(fresh: Callable[..., Homelab]) -> None:
    homelab = fresh("set-up-by-hand")
    homelab.credentials, url = {}, homelab.plane.infisical_url
    homelab.up()
    eventually(lambda: answers(url), "Infisical answers")
    admin = Admin(FakeInfisical(homelab.plane.argocd.directory))
    project, reader = admin.project("homelab"), admin.identity("reader")
    admin.member(project, reader, "viewer")
    admin.secret(project, "GRAFANA_ADMIN_PASSWORD", "set-by-hand")
    homelab.set_secret("infisicalMachineIdentityClientId", reader.client_id)
    homelab.set_secret("infisicalMachineIdentityClientSecret", reader.client_secret)

    homelab.up()

    place = "monitoring/grafana-secret"
    eventually(lambda: place in homelab.objects("secret"), f"the operator writes {place}")
    assert differences(homelab, SECRETS["set-up-by-hand"], Infisical(Visitor(url, admin.token, project))) == []


def log_in(homelab: Homelab, admin: Admin) -> Login:
    """Give the stack, as its only credential, the login of a new machine identity that administers the organization."""
    login = admin.identity(f"admin-of-{homelab.stack}")
    admin.do("PATCH", f"/api/v1/identities/{login.identity}", {"role": "admin"})
    homelab.credentials = {
        "infisicalAdminClientId": login.client_id,
        "infisicalAdminClientSecret": login.client_secret,
    }
    homelab.declare()
    return login


def membership(visitor: Visitor, login: Login) -> str:
    return f"/api/v1/projects/{visitor.project_id}/memberships/identities/{login.identity}"


def values_of(admin: Admin, login: Login, environment: str = "prod") -> Infisical:
    token = admin.login(login)
    project = admin.do("GET", "/api/v1/projects/slug/homelab", token=token)["id"]
    return Infisical(Visitor(admin.fake.url, token, project), environment)
