"""The keys that Infisical needs to start: each generated once, or taken over from an earlier installation."""

from __future__ import annotations

import datetime
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.config import EarlierKeys
from components.database_password import CHANGE_PASSWORD, DatabasePassword, DatabasePasswordArgs
from components.random_values import random_base64, random_hex
from declaration.homelab import ClusterAccess
from declaration.rotations import AUTH_SECRET, POSTGRES_PASSWORD, REDIS_PASSWORD, Rotations
from declaration.site import Infisical


@dataclass(frozen=True)
class GeneratedKeysArgs:
    """What an earlier installation had, which of the keys are rotated, how Infisical is installed, and where."""

    earlier: EarlierKeys
    rotations: Rotations
    infisical: Infisical
    cluster: ClusterAccess


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
    """Known only when the database has it."""
    redis_password: pulumi.Output[str]
    made_on: pulumi.Output[str]
    """The day of the installation, YYYY-MM-DD."""

    def __init__(self, name: str, args: GeneratedKeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:GeneratedKeys", name, None, opts)
        earlier, trigger = args.earlier, args.rotations.trigger
        child = pulumi.ResourceOptions(parent=self, protect=True)
        encryption_key = random_hex("infisical-encryption-key", 32, child)
        auth_secret = random_base64("infisical-auth-secret", 32, child, trigger(AUTH_SECRET))
        postgres_password = random_hex("infisical-postgres-password", 24, child, trigger(POSTGRES_PASSWORD))
        redis_password = random_hex("infisical-redis-password", 24, child, trigger(REDIS_PASSWORD))
        # The first day that it was given is kept: the later ones are ignored.
        once = pulumi.ResourceOptions(parent=self, ignore_changes=["input"])
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        self.made_on = pulumi.Stash("installed-on", opts=once, input=today).output

        # A stash keeps the first value that it was given: a generated key that is replaced, and a config value
        # that is changed or lost, reach neither the cluster nor the secrets that are encrypted with this key.
        kept = pulumi.Stash(
            "infisical-encryption-key",
            opts=child,
            input=earlier.encryption_key or encryption_key,
        )
        self.encryption_key = pulumi.Output.secret(kept.output)
        if earlier.encryption_key:
            keys = pulumi.Output.all(self.encryption_key, earlier.encryption_key, kept.urn)
            self.encryption_key = keys.apply(_unchanged)
        self.auth_secret = earlier.auth_secret or auth_secret
        self.postgres_password = self._in_use(earlier.postgres_password or postgres_password, args)
        self.redis_password = earlier.redis_password or redis_password
        self.register_outputs({})

    def _in_use(self, password: pulumi.Output[str], args: GeneratedKeysArgs) -> pulumi.Output[str]:
        """
        The password that the bundled database has.

        It is kept when the database was told of it, and stays while it is told of no other: not when a value or a date
        in the config is taken away, and not when the generated one has become another that the database refused.
        """
        asked = args.earlier.postgres_password or args.rotations.trigger(POSTGRES_PASSWORD)
        if asked and not args.infisical.database:
            command = args.infisical.change_password or CHANGE_PASSWORD
            password_args = DatabasePasswordArgs(password, command, args.cluster)
            within = pulumi.ResourceOptions(parent=self)
            password = DatabasePassword("postgres-password", password_args, within).value
            # What is protected cannot be replaced.
            keeping = pulumi.ResourceOptions(parent=self, replace_on_changes=["input"])
        else:
            keeping = pulumi.ResourceOptions(parent=self, protect=True, ignore_changes=["input"])
        kept = pulumi.Stash("infisical-postgres-password", opts=keeping, input=password)
        return pulumi.Output.secret(kept.output)

    @property
    def triggers(self) -> dict[str, pulumi.Output[str]]:
        """By the name of each key that can be rotated, its trigger."""
        return {
            AUTH_SECRET: self.trigger(self.auth_secret),
            POSTGRES_PASSWORD: self.trigger(self.postgres_password),
            REDIS_PASSWORD: self.trigger(self.redis_password),
        }

    def trigger(self, value: pulumi.Output[str]) -> pulumi.Output[str]:
        """A text that is another one when the value is; no secret."""
        # Hashed with a key that never changes and that nobody knows.
        return pulumi.Output.unsecret(pulumi.Output.all(self.encryption_key, value).apply(_keyed_hash))


def _keyed_hash(key_and_value: Sequence[str]) -> str:
    key, value = key_and_value
    return hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()[:12]


def _unchanged(known: list[str]) -> str:
    kept, declared, urn = known
    if kept != declared:
        # An `up` with an empty state, beside an Infisical of before, keeps a key first and is refused then. What the
        # cluster took stands in the state and depends on the key, which the engine then does not let go.
        problem = (
            "homelab:infisicalEncryptionKey differs from the ENCRYPTION_KEY that this stack keeps in its state. "
            "Infisical cannot read its secrets with another key than it was installed with, so nothing of it was "
            "changed. Where it was installed with the state's, run "
            "`pulumi config rm homelab:infisicalEncryptionKey`. Where the cluster refused the state's, with a conflict "
            f"on infisical-secrets, nothing was ever encrypted with it: run `pulumi state delete --force '{urn}'`, "
            "which is refused where it is in use, and then `pulumi up`."
        )
        raise pulumi.RunError(problem)
    return kept
