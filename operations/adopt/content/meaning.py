"""
What an ExternalSecret makes of its Secret, independent of how it is written.

Two ExternalSecrets with one meaning make one Secret. Defaults are filled in, durations have one form, keys of Infisical
have their whole address, and a template that only repeats a key is that key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from declaration.inventory.app_secrets import CREATION_POLICIES
from declaration.inventory.durations import canonical, duration
from declaration.objects import PART_OF_HOMELAB
from infisical.whole_folder import WholeFolder
from operations.adopt.content.remotes import Refused, excluded, other_fields, remote_of, whole_folder, whole_value
from operations.adopt.content.stores import Site, Stores, named_store
from operations.adopt.content.values import Literal, Remote, Value, value_of
from operations.adopt.objects import entries, mapping

_TOOLS: Final = (
    *("kubectl.kubernetes.io", "argocd.argoproj.io", "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io"),
    *("meta.helm.sh", "helm.sh", "pulumi.com", "external-secrets.io", "reconcile.external-secrets.io", "homelab"),
)
"""The prefixes of labels and annotations that are about the ExternalSecret, and not about its Secret."""
_TOOL_KEYS: Final = ("force-sync", "app.kubernetes.io/managed-by")

_SPEC: Final = ("refreshInterval", "refreshPolicy", "secretStoreRef", "target", "data", "dataFrom")
_TARGET: Final = ("name", "creationPolicy", "deletionPolicy", "immutable", "template")
_TEMPLATE: Final = ("engineVersion", "mergePolicy", "metadata", "type", "data", "templateFrom")


OwnStore = tuple[str, str]
"""The kind and the name of a store of the owner, which the program does not manage."""


@dataclass(frozen=True)
class Meaning:
    """
    :param name: of the ExternalSecret
    :param store: its kind and name if it is one that the program does not manage; the folder of its keys is empty
    :param fields: what templates can read by name
    :param values: by key of the Secret
    :param hides_fields: whether a key of a whole folder that has the name of a field is not in the Secret
    :param other: by path, the fields for which the declaration has no place
    :param refused: by path, what cannot be read from the declared Infisical
    """

    namespace: str
    name: str
    secret: str
    refresh_interval: str
    creation_policy: str
    deletion_policy: str
    immutable: bool
    type: str
    labels: Mapping[str, Value]
    annotations: Mapping[str, Value]
    fields: Mapping[str, Remote]
    values: Mapping[str, Value]
    folders: tuple[WholeFolder, ...] = ()
    store: OwnStore | None = None
    hides_fields: bool = False
    sites: frozenset[Site] = frozenset()
    other: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Of the Secret."""
        return f"{self.namespace}/{self.secret}"

    def flat(self) -> dict[str, object]:
        """By path in the ExternalSecret, what is compared."""
        whole = [f"all keys of {_shown(folder)}" for folder in self.folders]
        store = {"spec.secretStoreRef": " ".join(self.store)} if self.store else {}
        return {
            "metadata.name": self.name,
            "spec.target.name": self.secret,
            "spec.refreshInterval": self.refresh_interval,
            "spec.target.creationPolicy": self.creation_policy,
            "spec.target.deletionPolicy": self.deletion_policy,
            "spec.target.immutable": str(self.immutable).lower(),
            "spec.target.template.type": self.type,
            **{f"the Secret's label {name}": value for name, value in self.labels.items()},
            **{f"the Secret's annotation {name}": value for name, value in self.annotations.items()},
            **{f"the Secret's key {name}": value for name, value in self.values.items()},
            **({"spec.dataFrom": "; ".join(whole)} if whole else {}),
            **store,
            **self.other,
        }


