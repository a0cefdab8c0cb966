"""How Infisical is installed and set up, and where the External Secrets Operator reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from declaration.kubernetes_names import label_name
from declaration.objects import MACHINE_IDENTITY, STORE
from declaration.problems import Problem, shown
from declaration.section import Section
from declaration.site.certificates import CaProvider, parse_ca_bundle, parse_certificates
from declaration.site.database import (
    DatabaseCommands,
    ExternalDatabase,
    SeparateDatabase,
    chart_version,
    parse_database,
)
from declaration.site.installation import Install, installation, parse_install
from infisical import rules

_QUANTITY = re.compile(r"\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?", re.ASCII)

RESOURCES: Final = ("cpu", "memory")
CHART_VERSION: Final = "1.7.2"
NODE_PORT: Final = 30445
REPLICAS: Final = 1


@dataclass(frozen=True)
class OperatorLogin:
    """
    How the operator logs in to Infisical: as the machine identity `name`.

    Its access tokens live `access_token_seconds`, and at most `access_token_max_seconds` when renewed. `trusted_ips`
    are the addresses and networks from which it may log in; empty means any. `adopt` takes over an identity of this
    name that the stack did not create. `access_seconds` is how long an update waits until its access is in effect.
    """

    access_token_seconds: int = 3600
    access_token_max_seconds: int = 86400
    trusted_ips: tuple[str, ...] = ()
    name: str = "homelab-eso"
    adopt: bool = False
    access_seconds: int = 45


@dataclass(frozen=True)
class Managed:
    """
    How this program sets Infisical up.

    `api_url` is the address of the API for the machine that runs Pulumi. The timeouts, in seconds: `start_seconds`
    until the server answers for the first time, `delivery_seconds` of a delivery check, `restart_seconds` of a restart,
    `command_seconds` of a change command. `ca_bundle` has the PEM certificates that this machine trusts for the API
    instead of its own; empty means its own. Without `admin_email`, the login is a token or a machine identity.
    """

    api_url: str
    start_seconds: int
    delivery_seconds: int
    restart_seconds: int
    command_seconds: int
    admin_email: str
    organization: str
    operator: OperatorLogin
    ca_bundle: str = ""


@dataclass(frozen=True)
class Infisical:
    """
    The server, and its installation by the Helm chart. `database` is None for the bundled one.

    `change_password` is a shell command that changes the bundled database's password; empty means the program's own.
    `install` says who installs it. `managed` is None if the owner sets it up by hand. `tailscale_port` is the port at
    which `tailscale serve` publishes the UI, None if it does not.
    """

    url: str
    managed: Managed | None
    tailscale_port: int | None
    chart_version: str
    node_port: int
    replicas: int
    requests: dict[str, str]
    limits: dict[str, str]
    database: ExternalDatabase | SeparateDatabase | None
    database_commands: DatabaseCommands | None
    change_password: str
    install: Install = "argocd"

    @property
    def is_installed(self) -> bool:
        """Whether it runs in this cluster, with the keys that this program generates."""
        return self.install != "none"

    @property
    def external(self) -> ExternalDatabase | None:
        """The owner's database, if Infisical uses that."""
        return self.database if isinstance(self.database, ExternalDatabase) else None

    @property
    def separate(self) -> SeparateDatabase | None:
        """The database with an Application of its own, which Infisical may not use yet."""
        return self.database if isinstance(self.database, SeparateDatabase) else None

    @property
    def database_in_use(self) -> str:
        """Which database Infisical uses: bundled, moving (bundled, next to the separate one), separate, external."""
        if self.separate:
            return "moving" if self.separate.moving else "separate"
        return "external" if self.external else "bundled"

    @property
    def uses_bundled(self) -> bool:
        return self.database_in_use in ("bundled", "moving")


@dataclass(frozen=True)
class Store:
    """
    Where the External Secrets Operator reads: the API's address in the cluster, and a folder of an environment.

    `folder_per_app`: each app's keys are in a folder below `secrets_path` that has the app's name. `name`: of the
    ClusterSecretStore. `ca_bundle` has the PEM certificates that the operator trusts for the API; empty means none.
    `ca_provider` names the object that holds them.
    """

    host_api: str
    project_slug: str
    environment_slug: str
    secrets_path: str
    folder_per_app: bool
    name: str = STORE
    ca_bundle: str = ""
    ca_provider: CaProvider | None = None

    @property
    def machine_identity_secret(self) -> str:
        """The Secret with the operator's login, in the operator's namespace."""
        return f"{self.name}-{MACHINE_IDENTITY}"

    def folder(self, app: str) -> str:
        """The folder that holds an app's keys."""
        return f"{self.secrets_path.rstrip('/')}/{app}" if self.folder_per_app else self.secrets_path

    @property
    def check_path(self) -> str:
        """
        An empty folder for the operator's check of its login.

        The operator lists a folder for that. If one value there refers to a secret that the operator may not read,
        Infisical refuses the whole list, and the operator serves no app.
        """
        return f"{self.secrets_path.rstrip('/')}/{rules.CHECK_FOLDER}"


