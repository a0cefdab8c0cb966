"""What the fields of one Secret may not say together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from declaration.inventory.app_secrets import AppSecret
from declaration.inventory.sources import Manual
from declaration.problems import shown
from declaration.section import Section

DEMANDED: Final[Mapping[str, tuple[str, ...]]] = {
    "kubernetes.io/basic-auth": ("username", "password"),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
"""The keys that a type of Secret demands."""


def check_secret(section: Section, secret: AppSecret) -> None:
    _report_keys_written_twice(section, secret)
    _report_unused_parts(section, secret)
    _report_type(section, secret)
    _report_immutable(section, secret)
    _report_merge(section, secret)
    _report_folder_of_another_store(section, secret)


def _report_keys_written_twice(section: Section, secret: AppSecret) -> None:
    written_by: dict[str, str] = dict.fromkeys(secret.literals, "literals")
    for name in secret.templates:
        if written_by.setdefault(name, "template") == "literals":
            section.problem(
                f"literals.{name}",
                f"{shown(name)}, a key of the Secret that a template already writes",
                "one value for each key of the Secret",
                f"remove {shown(name)} from `literals`, or remove the template",
            )
    for writer, names in _named_keys(secret):
        for secret_key in names:
            first = written_by.setdefault(secret_key, writer)
            if first != writer:
                section.problem(
                    f"{writer}.secretKeys",
                    f"{shown(secret_key)}, a key of the Secret that {first} already writes",
                    "one value for each key of the Secret",
                    f"write `secretKeys: [OTHER_NAME]`, or remove {shown(secret_key)} from {first}",
                )


def _named_keys(secret: AppSecret) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What writes keys of the Secret or fields of its templates, with these."""
    for key in secret.keys:
        yield f"keys.{key.declared_as}", key.fields
    for each in secret.store_keys:
        yield f"keys.{each.entry}", each.fields
    if secret.generator:
        yield "generator", secret.generator.secret_keys


def _report_unused_parts(section: Section, secret: AppSecret) -> None:
    """A key that is not in the Secret must be read by a template."""
    for name in () if secret.templates else secret.hidden_fields:
        section.problem(
            f"keys.{name}.secretKeys",
            "an empty list, although the Secret has no template",
            "a list of strings; or an empty list, for a key that only a template reads",
            f"write `secretKeys: [{name}]`, or remove the field",
        )


def _report_type(section: Section, secret: AppSecret) -> None:
    demanded = DEMANDED.get(secret.type, ())
    for name in demanded:
        if name not in secret.written and not secret.has_unnamed_keys:
            section.problem(
                "type",
                f"{secret.type}, although the Secret has no key {name}",
                f"a Secret with {'the keys' if len(demanded) > 1 else 'the key'} {' and '.join(demanded)}",
                f"write `secretKeys: [{name}]` for the key with that value, or another `type`",
            )


def _report_immutable(section: Section, secret: AppSecret) -> None:
    if not secret.immutable:
        return
    if secret.merges:
        section.problem(
            "immutable",
            f"true, although `creationPolicy` is {secret.creation_policy}",
            "false: others own the Secret",
            "remove one of them",
        )
    for key in secret.keys:
        if not key.immutable and not isinstance(key.source, Manual):
            section.problem(
                f"keys.{key.declared_as}.immutable",
                "false, although the Secret is immutable and can get no new value",
                "true",
                "write `immutable: true` for the key, or remove it from the Secret",
            )


def _report_merge(section: Section, secret: AppSecret) -> None:
    if not secret.merges:
        return
    expected = "Owner or Orphan: "
    if secret.has_unnamed_keys:
        found, expected = "dataFrom", f"{expected}a key of the folder could replace a value that somebody else wrote"
    elif secret.generator:
        found, expected = "generator", f"{expected}a new value could replace one that somebody else wrote"
    else:
        return
    section.problem(
        "creationPolicy", f"{secret.creation_policy}, although `{found}` is set", expected, "remove one of them"
    )


def _report_folder_of_another_store(section: Section, secret: AppSecret) -> None:
    if secret.other_store and "folder" in section.fields:
        found = f"a value, although the keys come from the {secret.other_store.origin}"
        section.problem("folder", found, "no value: only Infisical has folders", "remove `folder` or `store`")
