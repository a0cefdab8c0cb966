"""Custom resource definitions: applied as their projects publish them, and waited for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import yaml

from tooling.kubernetes.kubectl import Kubectl

ESTABLISHED_SECONDS = 60


def ensure_crds(kubectl: Kubectl, files: Sequence[Path], marker: Path) -> bool:
    """
    Apply the definitions, unless these very ones were applied and are all there. True when applied.

    :param files: each with one definition
    :param marker: a file that keeps what was applied
    """
    contents = [file.read_text() for file in files]
    key = hashlib.sha256("\0".join(contents).encode()).hexdigest()
    if marker.exists():
        applied, *names = marker.read_text().split()
        present = set(kubectl.run("get", "crd", "-o", "name").split())
        if applied == key and present.issuperset(f"customresourcedefinition.apiextensions.k8s.io/{n}" for n in names):
            return False
    names = [yaml.load(content, Loader=_Loader)["metadata"]["name"] for content in contents]
    arguments = [argument for file in files for argument in ("-f", str(file))]
    kubectl.run("apply", "--server-side", "--force-conflicts", "--field-manager=sandbox", *arguments)
    kubectl.run(
        "wait",
        "--for=condition=Established",
        f"--timeout={ESTABLISHED_SECONDS}s",
        *(f"crd/{name}" for name in names),
    )
    marker.write_text("\n".join([key, *names]))
    return True


# The C loader is many times faster, and these files are large.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
