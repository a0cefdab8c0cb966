"""
Where a Secret's keys come from if not from this program's store: another store, or a generator of the operator.

This program sets no value there, and its delivery check cannot compare the values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from declaration.inventory.secret_keys import Decoding, parse_decoding
from declaration.kubernetes_names import data_key, subdomain_name
from declaration.problems import Problem, shown
from declaration.section import Section
from infisical.whole_folder import WholeFolder

STORE_KINDS: Final = ("SecretStore", "ClusterSecretStore")
GENERATORS: Final = "generators.external-secrets.io/v1alpha1"
GENERATOR_KINDS: Final = (
    "Password",
    "UUID",
    "SSHKey",
    "MFA",
    "Webhook",
    "Fake",
    "ClusterGenerator",
    "ACRAccessToken",
    "BeyondtrustWorkloadCredentialsDynamicSecret",
    "CloudsmithAccessToken",
    "ECRAuthorizationToken",
    "GCRAccessToken",
    "GithubAccessToken",
    "GitlabDeployToken",
    "Grafana",
    "QuayAccessToken",
    "STSSessionToken",
    "VaultDynamicSecret",
)
"""Those of the releases from v0.20 to v2.9. The preview looks whether the installed release has a kind."""
CLUSTER_KINDS: Final = ("ClusterSecretStore", "ClusterGenerator")
"""The kinds of objects without a namespace."""

_OF_A_STORE: Final = ("secretKeys", "key", "property", "decodingStrategy")
_OF_INFISICAL: Final = (
    *("source", "kind", "size", "characters", "immutable", "folder", "changeCommand", "renamedFrom", "retired"),
    "rotateEveryDays",
)


@dataclass(frozen=True)
class Origin:
    """An object of the owner: a store that this program does not manage, or a generator of the operator."""

    kind: str
    name: str
    api_version: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    def place(self, namespace: str) -> str:
        """`namespace/name`, or the name of an object without a namespace."""
        return self.name if self.kind in CLUSTER_KINDS else f"{namespace}/{self.name}"


@dataclass(frozen=True)
class StoreKey:
    """
    A key of another store, and the keys of the Secret that hold its value.

    `remote` and `json_property` are the operator's `remoteRef`. A key without `secret_keys` is read by templates only.
    """

    entry: str
    remote: str
    secret_keys: tuple[str, ...]
    json_property: str = ""
    decoding: Decoding = "None"

    @property
    def fields(self) -> tuple[str, ...]:
        """The names by which templates read the value."""
        return self.secret_keys or (self.entry,)


@dataclass(frozen=True)
class OtherStore:
    """
    A store that this program does not manage, and what a Secret reads there.

    `extracts` are remote keys of which the Secret gets every property, such as a Secret of the kubernetes provider.
    """

    origin: Origin
    keys: tuple[StoreKey, ...] = ()
    extracts: tuple[WholeFolder, ...] = ()


@dataclass(frozen=True)
class Generator:
    """A generator, and the keys that the Secret gets from it."""

    origin: Origin
    secret_keys: tuple[str, ...]


def parse_store_reference(section: Section, own_stores: str) -> Origin | None:
    """
    Read `store` of a Secret.

    :param own_stores: the name of this program's store, which cannot be named here
    """
    section.skip("store")
    if "store" not in section.fields:
        return None
    store = section.mapping("store", "{kind: SecretStore, name: kubernetes}")
    kind = store.choice("kind", STORE_KINDS, default="SecretStore") or "SecretStore"
    name = store.string("name", check=subdomain_name, example="kubernetes")
    store.close()
    if (kind, name) == ("ClusterSecretStore", own_stores):
        section.problem(
            "store.name",
            f"{shown(name)}, the store of this program",
            "the name of a store that you manage",
            "remove `store`: without it, the keys come from this program's store",
        )
    return Origin(kind, name, "external-secrets.io/v1")


def parse_store_keys(section: Section, origin: Origin) -> tuple[StoreKey, ...]:
    """Read `keys` of a Secret with a `store`."""
    keys = section.mapping("keys", "{PASSWORD: {key: postgres, property: password}}")
    parsed = tuple(_parse_store_key(name, fields, origin) for name, fields in keys.mappings("{key: postgres}"))
    if not parsed and section.fields.get("keys") == {}:
        section.problem("keys", "no key", "at least one key", "add a key, or remove the Secret")
    return parsed


def parse_generator(section: Section) -> Generator | None:
    """Read `generator` of a Secret."""
    section.skip("generator")
    if "generator" not in section.fields:
        return None
    example = "{kind: Password, name: web, secretKeys: [password]}"
    generator = section.mapping("generator", example)
    kind = generator.choice("kind", GENERATOR_KINDS)
    name = generator.string("name", check=subdomain_name, example="web")
    version = generator.string("apiVersion", default=GENERATORS, check=_api_version, example=GENERATORS)
    secret_keys = generator.strings("secretKeys", default=None, check=data_key, example="password")
    generator.close()
    return Generator(Origin(kind, name, version), secret_keys)


def _parse_store_key(entry: str, section: Section, origin: Origin) -> StoreKey:
    if expected := data_key(entry):
        section.problems.append(Problem(section.path, f"the key name {shown(entry)}", expected, "rename the key"))
    for name in (name for name in _OF_INFISICAL if name in section.fields):
        section.skip(name)
        section.problem(
            name,
            f"a value, although the key comes from the {origin}",
            f"no value: this program sets no value there. Fields of such a key: {', '.join(_OF_A_STORE)}",
            f"remove `{name}`, or remove `store` from the Secret",
        )
    key = StoreKey(
        entry=entry,
        remote=section.string("key", default=entry, check=_remote, example="postgres-credentials"),
        secret_keys=section.strings(
            "secretKeys", default=(entry,), check=data_key, example="password", may_be_empty=True
        ),
        json_property=section.optional_string("property", example="password"),
        decoding=parse_decoding(section),
    )
    section.close()
    return key


def _remote(text: str) -> str | None:
    fits = text.isprintable() and text == text.strip()
    return None if fits else "printable characters without white space at the start and the end"


def _api_version(text: str) -> str | None:
    group, slash, version = text.partition("/")
    fits = slash and not subdomain_name(group) and not subdomain_name(version)
    return None if fits else f"a group and a version, such as {GENERATORS}"
