"""The keys that Infisical needs to start: each generated once, or taken over from an earlier installation."""

from __future__ import annotations

import pulumi

from components.config import EarlierKeys
from components.random_values import random_base64, random_hex


class GeneratedKeys(pulumi.ComponentResource):
    """
    Each key is generated whether or not an earlier value takes its place: a config value that comes or goes
    must never delete a key from the state.
    """

    encryption_key: pulumi.Output[str]
    """32 hex characters; the first value ever used, whatever the config says later."""
    auth_secret: pulumi.Output[str]
    """Base64 of 32 bytes."""
    postgres_password: pulumi.Output[str]
    redis_password: pulumi.Output[str]

    def __init__(self, name: str, args: EarlierKeys, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:GeneratedKeys", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, protect=True)
        encryption_key = random_hex("infisical-encryption-key", 32, child)
        auth_secret = random_base64("infisical-auth-secret", 32, child)
        postgres_password = random_hex("infisical-postgres-password", 24, child)
        redis_password = random_hex("infisical-redis-password", 24, child)

        # A stash keeps the first value that it was given: a generated key that is replaced, and a config value
        # that is changed or lost, reach neither the cluster nor the secrets that are encrypted with this key.
        kept = pulumi.Stash(
            "infisical-encryption-key",
            opts=child,
            input=args.encryption_key or encryption_key,
        )
        self.encryption_key = pulumi.Output.secret(kept.output)
        if args.encryption_key:
            self.encryption_key = pulumi.Output.all(self.encryption_key, args.encryption_key).apply(_unchanged)
        self.auth_secret = args.auth_secret or auth_secret
        self.postgres_password = args.postgres_password or postgres_password
        self.redis_password = args.redis_password or redis_password
        self.register_outputs({})


def _unchanged(values: list[str]) -> str:
    kept, declared = values
    if kept != declared:
        raise pulumi.RunError(
            "homelab:infisicalEncryptionKey differs from the ENCRYPTION_KEY that Infisical was installed with. "
            "Infisical cannot read its secrets with another key, so nothing of it was changed. "
            "Run `pulumi config rm homelab:infisicalEncryptionKey`: the key in use is kept in the state."
        )
    return kept
