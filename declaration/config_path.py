"""Where a value of a structure stands in the stack config, as Pulumi's commands address it."""

from __future__ import annotations


def config_path(structure: str, name: str) -> str:
    """For `--path`: in Pulumi's paths a dot is a step into a mapping, unless it is quoted."""
    return f'{structure}["{name}"]' if "." in name else f"{structure}.{name}"
