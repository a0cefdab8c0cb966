"""The inventory, `homelab:apps`: which app reads which keys, and where each key's value comes from."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Set
from dataclasses import dataclass
from typing import Final, Literal

from declaration.app_files import RENAME_APP
from declaration.kubernetes_names import data_key, label_key, label_name, label_value, subdomain_name
from declaration.objects import ARGOCD_NAMESPACE, RESERVED_NAMESPACES, STORE, taken_secrets
from declaration.problems import Problem, shown
from declaration.renames import clashes_of_renames
from declaration.section import Section
from infisical import rules

GeneratedKind = Literal["hex", "base64", "password"]

SIZES: Final[dict[str, tuple[int, int, str]]] = {
    "hex": (8, 64, "random bytes; twice as many characters"),
    "base64": (16, 64, "random bytes"),
    "password": (16, 128, "characters"),
}
"""The smallest and the largest size of each kind of generated value, and what the size counts."""

# Narrower than Infisical: also fit for an environment variable and for a path of `pulumi config`.
_REMOTE_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Generate:
    """A random value, created once. `SIZES` says what `size` counts."""

    kind: GeneratedKind
    size: int


@dataclass(frozen=True)
class FromConfig:
    """A value that the owner sets in the stack config, encrypted."""


@dataclass(frozen=True)
class Manual:
    """A value that the owner sets by hand in Infisical."""


Source = Generate | FromConfig | Manual


@dataclass(frozen=True)
class SecretKey:
    """
    One remote key that an app reads, and the keys of the app's Secret that hold its value (at least one).

    `change_command` is a shell command that must succeed before Infisical gets a new value; empty means none.
    `rotate_every_days` is the maximum age of a value; None means `homelab:rotateEveryDays`.
    `renamed_from` is the name that the key had before; empty means none.
    A retired key keeps its value, and no app gets it.
    """

    name: str
    source: Source
    immutable: bool
    secret_keys: tuple[str, ...]
    change_command: str = ""
    rotate_every_days: int | None = None
    renamed_from: str = ""
    retired: bool = False


@dataclass(frozen=True)
class App:
    """
    One app: the Secret that it reads, and the content of that Secret.

    `restarts` are the workloads that read the Secret only when they start, such as `deployment/grafana`. `adopt` takes
    over a Secret or ExternalSecret that exists already. A retired app has no Secret any more, and its keys keep their
    values.
    """

    name: str
    namespace: str
    creates_namespace: bool
    secret_name: str
    labels: dict[str, str]
    keys: tuple[SecretKey, ...]
    literals: dict[str, str]
    restarts: tuple[str, ...] = ()
    adopt: bool = False
    retired: bool = False

    @property
    def delivered_keys(self) -> tuple[SecretKey, ...]:
        """The keys that the app's Secret gets."""
        return () if self.retired else tuple(key for key in self.keys if not key.retired)

    def keys_without_value(self, given: Container[tuple[str, str]], folder: str) -> list[SecretKey]:
        """
        The keys whose first value only the owner can set.

        :param given: the keys that have a value in the stack config, by folder and name
        :param folder: the folder that the app reads
        """
        return [
            key
            for key in self.delivered_keys
            if not isinstance(key.source, Generate) and (folder, key.name) not in given
        ]


def parse_apps(
    path: str,
    declared: object,
    problems: list[Problem],
    *,
    argocd_namespace: str = ARGOCD_NAMESPACE,
    store: str = STORE,
    folder_per_app: bool = False,
) -> tuple[App, ...]:
    """
    Read the inventory.

    :param path: the config key, for messages
    :param declared: the mapping of app names to apps, as decoded from YAML or JSON
    :param problems: receives every problem; use the result only if it stays empty
    :param store: the name of the operator's store
    :param folder_per_app: whether keys of one name in two apps are two keys
    """
    section = Section.of(path, declared, problems, "{grafana: {namespace: monitoring, keys: …}}")
    apps = tuple(
        _parse_app(name, fields, argocd_namespace, store)
        for name, fields in section.mappings("{namespace: …, keys: …}")
    )
    broken = {problem.path for problem in problems}
    problems.extend(_clashes(path, apps, broken))
    earlier = {app.name: {key.name: key.renamed_from for key in app.keys} for app in apps}
    problems.extend(clashes_of_renames(path, earlier, folder_per_app=folder_per_app))
    if not folder_per_app:
        problems.extend(_different_keys(path, apps, broken))
    return apps


