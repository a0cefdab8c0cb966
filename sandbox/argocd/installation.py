"""Applies the objects of the Application's chart."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.argocd.application import Object, Report, Wanted
from sandbox.argocd.chart import Checksums, database_manifests, manifests
from sandbox.argocd.workloads import Workloads, is_rolled_out

Version = tuple[str, int]


class Installation:
    """
    :param workloads: on the API server
    :param checksums: restart pods whose values changed
    :param passwords: what the Secret of Infisical's PostgreSQL holds; None if nothing runs in its pod
    """

    def __init__(self, workloads: Workloads, checksums: Checksums, passwords: Mapping[str, str] | None = None) -> None:
        self._workloads = workloads
        self._checksums = checksums
        self._passwords = passwords
        self._applied: dict[str, tuple[Object, Version]] = {}

    def apply(self, asked: Wanted, objects: list[Object] | None = None) -> None:
        """
        Apply what is missing, was asked for otherwise before, or was changed by others since.

        :param objects: by default those of Infisical's chart
        :raises Unavailable: the API server does not answer, or refuses
        """
        for manifest in self.manifests(asked) if objects is None else objects:
            name, found = manifest["metadata"]["name"], self._found(manifest)
            if found is None or self._applied.get(name) != (manifest, _version(found)):
                self._applied[name] = manifest, _version(self._workloads.apply(manifest))

    def manifests(self, asked: Wanted) -> list[Object]:
        return manifests(asked, self._checksums, self._passwords)

    def database_manifests(self, asked: Wanted, application: str, chart: str) -> list[Object]:
        return database_manifests(asked, application, chart, self._checksums)

    def exists(self, asked: Wanted) -> bool:
        """Whether the server was ever installed."""
        return self._found(manifests(asked, self._checksums)[0]) is not None

    def progress(self, asked: Wanted, objects: list[Object] | None = None) -> Report | None:
        """Return what is still rolling out; None if nothing is."""
        for manifest in self.manifests(asked) if objects is None else objects:
            found = self._found(manifest)
            if found is None or not is_rolled_out(found):
                return Report("Progressing", f"{manifest['kind']} {manifest['metadata']['name']} is rolling out")
        return None

    def _found(self, manifest: Object) -> Object | None:
        metadata = manifest["metadata"]
        return self._workloads.get(manifest["kind"], metadata["name"], metadata["namespace"])


def _version(found: Object) -> Version:
    """Return a value that changes with the spec, not with the status. A Secret has neither."""
    metadata = found["metadata"]
    return str(metadata["uid"]), int(metadata.get("generation") or metadata["resourceVersion"])
