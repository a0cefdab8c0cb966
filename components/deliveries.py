"""The delivery checks: each app's Secret holds what Infisical holds."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Container, Mapping

import pulumi

import infisical
from components.app_secrets import AppSecrets
from components.children import after, child_options
from components.managed_infisical import ManagedInfisical
from declaration import App, KeyId, Keys, Store, fix_for


class Deliveries(pulumi.ComponentResource):
    """
    Fails the update if an app's Secret does not hold what was declared, with the app, the key and the reason.

    Restarts an app's workloads after a rotation, once its delivery check has passed. A key whose value only
    the owner can set may be missing.

    The component waits for all ExternalSecrets, so that one app's failure stops no other delivery. Each check depends
    only on its own: a dependency on all of them would be in the state of each.

    :param given: the keys that have a value in the stack config
    """

    missing: pulumi.Output[list[str]]
    """The labels of the keys in Infisical that have no value yet."""

    def __init__(
        self,
        name: str,
        *,
        apps: tuple[App, ...],
        keys: Keys,
        store: Store,
        given: Container[KeyId],
        secrets: AppSecrets,
        managed: ManagedInfisical,
    ) -> None:
        super().__init__("homelab:secrets:Deliveries", name, None, after(secrets))
        missing = []
        for app in apps:
            folder = store.folder(app.name)
            labels = {key.name: keys.by_id[folder, key.name].label for key in app.keys}
            optional = [keys.by_id[folder, key.name] for key in app.keys_without_value(given, folder)]
            changed = managed.values.triggers
            triggers = {key.name: changed[folder, key.name] for key in app.keys if (folder, key.name) in changed}
            delivery = infisical.Delivery(
                f"{app.namespace}/{app.secret_name}",
                infisical.DeliveryArgs(
                    namespace=app.namespace,
                    name=app.secret_name,
                    project_id=managed.project_id,
                    environment=store.environment_slug,
                    keys={
                        secret_key: {"name": key.name, "path": folder}
                        for key in app.keys
                        for secret_key in key.secret_keys
                    },
                    literals=app.literals,
                    optional_keys=[key.name for key in optional],
                    remedies={key.name: fix_for(key) for key in optional if fix_for(key)},
                    readable_paths=managed.readable_paths,
                    seeded=True,
                    declared=_fingerprint(secrets.specs[app.name], dataclasses.asdict(store)),
                    triggers=triggers,
                    credentials_trigger=managed.client_secret_id,
                    timeout_seconds=managed.delivery_seconds,
                ),
                child_options(self, None, provider=managed.connection, depends_on=[secrets[app.name]]),
            )
            missing.append(delivery.missing.apply(functools.partial(_labelled, labels)))
            if app.restarts:
                infisical.Restart(
                    app.name,
                    infisical.RestartArgs(
                        namespace=app.namespace,
                        workloads=app.restarts,
                        triggers=triggers,
                        timeout_seconds=managed.restart_seconds,
                    ),
                    child_options(self, None, provider=managed.connection, depends_on=[delivery]),
                )
        self.missing = pulumi.Output.all(*missing).apply(lambda lists: sorted({key for keys in lists for key in keys}))
        self.register_outputs({})


def _labelled(labels: Mapping[str, str], names: list[str]) -> list[str]:
    return [labels[name] for name in names]


def _fingerprint(*declared: object) -> str:
    """A string that changes with the declaration."""
    return hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()
