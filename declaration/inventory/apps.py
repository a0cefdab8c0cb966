"""The apps: `homelab:apps`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from declaration.app_files import RENAME_APP
from declaration.inventory.app_secrets import AppSecret
from declaration.inventory.clashes import clashes, different_keys, other_secret_name, renamings
from declaration.inventory.renames import clashes_of_renames
from declaration.inventory.secret_fields import SECRET_FIELDS, parse_secret
from declaration.inventory.secret_keys import SecretKey
from declaration.inventory.sources import SHARED
from declaration.kubernetes_names import label_name, subdomain_name
from declaration.objects import (
    ARGOCD_NAMESPACE,
    ARGOCD_SECRET,
    KEYS_OF_ARGOCD,
    OIDC_CLIENT_SECRET,
    RESERVED_NAMESPACES,
    STORE,
    taken_secrets,
)
from declaration.problems import Problem, shown
from declaration.section import Section

_MAKES_A_SECRET: Final = frozenset(SECRET_FIELDS) | {"secretName"}


@dataclass(frozen=True)
class App:
    """
    One app: the Secrets that it reads.

    `restarts` are the workloads that read the Secrets only when they start, such as `deployment/grafana`. A retired app
    has no Secret any more, and its keys keep their values.
    """

    name: str
    namespace: str
    creates_namespace: bool
    secrets: tuple[AppSecret, ...]
    restarts: tuple[str, ...] = ()
    retired: bool = False

    @property
    def keys(self) -> tuple[SecretKey, ...]:
        """The keys of all its Secrets."""
        return tuple(key for secret in self.secrets for key in secret.keys)

    @property
    def delivered_secrets(self) -> tuple[AppSecret, ...]:
        """The Secrets that exist, each with the keys that are in it."""
        return () if self.retired else tuple(secret.delivered for secret in self.secrets if not secret.retired)

    @property
    def delivered(self) -> App:
        """The app with only these."""
        return replace(self, secrets=self.delivered_secrets)


@dataclass(frozen=True)
class _Around:
    """What the rest of the declaration says."""

    argocd_namespace: str
    store: str
    shared: Mapping[str, SecretKey]


def parse_apps(
    path: str,
    declared: object,
    problems: list[Problem],
    *,
    argocd_namespace: str = ARGOCD_NAMESPACE,
    store: str = STORE,
    folder_per_app: bool = False,
    shared: Mapping[str, SecretKey] | None = None,
) -> tuple[App, ...]:
    """
    Read the inventory.

    :param path: the config key, for messages
    :param declared: the mapping of app names to apps, as decoded from YAML or JSON
    :param problems: receives every problem; use the result only if it stays empty
    :param store: the name of the operator's store
    :param folder_per_app: whether keys of one name in two apps are two keys
    :param shared: the keys of `homelab:shared`
    """
    around = _Around(argocd_namespace, store, shared or {})
    section = Section.of(path, declared, problems, "{grafana: {namespace: monitoring, keys: …}}")
    apps = tuple(_parse_app(name, fields, around) for name, fields in section.mappings("{namespace: …, keys: …}"))
    broken = {problem.path for problem in problems}
    secrets = [secret for app in apps for secret in app.secrets]
    owners = [(app.name, app.namespace) for app in apps if app.creates_namespace]
    problems.extend(clashes(path, secrets, owners, broken))
    problems.extend(clashes_of_renames(renamings(path, secrets, folder_per_app=folder_per_app)))
    problems.extend(different_keys(path, secrets, broken, folder_per_app=folder_per_app))
    return apps


def _parse_app(name: str, section: Section, around: _Around) -> App:
    if expected := label_name(name):
        section.problems.append(Problem(section.path, f"the app name {shown(name)}", expected, RENAME_APP))
    elif name == SHARED and around.shared:
        expected = "another name: `shared/KEY` addresses a key of homelab:shared"
        section.problems.append(Problem(section.path, f"the app name {shown(name)}", expected, RENAME_APP))
    # Examples use the app's name only if that is valid.
    example = "web" if label_name(name) else name
    namespace = section.string("namespace", check=label_name, example=example)
    creates_namespace = section.boolean("createNamespace", default=False)
    if creates_namespace and namespace in {*RESERVED_NAMESPACES, around.argocd_namespace}:
        section.problem(
            "createNamespace",
            f"true for {shown(namespace)}, a namespace that is not the app's own",
            "false",
            "write `createNamespace: false`, or give the app its own namespace",
        )
    secrets = (
        *_short_form(name, section, namespace, example, around),
        *_parse_secrets(name, section, namespace, around),
    )
    restarts = section.strings("restarts", default=(), check=_workload, example=f"deployment/{example}")
    retired = section.boolean("retired", default=False) or (bool(secrets) and all(each.retired for each in secrets))
    section.close()
    return App(name, namespace, creates_namespace, secrets, restarts, retired)


def _short_form(name: str, section: Section, namespace: str, example: str, around: _Around) -> tuple[AppSecret, ...]:
    """The Secret that the app's own fields declare; none if all are in `secrets`."""
    if "secrets" in section.fields and not _MAKES_A_SECRET & section.fields.keys():
        section.skip("secretName", "folder", *SECRET_FIELDS)
        return ()
    secret_name = section.string(
        "secretName", default=f"{name}-secret", check=subdomain_name, example=f"{example}-secret"
    )
    secret = parse_secret(section, name, namespace, secret_name, name, around.shared, around.store)
    if problem := _taken(secret, around, f"write `secretName: {other_secret_name(name, secret_name)}`"):
        section.problem("secretName", *problem)
    return (secret,)


