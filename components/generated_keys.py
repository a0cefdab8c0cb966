"""The keys that Infisical needs to start: each generated once, or taken over from an earlier installation."""

from __future__ import annotations

import base64

import pulumi
import pulumi_random as random

from components.config import EarlierKeys


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
        encryption_key = self._hex("infisical-encryption-key", characters=32)
        auth_secret = self._hex("infisical-auth-secret", characters=64)
        postgres_password = self._hex("infisical-postgres-password", characters=24)
        redis_password = self._hex("infisical-redis-password", characters=24)

        # A stash keeps the first value that it was given: a generated key that is replaced, and a config value
        # that is changed or lost, reach neither the cluster nor the secrets that are encrypted with this key.
        kept = pulumi.Stash(
            "infisical-encryption-key",
            opts=pulumi.ResourceOptions(parent=self, protect=True),
            input=args.encryption_key or encryption_key,
        )
        self.encryption_key = pulumi.Output.secret(kept.output)
        if args.encryption_key:
            self.encryption_key = pulumi.Output.all(self.encryption_key, args.encryption_key).apply(_unchanged)
        self.auth_secret = args.auth_secret or auth_secret.apply(_base64_of_hex)
        self.postgres_password = args.postgres_password or postgres_password
        self.redis_password = args.redis_password or redis_password
        self.register_outputs({})

    def _hex(self, name: str, *, characters: int) -> pulumi.Output[str]:
        # RandomBytes would be the plain way, but its id is its value, and ids stand in clear in the state.
        generated = random.RandomPassword(
            name,
            length=characters,
            lower=False,
            upper=False,
            numeric=True,
            special=True,
            override_special="abcdef",
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        result: pulumi.Output[str] = generated.result
        return result


def _base64_of_hex(text: str) -> str:
    return base64.b64encode(bytes.fromhex(text)).decode()


def _unchanged(values: list[str]) -> str:
    kept, declared = values
    if kept != declared:
        raise pulumi.RunError(
            "homelab:infisicalEncryptionKey differs from the ENCRYPTION_KEY that Infisical was installed with. "
            "Infisical cannot read its secrets with another key, so nothing of it was changed. "
            "Run `pulumi config rm homelab:infisicalEncryptionKey`: the key in use is kept in the state."
        )
    return kept
