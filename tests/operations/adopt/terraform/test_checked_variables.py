"""Every variable is checked, all errors are reported at once, and none shows a value."""

from __future__ import annotations

import pytest

from operations.adopt.terraform.variables import VARIABLES, check_variables
from tests.operations.adopt.terraform.terraforming import SSH_KEY, VALUES, Terraforming, tfvars


def test_the_values_of_the_predecessor_are_valid() -> None:
    given = check_variables({**VALUES, "argocd_version": "7.8.0"}, managed=False)

    assert given.problems == ()
    assert given.values == VALUES
    assert given.left_out.keys() == {"argocd_version"}
    assert given.unknown == ()


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("infisical_encryption_key", "canary", "6 characters, 3 of them not hexadecimal"),
        ("infisical_encryption_key", 5, "a number"),
        ("infisical_encryption_key", "placeholder-key", "a placeholder"),
        ("infisical_auth_secret", "canary!", "7 characters that are not base64"),
        ("infisical_postgres_password", "canary", "6 characters"),
        ("infisical_redis_password", "canary@" * 5, "characters that must be escaped in a connection string"),
        ("infisical_machine_identity_client_id", "", "an empty string"),
        ("infisical_machine_identity_client_secret", "placeholder-update-after", "a placeholder"),
        ("argocd_oidc_client_secret", "canary canary", "a string with white space"),
        ("argocd_repo_ssh_private_key", "canary", "a string that is not a private key (lines: 1)"),
        ("argocd_repo_ssh_private_key", SSH_KEY.strip(), "a private key without a newline at its end"),
        ("homelab_repo_url", "https://canary@github.com/me/homelab", "a string of another form"),
    ],
)
def test_a_wrong_value_is_described_and_not_shown(name: str, value: object, found: str) -> None:
    (problem,) = check_variables({**VALUES, name: value}, managed=False).problems

    assert (problem.path, problem.found) == (name, found)
    assert "canary" not in str(problem).lower()


def test_all_missing_variables_are_reported_at_once() -> None:
    problems = check_variables({"homelab_repo_url": "https://github.com/me/homelab"}, managed=False).problems

    assert {problem.path for problem in problems} == {each.name for each in VARIABLES if each.required}
    assert {problem.found for problem in problems} == {"missing"}


def test_a_private_key_needs_the_address_of_its_repository() -> None:
    found = {name: value for name, value in VALUES.items() if name != "homelab_repo_url"}

    (problem,) = check_variables(found, managed=False).problems

    assert (problem.path, problem.found) == ("homelab_repo_url", "missing")


def test_a_managed_infisical_needs_no_login_of_the_operator() -> None:
    given = check_variables({**VALUES, "infisical_machine_identity_client_id": "placeholder"}, managed=True)

    assert given.problems == ()
    assert not [name for name in given.values if "machine_identity" in name]


def test_the_command_reports_every_error_and_writes_nothing(terraforming: Terraforming) -> None:
    wrong = {**VALUES, "infisical_encryption_key": "canary", "homelab_repo_url": "canary"}
    terraforming.variables(tfvars(wrong))

    code, output = terraforming.run("--yes")

    assert code == 2
    assert "infisical_encryption_key\n" in output
    assert "homelab_repo_url\n" in output
    assert terraforming.kubectl.writes == []
    assert {call[1] for call in terraforming.pulumi.calls} <= {"--json", "export"}
