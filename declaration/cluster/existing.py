"""
What the cluster has already, compared with the declaration.

Only `adopt: true` takes over a Secret or ExternalSecret. Nothing takes over a namespace or an AppProject.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from declaration.config_keys import ARGOCD, PROJECT
from declaration.inventory import App, AppSecret
from declaration.objects import STACK, PlacedObject
from declaration.problems import Problem
from declaration.site.argocd import ArgoCd
from declaration.site.settings import Store


class ExistingObject(PlacedObject, Protocol):
    """An object that exists, and that the program did not make."""

    @property
    def managers(self) -> Sequence[str]: ...
    @property
    def tool(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def keys(self) -> Sequence[str]: ...
    @property
    def immutable(self) -> bool: ...
    @property
    def differing_literals(self) -> Sequence[str]: ...
    @property
    def other_fields(self) -> Sequence[str]: ...
    @property
    def delivers(self) -> bool: ...


@dataclass(frozen=True)
class Comparison:
    """What stops the program, what it takes over, and what the owner should know."""

    problems: tuple[Problem, ...]
    takeovers: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


_REMOTE_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")


def compare(apps: Collection[App], existing: Collection[ExistingObject], *, managed: bool) -> Comparison:
    """
    :param existing: what exists of the objects that the program will write, without what it made
    :param managed: whether this program sets Infisical up, so that it can seed the values in use
    """
    found = {(each.kind, _place(each)): each for each in existing}
    problems: list[Problem] = []
    takeovers: list[str] = []
    warnings: list[str] = []
    for app in apps:
        if app.creates_namespace and (namespace := found.get(("Namespace", app.namespace))):
            problems.append(_namespace_of_others(app, namespace))
        for secret in app.secrets:
            places = (("ExternalSecret", secret.external_secret_place), ("Secret", secret.place))
            theirs = [each for place in places if (each := found.get(place))]
            if secret.merges and not secret.adopt:
                problems += _not_mergeable(secret, [each for each in theirs if each.kind == "Secret"], managed=managed)
                theirs = [each for each in theirs if each.kind != "Secret"]
            if theirs and not secret.adopt:
                problems.append(_not_adopted(secret, theirs))
            elif theirs:
                refused = list(_not_adoptable(secret, theirs, managed=managed))
                problems += refused
                if not refused:
                    takeovers.append(_takeover(secret, theirs))
                    warnings += _warnings(secret, theirs)
    return Comparison(tuple(problems), tuple(takeovers), tuple(warnings))


def missing(argocd: ArgoCd, projects: Collection[str]) -> Iterator[Problem]:
    """
    :param projects: the AppProjects that do not exist, each `namespace/name`
    """
    for project in () if argocd.creates_project else projects:
        yield Problem(
            f"{PROJECT}:{ARGOCD}.project",
            f"no AppProject {project} in the cluster",
            "an AppProject that exists, because Argo CD refuses an Application without one",
            f"create it in Argo CD, write `createProject: true` in {PROJECT}:{ARGOCD}, or name an existing project",
        )


class ObjectOfOtherStack(Protocol):
    """A declared object that a different stack made."""

    @property
    def kind(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def stack(self) -> str: ...


def owned_by_others(apps: Collection[App], store: Store, found: Collection[ObjectOfOtherStack]) -> Iterator[Problem]:
    """Two stacks would overwrite an object in turn."""
    by_place = {secret.external_secret_place: secret for app in apps for secret in app.delivered_secrets}
    for each in found:
        namespace, _, name = each.place.rpartition("/")
        where = f" -n {namespace}" if namespace else ""
        renamed = f"if this stack was renamed, run `kubectl annotate {each.kind.lower()} {name}{where} {STACK}-`"
        secret = by_place.get(each.place)
        rename = "write another `name`" if secret is None else _another_name(secret)
        yield Problem(
            f"{PROJECT}:store.name" if secret is None else f"{PROJECT}:apps.{secret.name_path}",
            f"{each.kind} {each.place}, which belongs to the stack {each.stack}",
            "an object of this stack, because two stacks would overwrite it in turn",
            f"{rename}{'' if secret is None else ', or declare the app in one stack only'}; {renamed}",
        )


def _place(each: ExistingObject) -> str:
    return f"{each.namespace}/{each.name}" if each.namespace else each.name


def _described(each: ExistingObject) -> str:
    """Such as `Secret web/web-secret with the keys A, B (managed by kubectl-create)`."""
    keys = f" with the key{'s' * (len(each.keys) > 1)} {', '.join(each.keys)}" if each.keys else ""
    owner = f"owned by {each.owner}" if each.owner else ""
    managers = f"managed by {', '.join(each.managers)}" if each.managers else ""
    details = "; ".join(filter(None, (managers, each.tool, owner))) or "without a field manager"
    return f"{each.kind} {_place(each)}{keys} ({details})"


def _at(secret: AppSecret, field: str) -> str:
    return f"{PROJECT}:apps.{secret.path or secret.app}.{field}"


def _namespace_of_others(app: App, namespace: ExistingObject) -> Problem:
    return Problem(
        f"{PROJECT}:apps.{app.name}.createNamespace",
        f"true, although this program did not make the existing {_described(namespace)}",
        "false: this program deletes only namespaces that it made",
        "write `createNamespace: false`",
    )


def _another_name(secret: AppSecret) -> str:
    return "write another `secretName`" if secret.is_short else "rename the Secret"


def _not_adopted(secret: AppSecret, theirs: Sequence[ExistingObject]) -> Problem:
    return Problem(
        f"{PROJECT}:apps.{secret.name_path}",
        f"{' and '.join(map(_described, theirs))}, which this program did not make",
        "the name of no existing Secret or ExternalSecret: its values would be replaced, and other keys removed",
        f"{_another_name(secret)}, or write `adopt: true` to take it over with its values",
    )


def _not_mergeable(secret: AppSecret, theirs: Sequence[ExistingObject], *, managed: bool) -> Iterator[Problem]:
    """Keys that `creationPolicy: Merge` would overwrite in the Secret of somebody else."""
    for each in theirs:
        if each.immutable:
            yield Problem(
                _at(secret, "creationPolicy"),
                f"{secret.creation_policy} for {_described(each)}, which is immutable",
                "a Secret that the External Secrets Operator can update",
                "write another name, or `creationPolicy: Owner`",
            )
        replaced = {*secret.composed, *secret.from_elsewhere, *each.differing_literals}
        replaced |= frozenset() if managed else secret.written
        for key in sorted(replaced & set(each.keys)):
            yield Problem(
                _at(secret, "creationPolicy"),
                f"{secret.creation_policy} for Secret {_place(each)}, whose key {key} has a value that cannot become a "
                "value in Infisical",
                "no key that somebody else wrote: its value would be replaced",
                f"write another name for {key}, or copy its value and remove it from the Secret",
            )


def _not_adoptable(secret: AppSecret, theirs: Sequence[ExistingObject], *, managed: bool) -> Iterator[Problem]:
    path = _at(secret, "adopt")
    if secret.generator:
        yield Problem(
            path,
            f"true for {' and '.join(map(_described, theirs))}, although {secret.generator.origin} makes new values",
            "a Secret without a generator: the values in use would be replaced",
            f"{_another_name(secret)}; or declare its keys with `source: generate`, which keeps the values in use",
        )
        return
    # The operator makes its Secret from values in a store: what is composed or in a whole folder can be made again.
    delivered_by = {f"{each.kind} {each.name}" for each in theirs if each.kind == "ExternalSecret" and each.delivers}
    for each in theirs:
        place, own = _place(each), f"ExternalSecret {secret.external_secret_name}"
        is_copy = each.kind == "Secret" and each.owner in delivered_by
        if each.kind == "Secret" and secret.other_store:
            yield from _not_from_a_store(secret, each, own)
        if each.kind == "Secret" and not managed and secret.reads_infisical and not is_copy:
            yield Problem(
                path,
                f"true for {_described(each)}, although {PROJECT}:infisical.mode is manual",
                "the mode managed, in which this program copies the values in use to Infisical first",
                "write another `secretName`; or copy the values to Infisical yourself, and delete the Secret",
            )
        if each.immutable:
            yield Problem(
                path,
                f"true for {_described(each)}, which is immutable",
                "a Secret that the External Secrets Operator can update",
                "write another `secretName`",
            )
        if each.kind == "Secret" and each.owner and each.owner != own:
            yield Problem(
                path,
                f"true for {_described(each)}, which its owner writes",
                "a Secret without another owner",
                f"write another `secretName`; or delete {each.owner} and keep its Secret: `kubectl delete "
                f"{each.owner.partition(' ')[0].lower()} {each.owner.partition(' ')[2]} -n {each.namespace} "
                "--cascade=orphan`",
            )
        if each.other_fields:
            yield Problem(
                path,
                f"true for {_described(each)}, which has fields that the declaration does not know: "
                f"{', '.join(each.other_fields)}",
                "an ExternalSecret without these fields, because they would stay in effect",
                f"delete it and keep its Secret: `kubectl delete externalsecret {each.name} -n {each.namespace} "
                "--cascade=orphan`",
            )
        for key in each.keys:
            if key in secret.composed and not is_copy:
                yield Problem(
                    path,
                    f"true for Secret {place}, although the declaration composes its key {key}",
                    "no composed key that the Secret has already: its value in use would be replaced",
                    f"copy the value of {key}, and remove the key from the Secret; or write another name for it",
                )
            in_folder = is_copy and bool(secret.folders)
            if key not in secret.written and not secret.extracts and not in_folder and not secret.merges:
                yield Problem(
                    _at(secret, "keys"),
                    f"the key {key} of Secret {place} is not declared",
                    "every key of an adopted Secret in `keys` or `literals`, because the operator removes all others",
                    f"add `{_line(key)}` to `keys`. The value in use stays. Or remove the key from the Secret",
                )


def _not_from_a_store(secret: AppSecret, theirs: ExistingObject, own: str) -> Iterator[Problem]:
    """A Secret that no ExternalSecret writes may hold the last copy of its values."""
    assert secret.other_store
    replaced = [key for key in theirs.keys if secret.extracts or key in secret.from_elsewhere]
    if replaced and theirs.owner != own:
        yield Problem(
            _at(secret, "adopt"),
            f"true for {_described(theirs)}, although {secret.other_store.origin} would replace {', '.join(replaced)}",
            "a Secret that an ExternalSecret of the same name writes: its values are in a store",
            f"copy the values to {secret.other_store.origin} and delete the Secret; or {_another_name(secret)}",
        )


def _line(key: str) -> str:
    """The declaration of a key of the Secret, whose value in use becomes the first value in Infisical."""
    made = "source: generate, kind: password, size: 32"
    if _REMOTE_KEY.fullmatch(key):
        return f"{key}: {{{made}}}"
    name = re.sub(r"[^A-Z0-9_]", "_", key.upper()).strip("_") or "KEY"
    return f"{name if _REMOTE_KEY.fullmatch(name) else f'KEY_{name}'}: {{{made}, secretKeys: [{key}]}}"


def _takeover(secret: AppSecret, theirs: Sequence[ExistingObject]) -> str:
    then = "The values in use become the first values in Infisical."
    if secret.other_store:
        then = f"The values then come from {secret.other_store.origin}."
    return f"{_at(secret, 'adopt')} takes over {' and '.join(map(_described, theirs))}. {then}"


def _warnings(secret: AppSecret, theirs: Sequence[ExistingObject]) -> Iterator[str]:
    for each in theirs:
        if each.differing_literals:
            keys = ", ".join(each.differing_literals)
            yield (
                f"{_at(secret, 'literals')} replaces values of Secret {_place(each)} that differ: {keys}. To keep the "
                "values in use, declare these keys in `keys`."
            )
        if each.tool:
            yield (
                f"{each.tool} deploys {each.kind} {_place(each)} and can revert or delete it. Remove it from there, "
                "without deleting it from the cluster."
            )


def literals(secrets: Collection[AppSecret]) -> Mapping[str, Mapping[str, str]]:
    """By Secret, the values that are not secret."""
    return {secret.place: secret.literals for secret in secrets if secret.literals}
