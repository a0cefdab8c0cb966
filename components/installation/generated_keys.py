"""The keys that Infisical needs to start: each generated once, or taken from an earlier installation."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence

import pulumi

from components.base.random_values import random_value
from components.config import EarlierKeys
from components.installation.database_password import CHANGE_PASSWORD, CHANGE_SEPARATE_PASSWORD, DatabasePassword
from declaration import ClusterAccess, Generate, Infisical, Rotations
from declaration.values.rotations import AUTH_SECRET, ENCRYPTION_KEY, POSTGRES_PASSWORD, REDIS_PASSWORD, value_trigger


class GeneratedKeys(pulumi.ComponentResource):
    """
    Infisical's own keys.

    Each key is generated even if the config has a value of an earlier installation: adding or removing that value must
    never delete a key from the state.
    """

    encryption_key: pulumi.Output[str]
    """32 hex characters. The first value ever used, even if the config changes later."""
    auth_secret: pulumi.Output[str]
    """Base64 of 32 bytes."""
    postgres_password: pulumi.Output[str]
    """Known once the database has it."""
    redis_password: pulumi.Output[str]
    changed_on: dict[str, pulumi.Output[str]]
    """By name, the day of the value in use, YYYY-MM-DD; without the passwords of an external database."""

    def __init__(
        self,
        name: str,
        *,
        earlier: EarlierKeys,
        rotations: Rotations,
        infisical: Infisical,
        cluster: ClusterAccess,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:GeneratedKeys", name, None, opts)
        trigger = rotations.trigger
        child = pulumi.ResourceOptions(parent=self, protect=True)

        def generated(name: str, shape: Generate, trigger: str = "") -> pulumi.Output[str]:
            return random_value(name, shape, child, trigger).value()

        encryption_key = generated("infisical-encryption-key", Generate("hex", 16))
        auth_secret = generated("infisical-auth-secret", Generate("base64", 32), trigger(AUTH_SECRET))
        password = Generate("hex", 12)
        postgres_password = generated("infisical-postgres-password", password, trigger(POSTGRES_PASSWORD))
        redis_password = generated("infisical-redis-password", password, trigger(REDIS_PASSWORD))

        # A stash keeps its first value. So a replaced generated key, or a config value that is changed or removed,
        # never reaches the cluster, where Infisical's data is encrypted with the first key.
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
        # Only a rotation or a value of the config changes the bundled database's password.
        changes = earlier.postgres_password or trigger(POSTGRES_PASSWORD)
        own = CHANGE_SEPARATE_PASSWORD if infisical.database_in_use == "separate" else CHANGE_PASSWORD
        command = infisical.change_password or own if changes and not infisical.external else None
        self.postgres_password = self._in_use(earlier.postgres_password or postgres_password, command, cluster)
        self.redis_password = earlier.redis_password or redis_password
        self.changed_on = {
            ENCRYPTION_KEY: self._changed_on("infisical-encryption-key", self.encryption_key),
            AUTH_SECRET: self._changed_on("infisical-auth-secret", self.auth_secret),
        }
        if not infisical.external:
            self.changed_on |= {
                POSTGRES_PASSWORD: self._changed_on("infisical-postgres-password", self.postgres_password),
                REDIS_PASSWORD: self._changed_on("infisical-redis-password", self.redis_password),
            }
        # A first preview does not know what a new stash keeps.
        self.known_encryption_key = earlier.encryption_key or self.encryption_key
        self.known_postgres_password = earlier.postgres_password or self.postgres_password
        self.register_outputs({})

    def _in_use(self, password: pulumi.Output[str], command: str | None, cluster: ClusterAccess) -> pulumi.Output[str]:
        """
        The password that the bundled database has.

        It changes only after a command has changed it in the database: not if a value or a trigger is removed from the
        config, or if the database refused the new password.

        :param command: changes the password in the database; None if it must not change
        """
        if command:
            password = DatabasePassword(
                "postgres-password",
                value=password,
                change_command=command,
                cluster=cluster,
                opts=pulumi.ResourceOptions(parent=self),
            ).value
            # Not protected: a protected resource cannot be replaced.
            keeping = pulumi.ResourceOptions(parent=self, replace_on_changes=["input"])
        else:
            keeping = pulumi.ResourceOptions(parent=self, protect=True, ignore_changes=["input"])
        kept = pulumi.Stash("infisical-postgres-password", opts=keeping, input=password)
        return pulumi.Output.secret(kept.output)

    def _changed_on(self, name: str, value: pulumi.Output[str]) -> pulumi.Output[str]:
        """The first day of this value. A trigger is no such day: an owner may write any date."""
        value_hash: pulumi.Output[str] = pulumi.Output.secret(
            value.apply(lambda text: hashlib.sha256(text.encode()).hexdigest())
        )
        # With the day ignored, only a new hash replaces the stash. A replacement uses today's date.
        once = pulumi.ResourceOptions(parent=self, ignore_changes=["input.day"], replace_on_changes=["input"])
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        stash = pulumi.Stash(f"{name}-changed-on", opts=once, input={"valueHash": value_hash, "day": today})
        return pulumi.Output.unsecret(stash.output.apply(lambda kept: str(kept["day"])))

    @property
    def triggers(self) -> dict[str, pulumi.Output[str]]:
        """The trigger of each key that can be rotated, by name."""
        return {
            AUTH_SECRET: self.trigger(self.auth_secret),
            POSTGRES_PASSWORD: self.trigger(self.postgres_password),
            REDIS_PASSWORD: self.trigger(self.redis_password),
        }

    def trigger(self, value: pulumi.Output[str]) -> pulumi.Output[str]:
        """A string that changes with the value and does not reveal it."""
        return pulumi.Output.unsecret(pulumi.Output.all(self.encryption_key, value).apply(_trigger))


def _trigger(key_and_value: Sequence[str]) -> str:
    return value_trigger(*key_and_value)


def _unchanged(known: list[str]) -> str:
    kept, declared, urn = known
    if kept != declared:
        # The last fix is for an `up` with an empty state on an existing Infisical: it keeps a generated key first, and
        # then the guard of the Secret refuses that key. If it accepted the key, resources depend on it, and the engine
        # refuses the command.
        problem = (
            "homelab:infisicalEncryptionKey differs from the ENCRYPTION_KEY in this stack's state; nothing that uses "
            "the key was changed.\n"
            "    found:    two different keys. Infisical can read its data only with the key of its installation\n"
            "    expected: the key in the state, or no value\n"
            "    fix:      run `pulumi config rm homelab:infisicalEncryptionKey`. But if an update was refused "
            "because Secret infisical/infisical-secrets exists,\n"
            "              the key in the state was never used: run\n"
            f"              `pulumi state delete --force '{urn}-changed-on'`,\n"
            f"              `pulumi state delete --force '{urn}'`, then `pulumi up`"
        )
        raise pulumi.RunError(problem)
    return kept
