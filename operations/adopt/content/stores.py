"""Which part of which Infisical a store of the operator reads."""

from __future__ import annotations

import base64
import itertools
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

from declaration import PROJECT
from declaration.objects import STACK, STORE
from declaration.site.settings import Store
from operations.adopt.objects import STORES, Found, mapping

CLOUD: Final = "https://app.infisical.com/api"
"""The operator's default."""

Ref = tuple[str, str, str]
"""The kind, the namespace (empty for a ClusterSecretStore) and the name."""


@dataclass(frozen=True, order=True)
class Site:
    """An environment of a project of an Infisical server."""

    host: str
    project: str
    environment: str

    def __str__(self) -> str:
        return f"project {self.project}, environment {self.environment} at {self.host}"


@dataclass(frozen=True)
class Scope:
    """
    What a store reads. `other` says what it reads instead of an Infisical, in a form that is not supported.

    A recursive store reads the folders below as well if all keys of its folder are read together. A single key is read
    from the same place as by other stores.
    """

    site: Site | None = None
    folder: str = "/"
    other: str = ""
    recursive: bool = False
    content: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Stores:
    """
    All stores that were found, and the site that the declaration reads or will read.

    :param same_server: the addresses of the declared Infisical
    """

    scopes: Mapping[Ref, Scope]
    same_server: frozenset[str] = frozenset()

    def scope(self, reference: object, namespace: str) -> tuple[str, Scope]:
        """What a `secretStoreRef` leads to, with its name for messages."""
        kind, name = named_store(reference)
        key = (kind, "" if kind == STORES[0] else namespace, name)
        shown = f"{kind} {'/'.join(filter(None, key[1:]))}"
        scope = self.scopes.get(key)
        if scope is None:
            return shown, Scope(other="was not found")
        has_variable = scope.site is not None and "${" in scope.site.host
        if has_variable and not self.same_server:
            return shown, Scope(other="has a variable of Flux in hostAPI: declare homelab:store, or use --live")
        if scope.site and (has_variable or scope.site.host in self.same_server):
            site = Site(min(self.same_server), scope.site.project, scope.site.environment)
            return shown, replace(scope, site=site)
        return shown, scope


def named_store(reference: object) -> tuple[str, str]:
    """The kind and the name of the store in a `secretStoreRef`."""
    found = mapping(reference)
    return str(found.get("kind") or STORES[1]), str(found.get("name") or "")


def found_stores(stores: Sequence[Found], declared: Store | None, addresses: Sequence[str]) -> Stores:
    """
    :param declared: `homelab:store`; None if it is not declared yet
    :param addresses: further addresses of the declared Infisical
    """
    scopes: dict[Ref, Scope] = {}
    if declared:
        site = Site(host(declared.host_api), declared.project_slug, declared.environment_slug)
        scopes[STORES[0], "", declared.name] = Scope(site, declared.secrets_path)
    for each in stores:
        scope = scope_of(each.content)
        if declared and (each.kind, each.name) == (STORES[0], declared.name) and _is_made_by_a_stack(each):
            # The program's own store, maybe with another address of the server.
            scope = Scope(site, scope.folder, content=each.content)
        scopes[each.kind, each.namespace if each.kind == STORES[1] else "", each.name] = scope
    same = frozenset(map(host, [declared.host_api, *addresses])) if declared else frozenset()
    return Stores(scopes, same)


def _is_made_by_a_stack(store: Found) -> bool:
    return STACK in mapping(mapping(store.content.get("metadata")).get("annotations"))


def scope_of(content: Mapping[str, Any]) -> Scope:
    provider = mapping(mapping(content.get("spec")).get("provider"))
    if "infisical" not in provider:
        return Scope(other=f"reads the provider {', '.join(map(str, provider)) or 'none'}, not Infisical")
    infisical = mapping(provider["infisical"])
    scope = mapping(infisical.get("secretsScope"))
    if scope.get("expandSecretReferences") is False:
        return Scope(other="does not expand references (expandSecretReferences: false), as the program's store does")
    site = Site(
        host(str(infisical.get("hostAPI") or CLOUD)),
        str(scope.get("projectSlug") or ""),
        str(scope.get("environmentSlug") or ""),
    )
    recursive = scope.get("recursive") is True
    return Scope(site, str(scope.get("secretsPath") or "/"), recursive=recursive, content=content)


def host(address: str) -> str:
    """The address of a server in one form: without `/api`, and without the port that its scheme implies."""
    parts = urlsplit(address.strip())
    implied = {"https": 443, "http": 80}.get(parts.scheme)
    try:
        port = parts.port
    except ValueError:
        return address
    shown = f":{port}" if port and port != implied else ""
    path = parts.path.rstrip("/").removesuffix("/api").rstrip("/")
    return f"{parts.scheme}://{(parts.hostname or '').removesuffix('.cluster.local')}{shown}{path}"


def most_read(scopes: Sequence[Scope]) -> Scope | None:
    """The scope that most of them have; the first one in alphabetical order if two are equally frequent."""
    sites = Counter(scope.site for scope in scopes if scope.site)
    if not sites:
        return None
    site = min(sites, key=lambda each: (-sites[each], each))
    folders = Counter(scope.folder for scope in scopes if scope.site == site)
    folder = min(folders, key=lambda each: (-folders[each], each))
    return next(scope for scope in scopes if (scope.site, scope.folder) == (site, folder))


def declared_store(scope: Scope, taken: Collection[str]) -> dict[str, Any]:
    """
    `homelab:store` that reads what a store reads. The program writes a store of its own.

    :param taken: the names of the stores that exist
    """
    site = scope.site or Site("", "", "")
    infisical = mapping(mapping(mapping(scope.content.get("spec")).get("provider")).get("infisical"))
    name = next(name for name in _names() if name not in taken)
    found: dict[str, Any] = {
        "hostAPI": str(infisical.get("hostAPI") or CLOUD),
        "projectSlug": site.project,
        "environmentSlug": site.environment,
    }
    if scope.folder != "/":
        found["secretsPath"] = scope.folder
    if name != STORE:
        found["name"] = name
    if bundle := infisical.get("caBundle"):
        found["caBundle"] = _decoded(str(bundle))
    if provider := mapping(infisical.get("caProvider")):
        known = ("type", "namespace", "name", "key")
        found["caProvider"] = {key: provider[key] for key in known if key in provider}
    return found


def _names() -> Iterator[str]:
    yield from (STORE, PROJECT)
    yield from (f"{PROJECT}-{number}" for number in itertools.count(2))


def _decoded(bundle: str) -> str:
    """Certificates as text: the operator has them in base64."""
    try:
        return base64.b64decode(bundle, validate=True).decode()
    except ValueError:
        return bundle
