"""
The namespaces of objects in files: their own, or that of kustomize, of Flux or of an Argo CD Application.

Kustomize folders are read as their plain resources. Only what decides about namespaces, labels and annotations is
applied.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from operations.adopt.objects import EXTERNAL_SECRET, STORES, Found, Inputs, Unread, entries, mapping

_KUSTOMIZE: Final = "kustomize.config.k8s.io"
_FLUX: Final = "kustomize.toolkit.fluxcd.io"
_ARGOCD: Final = "argoproj.io"
_FILES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")


@dataclass(frozen=True)
class Document:
    """One object of a file. `root` is the path that the user named, or its folder."""

    root: Path
    file: Path
    content: Mapping[str, Any] = field(repr=False)

    @property
    def group(self) -> str:
        return str(self.content.get("apiVersion") or "").partition("/")[0]

    @property
    def kind(self) -> str:
        return str(self.content.get("kind") or "")


@dataclass(frozen=True)
class _Way:
    """How the objects of a file reach the cluster: what kustomize and others change on the way."""

    namespace: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    renamed_by: str = ""
    patched_by: str = ""


def place(documents: Sequence[Document], inputs: Inputs) -> Iterator[Found]:
    """Yield the objects with their namespaces. An object that several kustomizations use is yielded for each."""
    ways = _ways(documents)
    defaults = dict(_argocd_namespaces(documents))
    for document in documents:
        metadata = mapping(document.content.get("metadata"))
        own = str(metadata.get("namespace") or "")
        relevant = document.kind in (EXTERNAL_SECRET, *STORES)
        for way in sorted(ways.get(document.file.resolve(), ()), key=repr) or [_Way()]:
            changed_by = way.renamed_by or (way.patched_by if document.kind == EXTERNAL_SECRET else "")
            if changed_by and relevant:
                what = "changes names" if way.renamed_by else "patches ExternalSecrets"
                reason = f"{document.kind} {metadata.get('name')}: {changed_by} {what}; use --live"
                inputs.unread.append(Unread(str(document.file), reason))
                continue
            namespace = way.namespace or own or _nearest(defaults, document.file.resolve())
            cluster_wide = document.kind.startswith("Cluster")
            yield Found(_labelled(document.content, way), "" if cluster_wide else namespace, str(document.file))


def _labelled(content: Mapping[str, Any], way: _Way) -> Mapping[str, Any]:
    if not (way.labels or way.annotations):
        return content
    metadata = dict(mapping(content.get("metadata")))
    for name, more in (("labels", way.labels), ("annotations", way.annotations)):
        if more:
            metadata[name] = {**mapping(metadata.get(name)), **dict(more)}
    return {**content, "metadata": metadata}


def _ways(documents: Sequence[Document]) -> dict[Path, set[_Way]]:
    """By file, each way in which a kustomization that no other one uses reaches it."""
    folders = {
        document.file.resolve().parent: document.content
        for document in documents
        if document.file.name in _FILES and document.group in (_KUSTOMIZE, "")
    }
    used = {
        target
        for folder, content in folders.items()
        for target in _used(folder, content)
        if target in folders and target != folder
    }
    flux = _flux_targets(documents)
    found: dict[Path, set[_Way]] = defaultdict(set)
    starts = {folder for folder in folders if folder not in used} | (flux.keys() & folders.keys())
    for folder in starts:
        for namespace in sorted(flux.get(folder, {""})):
            _follow(folder, folders, _Way(namespace=namespace), found, (), fixed=bool(namespace))
    for folder, namespaces in flux.items():
        # Flux makes a kustomization of a folder that has none.
        for document in documents if folder not in folders else ():
            file = document.file.resolve()
            if file.is_relative_to(folder) and file not in found:
                found[file] |= {_Way(namespace=namespace) for namespace in namespaces if namespace}
    return found


def _follow(
    folder: Path,
    folders: Mapping[Path, Mapping[str, Any]],
    outer: _Way,
    found: dict[Path, set[_Way]],
    visited: tuple[Path, ...],
    *,
    fixed: bool,
) -> None:
    """:param fixed: whether an outer kustomization decides the namespace"""
    if folder in visited:
        return
    content = folders[folder]
    namespace = outer.namespace if fixed else str(content.get("namespace") or "")
    way = _Way(
        namespace=namespace,
        labels=(*_pairs(content, "commonLabels", "labels"), *outer.labels),
        annotations=(*_pairs(content, "commonAnnotations", ""), *outer.annotations),
        renamed_by=outer.renamed_by or (str(folder / _FILES[0]) if _renames(content) else ""),
        patched_by=outer.patched_by or (str(folder / _FILES[0]) if _patches(content, folder) else ""),
    )
    for target in _used(folder, content):
        if target in folders:
            _follow(target, folders, way, found, (*visited, folder), fixed=bool(namespace))
        else:
            found[target].add(way)


def _used(folder: Path, content: Mapping[str, Any]) -> Iterator[Path]:
    for name in ("resources", "components", "bases"):
        for entry in entries(content.get(name)):
            if isinstance(entry, str) and "://" not in entry:
                yield (folder / entry).resolve()


def _pairs(content: Mapping[str, Any], common: str, listed: str) -> list[tuple[str, str]]:
    found = dict(mapping(content.get(common)))
    for entry in entries(content.get(listed)):
        found |= mapping(mapping(entry).get("pairs"))
    return [(str(key), str(value)) for key, value in found.items()]


def _renames(content: Mapping[str, Any]) -> bool:
    return bool(content.get("namePrefix") or content.get("nameSuffix"))


def _patches(content: Mapping[str, Any], folder: Path) -> bool:
    for name in ("patches", "patchesStrategicMerge", "patchesJson6902"):
        for entry in entries(content.get(name)):
            patch = mapping(entry)
            text = entry if isinstance(entry, str) else str(patch.get("path") or patch.get("patch") or "")
            file = folder / text if "\n" not in text and len(text) < 256 else None
            if file and file.is_file():
                text = file.read_text(encoding="utf-8", errors="replace")
            kind = mapping(patch.get("target")).get("kind")
            if kind == EXTERNAL_SECRET or (not kind and f"kind: {EXTERNAL_SECRET}" in text):
                return True
    return False


def _flux_targets(documents: Sequence[Document]) -> dict[Path, set[str]]:
    """By folder, the target namespaces of the Flux Kustomizations that deploy it; empty for none."""
    found: dict[Path, set[str]] = defaultdict(set)
    for document in documents:
        spec = mapping(document.content.get("spec"))
        is_flux = document.group == _FLUX and document.kind == "Kustomization"
        if is_flux and (folder := _folder(document, str(spec.get("path") or ""))):
            found[folder].add(str(spec.get("targetNamespace") or ""))
    return found


def _argocd_namespaces(documents: Sequence[Document]) -> Iterator[tuple[Path, str]]:
    """The folders that Argo CD deploys, with the namespace of objects that name none."""
    for document in documents:
        spec = mapping(document.content.get("spec"))
        if document.group == _ARGOCD and document.kind == "Application":
            namespace = mapping(spec.get("destination")).get("namespace")
            for source in [spec.get("source"), *entries(spec.get("sources"))]:
                path = mapping(source).get("path")
                if isinstance(path, str) and namespace and (folder := _folder(document, path)):
                    yield folder, str(namespace)


def _folder(document: Document, path: str) -> Path | None:
    """A folder of the git repository that contains the file: the first one above the file in which the path exists."""
    relative = path.lstrip("./")
    for above in document.file.resolve().parents:
        if relative and (above / relative).is_dir():
            return above / relative
        if above == document.root.resolve().parent:
            break
    return None


def _nearest(defaults: Mapping[Path, str], file: Path) -> str:
    return next((defaults[above] for above in file.parents if above in defaults), "")
