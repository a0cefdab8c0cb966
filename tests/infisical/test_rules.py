"""The limits and forms of Infisical: each rule accepts what the server accepts, and never repeats the value."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from infisical import rules
from tests.checkout import CHECKOUT

Rule = Callable[[Any], str | None]

ACCEPTED: list[tuple[Rule, list[Any]]] = [
    (rules.project_slug, ["homel", "home-lab", "a" * 36]),
    (rules.environment_slug, ["p", "prod-2", "a" * 64]),
    (rules.environments, [["prod"], {"prod": "Production", "dev": "Development"}]),
    (rules.not_empty, ["x", " x "]),
    (rules.organization_name, ["homelab", "My homelab", "x" * 64]),
    (rules.email, ["admin@homelab.test"]),
    (rules.url, ["http://infisical.test", "https://infisical.test:8443/base", "http://[::1]:8080"]),
    (rules.secret_name, ["DB_PASSWORD", "with space", "x" * 100]),
    (rules.folder_path, ["/", "/apps", "/apps/web_2/a-b"]),
    (rules.folder_below_root, ["/apps"]),
    (rules.folder_paths, [["/"], ["/apps", "/other"]]),
    (rules.secret_address, ["/NAME", "/apps/web/NAME"]),
    (rules.network, ["10.0.0.1", "10.0.0.0/8", "::1", "fd00::/8"]),
    (rules.networks, [["0.0.0.0/0", "::/0"]]),
    (rules.seconds, [1, 3600.0, rules.LONGEST_TOKEN_SECONDS]),
    (rules.without_references, ["$NAME", "${}", "${A B}", "price: $5"]),
]

REFUSED: list[tuple[Rule, list[Any]]] = [
    (rules.project_slug, ["home", "a" * 37, "Homelab", "home--lab", "-homelab", "home_lab", "homelab\n"]),
    (rules.environment_slug, ["", "Prod", "a" * 65, "prod-"]),
    (rules.environments, [[], ["prod", "Dev"]]),
    (rules.not_empty, ["", " \t\n"]),
    (rules.organization_name, ["", " homelab", "homelab ", "x" * 65]),
    (rules.email, ["", "admin", "admin@homelab", "a b@homelab.test", "a@b@homelab.test"]),
    (rules.url, ["infisical.test", "ftp://infisical.test", "http://", "http://a b", "http://infisical.test:0"]),
    (rules.url, ["http://infisical.test:port", "https://me@infisical.test", "http://a.test/?q", "http://a.test/#f"]),
    (rules.secret_name, ["", " NAME", "NAME ", "A/B", "A:B", "x" * 101]),
    (rules.folder_path, ["", "apps", "/apps/", "//apps", "/my apps", "/a.b"]),
    (rules.folder_below_root, ["/", "apps"]),
    (rules.folder_paths, [[], ["/apps", "other"]]),
    (rules.secret_address, ["NAME", "/", "//NAME", "/apps/", "/my apps/NAME", "/A:B"]),
    (rules.network, ["", "10.0.0.1/8", "10.0.0.0/255.0.0.0", "10.0.0.0/33", "fe80::1%eth0", "host"]),
    (rules.networks, [[], ["10.0.0.0/8", "host"]]),
    (rules.seconds, [0, -1, 0.5, rules.LONGEST_TOKEN_SECONDS + 1]),
    (rules.without_references, ["${NAME}", "a${prod.apps.NAME}b", "${a@b}"]),
]


def cases(table: list[tuple[Rule, list[Any]]]) -> list[Any]:
    return [
        pytest.param(rule, value, id=f"{rule.__name__}-{value!r:.40}") for rule, values in table for value in values
    ]


@pytest.mark.parametrize(("rule", "value"), cases(ACCEPTED))
def test_valid_values_are_accepted(rule: Rule, value: object) -> None:
    assert rule(value) is None


@pytest.mark.parametrize(("rule", "value"), cases(REFUSED))
def test_invalid_values_are_refused_with_what_is_expected(rule: Rule, value: object) -> None:
    expected = rule(value)

    assert expected
    assert "must" not in expected, "the caller adds the verb"


def test_references_name_the_secrets_that_a_value_refers_to() -> None:
    assert rules.references("${NAME} and ${prod.apps.OTHER}, not ${A B} or $C") == ["NAME", "prod.apps.OTHER"]


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("  a b  ", "a b"),
        ("\ufeffa\u00a0", "a"),
        ("\x1ca\x85", "\x1ca\x85"),
        ("lines\n\n", "lines\n"),
        ("\n", "\n"),
        ("", ""),
    ],
)
def test_values_are_trimmed_as_infisical_trims_them(value: str, stored: str) -> None:
    assert rules.stored_form(value) == stored
    assert rules.stored_form(stored) == stored


def test_importing_the_rules_does_not_load_pulumi() -> None:
    script = "import sys, infisical.rules; print('pulumi' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
