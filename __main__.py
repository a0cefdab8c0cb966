"""The homelab's secrets plane: Infisical, what it needs to start, its values, and one ExternalSecret for each app."""

import pulumi

import components as homelab
from components import after

config = homelab.load_config()

namespaces = homelab.Namespaces("namespaces", homelab.NamespacesArgs(config.apps))
keys_args = homelab.GeneratedKeysArgs(config.earlier_keys, config.rotations, config.infisical, config.cluster)
keys = homelab.GeneratedKeys("keys", keys_args)
bootstrap = homelab.BootstrapSecrets("bootstrap", homelab.BootstrapSecretsArgs(namespaces, keys, config.redis_url))
argocd_args = homelab.ArgoCdSecretsArgs(config.argocd_oidc_client_secret, config.repository)
homelab.ArgoCdSecrets("argocd", argocd_args, after(namespaces["argocd"]))

infisical_args = homelab.InfisicalApplicationArgs(config.infisical, keys)
infisical = homelab.InfisicalApplication("infisical", infisical_args, after(bootstrap))
if config.infisical.tailscale_port:
    serve_args = homelab.TailscaleServeArgs(config.infisical.tailscale_port, config.infisical.node_port)
    homelab.TailscaleServe("tailscale", serve_args, after(infisical))

managed = None
machine_identity = config.machine_identity
if config.infisical.managed:
    managed_args = homelab.ManagedInfisicalArgs(config, config.infisical.managed, keys)
    managed = homelab.ManagedInfisical("managed", managed_args, after(infisical))
    machine_identity = managed.machine_identity

store_args = homelab.InfisicalStoreArgs(config.store, config.apps, machine_identity)
store = homelab.InfisicalStore("store", store_args, after(namespaces["external-secrets"]))
secrets_args = homelab.AppSecretsArgs(config.apps, namespaces, config.store)
secrets = homelab.AppSecrets("apps", secrets_args, after(store, *([managed] if managed else [])))

missing = None
if managed:
    deliveries_args = homelab.DeliveriesArgs(config, secrets, managed)
    missing = homelab.Deliveries("deliveries", deliveries_args, after(secrets)).missing

pulumi.export("infisical", config.infisical.url)
pulumi.export("store", store.name)
pulumi.export("apps", {app.name: f"{app.namespace}/{app.secret_name}" for app in config.apps})
dates = homelab.rotation_dates(config, keys, managed)
pulumi.export("rotations", homelab.told(dates))
pulumi.export("nextSteps", homelab.next_steps(config, missing, dates))
