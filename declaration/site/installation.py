"""`homelab:infisical.install`: who installs Infisical, and what belongs to that installation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final, Literal, cast

from declaration.config_keys import ARGOCD, PROJECT, REDIS_URL
from declaration.problems import Problem
from declaration.section import Section

Install = Literal["argocd", "helm", "none"]
"""
`argocd`: an Application of this program. `helm`: the owner, with this program's Secrets. `none`: it runs elsewhere.
"""

INSTALLS: Final = ("argocd", "helm", "none")

_OF_THE_CHART: Final = ("tailscalePort", "chartVersion", "nodePort", "replicas", "resources", "database")
"""The fields that only an installation in this cluster has."""
OWN_KEYS: Final = (
    *("infisicalEncryptionKey", "infisicalAuthSecret", "infisicalPostgresPassword", "infisicalRedisPassword"),
    REDIS_URL,
)
"""The credentials that only such an installation takes."""
_OF_THE_APPLICATION: Final = ("project", "createProject")


def parse_install(section: Section) -> Install | None:
    """The declared word; None if it is none of the known ones, which is then reported."""
    return cast("Install", section.choice("install", INSTALLS, default="argocd")) or None


def installation(section: Section, install: Install | None) -> Section:
    """The fields of the chart: those of the section itself, and with `install: none` no field at all."""
    if install != "none":
        return section
    section.skip(*_OF_THE_CHART)
    for name in _OF_THE_CHART:
        if name in section.fields:
            section.problem(
                name,
                "a value, although install is none",
                "no value: this program does not install Infisical",
                f"remove `{name}`, or write `install: argocd`",
            )
    return Section.blank(section.path, section.problems)


def unused_with(install: Install, values: Collection[str], argocd: object) -> Iterator[Problem]:
    """
    Yield what is set and has no effect with this `install`.

    :param values: the keys of the stack config
    :param argocd: `homelab:argocd` as decoded
    """
    for key in OWN_KEYS if install == "none" else ():
        if key in values:
            yield Problem(
                f"{PROJECT}:{key}",
                f"a value, although {PROJECT}:infisical.install is none",
                "no value: this program does not install Infisical",
                f"run `pulumi config rm {PROJECT}:{key}`, or write `install: argocd`",
            )
    fields = argocd if isinstance(argocd, Mapping) and install != "argocd" else {}
    for field in _OF_THE_APPLICATION:
        if field in fields:
            yield Problem(
                f"{PROJECT}:{ARGOCD}.{field}",
                f"a value, although {PROJECT}:infisical.install is {install}",
                "no value: this program creates no Application",
                f"remove `{field}`, or write `install: argocd`",
            )
