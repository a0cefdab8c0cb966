"""How the program reaches what the homelab consists of. Secrets are of the type that the caller chooses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

Secret = TypeVar("Secret")


@dataclass(frozen=True)
class RepositoryAccess(Generic[Secret]):
    """How Argo CD reads the homelab's private repository."""

    url: str
    ssh_private_key: Secret = field(repr=False)


@dataclass(frozen=True)
class MachineIdentity(Generic[Secret]):
    """The External Secrets Operator's credentials at Infisical."""

    client_id: Secret = field(repr=False)
    client_secret: Secret = field(repr=False)


@dataclass(frozen=True)
class AdminLogin(Generic[Secret]):
    """How to log in to an existing Infisical: its administrator's password, a token, or a machine identity."""

    password: Secret | None = field(default=None, repr=False)
    token: Secret | None = field(default=None, repr=False)
    client_id: Secret | None = field(default=None, repr=False)
    client_secret: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ClusterAccess:
    """
    The cluster of Pulumi's Kubernetes provider. Without `kubeconfig`, `KUBECONFIG` or `~/.kube/config` applies.

    `kubeconfig` is a path or a whole kubeconfig.
    """

    kubeconfig: str | None = field(default=None, repr=False)
    context: str | None = None


@dataclass(frozen=True)
class EarlierKeys(Generic[Secret]):
    """Infisical's own keys of an earlier installation. Each takes precedence over a generated one."""

    encryption_key: Secret | None = field(default=None, repr=False)
    auth_secret: Secret | None = field(default=None, repr=False)
    postgres_password: Secret | None = field(default=None, repr=False)
    redis_password: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True)
class S3Login(Generic[Secret]):
    """The login to the bucket of the backups."""

    access_key_id: Secret = field(repr=False)
    secret_access_key: Secret = field(repr=False)
