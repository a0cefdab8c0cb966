"""
The Infisical site: how its Helm chart is installed, and how the cluster reaches it.

Pure data and its validation, like the inventory.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final, TypedDict
from urllib.parse import urlsplit

from declaration.kubernetes_names import data_key, subdomain_name
from declaration.section import Problem, Section, shown

_CHART_VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_NETWORK = re.compile(r"[0-9A-Fa-f.:]+(/\d+)?", re.ASCII)
_QUANTITY = re.compile(r"\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?", re.ASCII)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SECRETS_PATH = re.compile(r"/|(/[A-Za-z0-9_-]+)+")

RESOURCES: Final = ("cpu", "memory")
LONGEST_TOKEN_SECONDS: Final = 315_360_000
"""What Infisical takes at most."""


@dataclass(frozen=True)
class ExternalDatabase:
    """A PostgreSQL of the owner's own: the Secret in Infisical's namespace that holds its connection string."""

    secret_name: str
    secret_key: str


@dataclass(frozen=True)
class DatabaseCommands:
    """
    How the owner leaves Infisical an empty database with the old one beside it, and puts the old one back.

    Shell commands for a database that is not the chart's own; only a rotation of ENCRYPTION_KEY runs them.
    """

    set_aside: str
    restore: str


@dataclass(frozen=True)
class OperatorLogin:
    """
    How the operator is let in to Infisical.

    Its access tokens live `access_token_seconds`, at most `access_token_max_seconds` when renewed. It may come from
    `trusted_ips`, addresses and networks in CIDR notation; from anywhere where they are empty.
    """

    access_token_seconds: int = 3600
    access_token_max_seconds: int = 86400
    trusted_ips: tuple[str, ...] = ()


@dataclass(frozen=True)
class Managed:
    """
    What this program sets Infisical up with.

    `api_url` is where the machine that runs Pulumi reaches it. `delivery_seconds` is how long an update waits for an
    app's Secret to hold what was declared.
    """

    api_url: str
    delivery_seconds: int
    admin_email: str
    organization: str
    operator: OperatorLogin


@dataclass(frozen=True)
class Infisical:
    """
    What of the chart's installation is the owner's to choose. `database` is None for the bundled one.

    `change_password` is a shell command that changes the bundled database's password, empty for the program's own.
    `managed` is None where the owner sets Infisical up by hand. `tailscale_port` is the port at which Tailscale
    serves the UI, None where that is not this program's to arrange.
    """

    url: str
    managed: Managed | None
    tailscale_port: int | None
    chart_version: str
    node_port: int
    replicas: int
    requests: dict[str, str]
    limits: dict[str, str]
    database: ExternalDatabase | None
    database_commands: DatabaseCommands | None
    change_password: str


@dataclass(frozen=True)
class Store:
    """
    Where the External Secrets Operator reads: the API's address in the cluster, and what of Infisical.

    `folder_per_app` is whether each app's keys are in a folder of the app's name below `secrets_path`.
    """

    host_api: str
    project_slug: str
    environment_slug: str
    secrets_path: str
    folder_per_app: bool

    def folder(self, app: str) -> str:
        """The folder that holds an app's keys."""
        return f"{self.secrets_path.rstrip('/')}/{app}" if self.folder_per_app else self.secrets_path


def parse_infisical(path: str, declared: object, problems: list[Problem]) -> Infisical:
    """Read `homelab:infisical`; what is wrong goes to `problems`."""
    section = Section.of(path, declared, problems, "{url: https://infisical.example.net:8445}")
    resources = section.section("resources", "{requests: {cpu: 100m}}", optional=True)
    url = section.text("url", check=_url, show=_shown_url, example="https://infisical.example.net:8445")
    infisical = Infisical(
        url=url,
        managed=_parse_managed(section, url),
        tailscale_port=_parse_tailscale(section),
        chart_version=section.text("chartVersion", default="1.7.2", check=_chart_version, example="1.7.2"),
        node_port=section.number("nodePort", 30000, 32767, default=30445, unit="Kubernetes' range of node ports"),
        replicas=section.number("replicas", 1, 10, default=1),
        requests=resources.mapping_of_texts("requests", _resource, _quantity, "memory: 512Mi"),
        limits=resources.mapping_of_texts("limits", _resource, _quantity, "memory: 1500Mi"),
        **_parse_database(section),
    )
    resources.close()
    section.close()
    return infisical


