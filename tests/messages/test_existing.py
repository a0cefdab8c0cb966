"""The messages about objects that exist already, and about namespaces that are kept."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest

from infisical.api.errors import Blocked
from infisical.ownership.fields import Claim, release
from sandbox.infisical.fake import FakeInfisical
from tests.components.program import run
from tests.declaration.stack_config import MODES, stack_file
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.handlers.cluster.test_guarded_secret import GUARDED
from tests.infisical.handlers.cluster.test_owned_namespace import NAMESPACE, OWNED, make, put, stack_of
from tests.infisical.ownership_cluster import NAMESPACES, SECRETS, add
from tests.infisical.stack import Declared, Stack
from tests.messages.stories.book import assert_messages

KEYS = {"ADMIN": {"source": "generate", "kind": "password", "size": 32}}
KEYS_OF_TEMPLATE = {"A": {"source": "manual"}}
SECRET: dict[str, Any] = {
    "kind": "Secret",
    "namespace": "paperless",
    "name": "paperless-secret",
    "managers": ["kubectl-client-side-apply"],
    "tool": "",
    "owner": "",
    "keys": ["ADMIN", "OLD_KEY"],
    "immutable": False,
    "differingLiterals": [],
}
EXTERNAL = {
    **SECRET,
    "kind": "ExternalSecret",
    "managers": ["argocd-controller"],
    "tool": "Argo CD application paperless",
}
EXTERNAL |= {"keys": [], "otherFields": []}
OF_IT = {**SECRET, "managers": [], "owner": "ExternalSecret paperless-secret", "keys": ["ADMIN"]}
GENERATED: dict[str, Any] = {"generator": {"kind": "Password", "name": "web", "secretKeys": ["ADMIN"]}}
OF_ANOTHER_STORE: dict[str, Any] = {"store": {"name": "kubernetes"}, "keys": {"ADMIN": {"key": "paperless"}}}
NAMESPACE_OF_OTHERS = {**SECRET, "kind": "Namespace", "namespace": "", "name": "paperless", "keys": []}


def _of_ending(*answers: list[str], preview: bool = True) -> str:
    config = {**MODES["managed"](), "apps": {"paperless": {"namespace": "paperless", "keys": KEYS}}}
    try:
        done = run(config, existing=[{"endingNamespaces": ending} for ending in answers], preview=preview)
    except pulumi.RunError as error:
        return f"error: {error}"
    return "\n".join(message for message in done.logged if "being deleted" in message)


def _said(
    *objects: dict[str, Any], mode: str = "managed", unreachable: str = "", preview: bool = True, **app: Any
) -> str:
    config = {**MODES[mode](), "apps": {"paperless": {"namespace": "paperless", "keys": KEYS, **app}}}
    try:
        done = run(config, existing={"objects": list(objects), "unreachable": unreachable}, preview=preview)
    except pulumi.RunError as error:
        return f"error: {error}"
    words = ("takes over", "replaces values", "can revert", "did not make", "not checked")
    return "\n".join(message for message in done.logged if any(word in message for word in words))


def _lacking(*fields: str) -> str:
    """What the program says about fields of the store that the installed operator lacks."""
    missing = [f"ClusterSecretStore.spec.provider.infisical.{field}" for field in fields]
    try:
        run(stack_file(), existing={"missingFields": missing}, preview=True)
    except pulumi.RunError as error:
        return f"error: {error}"
    return "nothing"


def _of_the_operators_release() -> str:
    """What the program says about a creation policy and a generator that the installed operator lacks."""
    generator = {"kind": "GitlabDeployToken", "name": "registry", "secretKeys": ["token"]}
    app = {"namespace": "web", "keys": {"A": {"source": "manual"}}, "creationPolicy": "CreateOrMerge"}
    app |= {"secrets": {"web-registry": {"generator": generator}}}
    missing = [
        "ExternalSecret.spec.target.creationPolicy=CreateOrMerge",
        "ExternalSecret.spec.dataFrom[].sourceRef.generatorRef.kind=GitlabDeployToken",
    ]
    with pytest.raises(pulumi.RunError) as caught:
        run({**stack_file(), "apps": {"web": app}}, existing={"missingFields": missing}, preview=True)
    return f"error: {caught.value}"


def _of_other_stores() -> str:
    """What the program says about a store and a generator of the owner that do not exist."""
    generator = {"kind": "Password", "name": "web", "secretKeys": ["token"]}
    store = {"namespace": "web", "store": {"name": "kubernetes"}, "keys": {"A": {"key": "a"}}, "generator": generator}
    existing = {"missingObjects": ["SecretStore web/kubernetes", "Password web/web"]}
    done = run({**stack_file(), "apps": {"web": store}}, existing=existing, preview=True)
    return "\n".join(message for message in done.logged if "SecretStore" in message or "Password" in message)


def _of_the_program() -> list[tuple[str, str]]:
    cause = "Kubernetes API unreachable at https://cluster.example.net: no answer in time (ReadTimeout)."
    differing = {**SECRET, "differingLiterals": ["OLD_KEY"]}
    return [
        ("A Secret exists", _said(SECRET)),
        ("An ExternalSecret of Argo CD and its Secret exist", _said(EXTERNAL, OF_IT)),
        ("A namespace to create exists", _said(NAMESPACE_OF_OTHERS, createNamespace=True)),
        ("adopt: a key is not declared", _said(SECRET, adopt=True)),
        ("adopt: the mode is manual", _said(OF_IT, mode="manual", adopt=True)),
        ("adopt: the Secret has another owner", _said({**OF_IT, "owner": "SealedSecret paperless"}, adopt=True)),
        ("adopt: the Secret is immutable", _said({**OF_IT, "owner": "", "immutable": True}, adopt=True)),
        ("adopt: fields would stay", _said({**EXTERNAL, "otherFields": ["dataFrom"]}, adopt=True)),
        ("adopt: a Secret is taken over", _said(differing, adopt=True, literals={"OLD_KEY": "x"})),
        ("adopt: an ExternalSecret of Argo CD is taken over", _said(EXTERNAL, OF_IT, adopt=True)),
        ("adopt: a key is composed", _said(OF_IT, adopt=True, keys=KEYS_OF_TEMPLATE, template={"ADMIN": "{{ .A }}"})),
        ("Merge: the Secret is immutable", _said({**SECRET, "immutable": True}, creationPolicy="Merge")),
        (
            "Merge: keys would be replaced",
            _said(
                {**SECRET, "differingLiterals": ["OLD_KEY"]},
                creationPolicy="Merge",
                keys=KEYS_OF_TEMPLATE,
                template={"ADMIN": "{{ .A }}"},
                literals={"OLD_KEY": "x"},
            ),
        ),
        ("Merge: the ExternalSecret exists", _said(EXTERNAL, creationPolicy="Merge")),
        ("The installed operator lacks fields", _lacking("caBundle", "caProvider")),
        ("The installed operator lacks a creation policy and a generator", _of_the_operators_release()),
        ("A store and a generator of the owner do not exist", _of_other_stores()),
        ("adopt: a generator would replace the values", _said(OF_IT, adopt=True, keys=KEYS_OF_TEMPLATE, **GENERATED)),
        ("adopt: another store would replace the last copy", _said(SECRET, adopt=True, **OF_ANOTHER_STORE)),
        ("adopt: an ExternalSecret of another store", _said(EXTERNAL, OF_IT, adopt=True, **OF_ANOTHER_STORE)),
        ("preview: a namespace is being deleted", _of_ending(["paperless"])),
        ("up: a namespace is being deleted", _of_ending(["paperless"], [], preview=False)),
        (
            "up: two namespaces are still being deleted",
            _of_ending(["infisical", "paperless"], ["infisical", "paperless"], preview=False),
        ),
        ("preview: the cluster does not answer", _said(unreachable=cause)),
        ("up: the cluster does not answer", _said(unreachable=cause, preview=False)),
    ]


def _changed(*found: tuple[str, str, str, str], made: bool = True) -> str:
    """What the program says about fields, each an object's kind, its place, the field, and the manager."""
    changed = [
        {
            "kind": kind,
            "namespace": place.rpartition("/")[0],
            "name": place.rpartition("/")[2],
            "made": made,
            "fields": [{"path": path, "manager": manager}],
            "release": release([Claim((), manager, 1)]),
        }
        for kind, place, path, manager in found
    ]
    with pytest.raises(pulumi.RunError) as caught:
        run(stack_file(), existing={"changed": changed})
    return f"error: {caught.value}"


