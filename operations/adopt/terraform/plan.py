"""What the command will do: the values to set, the files to write, and the objects to take over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from declaration import ARGOCD, PROJECT, DeclarationError, Homelab, Problem, parse_argocd
from declaration.config_keys import APP_FILES, APPS
from declaration.objects import APPLICATION, INFISICAL_NAMESPACE, SERVER, STORE
from declaration.values.rotations import AUTH_SECRET, ENCRYPTION_KEY, POSTGRES_PASSWORD, REDIS_PASSWORD, value_trigger
from operations.adopt.adoption import Adopted
from operations.adopt.objects import Inputs, mapping
from operations.adopt.reading.live import read_cluster
from operations.adopt.terraform.comparison import InUse, compare, decoded, problems, secret_place
from operations.adopt.terraform.external_secrets import (
    add_adopt,
    adopted_apps,
    declared_with_adopt,
    equal_places,
    undeclared,
)
from operations.adopt.terraform.live import Live, read
from operations.adopt.terraform.settings import INFISICAL, settings_in_use, with_settings
from operations.adopt.terraform.stack_state import is_in_state
from operations.adopt.terraform.state import State
from operations.adopt.terraform.targets import DEPLOYMENT, Component, Target, targets
from operations.adopt.terraform.variables import VARIABLES, Given, check_variables
from operations.adopt.writing.changes import Change
from operations.adopt.writing.declared import Declared, read_declared
from operations.errors import OperationError
from tooling.kubernetes.kubectl import Kubectl
from tooling.kubernetes.workloads import started_with
from tooling.stack.declared import check_config

AGAIN = "the command again"
_NO_COMPONENT = Component("", "")


@dataclass(frozen=True)
class Source:
    """
    What Terraform left.

    :param file: with the variables
    """

    file: Path
    variables: Mapping[str, object] = field(repr=False)
    state: State = field(repr=False)


@dataclass(frozen=True)
class Plan:
    """
    :param values: to set in the stack config, by key
    :param lives: every object that the program manages
    :param to_add: those that exist and are not in the state
    :param adopted: ExternalSecrets of the cluster, and whether they are declared
    :param server: the Deployment of Infisical
    :param triggers: of the values that it runs with
    :param older: variables whose value in Terraform's state is not in use
    """

    given: Given
    values: Mapping[str, str] = field(repr=False)
    changes: tuple[Change, ...]
    lives: tuple[Live, ...]
    to_add: tuple[Live, ...]
    adopted: tuple[Adopted, ...]
    server: Live
    triggers: Mapping[str, str]
    undelivered: tuple[str, ...]
    older: tuple[str, ...]
    managed: bool

    @property
    def to_hand_over(self) -> tuple[Live, ...]:
        return tuple(each for each in self.lives if each.needs_handover)

    @property
    def is_done(self) -> bool:
        return not (self.values or self.changes or self.to_hand_over or self.to_add or self.needs_note)

    @property
    def needs_note(self) -> bool:
        """Whether the update would restart Infisical, although its values stay."""
        return self.server.content is not None and started_with(self.server.content) != self.triggers


def make_plan(
    source: Source,
    declared: Declared,
    kubectl: Kubectl,
    config: Mapping[str, str],
    resources: Sequence[Any],
    *,
    use_cluster: bool,
    url: str,
) -> Plan:
    """
    Read everything, and write nothing.

    :param config: of the stack, decrypted
    :param resources: in the state of the stack
    :param use_cluster: use the values of the cluster where they differ
    :param url: of Infisical, if the declaration has none
    :raises DeclarationError: the variables or the declaration have errors
    :raises OperationError: something cannot be read
    """
    install = mapping(declared.config.get(INFISICAL)).get("install", "argocd")
    if install != "argocd":
        what = f"{INFISICAL} does not describe an installation of the predecessor"
        fix = f"remove `install` from {declared.file.name}, then run the command again"
        raise OperationError(what, found=f"install: {install}", expected="install: argocd", fix=fix)
    argocd = parse_argocd(f"{PROJECT}:{ARGOCD}", declared.config.get(f"{PROJECT}:{ARGOCD}", {}), []).namespace
    managed = INFISICAL in declared.config and declared.is_managed
    application = read(kubectl, Target("Application", argocd, APPLICATION, _NO_COMPONENT)).content or {}
    given, older = _given(source, _in_use(kubectl, argocd, application), config, argocd, managed, use_cluster)
    store_name = declared.store.name if declared.store else STORE
    store = read(kubectl, Target("ClusterSecretStore", "", store_name, _NO_COMPONENT)).content or {}
    infisical = mapping(declared.config.get(INFISICAL))
    found_url = "" if infisical.get("url") else url or source.state.url
    if not (infisical.get("url") or found_url):
        found = f"no {INFISICAL}.url, and no output with an address of Infisical in the state of Terraform"
        fix = "run the command with --url https://infisical.example.net"
        raise OperationError("The address of Infisical is unknown", found=found, fix=fix)
    in_use = settings_in_use(application or source.state.application, store, found_url)
    text = with_settings(declared.text or "", declared.config, in_use)
    inputs = _inputs(kubectl)
    by_place = {(each.namespace, each.name): each.content for each in inputs.external_secrets}
    now = read_declared(declared.project, declared.stack, text)
    equal = equal_places(now, inputs)
    different = {place: content for place, content in by_place.items() if place not in equal}
    now, texts = declared_with_adopt(now, different)
    adopted, changes, inventory = adopted_apps(now, inputs)
    equal |= {(each.found.namespace, each.found.name) for each in adopted if each.result == "adopted"}
    for change in changes:
        texts[change.file] = change.after
    add_adopt(inventory, different, now)
    homelab = _checked(now, texts.get(now.file, text), inventory, given)
    objects = (read(kubectl, target) for target in targets(homelab, {*_keys(given), *_plain(config)}))
    lives = tuple(replace(each, is_equal=(each.target.namespace, each.target.name) in equal) for each in objects)
    return Plan(
        given,
        {key: value for key, value in _keys(given).items() if config.get(f"{PROJECT}:{key}") != value},
        tuple(_changes(texts, declared, text)),
        lives,
        tuple(each for each in lives if each.content is not None and not is_in_state(resources, each)),
        tuple(adopted),
        read(kubectl, Target(DEPLOYMENT, INFISICAL_NAMESPACE, SERVER, _NO_COMPONENT)),
        _triggers(_keys(given)),
        tuple(undeclared(list(by_place.values()), homelab)),
        older,
        managed,
    )


def _in_use(kubectl: Kubectl, argocd: str, application: Mapping[str, Any]) -> InUse:
    places = dict.fromkeys(secret_place(variable, argocd) for variable in VARIABLES)
    secrets = {}
    for place in places:
        namespace, _, name = place.partition("/")
        secrets[place] = decoded(read(kubectl, Target("Secret", namespace, name, _NO_COMPONENT)).content)
    return InUse(secrets, application)


def _given(
    source: Source, in_use: InUse, config: Mapping[str, str], argocd: str, managed: bool, use_cluster: bool
) -> tuple[Given, tuple[str, ...]]:
    left_out = check_variables(source.variables, managed=managed).left_out
    compared = compare(source.variables, in_use, source.state, argocd, left_out)
    taken = {name: value for name, value in compared.taken.items() if use_cluster}
    given = check_variables(source.variables, managed=managed, taken=taken)
    wrong = {problem.path for problem in given.problems}
    differing = [each for each in problems(compared, use_cluster=use_cluster) if each.path not in wrong]
    found = [*given.problems, *differing, *_of_config(given, config)]
    if found:
        raise DeclarationError(str(source.file), found, AGAIN)
    return given, compared.older


def _of_config(given: Given, config: Mapping[str, str]) -> Iterator[Problem]:
    """Values of the stack config that the command would overwrite."""
    for key, value in _keys(given).items():
        if config.get(f"{PROJECT}:{key}", value).removesuffix("\n") != value.removesuffix("\n"):
            yield Problem(
                f"{PROJECT}:{key}",
                "a different value in the stack config",
                "no value, or the value in use",
                f"run `pulumi config rm {PROJECT}:{key}`",
            )


def _keys(given: Given) -> dict[str, str]:
    """The values by key of the stack config."""
    return {variable.key: given.values[variable.name] for variable in VARIABLES if variable.name in given.values}


def _triggers(values: Mapping[str, str]) -> dict[str, str]:
    key = values[ENCRYPTION_KEY]
    return {name: value_trigger(key, values[name]) for name in (AUTH_SECRET, POSTGRES_PASSWORD, REDIS_PASSWORD)}


def _plain(config: Mapping[str, str]) -> set[str]:
    return {key.removeprefix(f"{PROJECT}:") for key in config}


def _inputs(kubectl: Kubectl) -> Inputs:
    try:
        return read_cluster(kubectl, [])
    except OperationError as error:
        if "no External Secrets Operator" in str(error):
            return Inputs()
        raise


def _checked(declared: Declared, text: str, inventory: Mapping[str, Any], given: Given) -> Homelab[None]:
    """The declaration as the program will read it."""
    config = dict(mapping(mapping(yaml.safe_load(text)).get("config")))
    config.pop(f"{PROJECT}:{APP_FILES}", None)
    secrets = {f"{PROJECT}:{variable.key}": variable for variable in VARIABLES if variable.name in given.values}
    values = {
        key: {"secure": key} if variable.is_secret else given.values[variable.name] for key, variable in secrets.items()
    }
    content = {**config, f"{PROJECT}:{APPS}": dict(inventory), **values}
    checked = check_config(declared.project, declared.file.name, content)
    if checked.homelab is None:
        raise DeclarationError(declared.file.name, checked.problems, AGAIN)
    return checked.homelab


def _changes(texts: Mapping[Path, str], declared: Declared, text: str) -> Iterator[Change]:
    """The files to write, the stack file last: it names the others."""
    after = texts.get(declared.file, text)
    for file, content in texts.items():
        if file != declared.file:
            before = file.read_text(encoding="utf-8") if file.exists() else None
            if before != content:
                yield Change(file, before, content)
    if after != (declared.text or ""):
        yield Change(declared.file, declared.text, after)
