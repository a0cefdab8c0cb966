"""
The inventory: which app reads which keys, and where each key's value comes from.

Pure data and its validation. `parse_apps` reads the `homelab:apps` mapping of the stack config
whole and reports all that is wrong with it at once; no resource is registered before it passes.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Set
from dataclasses import dataclass
from typing import Final, Literal

from declaration.kubernetes_names import data_key, label_key, label_name, label_value, subdomain_name
from declaration.section import Problem, Section, shown

GeneratedKind = Literal["hex", "base64", "password"]

SIZES: Final[dict[str, tuple[int, int, str]]] = {
    "hex": (8, 64, "random bytes; twice as many characters"),
    "base64": (16, 64, "random bytes"),
    "password": (16, 128, "characters"),
}
"""The smallest and the largest size of each kind of generated value, and what the size counts."""

INFISICAL_NAMESPACE: Final = "infisical"
ARGOCD_NAMESPACE: Final = "argocd"
ESO_NAMESPACE: Final = "external-secrets"

NAMESPACES_OF_OTHERS: Final = frozenset(
    {
        INFISICAL_NAMESPACE,
        ARGOCD_NAMESPACE,
        ESO_NAMESPACE,
        "default",
        "kube-system",
        "kube-public",
        "kube-node-lease",
    }
)
"""Namespaces that no app may own: deleting the app would delete what others keep in them."""

TAKEN_SECRETS: Final = {
    (INFISICAL_NAMESPACE, "infisical-secrets"): "this program writes it for Infisical itself",
    (ARGOCD_NAMESPACE, "infisical-helm-secrets"): "this program writes it for Infisical's Helm chart",
    (ARGOCD_NAMESPACE, "repo-homelab"): "this program writes it for Argo CD's access to the repository",
    (ESO_NAMESPACE, "infisical-machine-identity"): "this program writes it for the External Secrets Operator",
    # An ExternalSecret that owns it would wipe Argo CD's own keys out of it.
    (ARGOCD_NAMESPACE, "argocd-secret"): "it belongs to Argo CD",
}
"""Secrets that no app may write, with the reason."""

_BY_HAND: Final = "its value is set by hand"

# Infisical answers 404 for a longer name.
_REMOTE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True)
class Generate:
    """A value that is made once, at random; `size` counts what `SIZES` says for the kind."""

    kind: GeneratedKind
    size: int


@dataclass(frozen=True)
class FromConfig:
    """A value that the owner gives as a secret of the stack config."""


@dataclass(frozen=True)
class Manual:
    """A value that somebody sets by hand in Infisical."""


Source = Generate | FromConfig | Manual


@dataclass(frozen=True)
class SecretKey:
    """
    One key in Infisical that an app reads, and the keys of the app's Secret that it feeds (at least one).

    `change_command` is a shell command that has to succeed before another value is set in Infisical, empty where
    there is none. `rotate_every_days` is how old a value may become, None where the config's own number counts.
    """

    name: str
    source: Source
    immutable: bool
    secret_keys: tuple[str, ...]
    change_command: str = ""
    rotate_every_days: int | None = None


@dataclass(frozen=True)
class App:
    """
    One app: the Secret that it reads, and what goes into it.

    `restarts` are the workloads that read the Secret only when they start, such as `deployment/grafana`.
    """

    name: str
    namespace: str
    creates_namespace: bool
    secret_name: str
    labels: dict[str, str]
    keys: tuple[SecretKey, ...]
    literals: dict[str, str]
    restarts: tuple[str, ...] = ()

    def awaited(self, given: Container[str]) -> list[SecretKey]:
        """
        The keys whose first value somebody has yet to give.

        :param given: the names of those that the stack config gives
        """
        return [key for key in self.keys if not isinstance(key.source, Generate) and key.name not in given]


def parse_apps(path: str, declared: object, problems: list[Problem]) -> tuple[App, ...]:
    """
    Read the inventory.

    :param path: where it stands, as problems name it
    :param declared: the mapping of app names to apps, as decoded from YAML or JSON
    :param problems: takes every problem found; the result is to be used only if there is none
    """
    section = Section.of(path, declared, problems, "{grafana: {namespace: monitoring, keys: …}}")
    apps = tuple(_parse_app(name, fields) for name, fields in section.sections("{namespace: …, keys: …}"))
    problems.extend(_clashes(path, apps, broken={problem.path for problem in problems}))
    return apps


def _parse_app(name: str, section: Section) -> App:
    if allowed := label_name(name):
        section.problems.append(Problem(section.path, f"the app name {shown(name)}", allowed, "rename the app"))
    namespace = section.text("namespace", check=label_name, example=name)
    creates_namespace = section.flag("createNamespace", default=False)
    if creates_namespace and namespace in NAMESPACES_OF_OTHERS:
        section.problem(
            "createNamespace",
            f"true, for the namespace {shown(namespace)}",
            "false for a namespace of others",
            "write `createNamespace: false`, or give the app a namespace of its own",
        )
    secret_name = section.text("secretName", default=f"{name}-secret", check=subdomain_name, example=f"{name}-secret")
    if reason := TAKEN_SECRETS.get((namespace, secret_name)):
        section.problem(
            "secretName",
            f"{shown(secret_name)} in the namespace {shown(namespace)}: {reason}",
            "the name of a Secret of the app's own",
            f"write `secretName: {_other_secret_name(name, secret_name)}`",
        )
    labels = section.mapping_of_texts("labels", label_key, label_value, f"app.kubernetes.io/name: {name}")
    keys = _parse_keys(section)
    literals = section.mapping_of_texts("literals", data_key, _any_text, "admin-user: admin")
    restarts = section.texts("restarts", default=(), check=_workload, example=f"deployment/{name}")
    section.close()
    _report_keys_fed_twice(section, keys, literals)
    return App(name, namespace, creates_namespace, secret_name, labels, keys, literals, restarts)


def _parse_keys(section: Section) -> tuple[SecretKey, ...]:
    keys = section.section("keys", "{GRAFANA_ADMIN_PASSWORD: {source: generate, kind: hex, size: 12}}")
    parsed = tuple(_parse_key(name, fields) for name, fields in keys.sections("{source: manual}"))
    if not parsed and "keys" in section.fields and section.fields["keys"] == {}:
        section.problem("keys", "no key", "at least one key", "add a key, or remove the app: it reads nothing")
    return parsed


def _parse_key(name: str, section: Section) -> SecretKey:
    if not _REMOTE_KEY.fullmatch(name):
        allowed = "at most 100 of A-Z, a-z, 0-9, '_', '-' and '.', beginning with a letter or '_'"
        section.problems.append(Problem(section.path, f"the key name {shown(name)}", allowed, "rename the key"))
    source = _parse_source(section)
    immutable = section.flag("immutable", default=False)
    secret_keys = section.texts("secretKeys", default=(name,), check=data_key, example=name)
    reason = "immutable is true" if immutable else _BY_HAND * (section.fields.get("source") == "manual")
    change_command, every_days = _parse_rotation(section, reason)
    section.close()
    return SecretKey(name, source, immutable, secret_keys, change_command, every_days)


def _parse_rotation(section: Section, not_rotated: str) -> tuple[str, int | None]:
    """:param not_rotated: why this program never rotates the key, empty where it does"""
    for name in ("changeCommand", "rotateEveryDays"):
        if not_rotated and name in section.fields:
            section.problem(name, f"a value, while {not_rotated}", "nothing", f"remove `{name}`")
    change_command = every_days = None
    if "changeCommand" in section.fields:
        change_command = section.text("changeCommand", example="kubectl exec … -- psql …")
    if "rotateEveryDays" in section.fields:
        every_days = section.number("rotateEveryDays", 1, 3650, default=365)
    # Known where they are absent, too.
    section.skip("changeCommand", "rotateEveryDays")
    return change_command or "", every_days


def _parse_source(section: Section) -> Source:
    match section.choice("source", ("generate", "config", "manual")):
        case "generate":
            kind = section.choice("kind", tuple(SIZES))
            if not kind:
                section.skip("size")
                return Manual()
            low, high, unit = SIZES[kind]
            return Generate(kind, section.number("size", low, high, unit=unit))  # type: ignore[arg-type]
        case "config":
            return FromConfig()
        case "manual":
            return Manual()
        case _:
            section.skip("kind", "size")
            return Manual()


def _workload(text: str) -> str | None:
    kind, _, name = text.partition("/")
    fits = kind in ("deployment", "statefulset", "daemonset") and not subdomain_name(name)
    return None if fits else "deployment/NAME, statefulset/NAME or daemonset/NAME"


def _other_secret_name(app: str, refused: str) -> str:
    default = f"{app}-secret"
    return f"{app}-app-secret" if refused == default else default


def _any_text(_: str) -> None:
    return None


def _report_keys_fed_twice(section: Section, keys: tuple[SecretKey, ...], literals: dict[str, str]) -> None:
    fed_by: dict[str, str] = dict.fromkeys(literals, "literals")
    for key in keys:
        for fed in key.secret_keys:
            first = fed_by.setdefault(fed, f"keys.{key.name}")
            if first != f"keys.{key.name}":
                section.problem(
                    f"keys.{key.name}.secretKeys",
                    f"the Secret's key {shown(fed)}, which {first} feeds too",
                    "each key of the Secret fed once",
                    f"write `secretKeys: [OTHER_NAME]`, or remove {shown(fed)} from {first}",
                )


def _clashes(path: str, apps: tuple[App, ...], broken: Set[str]) -> Iterator[Problem]:
    """
    What is wrong only between apps: two writers of one Secret, two owners of a namespace, two makers of a value.

    :param broken: paths of problems; what was read in place of a value there is compared with nothing
    """
    writers: dict[tuple[str, str], App] = {}
    owners: dict[str, App] = {}
    makers: dict[str, tuple[App, SecretKey]] = {}
    for app in apps:
        if f"{path}.{app.name}.namespace" in broken:
            continue
        writer = writers.setdefault((app.namespace, app.secret_name), app)
        if writer is not app:
            yield Problem(
                f"{path}.{app.name}.secretName",
                f"{shown(app.secret_name)} in the namespace {shown(app.namespace)}, which {writer.name} writes too",
                "one app for each Secret",
                f"write `secretName: {_other_secret_name(app.name, app.secret_name)}`",
            )
        owner = owners.setdefault(app.namespace, app) if app.creates_namespace else app
        if owner is not app:
            yield Problem(
                f"{path}.{app.name}.createNamespace",
                f"true, and {owner.name} creates {shown(app.namespace)} too",
                "one owner for each namespace",
                "write `createNamespace: false` for one of the two",
            )
    for app in apps:
        for key in app.keys:
            declared = f"{path}.{app.name}.keys.{key.name}"
            if broken & {declared, *(f"{declared}.{field}" for field in _MAKING)}:
                continue
            maker, made = makers.setdefault(key.name, (app, key))
            if _making(made) != _making(key):
                yield Problem(
                    declared,
                    f"another source than in {maker.name}, which reads the same key",
                    "one source, kind, size, immutable, changeCommand and rotateEveryDays for each key in Infisical",
                    f"declare it as in {path}.{maker.name}.keys.{key.name}",
                )


_MAKING: Final = ("source", "kind", "size", "immutable", "changeCommand", "rotateEveryDays")


def _making(key: SecretKey) -> tuple[Source, bool, str, int | None]:
    """What says how a key's value is made; the same wherever the key is read."""
    return key.source, key.immutable, key.change_command, key.rotate_every_days