def _parse_app(name: str, section: Section, argocd_namespace: str, store: str) -> App:
    if expected := label_name(name):
        section.problems.append(Problem(section.path, f"the app name {shown(name)}", expected, RENAME_APP))
    # Examples use the app's name only if that is valid.
    example = "web" if label_name(name) else name
    namespace = section.string("namespace", check=label_name, example=example)
    creates_namespace = section.boolean("createNamespace", default=False)
    if creates_namespace and namespace in {*RESERVED_NAMESPACES, argocd_namespace}:
        section.problem(
            "createNamespace",
            f"true for {shown(namespace)}, a namespace that is not the app's own",
            "false",
            "write `createNamespace: false`, or give the app its own namespace",
        )
    secret_name = section.string(
        "secretName", default=f"{name}-secret", check=subdomain_name, example=f"{example}-secret"
    )
    if reason := taken_secrets(argocd_namespace, store).get((namespace, secret_name)):
        section.problem(
            "secretName",
            f"{shown(secret_name)} in the namespace {shown(namespace)}: {reason}",
            "the name of a Secret that only the app uses",
            f"write `secretName: {_other_secret_name(name, secret_name)}`",
        )
    labels = section.strings_by_name("labels", label_key, label_value, f"app.kubernetes.io/name: {example}")
    keys = _parse_keys(section)
    literals = section.strings_by_name("literals", data_key, _any_text, "admin-user: admin")
    restarts = section.strings("restarts", default=(), check=_workload, example=f"deployment/{example}")
    adopt = section.boolean("adopt", default=False)
    # A Secret without a key would not become ready.
    retired = section.boolean("retired", default=False) or (bool(keys) and all(key.retired for key in keys))
    section.close()
    _report_keys_written_twice(section, keys, literals)
    return App(name, namespace, creates_namespace, secret_name, labels, keys, literals, restarts, adopt, retired)


def _parse_keys(section: Section) -> tuple[SecretKey, ...]:
    keys = section.mapping("keys", "{GRAFANA_ADMIN_PASSWORD: {source: generate, kind: hex, size: 12}}")
    parsed = tuple(_parse_key(name, fields) for name, fields in keys.mappings("{source: manual}"))
    if not parsed and "keys" in section.fields and section.fields["keys"] == {}:
        section.problem("keys", "no key", "at least one key", "add a key, or remove the app")
    return parsed


def _parse_key(name: str, section: Section) -> SecretKey:
    if not _REMOTE_KEY.fullmatch(name) or rules.secret_name(name):
        longest = rules.LONGEST_SECRET_NAME
        expected = f"at most {longest} of A-Z, a-z, 0-9, '_', '-' and '.', starting with a letter or '_'"
        section.problems.append(Problem(section.path, f"the key name {shown(name)}", expected, "rename the key"))
    source = _parse_source(section)
    immutable = section.boolean("immutable", default=False)
    secret_keys = section.strings("secretKeys", default=(name,), check=data_key, example=name)
    by_hand = "source is manual" if section.fields.get("source") == "manual" else ""
    change_command, every_days = _parse_rotation(section, "immutable is true" if immutable else by_hand)
    renamed_from = section.optional_string("renamedFrom", example="OLD_NAME")
    if renamed_from and (renamed_from == name or not _REMOTE_KEY.fullmatch(renamed_from)):
        expected, fix = "the earlier name of the key", "write the earlier name, or remove `renamedFrom`"
        section.problem("renamedFrom", shown(renamed_from), expected, fix)
    retired = section.boolean("retired", default=False)
    section.close()
    return SecretKey(name, source, immutable, secret_keys, change_command, every_days, renamed_from, retired)


