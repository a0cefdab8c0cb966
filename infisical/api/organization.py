"""What an organization holds beside one project."""

from __future__ import annotations

from typing import Final

from infisical.api.call import Call
from infisical.api.generations import first_known
from infisical.api.session import Session

MADE_BY_BOOTSTRAP: Final = ("Instance Admin Identity",)
"""Identities that every server has from its beginning."""


async def list_projects(session: Session) -> dict[str, str]:
    """The names by slug of the projects that the login belongs to, without those that a server makes by itself."""
    what = "list the projects"
    calls = [
        Call(what=what, method="GET", path="/api/v1/projects"),
        Call(what=what, method="GET", path="/api/v1/workspace"),
    ]
    answer = await first_known(session, "list projects", calls)
    return {
        entry.text("slug"): entry.text("name")
        for entry in answer.each("projects" if "projects" in answer.body else "workspaces")
        if not (entry.body.get("type") == "cert-manager" and entry.text("slug").startswith("cert-manager-"))
    }


async def list_identities(session: Session) -> list[str]:
    """The names of the organization's machine identities, without those that a server makes by itself."""
    call = Call(
        what="list the identities",
        method="GET",
        path="/api/v1/identities",
        query={"orgId": await session.organization_id()},
    )
    names = [entry.within("identity").text("name") for entry in (await session.send(call)).each("identities")]
    return sorted(name for name in names if name not in MADE_BY_BOOTSTRAP)
