"""The proof that each app's Secret holds what was declared."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass

import pulumi

import infisical
from components.app_secrets import AppSecrets
from components.children import child_options
from components.config import Config
from components.managed_infisical import ManagedInfisical
from declaration.inventory import App
from declaration.values import remedy


@dataclass(frozen=True)
class DeliveriesArgs:
    """The apps, their ExternalSecrets, and the Infisical that their values come from."""

    config: Config
    secrets: AppSecrets
    managed: ManagedInfisical


class Deliveries(pulumi.ComponentResource):
    """
    Fails the update where an app did not get what was declared, with the app, the key and the reason.

    What reads its Secret only when it starts is restarted after a rotation, when its app's delivery is proven.

    Each waits for all ExternalSecrets: one app's failure then keeps no other app from being delivered. A key whose
    value only the owner can give may be missing; it is then in `missing`.
    """

    missing: pulumi.Output[list[str]]
    """The keys in Infisical that have no value yet."""

    def __init__(self, name: str, args: DeliveriesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:Deliveries", name, None, opts)
        missing = []
        for app in args.config.apps:
            delivery = self._delivery(app, args, opts)
            missing.append(delivery.missing)
            if app.restarts:
                self._restart(app, delivery, args)
        self.missing = pulumi.Output.all(*missing).apply(lambda lists: sorted({key for keys in lists for key in keys}))
        self.register_outputs({})

    def _delivery(self, app: App, args: DeliveriesArgs, opts: pulumi.ResourceOptions | None) -> infisical.Delivery:
        store = args.config.store
        optional = app.awaited(args.config.values)
        return infisical.Delivery(
            f"{app.namespace}/{app.secret_name}",
            infisical.DeliveryArgs(
                namespace=app.namespace,
                name=app.secret_name,
                project_id=args.managed.project_id,
                environment=store.environment_slug,
                keys={
                    fed: {"name": key.name, "path": store.folder(app.name)}
                    for key in app.keys
                    for fed in key.secret_keys
                },
                literals=app.literals,
                optional_keys=[key.name for key in optional],
                remedies={key.name: remedy(key) for key in optional if remedy(key)},
                declared=_fingerprint(args.secrets.specs[app.name], dataclasses.asdict(store)),
                triggers=_triggers(app, args),
                credentials_trigger=args.managed.client_secret_id,
                timeout_seconds=args.managed.delivery_seconds,
            ),
            child_options(self, opts, provider=args.managed.connection),
        )

    def _restart(self, app: App, delivery: infisical.Delivery, args: DeliveriesArgs) -> None:
        infisical.Restart(
            app.name,
            infisical.RestartArgs(namespace=app.namespace, workloads=app.restarts, triggers=_triggers(app, args)),
            child_options(self, None, provider=args.managed.connection, depends_on=[delivery]),
        )


def _triggers(app: App, args: DeliveriesArgs) -> dict[str, pulumi.Output[str]]:
    """By key of the app, a text that is another one after each rotation."""
    triggers, folder = args.managed.values.triggers, args.config.store.folder(app.name)
    return {key.name: triggers[folder, key.name] for key in app.keys if (folder, key.name) in triggers}


def _fingerprint(*declared: object) -> str:
    """A text that is another one when what was declared is."""
    return hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()
