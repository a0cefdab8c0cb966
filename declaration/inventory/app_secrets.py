"""A Secret of an app: `homelab:apps.APP` in the short form, or `homelab:apps.APP.secrets.SECRET`."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, cast

from declaration.inventory.composed import parse_composed
from declaration.inventory.durations import canonical, duration
from declaration.inventory.secret_keys import SecretKey, folder_of_keys, parse_keys
from declaration.inventory.sources import Generate, Manual
from declaration.inventory.whole_folders import parse_whole_folders
from declaration.kubernetes_names import data_key, label_key, label_value
from declaration.problems import shown
from declaration.section import Section
from infisical.whole_folder import WholeFolder

CreationPolicy = Literal["Owner", "Merge", "Orphan"]
CREATION_POLICIES: Final = ("Owner", "Merge", "Orphan")

DEMANDED: Final[Mapping[str, tuple[str, ...]]] = {
    "kubernetes.io/basic-auth": ("username", "password"),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
"""The keys that a type of Secret demands."""
OF_OTHERS: Final = ("kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token")

REFRESH_INTERVAL: Final = "1h0m0s"
"""One hour, in the operator's own form. The operator rewrites `1h`, and the next update fails with a field conflict."""

SECRET_FIELDS: Final = (
    *("keys", "dataFrom", "literals", "template", "dockerConfig", "connectionString", "labels", "annotations", "type"),
    *("refreshInterval", "creationPolicy", "immutable", "adopt"),
)
"""The fields of a Secret that an app has too, in the short form."""


