"""The homelab's secrets plane: Infisical, what it needs to start, and one ExternalSecret for each app."""

import pulumi
from pulumi import ResourceOptions

import components as homelab

config = homelab.load_config()

namespaces = homelab.Namespaces("namespaces", homelab.NamespacesArgs(config.apps))
keys = homelab.GeneratedKeys("keys", config.earlier_keys)

bootstrap = homelab.BootstrapSecrets("bootstrap", homelab.BootstrapSecretsArgs(namespaces, keys, config.redis_url))
homelab.InfisicalApplication(
    "infisical",
    homelab.InfisicalApplicationArgs(config.infisical, keys),
    ResourceOptions(depends_on=[bootstrap]),
)
homelab.ArgoCdSecrets(
    "argocd",
    homelab.ArgoCdSecretsArgs(config.argocd_oidc_client_secret, config.repository),
    ResourceOptions(depends_on=[namespaces["argocd"]]),
)
store = homelab.InfisicalStore(
    "store",
    homelab.InfisicalStoreArgs(config.store, config.apps, config.machine_identity),
    ResourceOptions(depends_on=[namespaces["external-secrets"]]),
)
for app in config.apps:
    homelab.AppSecrets(
        app.name,
        homelab.AppSecretsArgs(app),
        ResourceOptions(depends_on=[namespaces[app.namespace], store]),
    )

pulumi.export("infisical", config.infisical.url)
pulumi.export("store", store.name)
pulumi.export("apps", {app.name: f"{app.namespace}/{app.secret_name}" for app in config.apps})
pulumi.export("nextSteps", homelab.next_steps(config))
