"""Delivery: the check that one app's Secret holds what Infisical holds, after a sync that the check requested."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from infisical import rules
from infisical.api.errors import Blocked
from infisical.contents.expected import ExpectedSecret, addresses, expected_secret
from infisical.delivery.check import DeliveryCheck
from infisical.delivery.findings import Findings
from infisical.delivery.references import ValueInspection
from infisical.handlers.base import triggers
from infisical.handlers.base.fields import Change, Failure, Field
from infisical.handlers.base.handler import Applied, Found, Handler, Operation
from infisical.properties import Properties, is_known

TIMEOUT_SECONDS: Final = 120.0


class Delivery(Handler):
    name = "Delivery"
    no_import = "it is a check"
    doc = (
        "The check that the Secret of an ExternalSecret holds what Infisical holds. Makes the operator sync, and waits "
        "until the Secret equals Infisical. An incomplete delivery is an error that says why. Every update notices "
        "when the delivery is no longer complete. Deleting it deletes nothing."
    )
    fields = (
        Field(
            name="namespace",
            type="string",
            required=True,
            change=Change.REPLACE,
            rule=rules.not_empty,
            doc="the app's namespace",
        ),
        Field(
            name="name",
            type="string",
            required=True,
            change=Change.REPLACE,
            rule=rules.not_empty,
            doc="the ExternalSecret's name",
        ),
        Field(
            name="secretName",
            type="string",
            rule=rules.not_empty,
            doc="the Secret's name; defaults to the ExternalSecret's",
        ),
        Field(name="projectId", type="string", required=True, doc="the id of the project in Infisical"),
        Field(
            name="environment",
            type="string",
            required=True,
            rule=rules.environment_slug,
            doc="the environment's slug",
        ),
        Field(
            name="keys",
            type="mapping",
            required=True,
            rule=addresses,
            doc="by key of the Secret, the secret in Infisical that it comes from, as '/NAME' or '/folder/NAME'",
        ),
        Field(name="literals", type="mapping", doc="by key of the Secret, a string that it holds"),
        Field(name="templates", type="mapping", doc="by key of the Secret, the template that composes its value"),
        Field(
            name="wholeFolders",
            type="strings",
            doc="the folders whose keys the Secret gets, each as JSON: path, include, exclude, source, target",
        ),
        Field(name="hiddenKeys", type="strings", doc="those of `keys` that only templates read"),
        Field(name="properties", type="mapping", doc="by key of the Secret, the part of a JSON value that it holds"),
        Field(
            name="decodings",
            type="mapping",
            doc="by key of the Secret, how its value is decoded: Base64, Base64URL or Auto",
        ),
        Field(
            name="uncomparedKeys",
            type="strings",
            doc="keys of the Secret from another store or a generator: they must exist, and no value is compared",
        ),
        Field(
            name="moreKeys",
            type="boolean",
            doc="whether the Secret gets further keys, whose names only another store knows; at least one must exist",
        ),
        Field(
            name="otherStore",
            type="string",
            doc="the store of the ExternalSecret, if it is not the one that reads Infisical, for messages",
        ),
        Field(
            name="generator",
            type="string",
            doc="the generator of the ExternalSecret; without a fired trigger, the check then requests no sync, which "
            "would replace the value",
        ),
        Field(
            name="optionalKeys",
            type="strings",
            doc="names of secrets in Infisical that may have no value: then nothing is delivered, without an error",
        ),
        Field(
            name="remedies",
            type="mapping",
            change=Change.NOTHING,
            doc="by name of a secret in Infisical, what to do if it has no value",
        ),
        Field(
            name="readablePaths",
            type="strings",
            change=Change.NOTHING,
            rule=lambda paths: rules.folder_paths(paths) if paths else None,
            doc="the folders that the operator's identity reads, each with all subfolders; empty for the whole project",
        ),
        Field(
            name="seeded",
            type="boolean",
            change=Change.NOTHING,
            doc="whether the program seeds every secret that is not optional, for messages",
        ),
        Field(name="declared", type="string", doc="any string; a new one requests a new check"),
        Field(
            name="triggers",
            type="mapping",
            differs=triggers.any_fired,
            doc="by name any string: a new one requests a new check, an empty one requests nothing",
        ),
        Field(
            name="credentialsTrigger",
            type="string",
            doc="any string; a new one requests a new check, with a new login of the store",
        ),
        Field(
            name="timeoutSeconds",
            type="number",
            default=TIMEOUT_SECONDS,
            change=Change.NOTHING,
            rule=rules.seconds,
            doc="how long to wait",
        ),
    )
    outputs = {  # noqa: RUF012
        "delivered": "whether the Secret held what Infisical holds when it was last checked",
        "missing": "the names of the optional secrets that have no value in Infisical",
        "count": "the number of keys",
    }
    # An update checks an unverified delivery again, waits for it, and fails with the cause.
    unverified_output = "delivered"

    def check(self, inputs: Properties) -> Iterator[Failure]:
        yield from super().check(inputs)
        if is_known(inputs.get("keys")) and not addresses(inputs.mapping("keys")):
            names = expected_secret(inputs).names
            for name in inputs.strings("optionalKeys"):
                if name not in names:
                    known = ", ".join(sorted(names))
                    yield Failure("optionalKeys", f"expected names of secrets in `keys` ({known}), found {name!r}")

    async def precheck(self, operation: Operation, old: Properties, new: Properties) -> None:
        if not old and is_known(dict(new)):
            await self._report_values(operation, new)

    async def ensure(self, operation: Operation, inputs: Properties, state: Properties) -> Applied:
        expected = expected_secret(inputs)
        new_credentials = bool(state) and state.get("credentialsTrigger") != inputs.get("credentialsTrigger")
        rotated = bool(state) and triggers.any_fired(state.get("triggers"), inputs.mapping("triggers"))
        longest = inputs.number("timeoutSeconds", TIMEOUT_SECONDS)
        check = _check_of(operation, inputs, new_credentials=new_credentials, rotated=rotated)
        findings = await check.wait(longest)
        if findings.held_back and rotated:
            # The next resource would restart the app with the old value.
            message = f"{_incomplete(expected, findings)} Until then, the app does not get the rotated value."
            raise Blocked(message)
        if findings.missing:
            await operation.warn(_incomplete(expected, findings))
        await self._report_values(operation, inputs)
        return Applied(expected.id, _outputs(expected, findings))

    async def read(self, operation: Operation, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        expected = expected_secret(state)
        findings = await _check_of(operation, state).once()
        if findings.problems:
            problems = "; ".join(str(problem).rstrip(".") for problem in findings.problems)
            await operation.warn(f"{expected.id} is not delivered: {problems}. Fix: run `pulumi up`.")
        return Found(resource_id, _outputs(expected, findings), dict(inputs))

    async def lost(self, operation: Operation, resource_id: str, state: Properties) -> str | None:
        expected = expected_secret(state)
        findings = await _check_of(operation, state).brief()
        await self._report_values(operation, state)
        complete = findings.delivered or (findings.missing and not findings.problems)
        outputs = _outputs(expected, findings)
        if complete and all(outputs[name] == state.get(name) for name in ("delivered", "missing")):
            return None
        return "delivered"

    async def _report_values(self, operation: Operation, properties: Properties) -> None:
        """Warn about each value that the app cannot get as it is, once in a process."""
        app = expected_secret(properties).id
        for flaw in await _inspection_of(operation, properties).flaws():
            message = f"{app}: {flaw}."
            if operation.observer.is_new(message):
                await operation.warn(message)

    async def delete(self, operation: Operation, resource_id: str, state: Properties) -> None:
        """Nothing to delete: the objects belong to other resources."""


def _check_of(
    operation: Operation, properties: Properties, *, new_credentials: bool = False, rotated: bool = False
) -> DeliveryCheck:
    return DeliveryCheck(
        operation.observer,
        expected_secret(properties),
        operation.status,
        _inspection_of(operation, properties),
        new_credentials=new_credentials,
        rotated=rotated,
    )


def _inspection_of(operation: Operation, properties: Properties) -> ValueInspection:
    readable, observer = properties.strings("readablePaths"), operation.observer
    now = observer.clock.now()
    return ValueInspection(expected_secret(properties), readable, operation.secrets, observer.served, now)


def _outputs(expected: ExpectedSecret, findings: Findings) -> dict[str, Any]:
    # Nothing that changes with every sync of the operator: a refresh would show it as drift.
    return {"delivered": findings.delivered, "missing": list(findings.missing), "count": float(expected.count)}


def _incomplete(expected: ExpectedSecret, findings: Findings) -> str:
    lines = [
        f"{expected.id} is not delivered yet: the operator delivers an app's keys together, and these are missing in "
        "Infisical:"
    ]
    sources = {expected.name_of(source): source for source in expected.sources.values()}
    lines += [f"  - {name}: {expected.remedy(sources[name])}" for name in findings.missing]
    return "\n".join([*lines, "Add them, then run `pulumi up`."])