def meaning_of(content: Mapping[str, Any], namespace: str, stores: Stores, *, keeps_store: bool = False) -> Meaning:
    """
    :param content: the ExternalSecret
    :param keeps_store: whether it goes on reading its own store, instead of the declared Infisical
    """
    spec = mapping(content.get("spec"))
    metadata, target = mapping(content.get("metadata")), mapping(spec.get("target"))
    template = mapping(target.get("template"))
    reader = _OwnReader(spec) if keeps_store else _Reader(spec, namespace, stores)
    fields, folders = reader.fields(), reader.folders()
    other = {**reader.other, **dict(_others(spec, target, template))}
    name = str(metadata.get("name") or "")
    from_template = "template" in target
    described = mapping(template.get("metadata")) if from_template else _without_tools(metadata)
    return Meaning(
        namespace=namespace,
        name=name,
        secret=str(target.get("name") or name),
        refresh_interval=_refresh(spec),
        creation_policy=str(target.get("creationPolicy") or "Owner"),
        deletion_policy=str(target.get("deletionPolicy") or "Retain"),
        immutable=target.get("immutable") is True,
        type=str(template.get("type") or "Opaque"),
        labels=_described(described.get("labels"), fields, is_template=from_template),
        annotations=_described(described.get("annotations"), fields, is_template=from_template),
        fields=fields,
        values=_values(template, fields),
        folders=folders,
        store=reader.store,
        hides_fields=excluded(template) is not None,
        sites=frozenset(reader.sites),
        other=other,
        refused=reader.refused,
    )


class _Reader:
    """Reads what comes from the declared Infisical."""

    store: OwnStore | None = None

    def __init__(self, spec: Mapping[str, Any], namespace: str, stores: Stores) -> None:
        self._spec, self._namespace, self._stores = spec, namespace, stores
        self.sites: set[Site] = set()
        self.other: dict[str, str] = {}
        self.refused: dict[str, str] = {}

    def fields(self) -> dict[str, Remote]:
        found: dict[str, Remote] = {}
        for path, data, folder in self._of_stores("data"):
            reference = mapping(data.get("remoteRef"))
            self.other |= {f"{path}.remoteRef.{name}": text for name, text in other_fields(reference)}
            found[str(data.get("secretKey"))] = self._remote(reference, folder)
        return found

    def folders(self) -> tuple[WholeFolder, ...]:
        found: list[WholeFolder] = []
        for path, data, folder in self._of_stores("dataFrom"):
            try:
                found.append(self._whole(data, folder))
            except Refused as refused:
                self.other[f"{path}.{refused.field}"] = refused.found
        patterns = excluded(mapping(mapping(self._spec.get("target")).get("template"))) or []
        # Each pattern concerns all folders.
        for index, pattern in enumerate(patterns[: len(found)]):
            found[index] = replace(found[index], exclude=pattern)
        return tuple(found)

    def _of_stores(self, part: str) -> Iterator[tuple[str, Mapping[str, Any], str]]:
        """The path, the content and the store's folder of each entry, without those that this reader cannot read."""
        for index, entry in enumerate(entries(self._spec.get(part))):
            data, path = mapping(entry), f"spec.{part}[{index}]"
            source = mapping(data.get("sourceRef"))
            if "generatorRef" in source:
                self.other[f"{path}.sourceRef.generatorRef"] = _json(source["generatorRef"])
                continue
            folder = self._folder(source.get("storeRef"), path)
            if folder is not None:
                yield path, data, folder

    def _remote(self, reference: Mapping[str, Any], folder: str) -> Remote:
        return remote_of(reference, folder)

    def _whole(self, data: Mapping[str, Any], folder: str) -> WholeFolder:
        if "extract" in data:
            raise Refused("extract", data["extract"])
        return whole_folder(data, folder)

    def _folder(self, own: object, path: str) -> str | None:
        """The folder of the store that an entry reads; None if it is no store of an Infisical."""
        where = f"{path}.sourceRef.storeRef" if own else "spec.secretStoreRef"
        shown, scope = self._stores.scope(own or self._spec.get("secretStoreRef"), self._namespace)
        if scope.site is None:
            self.refused[where] = f"{shown} {scope.other}"
            return None
        if scope.recursive and path.startswith("spec.dataFrom"):
            self.other[f"{path} with secretsScope.recursive of {shown}"] = "true"
        self.sites.add(scope.site)
        return scope.folder


