"""All routes of the fake Infisical server."""

from sandbox.infisical.routes.account import instance, organizations, users
from sandbox.infisical.routes.identities import access_tokens, client_secrets, identities, token_auth, universal_auth
from sandbox.infisical.routes.projects import environments, memberships, privileges, projects, roles, tags
from sandbox.infisical.routes.secrets import batches, folders, imports, reads, versions, writes

ROUTES = (
    *instance.ROUTES,
    *users.ROUTES,
    *organizations.ROUTES,
    *projects.ROUTES,
    *environments.ROUTES,
    *roles.ROUTES,
    *tags.ROUTES,
    *folders.ROUTES,
    *identities.ROUTES,
    *universal_auth.ROUTES,
    *client_secrets.ROUTES,
    *token_auth.ROUTES,
    *access_tokens.ROUTES,
    *memberships.ROUTES,
    *privileges.ROUTES,
    *batches.ROUTES,
    *reads.ROUTES,
    *writes.ROUTES,
    *imports.ROUTES,
    *versions.ROUTES,
)

__all__ = ["ROUTES"]
