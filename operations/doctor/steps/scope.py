"""What a step evaluates: the declaration, the Secrets in scope, and what was observed."""

from __future__ import annotations

from dataclasses import dataclass

from declaration import AppSecret, Homelab
from operations.doctor.facts import Cluster, Facts, Infisical, Unread

REFRESH = "run `pulumi up --refresh`, which recreates declared objects that were deleted"
DRIFT = "run `pulumi preview`, which names what changed it and how to take that back"


@dataclass(frozen=True)
class Scope:
    """
    :param secrets: of the apps that are meant
    """

    homelab: Homelab[None]
    secrets: tuple[AppSecret, ...]
    facts: Facts

    @property
    def cluster(self) -> Cluster:
        """What was read of a cluster that answers; an empty one otherwise."""
        found = self.facts.cluster
        return Cluster() if isinstance(found, Unread) else found

    @property
    def infisical(self) -> Infisical:
        return self.facts.infisical

    @property
    def is_managed(self) -> bool:
        return self.homelab.infisical.managed is not None
