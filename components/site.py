"""
The Infisical site: how its Helm chart is installed, and how the cluster reaches it.

Pure data and its validation, like the inventory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from components.declaration import Problem, Section, shown
from components.kubernetes_names import data_key, subdomain_name

_CHART_VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", re.ASCII)
_QUANTITY = re.compile(r"\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?", re.ASCII)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SECRETS_PATH = re.compile(r"/|(/[A-Za-z0-9_-]+)+")

RESOURCES: Final = ("cpu", "memory")


@dataclass(frozen=True)
class ExternalDatabase:
    """A PostgreSQL of the owner's own: the Secret in Infisical's namespace that holds its connection string."""

    secret_name: str
    secret_key: str


@dataclass(frozen=True)
class Infisical:
    """What of the chart's installation is the owner's to choose. `database` is None for the bundled one."""

    url: str
    chart_version: str
    node_port: int
    replicas: int
    requests: dict[str, str]
    limits: dict[str, str]
    database: ExternalDatabase | None


@dataclass(frozen=True)
class Store:
    """Where the External Secrets Operator reads: the API's address in the cluster, and what of Infisical."""

    host_api: str
    project_slug: str
    environment_slug: str
    secrets_path: str


def parse_infisical(path: str, declared: object, problems: list[Problem]) -> Infisical:
    """Read `homelab:infisical`; what is wrong goes to `problems`."""
    section = Section.of(path, declared, problems, "{url: https://infisical.example.net:8445}")
    resources = section.section("resources", "{requests: {cpu: 100m}}", optional=True)
    infisical = Infisical(
        url=section.text("url", check=_url, show=_shown_url, example="https://infisical.example.net:8445"),
        chart_version=section.text("chartVersion", default="1.7.2", check=_chart_version, example="1.7.2"),
        node_port=section.number("nodePort", 30000, 32767, default=30445, unit="Kubernetes' range of node ports"),
        replicas=section.number("replicas", 1, 10, default=1),
        requests=resources.mapping_of_texts("requests", _resource, _quantity, "memory: 512Mi"),
        limits=resources.mapping_of_texts("limits", _resource, _quantity, "memory: 1500Mi"),
        database=_parse_database(section),
    )
    resources.close()
    section.close()
    return infisical


def _parse_database(section: Section) -> ExternalDatabase | None:
    if "database" not in section.fields:
        return None
    database = section.section("database", "{kind: bundled}")
    external = None
    kind = database.choice("kind", ("bundled", "external"))
    if not kind:
        database.skip("secretName", "secretKey")
    if kind == "external":
        external = ExternalDatabase(
            secret_name=database.text("secretName", check=subdomain_name, example="infisical-database"),
            secret_key=database.text("secretKey", check=data_key, example="DB_CONNECTION_URI"),
        )
    database.close()
    return external


def parse_store(path: str, declared: object, problems: list[Problem]) -> Store:
    """Read `homelab:store`; what is wrong goes to `problems`."""
    section = Section.of(path, declared, problems, "{hostAPI: …, projectSlug: homelab}")
    store = Store(
        host_api=section.text(
            "hostAPI", check=_url, show=_shown_url, example="http://infisical.infisical.svc.cluster.local:8080"
        ),
        project_slug=section.text("projectSlug", check=_project_slug, example="homelab"),
        environment_slug=section.text("environmentSlug", check=_slug, example="prod"),
        secrets_path=section.text("secretsPath", default="/", check=_secrets_path, example="/"),
    )
    section.close()
    return store


def _url(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        reachable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        reachable = False
    # urlsplit passes over white space in a host.
    if reachable and not re.search(r"[\s@?#]", text):
        return None
    return "an http or https address without user, password, query and fragment"


def _shown_url(text: str) -> str:
    """An address without what may be a secret in it: what stands before the host, and after the path."""
    return shown(re.sub(r"^.*@|[?#].*$", "…", text, flags=re.DOTALL))


def _chart_version(text: str) -> str | None:
    return None if _CHART_VERSION.fullmatch(text) else "an exact version, major.minor.patch"


def _resource(text: str) -> str | None:
    return None if text in RESOURCES else ", ".join(RESOURCES)


def _quantity(text: str) -> str | None:
    return None if _QUANTITY.fullmatch(text) else "a Kubernetes quantity"


def _slug(text: str) -> str | None:
    return None if len(text) <= 64 and _SLUG.fullmatch(text) else "at most 64 of a-z and 0-9, in words joined by '-'"


def _project_slug(text: str) -> str | None:
    # Infisical makes no project with a shorter one, and the operator says nothing of one that does not exist.
    return _slug(text) or (None if len(text) >= 5 else "at least 5 characters")


def _secrets_path(text: str) -> str | None:
    return None if _SECRETS_PATH.fullmatch(text) else "'/', or folders of A-Z, a-z, 0-9, '_' and '-', each after a '/'"
