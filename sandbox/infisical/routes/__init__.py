"""All routes of the stand-in."""

from sandbox.infisical.routes import (
    access_tokens,
    client_secrets,
    environments,
    folders,
    identities,
    instance,
    memberships,
    organizations,
    privileges,
    projects,
    roles,
    secret_batches,
    secret_imports,
    secret_reads,
    secret_writes,
    token_auth,
    universal_auth,
    users,
)

ROUTES = (
    *instance.ROUTES,
    *users.ROUTES,
    *organizations.ROUTES,
    *projects.ROUTES,
    *environments.ROUTES,
    *roles.ROUTES,
    *folders.ROUTES,
    *identities.ROUTES,
    *universal_auth.ROUTES,
    *client_secrets.ROUTES,
    *token_auth.ROUTES,
    *access_tokens.ROUTES,
    *memberships.ROUTES,
    *privileges.ROUTES,
    *secret_batches.ROUTES,
    *secret_reads.ROUTES,
    *secret_writes.ROUTES,
    *secret_imports.ROUTES,
)

__all__ = ["ROUTES"]