def _parse_rotation(section: Section, not_rotated: str) -> tuple[str, int | None]:
    """:param not_rotated: why this program never rotates the key; empty if it does"""
    for name in ("changeCommand", "rotateEveryDays"):
        if not_rotated and name in section.fields:
            section.problem(name, f"a value, although {not_rotated}", "no value", f"remove `{name}`")
    return (
        section.optional_string("changeCommand", example="kubectl exec … -- psql …"),
        section.optional_integer("rotateEveryDays", 1, 3650, example=365),
    )


def _parse_source(section: Section) -> Source:
    match section.choice("source", ("generate", "config", "manual")):
        case "generate":
            kind = section.choice("kind", tuple(SIZES))
            if not kind:
                section.skip("size")
                return Manual()
            low, high, unit = SIZES[kind]
            return Generate(kind, section.integer("size", low, high, unit=unit))  # type: ignore[arg-type]
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


def _report_keys_written_twice(section: Section, keys: tuple[SecretKey, ...], literals: dict[str, str]) -> None:
    written_by: dict[str, str] = dict.fromkeys(literals, "literals")
    for key in keys:
        for secret_key in key.secret_keys:
            first = written_by.setdefault(secret_key, f"keys.{key.name}")
            if first != f"keys.{key.name}":
                section.problem(
                    f"keys.{key.name}.secretKeys",
                    f"{shown(secret_key)}, a key of the Secret that {first} already writes",
                    "one value for each key of the Secret",
                    f"write `secretKeys: [OTHER_NAME]`, or remove {shown(secret_key)} from {first}",
                )


def _clashes(path: str, apps: tuple[App, ...], broken: Set[str]) -> Iterator[Problem]:
    """
    Conflicts between apps: two writers of one Secret, two owners of one namespace.

    :param broken: paths of problems; a value at such a path is not compared
    """
    writers: dict[tuple[str, str], App] = {}
    owners: dict[str, App] = {}
    for app in apps:
        if f"{path}.{app.name}.namespace" in broken:
            continue
        writer = writers.setdefault((app.namespace, app.secret_name), app)
        if writer is not app:
            yield Problem(
                f"{path}.{app.name}.secretName",
                f"{shown(app.secret_name)} in the namespace {shown(app.namespace)}, which {writer.name} already writes",
                "one app for each Secret",
                f"write `secretName: {_other_secret_name(app.name, app.secret_name)}`",
            )
        owner = owners.setdefault(app.namespace, app) if app.creates_namespace else app
        if owner is not app:
            yield Problem(
                f"{path}.{app.name}.createNamespace",
                f"true, although {owner.name} already creates {shown(app.namespace)}",
                "one owner for each namespace",
                "write `createNamespace: false` for one of the two",
            )


def _different_keys(path: str, apps: tuple[App, ...], broken: Set[str]) -> Iterator[Problem]:
    """Two sources of one value. `broken` as in `_clashes`."""
    makers: dict[str, tuple[App, SecretKey]] = {}
    for app in apps:
        for key in app.keys:
            declared = f"{path}.{app.name}.keys.{key.name}"
            if broken & {declared, *(f"{declared}.{field}" for field in _MAKING)}:
                continue
            maker, made = makers.setdefault(key.name, (app, key))
            if _making(made) != _making(key):
                yield Problem(
                    declared,
                    f"a declaration that differs from the one in {maker.name}, which reads the same key",
                    f"the same {', '.join(_MAKING[:-1])} and {_MAKING[-1]} in each app",
                    f"declare it as in {path}.{maker.name}.keys.{key.name}",
                )


_MAKING: Final = ("source", "kind", "size", "immutable", "changeCommand", "rotateEveryDays", "renamedFrom")


def _making(key: SecretKey) -> tuple[Source, bool, str, int | None, str]:
    """How a key's value is made: the same for every app that reads the key."""
    return key.source, key.immutable, key.change_command, key.rotate_every_days, key.renamed_from