def _parse_managed(section: Section, url: str) -> Managed | None:
    mode = section.choice("mode", ("managed", "manual"), default="managed")
    if not mode:
        section.skip("apiUrl", "deliverySeconds", "adminEmail", "organization", "operator")
    if mode != "managed":
        return None
    return Managed(
        api_url=section.text("apiUrl", default=url, check=_url, show=_shown_url, example="http://localhost:30445"),
        delivery_seconds=section.number("deliverySeconds", 5, 3600, default=120),
        admin_email=section.text("adminEmail", check=_email, example="admin@example.net"),
        organization=section.text("organization", default="homelab", check=_organization, example="homelab"),
        operator=_parse_operator(section),
    )


def _parse_operator(managed: Section) -> OperatorLogin:
    section = managed.section("operator", "{trustedIps: [10.42.0.0/16]}", optional=True)
    default, right_so_far = OperatorLogin(), len(section.problems)
    operator = OperatorLogin(
        access_token_seconds=section.number(
            "accessTokenSeconds", 1, LONGEST_TOKEN_SECONDS, default=default.access_token_seconds
        ),
        access_token_max_seconds=section.number(
            "accessTokenMaxSeconds", 1, LONGEST_TOKEN_SECONDS, default=default.access_token_max_seconds
        ),
        trusted_ips=section.texts("trustedIps", default=(), check=_network, example="10.42.0.0/16"),
    )
    shortest, longest = operator.access_token_seconds, operator.access_token_max_seconds
    if shortest > longest and len(section.problems) == right_so_far:
        allowed = f"at most accessTokenMaxSeconds, which is {longest}"
        section.problem("accessTokenSeconds", str(shortest), allowed, f"write `accessTokenMaxSeconds: {shortest}`")
    section.close()
    return operator


def _parse_tailscale(section: Section) -> int | None:
    if "tailscalePort" not in section.fields:
        return None
    return section.number("tailscalePort", 1, 65535, unit="a port")


def _parse_database(section: Section) -> _Database:
    if "database" not in section.fields:
        return {"database": None, "database_commands": None, "change_password": ""}
    database = section.section("database", "{kind: bundled}")
    external, change_password = None, ""
    kind = database.choice("kind", ("bundled", "external"))
    if not kind:
        database.skip("secretName", "secretKey", "changePassword")
    if kind == "bundled" and "changePassword" in database.fields:
        change_password = database.text("changePassword", example="kubectl exec … -- psql …")
    if kind == "bundled":
        database.skip("changePassword")
    if kind == "external":
        external = ExternalDatabase(
            secret_name=database.text("secretName", check=subdomain_name, example="infisical-database"),
            secret_key=database.text("secretKey", check=data_key, example="DB_CONNECTION_URI"),
        )
    commands = _parse_database_commands(database)
    database.close()
    return {"database": external, "database_commands": commands, "change_password": change_password}


def _parse_database_commands(database: Section) -> DatabaseCommands | None:
    # One without the other could not be undone.
    if not database.fields.keys() & {"setAside", "restore"}:
        database.skip("setAside", "restore")
        return None
    return DatabaseCommands(
        set_aside=database.text("setAside", example="./set-aside.sh"),
        restore=database.text("restore", example="./restore.sh"),
    )


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
        folder_per_app=section.flag("folderPerApp", default=False),
    )
    section.close()
    return store


class _Database(TypedDict):
    database: ExternalDatabase | None
    database_commands: DatabaseCommands | None
    change_password: str


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


def _email(text: str) -> str | None:
    return None if _EMAIL.fullmatch(text) else "an e-mail address"


def _organization(text: str) -> str | None:
    return None if len(text) <= 64 and text.strip() == text else "at most 64 characters, no white space around them"


def _network(text: str) -> str | None:
    try:
        # It reads more than Infisical does, such as a net mask after the '/'.
        fits = ipaddress.ip_network(text) and _NETWORK.fullmatch(text)
    except ValueError:
        fits = None
    return None if fits else "an address, or a network in CIDR notation without host bits"


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