@dataclass(frozen=True)
class AppSecret:
    """
    One Secret of an app, and the ExternalSecret of the same name that the operator makes it from.

    `path` is where it is declared, below `homelab:apps`: the app's name in the short form. `adopt` takes over a Secret
    or ExternalSecret that exists already. `templates` has the composed values by key of the Secret. They read the
    fields of `keys`, and all keys of `folders`. An empty `type` means Opaque. The operator checks a Secret each
    `refresh_interval`. It never changes an `immutable` one.

    `creation_policy`: Owner creates the Secret, and deletes it with the app. Orphan creates it, and keeps it when the
    app goes. Merge writes into a Secret that somebody else creates, and leaves all keys there when the app goes.

    A retired Secret does not exist any more, and its keys keep their values.
    """

    app: str
    namespace: str
    name: str
    keys: tuple[SecretKey, ...]
    literals: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[WholeFolder, ...] = ()
    type: str = ""
    refresh_interval: str = REFRESH_INTERVAL
    creation_policy: CreationPolicy = "Owner"
    immutable: bool = False
    adopt: bool = False
    path: str = ""
    retired: bool = False

    @property
    def place(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"

    @property
    def is_short(self) -> bool:
        """Whether the app's own fields declare it."""
        return self.path in ("", self.app)

    @property
    def name_path(self) -> str:
        """Where its name is declared, below `homelab:apps`."""
        return f"{self.app}.secretName" if self.is_short else self.path

    @property
    def delivered_keys(self) -> tuple[SecretKey, ...]:
        """The keys that the Secret gets."""
        return () if self.retired else tuple(key for key in self.keys if not key.retired)

    @property
    def delivered(self) -> AppSecret:
        """The Secret with only these keys."""
        return replace(self, keys=self.delivered_keys)

    @property
    def hidden_fields(self) -> tuple[str, ...]:
        """What templates read, and the Secret does not hold."""
        return tuple(key.declared_as for key in self.keys if not key.secret_keys)

    @property
    def written(self) -> frozenset[str]:
        """Every key of the Secret that the declaration decides."""
        return frozenset({*self.literals, *self.templates, *(name for key in self.keys for name in key.secret_keys)})

    @property
    def composed(self) -> frozenset[str]:
        """The keys of the Secret whose values cannot become values in Infisical."""
        parts = (name for key in self.keys if not key.is_whole for name in key.secret_keys)
        return frozenset({*self.templates, *parts})

    def keys_without_value(self, given: Container[tuple[str, str]], folder: str) -> list[SecretKey]:
        """
        The keys whose first value only the owner can set.

        :param given: the keys that have a value in the stack config, by folder and name
        :param folder: the folder of the app's keys
        """
        return [
            key
            for key in self.delivered_keys
            if not isinstance(key.source, Generate) and (key.folder or folder, key.name) not in given
        ]


def parse_secret(
    section: Section, app: str, namespace: str, name: str, path: str, shared: Mapping[str, SecretKey]
) -> AppSecret:
    """
    Read the fields of a Secret, except for its name and namespace.

    :param section: the Secret's own, or the app's in the short form
    :param path: below `homelab:apps`
    """
    labels = section.strings_by_name("labels", label_key, label_value, "app.kubernetes.io/name: web")
    annotations = section.strings_by_name("annotations", label_key, _any_text, 'reloader.stakater.com/match: "true"')
    folders = parse_whole_folders(section)
    if folders and "keys" not in section.fields:
        section.skip("keys")
        keys: tuple[SecretKey, ...] = ()
        parse_folder(section)
    else:
        keys = parse_keys(section, parse_folder(section), shared)
    literals = section.strings_by_name("literals", data_key, _any_text, "admin-user: admin")
    composed = parse_composed(section, None if folders else _fields(keys))
    secret = AppSecret(
        app=app,
        namespace=namespace,
        name=name,
        keys=keys,
        literals=literals,
        labels=labels,
        annotations=annotations,
        templates=composed.templates,
        folders=folders,
        type=_parse_type(section) or composed.type,
        refresh_interval=canonical(section.string("refreshInterval", default="1h", check=duration, example="5m")),
        creation_policy=cast(
            CreationPolicy, section.choice("creationPolicy", CREATION_POLICIES, default="Owner") or "Owner"
        ),
        immutable=section.boolean("immutable", default=False),
        adopt=section.boolean("adopt", default=False),
        path=path,
        # A Secret without a key would not become ready.
        retired=bool(keys) and not folders and all(key.retired for key in keys),
    )
    _report_keys_written_twice(section, secret)
    _report_unused_parts(section, secret)
    _report_type(section, secret)
    _report_immutable(section, secret)
    if folders and secret.creation_policy == "Merge":
        expected = "Owner or Orphan: a key of the folder could replace a value that somebody else wrote"
        section.problem("creationPolicy", "Merge, although `dataFrom` is set", expected, "remove one of them")
    return secret


def parse_folder(section: Section) -> str:
    """`folder`: that of every key that names none; empty if it is absent."""
    if "folder" not in section.fields:
        section.skip("folder")
        return ""
    return section.string("folder", check=folder_of_keys, example="/shared/smtp")


def _parse_type(section: Section) -> str:
    found = section.optional_string("type", example="kubernetes.io/tls")
    if found and (label_key(found) or found in OF_OTHERS):
        expected = f"a type of Secret, such as Opaque, {', '.join(DEMANDED)}"
        section.problem("type", shown(found), expected, "write, for example, `type: kubernetes.io/tls`")
    return found


def _fields(keys: tuple[SecretKey, ...]) -> frozenset[str]:
    return frozenset(name for key in keys if not key.retired for name in key.fields)


def _any_text(_: str) -> None:
    return None


def _report_keys_written_twice(section: Section, secret: AppSecret) -> None:
    written_by: dict[str, str] = dict.fromkeys(secret.literals, "literals")
    for name in secret.templates:
        if written_by.setdefault(name, "template") == "literals":
            section.problem(
                f"literals.{name}",
                f"{shown(name)}, a key of the Secret that a template already writes",
                "one value for each key of the Secret",
                f"remove {shown(name)} from `literals`, or remove the template",
            )
    for key in secret.keys:
        for secret_key in key.fields:
            first = written_by.setdefault(secret_key, f"keys.{key.declared_as}")
            if first != f"keys.{key.declared_as}":
                section.problem(
                    f"keys.{key.declared_as}.secretKeys",
                    f"{shown(secret_key)}, a key of the Secret that {first} already writes",
                    "one value for each key of the Secret",
                    f"write `secretKeys: [OTHER_NAME]`, or remove {shown(secret_key)} from {first}",
                )


def _report_unused_parts(section: Section, secret: AppSecret) -> None:
    """A key that is not in the Secret must be read by a template."""
    for key in secret.keys:
        if not key.secret_keys and not secret.templates:
            section.problem(
                f"keys.{key.declared_as}.secretKeys",
                "an empty list, although the Secret has no template",
                "a list of strings; or an empty list, for a key that only a template reads",
                f"write `secretKeys: [{key.declared_as}]`, or remove the field",
            )


def _report_type(section: Section, secret: AppSecret) -> None:
    demanded = DEMANDED.get(secret.type, ())
    for name in demanded:
        if name not in secret.written and not secret.folders:
            section.problem(
                "type",
                f"{secret.type}, although the Secret has no key {name}",
                f"a Secret with {'the keys' if len(demanded) > 1 else 'the key'} {' and '.join(demanded)}",
                f"write `secretKeys: [{name}]` for the key with that value, or another `type`",
            )


def _report_immutable(section: Section, secret: AppSecret) -> None:
    if not secret.immutable:
        return
    if secret.creation_policy == "Merge":
        section.problem(
            "immutable",
            "true, although `creationPolicy` is Merge",
            "false: others own the Secret",
            "remove one of them",
        )
    for key in secret.keys:
        if not key.immutable and not isinstance(key.source, Manual):
            section.problem(
                f"keys.{key.declared_as}.immutable",
                "false, although the Secret is immutable and can get no new value",
                "true",
                "write `immutable: true` for the key, or remove it from the Secret",
            )
