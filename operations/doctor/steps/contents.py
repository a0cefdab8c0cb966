"""What one Secret of an app must hold by Infisical's values, and what keeps the operator from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from declaration import AppSecret
from infisical import rules
from infisical.api.folders import Location
from infisical.api.projects import Project
from infisical.contents.expected import ExpectedSecret, Source
from infisical.contents.forms import delivered
from infisical.delivery.findings import evaluate
from infisical.delivery.observation import Observation
from infisical.delivery.operator import ExternalSecret
from operations.doctor.findings import Finding
from operations.doctor.steps.scope import Scope
from operations.expected import expected_of


def expected_in(scope: Scope, secret: AppSecret) -> ExpectedSecret | None:
    """What the Secret must hold; None if a folder that it reads could not be read."""
    project = scope.infisical.project
    if not isinstance(project, Project):
        # A Secret that reads nothing of Infisical needs no project.
        return None if secret.reads_infisical else expected_of(secret, scope.homelab, "")
    expected = expected_of(secret, scope.homelab, project.id)
    folders = scope.infisical.folders
    readable = all(location in folders and not folders[location].refused for location in expected.locations)
    return expected if readable else None


def missing_values(scope: Scope, expected: ExpectedSecret) -> Iterator[Finding]:
    """The secrets in Infisical that the operator cannot read, or that have no value."""
    for key, source in sorted(expected.sources.items()):
        folder = scope.infisical.folders[source.location]
        name, where = source.name, (f"Secret {expected.namespace}/{expected.secret_name}, key {key}",)
        if name in folder.unreadable:
            yield Finding(
                "reference-unreadable",
                f"{name} ({source.location}) refers to a secret that the operator's identity may not read",
                "move that secret to a folder that the app's store reads, or remove the reference",
                where,
                "a reference to a different folder or environment",
                f"a folder below {' or '.join(scope.homelab.readable_folders)}",
            )
        elif not folder.values.get(name):
            optional = expected.is_optional(key)
            again = "run `pulumi up`, which seeds it again"
            seeded = expected.seeded and not optional
            yield Finding(
                "value-not-set" if optional else "value-missing",
                f"{name} has no value in Infisical",
                again if seeded else expected.remedy(source),
                where,
                "an empty value" if name in folder.values else f"no such secret at {source.location}",
                "a value",
                warning=optional,
            )


def differences(
    scope: Scope, expected: ExpectedSecret, found: ExternalSecret
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """
    What the Secret does not hold, as keys with reasons; and what no value in Infisical can give it.

    The key is empty for a reason that is about the whole Secret.
    """
    observed = observed_in(scope, expected, found)
    problems = evaluate(expected, observed).problems
    compared = [(each.key, each.reason) for each in problems if each.key not in observed.unfit and not each.lasting]
    return compared, [*sorted(observed.unfit.items())]


def observed_in(scope: Scope, expected: ExpectedSecret, found: ExternalSecret) -> Observation:
    """What the Secret holds and what it must hold, as hashes. Every folder that it reads was read."""
    values = {location: folder.values for location, folder in scope.infisical.folders.items()}
    made = delivered(expected, _served(expected, values), {each: values[each] for each in expected.whole_folders})
    hasher = scope.facts.hasher
    wanted = {key: None if value is None else hasher.hash(value) for key, value in made.values.items()}
    held = scope.facts.hashes.get(expected.id)
    return Observation(found, None, held, wanted, unfit=made.unfit, opaque=frozenset(made.opaque))


def _served(expected: ExpectedSecret, values: Mapping[Location, Mapping[str, str]]) -> dict[Source, str | None]:
    return {source: values[source.location].get(source.name) for source in expected.sources.values()}


def refers_elsewhere(value: str, location: Location, readable: tuple[str, ...]) -> bool:
    """Whether a value refers to a secret outside the folders that the operator reads, each with all below it."""
    for reference in rules.references(value):
        if "." not in reference or reference.startswith("@"):
            continue
        environment, *folders, _ = reference.split(".")
        path = "/" + "/".join(folders)
        below = (path == each or path.startswith(f"{each.rstrip('/')}/") for each in readable)
        if environment != location.environment or not any(below):
            return True
    return False
