"""Delivery: the proof that one app's Secret holds what was declared, by a sync that came after it was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from infisical.api.errors import Blocked
from infisical.delivery.declaration import Declaration, addresses, declaration_of, remedy_of
from infisical.delivery.proof import Proof
from infisical.delivery.references import broken
from infisical.delivery.verdict import Verdict
from infisical.handlers import allowed, marker
from infisical.handlers.fields import Change, Failure, Field
from infisical.handlers.kind import Found, Kind, Made, Task
from infisical.handlers.properties import Properties, is_known

TIMEOUT_SECONDS: Final = 120.0


class Delivery(Kind):
    name = "Delivery"
    doc = (
        "The proof that the Secret of an ExternalSecret holds what was declared. Makes the operator sync, and waits "
        "until the Secret equals Infisical; what is not delivered in time is an error that says why. An update that "
        "changes nothing else notices when it is not delivered any more. Deleting it deletes nothing."
    )
    fields = (
        Field(
            name="namespace",
            type="text",
            required=True,
            change=Change.REPLACE,
            allowed=allowed.not_empty,
            doc="the app's namespace",
        ),
        Field(
            name="name",
            type="text",
            required=True,
            change=Change.REPLACE,
            allowed=allowed.not_empty,
            doc="the ExternalSecret's name",
        ),
        Field(
            name="secretName",
            type="text",
            allowed=allowed.not_empty,
            doc="the Secret's name; the ExternalSecret's where it is not given",
        ),
        Field(name="projectId", type="text", required=True, doc="the id of the project in Infisical"),
        Field(
            name="environment",
            type="text",
            required=True,
            allowed=allowed.environment_slug,
            doc="the environment's slug",
        ),
        Field(
            name="keys",
            type="mapping",
            required=True,
            allowed=addresses,
            doc="by key of the Secret, the secret in Infisical that it comes from, as '/NAME' or '/folder/NAME'",
        ),
        Field(name="literals", type="mapping", doc="by key of the Secret, a text that it holds"),
        Field(
            name="optionalKeys",
            type="texts",
            doc="names of secrets in Infisical that may be without a value: then nothing is delivered, and no error",
        ),
        Field(
            name="remedies",
            type="mapping",
            change=Change.NOTHING,
            doc="by name of a secret in Infisical, what to do when it is without a value",
        ),
        Field(name="declared", type="text", doc="any text; another one asks for a new proof"),
        Field(
            name="triggers",
            type="mapping",
            differs=marker.some_moved,
            doc="by secret in Infisical any text: another one asks for a new proof, and an empty one for nothing",
        ),
        Field(
            name="credentialsTrigger",
            type="text",
            doc="any text; another one asks for a new proof that the store logs in, too",
        ),
        Field(
            name="timeoutSeconds",
            type="number",
            default=TIMEOUT_SECONDS,
            change=Change.NOTHING,
            allowed=allowed.seconds,
            doc="how long to wait",
        ),
    )
    outputs = {  # noqa: RUF012
        "delivered": "whether the Secret held what was declared when it was last looked at",
        "missing": "the names of the optional secrets that have no value in Infisical",
        "count": "how many keys are declared",
    }
    # What cannot be seen is not proven: an update looks longer, and fails with the cause.
    doubted = "delivered"

    def check(self, inputs: Properties) -> Iterator[Failure]:
        yield from super().check(inputs)
        if is_known(inputs.get("keys")) and not addresses(inputs.mapping("keys")):
            names = declaration_of(inputs).names
            for name in inputs.texts("optionalKeys"):
                if name not in names:
                    known = ", ".join(sorted(names))
                    yield Failure("optionalKeys", f"has {name!r}, which must be one of the secrets in `keys`: {known}")

    async def ensure(self, task: Task, inputs: Properties, state: Properties) -> Made:
        declared = declaration_of(inputs)
        renewed = bool(state) and state.get("credentialsTrigger") != inputs.get("credentialsTrigger")
        longest = inputs.number("timeoutSeconds", TIMEOUT_SECONDS)
        verdict = await Proof(task, declared, credentials_renewed=renewed).wait(longest)
        if verdict.held_back and state and marker.some_moved(state.get("triggers"), inputs.mapping("triggers")):
            # What comes next restarts the app, and would restart it with a value that was just replaced.
            message = f"{_incomplete(declared, verdict)} Until then a value that was rotated does not reach the app."
            raise Blocked(message)
        if verdict.missing:
            await task.warn(_incomplete(declared, verdict))
        for source in await broken(declared, task.secrets):
            # Not the reference itself: it may be a part of a password that was never meant as one.
            await task.warn(
                f"the value of {source.name} ({source.place}) has a '${{…}}', which Infisical takes for the name of "
                f"another secret. There is none, so {declared.id} is given nothing in the place of it. Add that secret "
                "in Infisical; or where the text is meant as it stands, give a value without '${': Infisical has no "
                "way to hold it."
            )
        return Made(declared.id, _outputs(declared, verdict))

    async def read(self, task: Task, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        if "keys" not in state:
            message = (
                f"a Delivery is a proof and no object: there is nothing to import as {resource_id!r}. Declare it "
                "without `import_`, and run `pulumi up`."
            )
            raise Blocked(message)
        declared = declaration_of(state)
        verdict = await Proof(task, declared).look_once()
        if verdict.problems:
            await task.warn(f"{declared.id} is not delivered: {'; '.join(map(str, verdict.problems))}")
        return Found(resource_id, _outputs(declared, verdict), dict(inputs))

    async def lost(self, task: Task, resource_id: str, state: Properties) -> str | None:
        declared = declaration_of(state)
        verdict = await Proof(task, declared).glance()
        stands = verdict.delivered or (verdict.missing and not verdict.problems)
        outputs = _outputs(declared, verdict)
        if stands and all(outputs[name] == state.get(name) for name in ("delivered", "missing")):
            return None
        return "delivered"

    async def delete(self, task: Task, resource_id: str, state: Properties) -> None:
        """There is nothing to remove: what was proven is other resources' to delete."""


def _outputs(declared: Declaration, verdict: Verdict) -> dict[str, Any]:
    # Nothing that changes with each of the operator's rounds: a refresh would show it as drift.
    return {"delivered": verdict.delivered, "missing": list(verdict.missing), "count": float(declared.count)}


def _incomplete(declared: Declaration, verdict: Verdict) -> str:
    lines = [
        f"{declared.id} waits for values that are not in Infisical yet; the operator delivers the app's keys together:"
    ]
    sources = {source.name: source for source in declared.sources.values()}
    lines += [f"  - {name}: {remedy_of(declared, sources[name])}" for name in verdict.missing]
    return "\n".join([*lines, "Then run `pulumi up`."])
