"""The declaration that the result is added to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from declaration import APP_FILES, APPS, PROJECT, SHARED, Problem, Store, parse_apps, parse_shared, parse_store
from declaration.app_files import read_inventory
from declaration.config_keys import ARGOCD
from declaration.inventory import App, SecretKey
from declaration.site.argocd import parse_argocd
from declaration.yaml_text import load_yaml
from infisical import rules
from operations.adopt.objects import mapping
from operations.adopt.writing.writer import DeclaredKeys
from operations.errors import OperationError
from tooling.errors import StackError
from tooling.stack.declared import problems_text

INLINE = f"{PROJECT}:{APPS}"
FOLDER = f"{PROJECT}:{APP_FILES}"
STORE = f"{PROJECT}:store"
_DELIVERY = ("secretKeys", "property", "decodingStrategy", "retired", "key", "folder")


@dataclass(frozen=True)
class Declared:
    """
    :param text: of the stack file; None if it does not exist
    :param inventory: the apps as decoded, inline and in files
    :param folder: of the apps in files; empty without one
    """

    file: Path
    text: str | None = field(repr=False)
    config: Mapping[str, Any] = field(repr=False)
    inventory: Mapping[str, Any] = field(repr=False)
    apps: tuple[App, ...]
    store: Store | None
    folder: str

    @property
    def project(self) -> Path:
        return self.file.parent

    @property
    def stack(self) -> str:
        return self.file.name.removeprefix("Pulumi.").removesuffix(".yaml")

    @property
    def is_managed(self) -> bool:
        return mapping(self.config.get(f"{PROJECT}:infisical")).get("mode") != "manual"

    @property
    def addresses(self) -> list[str]:
        """The addresses of the declared Infisical."""
        site = mapping(self.config.get(f"{PROJECT}:infisical"))
        return [str(site[name]) for name in ("url", "apiUrl") if isinstance(site.get(name), str)]

    def parse(self, inventory: Mapping[str, Any], store: Store, problems: list[Problem]) -> tuple[App, ...]:
        """Check apps as the program does."""
        argocd = parse_argocd(f"{PROJECT}:{ARGOCD}", self.config.get(f"{PROJECT}:{ARGOCD}", {}), [])
        return parse_apps(
            INLINE,
            inventory,
            problems,
            argocd_namespace=argocd.namespace,
            store=store.name,
            folder_per_app=store.folder_per_app,
            shared=self._shared(store),
        )

    def keys(self, store: Store) -> DeclaredKeys:
        """How the declaration makes its keys already."""
        made: dict[tuple[str, str], Mapping[str, Any]] = {}
        shared = {(key.folder, key.name): name for name, key in self._shared(store).items()}
        for app in self.apps:
            fields = mapping(self.inventory.get(app.name))
            for secret in app.secrets:
                own = fields if secret.is_short else mapping(mapping(fields.get("secrets")).get(secret.name))
                for key in secret.keys:
                    raw = mapping(mapping(own.get("keys")).get(key.declared_as))
                    if not key.shared:
                        identity = (key.folder or store.folder(app.name), key.name)
                        made[identity] = {name: value for name, value in raw.items() if name not in _DELIVERY}
        return DeclaredKeys(made, shared)

    def _shared(self, store: Store) -> dict[str, SecretKey]:
        return parse_shared(self.config.get(f"{PROJECT}:{SHARED}"), [], store.secrets_path)


def read_declared(project: Path, stack: str, text: str | None = None) -> Declared:
    """
    Read the stack file and the apps in files. A part that is missing is not an error.

    :param text: in place of the stack file's
    :raises StackError: a part has errors
    """
    file = project / f"Pulumi.{stack}.yaml"
    problems: list[Problem] = []
    text = _text(file) if text is None else text
    content = load_yaml(file.name, text or "", problems)
    config = mapping(mapping(content).get("config"))
    apps, folder = config.get(INLINE), config.get(FOLDER)
    inventory: object = {}
    named = folder if folder is not None else apps
    name = str(PurePosixPath(named)) if isinstance(named, str) else ""
    if not problems and not (name and _is_empty(project / name)):
        inventory, _ = read_inventory(apps, folder, project, problems)
    store = parse_store(STORE, config[STORE], problems) if STORE in config else None
    declared = Declared(file, text, config, mapping(inventory), (), store, name)
    parsed = declared.parse(declared.inventory, store or DEFAULT, problems) if not problems else ()
    if problems:
        raise StackError(problems_text(file.name, problems))
    return Declared(file, text, config, declared.inventory, parsed, store, name)


DEFAULT = Store("", "homelab", "prod", "/", folder_per_app=False)
"""In place of a store that is not declared yet."""


def store_path(store: Store, *, managed: bool) -> str:
    """The folder of the operator's store, as the program writes it."""
    return f"{store.secrets_path.rstrip('/')}/{rules.CHECK_FOLDER}" if managed else store.secrets_path


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        what = f"{file} cannot be read"
        raise OperationError(
            what, found=type(error).__name__, fix="correct the file, then run the command again"
        ) from error


def _is_empty(folder: Path) -> bool:
    """Whether a folder of apps has no app yet."""
    return not folder.exists() or (folder.is_dir() and not any(folder.glob("*.yaml")))