def _parse_secrets(name: str, section: Section, namespace: str, around: _Around) -> tuple[AppSecret, ...]:
    secrets = section.mapping("secrets", "{web-tls: {type: kubernetes.io/tls, keys: …}}", optional=True)
    if section.fields.get("secrets") == {}:
        section.problem("secrets", "no Secret", "at least one Secret", "add a Secret, or remove `secrets`")
    return tuple(
        _parse_secret(name, secret_name, fields, namespace, around, parent=section)
        for secret_name, fields in secrets.mappings("{keys: …}")
    )


def _parse_secret(
    app: str, name: str, section: Section, app_namespace: str, around: _Around, *, parent: Section
) -> AppSecret:
    if expected := subdomain_name(name):
        fix = "rename the Secret"
        section.problems.append(Problem(section.path, f"the Secret name {shown(name)}", expected, fix))
    # Every other field of a Secret without a namespace of its own is checked with the app's.
    namespace = section.string("namespace", default=app_namespace, check=label_name, example="ingress")
    folder = parent.fields.get("folder")
    if "folder" not in section.fields and "store" not in section.fields and isinstance(folder, str):
        section.fields = {**section.fields, "folder": folder}
    secret = parse_secret(section, app, namespace, name, f"{app}.secrets.{name}", around.shared, around.store)
    if problem := _taken(secret, around, "rename the Secret"):
        section.problems.append(Problem(section.path, *problem))
    section.close()
    return secret


def _taken(secret: AppSecret, around: _Around, rename: str) -> tuple[str, str, str] | None:
    """
    The program or Argo CD writes this Secret: what was found, what was expected, and the fix.

    An app may add keys to Argo CD's own Secret, as long as the operator does not own it.
    """
    reason = taken_secrets(around.argocd_namespace, around.store).get((secret.namespace, secret.name))
    if not reason:
        return None
    found = f"{shown(secret.name)} in the namespace {shown(secret.namespace)}: {reason}"
    if secret.name != ARGOCD_SECRET:
        return found, "the name of a Secret that only the app uses", rename
    if secret.creation_policy != "Merge":
        expected = "the name of a Secret that only the app uses, or `creationPolicy: Merge`, which adds keys to it"
        return found, expected, rename
    if own := sorted(secret.written & KEYS_OF_ARGOCD):
        fix = f"remove {own[0]} from the app"
        if own[0] == OIDC_CLIENT_SECRET:
            fix += ", and set homelab:argocdOidcClientSecret to its value"
        return f"{found}, with its key {own[0]}", "no key that Argo CD or this program writes", fix
    return None


def _workload(text: str) -> str | None:
    kind, _, name = text.partition("/")
    fits = kind in ("deployment", "statefulset", "daemonset") and not subdomain_name(name)
    return None if fits else "deployment/NAME, statefulset/NAME or daemonset/NAME"
