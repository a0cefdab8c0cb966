"""How the commands log in: as a machine identity of a file or of the environment, else as the stack does."""

from __future__ import annotations

import pytest

from operations.stack import Stack
from operations.values.access.login import Access, find_access
from tests.operations.encryption_key.fakes.administrator import EMAIL
from tests.operations.values.lab import Lab
from tooling.stack.declared import checked, read_declaration

ID, SECRET = "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"


def access(lab: Lab, **environment: str) -> Access:
    homelab = checked(read_declaration(lab.project, "homelab"))
    return find_access(homelab, lambda: Stack(lab.project, "homelab"), None, environment)


def test_a_machine_identity_with_the_least_rights_reads_values_without_the_stack(served: Lab) -> None:
    served.set({"WEB_TOKEN": "one", "WEB_KEY": "two", "WEB_LOGIN": "three"})
    lines = [f"{name}={value}" for name, value in served.identity().items()]
    file = served.write("identity", "\n".join(lines))
    file.chmod(0o600)

    ran = served.run("export-values", "--app", "web", "--to", served.folder / ".env", "--identity", file)

    assert (ran.code, ran.err) == (0, "")
    assert served.pulumi.arguments == []


def test_the_environment_may_name_the_server(lab: Lab) -> None:
    found = access(lab, **{ID: "id", SECRET: "secret", "INFISICAL_API_URL": "https://infisical.example.net/api"})

    assert found.url == "https://infisical.example.net/api"
    assert (found.login.client_id, found.login.client_secret) == ("id", "secret")
    assert access(lab, **{ID: "id", SECRET: "secret"}).url == lab.url
    assert lab.pulumi.arguments == []


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606])
def test_a_file_that_others_may_read_is_refused(mode: int, lab: Lab) -> None:
    file = lab.write("identity", f"{ID}=id\n{SECRET}=canary\n")
    file.chmod(mode)

    ran = lab.run("export-values", "--to", lab.folder / ".env", "--identity", file)

    assert ran.code == 2
    assert f"found:    mode {mode:04o}" in ran.err
    assert "canary" not in ran.text


@pytest.mark.parametrize(("text", "missing"), [(f"{ID}=id", SECRET), (f"{SECRET}=x", ID), ("", f"{ID} and {SECRET}")])
def test_a_login_that_is_incomplete_is_refused(text: str, missing: str, lab: Lab) -> None:
    file = lab.write("identity", text)
    file.chmod(0o600)

    assert f"no value of {missing}" in lab.run("export-values", "--to", lab.folder / "a", "--identity", file).err


def test_a_wrong_client_secret_names_where_it_comes_from(served: Lab) -> None:
    served.patch.setenv(ID, served.identity()[ID])
    served.patch.setenv(SECRET, "canary-wrong")

    ran = served.run("export-values", "--to", served.folder / ".env")

    assert ran.code == 2
    assert f"Check `{ID}` and `{SECRET}`" in ran.err
    assert "canary" not in ran.text


def test_the_login_of_a_deployed_stack_is_in_its_state(lab: Lab) -> None:
    lab.pulumi.provider = {
        "url": "https://i.example.net",
        "clientId": "id",
        "clientSecret": "secret",
        "caBundle": "pem",
    }

    found = access(lab)

    assert (found.url, found.ca_bundle, found.login.client_secret) == ("https://i.example.net", "pem", "secret")


@pytest.mark.parametrize(
    "config",
    [
        {"infisicalAdminPassword": "password"},
        {"infisicalToken": "token"},
        {"infisicalAdminClientId": "id", "infisicalAdminClientSecret": "secret"},
    ],
)
def test_before_the_first_up_the_login_is_that_of_the_config(config: dict[str, str], lab: Lab) -> None:
    lab.pulumi.config = config

    login = access(lab).login

    assert (login.password, login.token, login.client_secret) == (
        config.get("infisicalAdminPassword", ""),
        config.get("infisicalToken", ""),
        config.get("infisicalAdminClientSecret", ""),
    )
    assert login.email == EMAIL


def test_an_infisical_that_was_set_up_by_hand_has_the_operators_identity(lab: Lab) -> None:
    lab.declare(infisical={"mode": "manual"})
    names = ("infisicalMachineIdentityClientId", "infisicalMachineIdentityClientSecret")
    lab.pulumi.config = dict(zip(names, ("id", "secret"), strict=True))

    assert access(lab).login.shown == "the machine identity of `homelab:infisicalMachineIdentityClientId`"


def test_a_stack_without_a_login(lab: Lab) -> None:
    ran = lab.run("export-values", "--to", lab.folder / ".env")

    assert ran.code == 2
    assert "The stack homelab has no login to Infisical" in ran.err


def test_a_machine_without_pulumi_needs_a_machine_identity(lab: Lab) -> None:
    lab.patch.setenv("PATH", str(lab.folder))

    ran = lab.run("run", "--", "env")

    assert ran.code == 125
    assert "There is no login to Infisical\n    found:    no machine identity, and pulumi is not on PATH" in ran.err


def test_an_app_that_is_not_declared(lab: Lab) -> None:
    ran = lab.run("export-values", "--to", lab.folder / ".env", "--app", "webb")

    assert "declares no app 'webb'\n    expected: web, mail" in ran.err


def test_no_repr_holds_a_credential(lab: Lab) -> None:
    assert "canary" not in repr(access(lab, **{ID: "id", SECRET: "canary"}))
