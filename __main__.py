"""The homelab's secrets: Infisical, what it needs to start, its values, and one ExternalSecret for each Secret."""

import gc

import pulumi

import components as homelab
from components import after

# The program ends within seconds: with a hundred apps, looking for garbage takes a third of its time and finds little.
gc.disable()

config = homelab.load_config()

# Nothing that others made is changed, unless the declaration says `adopt: true`. Otherwise the program stops here.
existing = homelab.ExistingObjects("existing", config=config)
cluster = existing.cluster

# What must exist before Infisical starts, and Infisical itself: installed by Argo CD unless the owner does that.
namespaces = homelab.Namespaces("namespaces", config=config, cluster=cluster)
if config.argocd_namespace:
    argocd = after(namespaces[config.argocd_namespace])
    homelab.ArgoCdSecrets("argocd", config=config, namespace=config.argocd_namespace, cluster=cluster, opts=argocd)
installed = homelab.install_infisical(config, namespaces, cluster=cluster, project_exists=existing.project)
started = after(*installed.last)
if config.infisical.tailscale_port:
    homelab.TailscaleServe("tailscale", infisical=config.infisical, opts=started)
if config.backup.job:
    homelab.DatabaseBackup("backup", config=config, opts=started)

# Infisical's project, the values, and the operator's identity, unless the owner sets Infisical up by hand.
checked = existing.checked_values(started)
managed = None
if config.infisical.managed:
    managed = homelab.ManagedInfisical("managed", config=config, keys=installed.keys, checked=checked, opts=started)

# From Infisical to the apps: the operator's store, one ExternalSecret for each Secret, and the delivery checks.
eso = homelab.InfisicalStore(
    "store",
    config=config,
    machine_identity=managed.machine_identity if managed else config.machine_identity,
    cluster=cluster,
    opts=after(namespaces["external-secrets"]),
)
values = managed.values if managed else None
secrets = homelab.AppSecrets("apps", config=config, namespaces=namespaces, eso=eso, values=values)
missing = homelab.Deliveries("deliveries", config=config, secrets=secrets, managed=managed).missing if managed else None

dates = homelab.rotation_dates(config, installed.keys, managed)
pulumi.export("infisical", config.infisical.url)
pulumi.export("store", eso.name)
pulumi.export("apps", {app.name: ", ".join(secret.place for secret in app.secrets) for app in config.delivered_apps})
pulumi.export("rotations", homelab.in_words(dates))
pulumi.export("nextSteps", homelab.next_steps(config, missing, dates))
