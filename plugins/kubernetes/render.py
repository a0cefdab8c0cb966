"""Objects as files instead of in a cluster (`renderYamlToDirectory`)."""

from __future__ import annotations

import re
from pathlib import Path

from plugins.kubernetes.manifest import Manifest, kind_of, name_of, namespace_of
from plugins.protocol.errors import ProviderError


def rendered_path(directory: str, manifest: Manifest) -> str:
    """Where an object is rendered: definitions of kinds in a folder that sorts before the rest."""
    kind = kind_of(manifest)
    definition = kind.is_built_in and kind.name == "CustomResourceDefinition"
    place = namespace_of(manifest) or "default"
    file = f"{re.sub('[/:]', '_', kind.api_version)}-{kind.name.lower()}-{place}-{name_of(manifest)}.yaml"
    return str(Path(directory) / ("0-crd" if definition else "1-manifest") / file)


def render(directory: str, manifest: Manifest) -> str:
    """
    Write an object's file, readable for its owner only; its path.

    :raises ProviderError: it cannot be written
    """
    import yaml  # only where something is rendered

    path = rendered_path(directory, manifest)
    try:
        for folder in ("0-crd", "1-manifest"):
            (Path(directory) / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        text = yaml.safe_dump(manifest, allow_unicode=True, sort_keys=True, default_flow_style=False)
        file = Path(path)
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f'failed to write YAML file: "{path}": {error.strerror}'
        raise ProviderError(message) from None
    return path


def remove(directory: str, manifest: Manifest) -> str:
    """Remove an object's file, if it is there; its path."""
    path = rendered_path(directory, manifest)
    Path(path).unlink(missing_ok=True)
    return path
