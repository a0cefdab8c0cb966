"""The check that an app has its secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import pulumi

from infisical.properties import PREVIEW
from infisical.sdk.base.resource import Resource


class SecretSource(TypedDict):
    """A secret in Infisical, and its folder, such as `/`."""

    name: pulumi.Input[str]
    path: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class DeliveryArgs:
    """
    What an app's Secret must hold.

    - `namespace` and `name` are the ExternalSecret's. `secret_name` is the Secret's; defaults to `name`.
    - `keys` says, by key of the Secret, which secret in Infisical it comes from. `literals` has keys whose values are
      not secret.
    - `templates` has the composed values by key of the Secret, in the operator's template language; they read `keys`.
      `hidden_keys` are those of `keys` that only templates read, and that the Secret does not hold.
    - `whole_folders` has the folders whose keys the Secret gets, each as `infisical.whole_folder.as_text` writes it.
    - `properties` says, by key of the Secret, which part of a JSON value it holds, such as `database.password`.
      `decodings` says how the operator decodes it: `Base64`, `Base64URL` or `Auto`.
    - `uncompared_keys` are keys of the Secret whose values another store or a generator provides. They must exist and
      not be empty. `more_keys`: so are further keys, whose names only that store knows; at least one must exist.
    - `other_store` is the store of the ExternalSecret, such as `SecretStore web/kubernetes`, if somebody else manages
      it; for messages. `generator` is its generator, if it has one: then the check requests no sync, because a sync
      would replace the value in use.
    - `optional_keys` names secrets in Infisical that may have no value. While one of them is missing, the operator
      delivers none of the app's keys, and that is a warning instead of an error.
    - `remedies` says, by name of a secret in Infisical, what gives it its value, such as a command; by default, adding
      it in Infisical. If two of the secrets have the same name, both fields address them as `/folder/NAME`.
    - `readable_paths` has the folders of the environment that the operator's identity reads, each with all folders
      below; by default it reads the whole project. A value that refers to another place is reported.
    - `seeded` says that the program seeds every secret that is not optional; for messages.
    - `declared` is any string; a new one requests a new check. Derive it from what the delivery depends on besides
      these arguments, such as the store's project slug.
    - `triggers` has any strings by name, such as a `Secret`'s output `delivery_trigger`; a new one requests a new
      check, an empty one requests nothing.
    - `credentials_trigger` is any string; a new one requests a new check with a new login of the store.
    - `timeout_seconds` is how long to wait; 120 by default.
    """

    namespace: pulumi.Input[str]
    name: pulumi.Input[str]
    project_id: pulumi.Input[str]
    environment: pulumi.Input[str]
    keys: Mapping[str, SecretSource]
    secret_name: pulumi.Input[str] | None = None
    literals: Mapping[str, pulumi.Input[str]] | None = None
    templates: Mapping[str, str] | None = None
    whole_folders: Sequence[str] | None = None
    hidden_keys: Sequence[str] | None = None
    properties: Mapping[str, str] | None = None
    decodings: Mapping[str, str] | None = None
    uncompared_keys: Sequence[str] | None = None
    more_keys: bool | None = None
    other_store: str | None = None
    generator: str | None = None
    optional_keys: Sequence[pulumi.Input[str]] | None = None
    remedies: Mapping[str, pulumi.Input[str]] | None = None
    readable_paths: pulumi.Input[Sequence[str]] | None = None
    seeded: pulumi.Input[bool] | None = None
    declared: pulumi.Input[str] | None = None
    triggers: Mapping[str, pulumi.Input[str]] | None = None
    credentials_trigger: pulumi.Input[str] | None = None
    timeout_seconds: pulumi.Input[float] | None = None


class Delivery(Resource):
    """
    The delivery check: the resource exists once the app's Secret holds what was declared.

    Creating or updating it requests a sync from the External Secrets Operator. It waits until the operator has synced
    the current ExternalSecret after that request, until the ExternalSecret and its store are Ready, and until every
    key of the Secret equals Infisical's value (references expanded) or its literal. A value of another store or of a
    generator is not compared: its key must exist and not be empty. Otherwise it fails, and names the
    app, each key with its reason, what the operator reports, and the next command.

    It reads the cluster, and annotates the ExternalSecret, and the store if that is not Ready. It writes nothing else,
    and nothing in a preview. Every `pulumi up` checks the delivery once without waiting. It repeats the full check if
    the delivery is no longer complete, or if it got no answer. A preview that gets no answer warns and shows no change.
    A refresh reports an incomplete delivery. No value of a secret is in its inputs, outputs or messages. Deleting it
    deletes nothing, and it cannot be imported.

    Let it depend on the ExternalSecret, its store, and what seeds its values. An error stops the update, so let its
    component wait for the other apps' ExternalSecrets: then those are delivered first.
    """

    delivered: pulumi.Output[bool]
    """False while optional secrets are missing, or if a refresh found an incomplete delivery."""
    missing: pulumi.Output[Sequence[str]]
    """The names of the optional secrets that have no value in Infisical."""
    count: pulumi.Output[float]
    """The number of declared keys."""

    def __init__(self, name: str, args: DeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "namespace": args.namespace,
            "name": args.name,
            "secretName": args.secret_name,
            "projectId": args.project_id,
            "environment": args.environment,
            "keys": {key: _address(source) for key, source in args.keys.items()},
            "literals": args.literals,
            "templates": args.templates,
            "wholeFolders": args.whole_folders,
            "hiddenKeys": args.hidden_keys,
            "properties": args.properties,
            "decodings": args.decodings,
            "uncomparedKeys": args.uncompared_keys,
            "moreKeys": args.more_keys,
            "otherStore": args.other_store,
            "generator": args.generator,
            "optionalKeys": args.optional_keys,
            "remedies": args.remedies,
            "readablePaths": args.readable_paths,
            "seeded": args.seeded,
            "declared": args.declared,
            "triggers": args.triggers,
            "credentialsTrigger": args.credentials_trigger,
            "timeoutSeconds": args.timeout_seconds,
            PREVIEW: pulumi.runtime.is_dry_run(),
            "delivered": None,
            "missing": None,
            "count": None,
        }
        super().__init__("Delivery", name, properties, opts)

    # These also translate the keys of mappings, here the keys of a Secret, which must stay unchanged.

    def translate_input_property(self, prop: str) -> str:
        return prop

    def translate_output_property(self, prop: str) -> str:
        return prop


def _address(source: SecretSource) -> pulumi.Input[str]:
    path, name = source["path"], source["name"]
    if isinstance(path, str) and isinstance(name, str):
        return _joined((path, name))
    return pulumi.Output.all(path, name).apply(_joined)


def _joined(parts: Sequence[str]) -> str:
    path, name = parts
    return f"{path.rstrip('/')}/{name}"