def _of_changed_fields() -> list[tuple[str, str]]:
    replicas = (
        "Application",
        "argocd/infisical",
        ".spec.source.helm.valuesObject.infisical.replicaCount",
        "kubectl-edit",
    )
    interval = ("ExternalSecret", "web/web-secret", ".spec.refreshInterval", "kubectl-edit")
    policy = ("ExternalSecret", "web/web-secret", ".spec.target.deletionPolicy", "kubectl-edit")
    key = ("Secret", "argocd/argocd-secret", ".data.oidc.argocd.clientSecret", "kubectl-patch")
    address = ("ClusterSecretStore", "infisical", ".spec.provider.infisical.hostAPI", "kubectl")
    return [
        ("others changed fields of two objects", _changed(replicas, policy)),
        ("others changed a field of an app's ExternalSecret", _changed(interval)),
        ("others changed the key in Argo CD's Secret", _changed(key)),
        ("others made the object", _changed(address, made=False)),
        ("others made the object, and no field is declared", _changed(policy, made=False)),
    ]


async def _of_namespaces(stack: Stack, cluster: FakeCluster) -> list[tuple[str, str]]:
    async def refused(*declared: Declared) -> str:
        with pytest.raises(Blocked) as caught:
            await stack.up(list(declared))
        return f"error: {caught.value}"

    messages = []
    add(cluster, NAMESPACES, "wiki")
    messages.append(("OwnedNamespace: somebody else made the namespace", await refused(OWNED)))
    imported = Declared(OWNED.kind, OWNED.name, OWNED.inputs, imports="wiki")
    messages.append(("OwnedNamespace: imported", await refused(imported)))
    add(cluster, SECRETS, "infisical/infisical-secrets", data={"KEY": "dmFsdWU="})
    messages.append(("GuardedSecret: the Secret exists with other values", await refused(GUARDED)))
    imported = Declared(GUARDED.kind, GUARDED.name, GUARDED.inputs, imports="infisical/infisical-secrets")
    messages.append(("GuardedSecret: imported", await refused(imported)))
    messages.append(("A resource of a provider without a server", await refused(Declared("Instance", "instance"))))
    del cluster.objects[NAMESPACE]
    await make(stack, cluster)
    cluster.finalized.add(NAMESPACE)
    messages.append(("OwnedNamespace: the deletion takes too long", await refused()))
    for number in range(12):
        put(cluster, "ConfigMap", f"settings-{number:02}")
    await stack.up([])
    messages.append(("OwnedNamespace: the namespace is not empty", stack.log.infos[-1]))
    cluster.objects.pop(NAMESPACE)
    await stack.up([OWNED])
    add(cluster, NAMESPACES, "wiki", manager="helm")
    await stack.up([])
    messages.append(("OwnedNamespace: the program did not make the namespace", stack.log.infos[-1]))
    return messages


def test_every_message_about_existing_objects(fake_infisical: FakeInfisical) -> None:
    with FakeCluster() as cluster:
        of_namespaces = asyncio.run(_of_namespaces(stack_of(fake_infisical, cluster), cluster))
    assert_messages("existing", [*_of_the_program(), *_of_changed_fields(), *of_namespaces])