class _OwnReader(_Reader):
    """Reads what comes from the store of the ExternalSecret, which can be any store."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        super().__init__(spec, "", Stores({}))
        self.store = named_store(spec.get("secretStoreRef"))

    def _remote(self, reference: Mapping[str, Any], folder: str) -> Remote:
        return replace(remote_of(reference, folder), folder=folder, name=str(reference.get("key") or ""))

    def _whole(self, data: Mapping[str, Any], folder: str) -> WholeFolder:
        return whole_value(data)

    def _folder(self, own: object, path: str) -> str | None:
        if own and named_store(own) != self.store:
            self.refused[f"{path}.sourceRef.storeRef"] = "a second store; a Secret has one `store`"
            return None
        return ""


def _values(template: Mapping[str, Any], fields: Mapping[str, Remote]) -> dict[str, Value]:
    data = mapping(template.get("data"))
    adds = bool(data or entries(template.get("templateFrom")))
    replaces = adds and str(template.get("mergePolicy") or "Replace") == "Replace"
    shown: dict[str, Value] = {} if replaces else dict(fields)
    return shown | {str(name): value_of(str(text), fields) for name, text in data.items()}


def _described(found: object, fields: Mapping[str, Remote], *, is_template: bool) -> dict[str, Value]:
    """Labels or annotations, without those that the program adds."""
    texts = {str(name): str(text) for name, text in mapping(found).items()}
    return {
        name: value_of(text, fields) if is_template else Literal(text)
        for name, text in texts.items()
        if PART_OF_HOMELAB.get(name) != text
    }


def _without_tools(metadata: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    def is_kept(name: str) -> bool:
        return name.partition("/")[0] not in _TOOLS and name not in _TOOL_KEYS

    return {
        part: {name: text for name, text in mapping(metadata.get(part)).items() if is_kept(str(name))}
        for part in ("labels", "annotations")
    }


def _refresh(spec: Mapping[str, Any]) -> str:
    if spec.get("refreshPolicy") == "OnChange":
        return "0s"
    found = str(spec.get("refreshInterval") or "1h") if spec.get("refreshInterval") != 0 else "0s"
    found = "0s" if found == "0" else found
    return found if duration(found) else canonical(found)


def _others(
    spec: Mapping[str, Any], target: Mapping[str, Any], template: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    levels = (("spec", spec, _SPEC), ("spec.target", target, _TARGET), ("spec.target.template", template, _TEMPLATE))
    for path, found, known in levels:
        for name, value in found.items():
            if name not in known and value not in ({}, [], None, ""):
                yield f"{path}.{name}", _json(value)
    if target.get("creationPolicy") not in (None, *CREATION_POLICIES):
        yield "spec.target.creationPolicy", str(target["creationPolicy"])
    if spec.get("refreshPolicy") == "CreatedOnce":
        yield "spec.refreshPolicy", "CreatedOnce"
    elif spec.get("refreshPolicy") != "OnChange" and _refresh(spec) == "0s":
        yield "spec.refreshPolicy", "Periodic with the interval 0, which reads once"
    if str(template.get("engineVersion") or "v2") != "v2":
        yield "spec.target.template.engineVersion", str(template["engineVersion"])
    for name, value in mapping(template.get("metadata")).items():
        if name not in ("labels", "annotations") and value:
            yield f"spec.target.template.metadata.{name}", _json(value)
    if (more := entries(template.get("templateFrom"))) and excluded(template) is None:
        yield "spec.target.template.templateFrom", _kinds(more)


def _kinds(sources: list[Any]) -> str:
    return ", ".join(sorted({name for each in sources for name in mapping(each) if name != "target"}))


def _shown(folder: WholeFolder) -> str:
    parts = [folder.path]
    parts += [f"that match {folder.include}"] * bool(folder.include)
    parts += [f"without {folder.exclude}"] * bool(folder.exclude)
    parts += [f"with {folder.source} replaced by {folder.target!r}"] * bool(folder.source)
    return " ".join(parts)


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)
