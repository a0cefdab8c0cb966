"""The homelab's secrets: Infisical, what it needs to start, its values, and one ExternalSecret for each app."""

import pulumi

import components as homelab
from components import after

config = homelab.load_config()
infisical, store, apps, argocd = config.infisical, config.store, config.delivered_apps, config.argocd

# Nothing that others made is changed, unless the declaration says `adopt: true`. Otherwise the program stops here.
existing = homelab.ExistingObjects("existing", config=config)
cluster = existing.cluster

# What must exist before Infisical starts.
namespaces = homelab.Namespaces(
    "namespaces",
    apps=config.apps,
    infisical_runs=infisical.is_installed,
    argocd=config.argocd_namespace,
    cluster=cluster,
)
if config.argocd_namespace:
    homelab.ArgoCdSecrets(
        "argocd",
        namespace=config.argocd_namespace,
        oidc_client_secret=config.argocd_oidc_client_secret,
        repository=config.repository,
        cluster=cluster,
        opts=after(namespaces[config.argocd_namespace]),
    )
keys = bootstrap = None
if infisical.is_installed:
    keys = homelab.GeneratedKeys(
        "keys", earlier=config.earlier_keys, rotations=config.rotations, infisical=infisical, cluster=config.cluster
    )
    bootstrap = homelab.BootstrapSecrets(
        "bootstrap",
        infisical=infisical,
        helm_namespace=config.helm_secrets_namespace,
        namespaces=namespaces,
        keys=keys,
        redis_url=config.redis_url,
        cluster=cluster,
    )

# Infisical itself: installed by Argo CD unless the owner does that, and set up unless the owner does that by hand.
started = after(bootstrap) if bootstrap else None
if keys and bootstrap and infisical.install == "argocd":
    project = homelab.ArgoCdProject(
        "argocd-project",
        argocd=argocd,
        infisical=infisical,
        exists=existing.project,
        opts=after(namespaces[argocd.namespace]),
    )
    needed: list[pulumi.Resource] = [bootstrap]
    if infisical.separate:
        needed.append(
            homelab.SeparateDatabases(
                "databases", database=infisical.separate, argocd=argocd, project=project.name, opts=after(bootstrap)
            )
        )
    server = homelab.InfisicalApplication(
        "infisical",
        infisical=infisical,
        argocd=argocd,
        project=project.name,
        keys=keys,
        cluster=cluster,
        opts=after(*needed),
    )
    started = after(server)
if infisical.tailscale_port:
    homelab.TailscaleServe("tailscale", port=infisical.tailscale_port, node_port=infisical.node_port, opts=started)
checked = existing.checked_values(started)
managed = None
if infisical.managed:
    managed = homelab.ManagedInfisical(
        "managed",
        managed=infisical.managed,
        separate_redis=infisical.database_in_use == "separate",
        keys=keys,
        redis_url=config.redis_url,
        earlier_admin=config.earlier_admin,
        store=store,
        keys_of_apps=config.keys,
        readable_folders=config.readable_folders,
        whole_folders=config.whole_folders,
        given=config.values,
        rotations=config.rotations,
        restored=config.restored,
        checked=checked,
        cluster=config.cluster,
        argocd=argocd if infisical.install == "argocd" else None,
        opts=started,
    )

# From Infisical to the apps: the operator's store, one ExternalSecret for each app, and the delivery checks.
eso = homelab.InfisicalStore(
    "store",
    store=store,
    path=config.store_path,
    secrets=config.delivered_secrets,
    machine_identity=managed.machine_identity if managed else config.machine_identity,
    cluster=cluster,
    opts=after(namespaces["external-secrets"]),
)
secrets = homelab.AppSecrets(
    "apps",
    apps=apps,
    namespaces=namespaces,
    store=store,
    store_path=config.store_path,
    eso=eso,
    values=managed.values if managed else None,
)
missing = None
if managed:
    missing = homelab.Deliveries(
        "deliveries",
        apps=apps,
        keys=config.keys,
        store=store,
        given=config.values,
        secrets=secrets,
        managed=managed,
    ).missing

dates = homelab.rotation_dates(config, keys, managed)
pulumi.export("infisical", infisical.url)
pulumi.export("store", eso.name)
pulumi.export("apps", {app.name: ", ".join(secret.place for secret in app.secrets) for app in apps})
pulumi.export("rotations", homelab.in_words(dates))
pulumi.export("nextSteps", homelab.next_steps(config, missing, dates))
