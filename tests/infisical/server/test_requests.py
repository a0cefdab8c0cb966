"""How many requests a preview without changes sends: each takes a round trip, in every command."""

from __future__ import annotations

import re

from tests.infisical.programs import INSTANCE, PROJECT, PROJECT_ID, client_secret, identity, secret
from tests.infisical.stack import Declared, Program, Stack

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")

KEEP = Declared("Folder", "keep", {"projectId": PROJECT_ID, "environment": "prod", "path": "/keep"})


def homelab(apps: int) -> Program:
    """One resource of each kind, and apps that read the same folder."""
    values = [secret(f"KEY_{number}", f"value-{number}") for number in range(apps)]
    return [INSTANCE, PROJECT, KEEP, identity(), client_secret(), *values]


async def previewed(stack: Stack, program: Program) -> list[str]:
    """The requests of a preview without changes."""
    await stack.up(program)
    before = len(stack.fake_infisical.requests())

    await stack.preview(program)

    assert stack.steps == []
    sent = stack.fake_infisical.requests()[before:]
    return [f"{request['method']} {ID.sub('ID', request['path'])}" for request in sent]


async def test_a_preview_without_changes_sends_each_request_once(stack: Stack) -> None:
    assert await previewed(stack, homelab(2)) == [
        "GET /api/v1/admin/config",
        "POST /api/v3/auth/login",
        "POST /api/v3/auth/select-organization",
        "GET /api/v1/projects/slug/homelab",
        "GET /api/v2/folders",
        "POST /api/v1/identities/search",
        "GET /api/v1/projects/ID/memberships/identities",
        "GET /api/v2/identity-project-additional-privilege",
        "GET /api/v1/auth/universal-auth/identities/ID/client-secrets",
        "GET /api/v4/secrets",
    ]


async def test_more_values_in_a_folder_need_no_more_requests(stack: Stack) -> None:
    few = await previewed(stack, homelab(2))

    assert await previewed(stack, homelab(12)) == few


async def test_an_organization_that_is_gone_is_looked_up_again(stack: Stack) -> None:
    await stack.up([INSTANCE])
    outputs = stack.records["instance"].outputs
    outputs["organizationId"] = "00000000-0000-4000-8000-000000000000"

    await stack.preview([INSTANCE, PROJECT])

    assert stack.log.warnings == []
