"""The AppProject of Infisical's Application: checked, or created."""

from __future__ import annotations

import pulumi

from components.base.children import child_options
from components.base.kubernetes_object import KubernetesObject
from declaration import ArgoCd, Infisical
from declaration.objects import (
    CHART_REPOSITORY,
    CLUSTER_SERVER,
    DATABASE_REPOSITORY,
    INFISICAL_NAMESPACE,
    PART_OF_HOMELAB,
)
from declaration.site.argocd import refusals

API_VERSION = "argoproj.io/v1alpha1"


class ArgoCdProject(pulumi.ComponentResource):
    """
    Reads the declared AppProject, or creates it unless somebody else made it.

    The preview fails if the project does not exist, or does not allow Infisical's Application: Argo CD would refuse the
    Application, and `up` would time out. A created project is kept when its resource is deleted: other
    Applications may use it by then.

    :param exists: whether somebody else made the project
    """

    name: pulumi.Output[str]
    """The name of the project, once it exists and is checked."""

    def __init__(
        self,
        name: str,
        *,
        argocd: ArgoCd,
        infisical: Infisical,
        exists: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:ArgoCdProject", name, None, opts)
        metadata = {"name": argocd.project, "namespace": argocd.namespace}
        if argocd.creates_project and not exists:
            created = KubernetesObject(
                argocd.project,
                api_version=API_VERSION,
                kind="AppProject",
                metadata={**metadata, "labels": PART_OF_HOMELAB},
                fields={"spec": spec(infisical)},
                opts=child_options(self, opts, retain_on_delete=True),
            )
            self.name = created.urn.apply(lambda _: argocd.project)
        else:
            found = KubernetesObject(
                argocd.project,
                api_version=API_VERSION,
                kind="AppProject",
                metadata=metadata,
                fields={"spec": None},
                marked=False,
                opts=child_options(self, opts, id=f"{argocd.namespace}/{argocd.project}"),
            )
            # A preview without a cluster does not know the spec, but must know the name.
            self.name = found.spec.apply(lambda read: _checked(argocd, infisical, read), run_with_unknowns=True)
        self.register_outputs({})


def repositories(infisical: Infisical) -> list[str]:
    """Of the charts of all Applications."""
    return [CHART_REPOSITORY, *([DATABASE_REPOSITORY] if infisical.separate else [])]


def spec(infisical: Infisical) -> dict[str, object]:
    return {
        "description": "Infisical, installed by the homelab's Pulumi program",
        "sourceRepos": repositories(infisical),
        "destinations": [{"server": CLUSTER_SERVER, "namespace": INFISICAL_NAMESPACE}],
        # For the sync option CreateNamespace.
        "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
    }


def _checked(argocd: ArgoCd, infisical: Infisical, read: object) -> str:
    problems = list(refusals(read, repositories(infisical))) if isinstance(read, dict) else []
    if not problems:
        return argocd.project
    where = f"AppProject {argocd.namespace}/{argocd.project}"
    lines = [f"homelab:argocd.project: the {where} does not allow Infisical's Application."]
    for field, found, missing in problems:
        lines += [f"    found:    {field}: {found}", f"    expected: an entry that allows {missing}"]
    edit = f"run `kubectl edit appproject {argocd.project} -n {argocd.namespace}` and add the entries"
    lines.append(f"    fix:      {edit}; or name a different project in homelab:argocd")
    raise pulumi.RunError("\n".join(lines))
