"""A stack with the fake Infisical server, the fake Kubernetes API, and one delivery check."""

from __future__ import annotations

from typing import Any

from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin
from tests.infisical.fake_cluster import NAME, NAMESPACE
from tests.infisical.programs import INSTANCE, PROJECT, PROJECT_ID, secret
from tests.infisical.stack import EMAIL, PASSWORD, Declared, Stack

VALUES = {"PASSWORD": "admin-password-value", "TOKEN": "oauth-token-value"}
"""In Infisical."""

KEYS = {"admin-password": "/PASSWORD", "oauth_client_token": "/TOKEN"}
LITERALS = {"admin-user": "literal-text"}

HELD = {"admin-password": VALUES["PASSWORD"], "oauth_client_token": VALUES["TOKEN"], **LITERALS}
"""What the Secret must hold."""


def set_value(stack: Stack, name: str, value: str) -> None:
    """Change a value in Infisical, as its owner does."""
    Admin(stack.fake_infisical.url).set_secret(stack.outputs("project")["projectId"], name, value)


def stack_for(fake_infisical: FakeInfisical, kubeconfig: str) -> Stack:
    login = {"email": EMAIL, "password": PASSWORD, "organization": "homelab"}
    return Stack(fake_infisical, **login, kubeconfig=kubeconfig)


def delivery(**inputs: Any) -> Declared:
    given = {
        "namespace": NAMESPACE,
        "name": NAME,
        "projectId": PROJECT_ID,
        "environment": "prod",
        "keys": KEYS,
        "literals": LITERALS,
        "timeoutSeconds": 30.0,
    }
    return Declared("Delivery", "delivery", {**given, **inputs})


SEEDED = [INSTANCE, PROJECT, *(secret(name, value) for name, value in VALUES.items())]


def program(**inputs: Any) -> list[Declared]:
    """The whole program; `inputs` are those of the delivery check."""
    return [*SEEDED, delivery(**inputs)]