def parse_infisical(path: str, declared: object, problems: list[Problem]) -> Infisical:
    """Read `homelab:infisical`. Adds what is wrong to `problems`."""
    section = Section.of(path, declared, problems, "{url: https://infisical.example.net:8445}")
    url = section.string("url", check=rules.url, show=_shown_url, example="https://infisical.example.net:8445")
    install = parse_install(section)
    chart = installation(section, install)
    resources = chart.mapping("resources", "{requests: {cpu: 100m}}", optional=True)
    infisical = Infisical(
        url=url,
        managed=_parse_managed(section, url, needs_admin=install in ("argocd", "helm")),
        install=install or "argocd",
        tailscale_port=chart.optional_integer("tailscalePort", 1, 65535, example=8445, unit="a port"),
        chart_version=chart.string("chartVersion", default=CHART_VERSION, check=chart_version, example=CHART_VERSION),
        node_port=chart.integer("nodePort", 30000, 32767, default=NODE_PORT, unit="Kubernetes' range of node ports"),
        replicas=chart.integer("replicas", 1, 10, default=REPLICAS),
        requests=resources.strings_by_name("requests", _resource, _quantity, "memory: 512Mi"),
        limits=resources.strings_by_name("limits", _resource, _quantity, "memory: 1500Mi"),
        **parse_database(chart),
    )
    resources.close()
    section.close()
    return infisical


def _parse_managed(section: Section, url: str, *, needs_admin: bool) -> Managed | None:
    mode = section.choice("mode", ("managed", "manual"), default="managed")
    if not mode:
        section.skip(
            *("apiUrl", "startSeconds", "deliverySeconds", "restartSeconds", "commandSeconds"),
            *("adminEmail", "organization", "operator", "caBundle"),
        )
    if mode != "managed":
        return None
    return Managed(
        api_url=section.string(
            "apiUrl", default=url, check=rules.url, show=_shown_url, example="http://localhost:30445"
        ),
        start_seconds=section.integer("startSeconds", 5, 7200, default=600),
        delivery_seconds=section.integer("deliverySeconds", 5, 3600, default=120),
        restart_seconds=section.integer("restartSeconds", 5, 7200, default=300),
        command_seconds=section.integer("commandSeconds", 5, 7200, default=120),
        admin_email=section.string(
            "adminEmail", default=None if needs_admin else "", check=rules.email, example="admin@example.net"
        ),
        organization=section.string(
            "organization", default="homelab", check=rules.organization_name, example="homelab"
        ),
        operator=_parse_operator(section),
        ca_bundle=parse_ca_bundle(section),
    )


def _parse_operator(managed: Section) -> OperatorLogin:
    section = managed.mapping("operator", "{trustedIps: [10.42.0.0/16]}", optional=True)
    default, problems_before = OperatorLogin(), len(section.problems)
    operator = OperatorLogin(
        access_token_seconds=section.integer(
            "accessTokenSeconds", 1, rules.LONGEST_TOKEN_SECONDS, default=default.access_token_seconds
        ),
        access_token_max_seconds=section.integer(
            "accessTokenMaxSeconds", 1, rules.LONGEST_TOKEN_SECONDS, default=default.access_token_max_seconds
        ),
        trusted_ips=section.strings("trustedIps", default=(), check=rules.network, example="10.42.0.0/16"),
        name=section.string("name", default=default.name, check=rules.identity_name, example=default.name),
        adopt=section.boolean("adopt", default=default.adopt),
        access_seconds=section.integer("accessSeconds", 5, 3600, default=default.access_seconds),
    )
    shortest, longest = operator.access_token_seconds, operator.access_token_max_seconds
    if shortest > longest and len(section.problems) == problems_before:
        expected = f"at most accessTokenMaxSeconds, which is {longest}"
        section.problem("accessTokenSeconds", str(shortest), expected, f"write `accessTokenMaxSeconds: {shortest}`")
    section.close()
    return operator


def parse_store(path: str, declared: object, problems: list[Problem]) -> Store:
    """Read `homelab:store`. Adds what is wrong to `problems`."""
    section = Section.of(path, declared, problems, "{hostAPI: …, projectSlug: homelab}")
    store = Store(
        host_api=section.string(
            "hostAPI", check=rules.url, show=_shown_url, example="http://infisical.infisical.svc.cluster.local:8080"
        ),
        project_slug=section.string("projectSlug", check=rules.project_slug, example="homelab"),
        environment_slug=section.string("environmentSlug", check=rules.environment_slug, example="prod"),
        secrets_path=section.string("secretsPath", default="/", check=rules.folder_path, example="/"),
        folder_per_app=section.boolean("folderPerApp", default=False),
        name=section.string("name", default=STORE, check=_store_name, example=STORE),
        **parse_certificates(section),
    )
    section.close()
    return store


def _store_name(text: str) -> str | None:
    # The Secret's name is longer, and is a label value of the operator's metrics.
    return label_name(text) or (None if len(text) <= 40 else "at most 40 of a-z, 0-9 and '-'")


def _shown_url(text: str) -> str:
    """An address without the parts that may hold a secret: before the host, and after the path."""
    return shown(re.sub(r"^.*@|[?#].*$", "…", text, flags=re.DOTALL))


def _resource(text: str) -> str | None:
    return None if text in RESOURCES else ", ".join(RESOURCES)


def _quantity(text: str) -> str | None:
    return None if _QUANTITY.fullmatch(text) else "a Kubernetes quantity"
