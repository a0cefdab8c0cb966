"""The proof that an app has its secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import pulumi

from infisical.sdk.resource import Resource


class SecretSource(TypedDict):
    """A secret in Infisical, and its folder, such as `/`."""

    name: pulumi.Input[str]
    path: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class DeliveryArgs:
    """
    What must be in an app's Secret, and where it comes from.

    `namespace` and `name` are the ExternalSecret's; `secret_name` the Secret's, where it is another. `keys` says for
    each key of the Secret which secret in Infisical it comes from. `literals` are keys with texts that are no secrets.

    `optional_keys` are the names of secrets in Infisical that may be without a value: while one of them is missing,
    the operator delivers none of the app's keys, and that is no error. `remedies` says for a name what gives the
    secret its value, such as a command; adding it in Infisical, where nothing is said.

    `declared` is any text, and another one asks for a new proof: make it from all that the delivery depends on and
    that is not an argument here, such as the store's project slug. So does another text of `triggers`, such as a
    `Secret`'s output `delivery_trigger`; an empty one asks for nothing. Another text in `credentials_trigger` asks the
    store to log in again, too. `timeout_seconds` is how long to wait (120).
    """

    namespace: pulumi.Input[str]
    name: pulumi.Input[str]
    project_id: pulumi.Input[str]
    environment: pulumi.Input[str]
    keys: Mapping[str, SecretSource]
    secret_name: pulumi.Input[str] | None = None
    literals: Mapping[str, pulumi.Input[str]] | None = None
    optional_keys: Sequence[pulumi.Input[str]] | None = None
    remedies: Mapping[str, pulumi.Input[str]] | None = None
    declared: pulumi.Input[str] | None = None
    triggers: Mapping[str, pulumi.Input[str]] | None = None
    credentials_trigger: pulumi.Input[str] | None = None
    timeout_seconds: pulumi.Input[float] | None = None


class Delivery(Resource):
    """
    An app's Secret that holds what was declared: when it is there, that has been proven.

    Making or updating it asks the External Secrets Operator to sync, and waits until it has done so after being
    asked, for the ExternalSecret as it is now; until it and its store are Ready; and until every key of the Secret
    equals Infisical's value (references expanded) or its text. What is not in time is an error that names the app,
    each key with its reason, what the operator says, and the next command. It reads the cluster and annotates the
    ExternalSecret, and its store where that is not Ready; it writes nothing else, and nothing in a preview.

    Each `pulumi up` looks once whether it is still so, without waiting, and proves it again if not. A refresh reports
    it. No value of a secret is in its inputs, outputs or messages. Deleting it deletes nothing, and it cannot be
    imported. Let it depend on the ExternalSecret, its store, and what seeds its values; and, since an error stops an
    update, on the other apps' ExternalSecrets, too, so that those are delivered all the same.
    """

    delivered: pulumi.Output[bool]
    """False only while optional secrets are missing, or when a refresh found it so."""
    missing: pulumi.Output[Sequence[str]]
    """The names of the optional secrets that have no value in Infisical."""
    count: pulumi.Output[float]
    """How many keys are declared."""

    def __init__(self, name: str, args: DeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "namespace": args.namespace,
            "name": args.name,
            "secretName": args.secret_name,
            "projectId": args.project_id,
            "environment": args.environment,
            "keys": {key: _address(source) for key, source in args.keys.items()},
            "literals": args.literals,
            "optionalKeys": args.optional_keys,
            "remedies": args.remedies,
            "declared": args.declared,
            "triggers": args.triggers,
            "credentialsTrigger": args.credentials_trigger,
            "timeoutSeconds": args.timeout_seconds,
            "delivered": None,
            "missing": None,
            "count": None,
        }
        super().__init__("Delivery", name, properties, opts)

    # The keys of a Secret go through these, too, and must stay as they are: so nothing is translated.

    def translate_input_property(self, prop: str) -> str:
        return prop

    def translate_output_property(self, prop: str) -> str:
        return prop


def _address(source: SecretSource) -> pulumi.Output[str]:
    return pulumi.Output.all(source["path"], source["name"]).apply(lambda parts: f"{parts[0].rstrip('/')}/{parts[1]}")
