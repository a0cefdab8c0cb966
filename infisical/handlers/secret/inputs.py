"""The inputs and outputs of Secret."""

from __future__ import annotations

from typing import Final

from infisical import rules
from infisical.handlers.base import triggers
from infisical.handlers.base.fields import Change, Field
from infisical.handlers.secret import app_copies, comment, delivered_with, immutable
from infisical.handlers.secret.change_command import TIMEOUT_SECONDS
from infisical.handlers.secret.immutable import HOLD, REFUSE

WHERE: Final = ("projectId", "environment", "path", "name")
"""The inputs that say where a secret is."""

KEEP: Final = "keep"
SET: Final = "set"

INPUTS: Final = (
    # A new place is an update: the value in use is read from the place that the state knows.
    Field(name="projectId", type="string", required=True, doc="the project's id"),
    Field(
        name="environment",
        type="string",
        required=True,
        rule=rules.environment_slug,
        doc="the environment's slug",
    ),
    Field(
        name="path",
        type="string",
        default="/",
        rule=rules.folder_path,
        doc="the folder, which must exist",
    ),
    Field(
        name="name",
        type="string",
        required=True,
        rule=rules.secret_name,
        doc="the secret's name",
    ),
    Field(
        name="value",
        type="string",
        secret=True,
        change=Change.NOTHING,
        doc="the value to seed, and to set on a rotation; without one, only a value that an app holds is seeded",
    ),
    Field(
        name="trigger",
        type="string",
        differs=triggers.fired,
        sticky=True,
        doc="any string; a new one sets the declared value",
    ),
    Field(
        name="onNewValue",
        type="string",
        default=KEEP,
        change=Change.NOTHING,
        rule=lambda text: None if text in (KEEP, SET, REFUSE, HOLD) else f"{KEEP}, {SET}, {REFUSE} or {HOLD}",
        doc=f"what a new `value` does: {KEEP} keeps Infisical's, {SET} sets it, {REFUSE} is an error, and {HOLD} "
        "keeps Infisical's but is an error once that is deleted",
    ),
    Field(
        name="changeCommand",
        type="string",
        change=Change.NOTHING,
        rule=rules.not_empty,
        doc="a shell command to run before a new value is set, with NEW_VALUE and OLD_VALUE in its environment",
    ),
    Field(
        name="commandSeconds",
        type="number",
        change=Change.NOTHING,
        rule=rules.seconds,
        doc=f"how long `changeCommand` may take; {TIMEOUT_SECONDS:.0f} by default",
    ),
    delivered_with.FIELD,
    app_copies.FIELD,
    immutable.OTHERS,
    Field(
        name="restoreTrigger",
        type="string",
        differs=triggers.fired,
        sticky=True,
        doc="any string; with a new one, a missing secret is seeded with the declared value, not with an app's",
    ),
    Field(
        name="rotateWith",
        type="string",
        change=Change.NOTHING,
        doc="the command that changes `trigger`, for messages",
    ),
    comment.FIELD,
    Field(
        name="deleteWithResource",
        type="boolean",
        default=False,
        doc="whether deleting the resource deletes the secret in Infisical",
    ),
)
OUTPUTS: Final = {
    "secretId": "the secret's id",
    "secretVersion": "Infisical's version of the value",
    "origin": "where the value came from: seeded, app (an app's Secret), moved, adopted, rotated or missing",
    "deliveryTrigger": "the version and ID of the secret that the last rotation set; empty before the first one",
    "changedOn": "the date of Infisical's value, YYYY-MM-DD",
    "inSync": "whether Infisical's value was the declared one when it was last read",
    "fingerprint": "a keyed hash of Infisical's value when it was last read",
}
