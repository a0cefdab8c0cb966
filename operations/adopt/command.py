"""
Writes the declaration of ExternalSecrets that exist, in YAML files or in the cluster.

With --from-terraform, it takes over an installation of Infisical that Terraform made. With --from-infisical, it takes
over an Infisical that somebody set up in its UI.

It prints what becomes of each ExternalSecret and the diff of the files, asks, and then writes. It changes nothing in
the cluster and in Infisical: `pulumi preview` shows what the program would do. Without --with-differences, it leaves
out each ExternalSecret for which the program would apply something else.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from declaration import PROJECT, DeclarationError, Problem, parse_store
from infisical.api.errors import InfisicalError
from operations.adopt.adoption import Adoption
from operations.adopt.content.stores import Scope, Stores, declared_store, found_stores, most_read
from operations.adopt.infisical.command import OPTIONS, adopt_from_infisical
from operations.adopt.objects import STORES, Inputs, entries, mapping
from operations.adopt.reading.files import read_files
from operations.adopt.reading.live import read_cluster
from operations.adopt.report import as_json, as_text, summary
from operations.adopt.writing.changes import Change, plan, write
from operations.adopt.writing.declared import DEFAULT, STORE, Declared, read_declared
from operations.clusters import access_in, kubectl_for
from operations.errors import OperationError
from operations.questions import confirmed
from tooling.errors import ToolingError

NAME: Final = "python -m operations adopt"
_PATHS: Final = (
    "a YAML file, or a folder with YAML files; with --from-terraform, terraform.tfvars and terraform.tfstate"
)
NOT_ALL, STOP, INTERRUPTED = 1, 2, 130


def main(arguments: list[str]) -> int:
    """
    Return the exit code: 0, 1 if something was not adopted, 2 for an error, 130 when interrupted.
    """
    parser = _parser()
    asked = parser.parse_args(arguments)
    if wrong := _wrong(asked):
        parser.error(wrong)
    try:
        if asked.from_terraform:
            # Its reader of HCL takes long to import.
            from operations.adopt.terraform.command import adopt_from_terraform

            return adopt_from_terraform(asked)
        return adopt_from_infisical(asked) if asked.from_infisical else _adopt(asked)
    except (OperationError, ToolingError, DeclarationError, InfisicalError) as error:
        print(f"error: {error}", file=sys.stderr)
        return STOP
    except KeyboardInterrupt:
        print("Interrupted. Run the command again to continue.", file=sys.stderr)
        return INTERRUPTED


def _wrong(asked: argparse.Namespace) -> str:
    """What is wrong with the options; empty if nothing is."""
    others = (asked.live, asked.secrets, asked.namespace, asked.to, asked.inline, asked.with_differences)
    if asked.from_terraform and any(others):
        return "--from-terraform has none of the options for ExternalSecrets"
    if asked.from_infisical and any((*others, asked.paths, asked.from_terraform)):
        return "--from-infisical reads Infisical only: leave out paths and the options of the other forms"
    if not asked.from_terraform and (asked.use_cluster or asked.url):
        return "--use-cluster and --url need --from-terraform"
    if not asked.from_infisical and any(getattr(asked, name) for name in OPTIONS):
        return "--project-slug, --environment, --operator and --identity need --from-infisical"
    if not (asked.from_terraform or asked.from_infisical) and bool(asked.paths) == asked.live:
        return "name files or folders, or use --live, --from-terraform or --from-infisical"
    if asked.secrets and not asked.live:
        return "--secrets needs --live: a file with a Secret holds its values"
    return ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=NAME, description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help=_PATHS)
    parser.add_argument("--live", action="store_true", help="read the cluster of the stack instead of files")
    parser.add_argument(
        "--namespace",
        action="append",
        default=[],
        metavar="NAME",
        help="only ExternalSecrets of this namespace; repeatable",
    )
    parser.add_argument("--from-terraform", action="store_true", help="take over what Terraform installed")
    parser.add_argument(
        "--use-cluster", action="store_true", help="take the values of the cluster where those of Terraform differ"
    )
    parser.add_argument("--url", default="", help="the address of Infisical, if nothing else names it")
    parser.add_argument("--from-infisical", action="store_true", help="take over an Infisical that exists")
    parser.add_argument("--project-slug", default="", metavar="SLUG", help="the project in Infisical")
    parser.add_argument("--environment", default="", metavar="SLUG", help="the environment of the project")
    parser.add_argument("--operator", default="", metavar="NAME", help="the existing identity that the operator gets")
    parser.add_argument("--identity", type=Path, metavar="FILE", help="a file with the login of a machine identity")
    parser.add_argument("--secrets", action="store_true", help="also adopt Secrets made by hand; needs --live")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--to", metavar="FOLDER", help="write each app to a file in this folder of the project")
    place.add_argument("--inline", action="store_true", help="write the apps to the stack file")
    parser.add_argument("--project", type=Path, default=Path(), help="the folder with Pulumi.yaml (default: this one)")
    parser.add_argument("--stack", default="homelab", help="whose stack file to write (default: homelab)")
    parser.add_argument(
        "--with-differences", action="store_true", help="also write what the program would apply differently"
    )
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    parser.add_argument("--yes", action="store_true", help="write without a question")
    parser.add_argument("--json", action="store_true", help="print JSON, and ask nothing")
    return parser


def _adopt(asked: argparse.Namespace) -> int:
    declared = read_declared(asked.project, asked.stack)
    inputs = _inputs(asked, declared)
    stores = found_stores(inputs.stores, declared.store, declared.addresses)
    new_store = None if declared.store else _new_store(inputs, stores)
    store = declared.store or _parsed(new_store)
    if inputs.secrets and not (declared.store or new_store):
        what = "Secrets cannot be adopted without a store"
        fix = f"declare {STORE} in {declared.file.name}, then run the command again"
        raise OperationError(what, found=f"no {STORE}, and no store of an Infisical in the cluster", fix=fix)
    adoption = Adoption(
        declared,
        store,
        stores,
        inputs.external_secrets,
        by_hand=inputs.secrets,
        with_differences=asked.with_differences,
    )
    changes = plan(declared, adoption.apps, new_store, to=asked.to, inline=asked.inline)
    results, unread = adoption.results, inputs.unread
    is_complete = not unread and all(each.result in ("adopted", "declared") for each in results)
    if not asked.json:
        diffs = [change.diff(asked.project) for change in changes]
        print("\n\n".join([as_text(results, unread), *diffs, summary(results, unread)]), flush=True)
    written = bool(changes) and not asked.dry_run and (asked.yes or (not asked.json and _confirmed(changes)))
    if written:
        write(changes)
    if asked.json:
        print(json.dumps(as_json(results, unread, changes, asked.project, written=written), indent=2))
    elif written:
        print(_next(declared))
    elif changes:
        print("Nothing was written.")
    is_written = written or asked.dry_run or not changes
    return 0 if is_complete and is_written else NOT_ALL


def _inputs(asked: argparse.Namespace, declared: Declared) -> Inputs:
    if asked.live:
        with kubectl_for(*access_in(declared.config)) as kubectl:
            return read_cluster(kubectl, asked.namespace, secrets=asked.secrets)
    inputs = read_files(asked.paths)
    if asked.namespace:
        inputs.external_secrets = [each for each in inputs.external_secrets if each.namespace in asked.namespace]
    return inputs


def _new_store(inputs: Inputs, stores: Stores) -> dict[str, Any] | None:
    """`homelab:store` for the store that most ExternalSecrets read; None if none of them reads an Infisical."""
    read: list[Scope] = []
    for found in inputs.external_secrets:
        spec = mapping(found.content.get("spec"))
        sources = [mapping(each).get("sourceRef") for name in ("data", "dataFrom") for each in entries(spec.get(name))]
        references = [spec.get("secretStoreRef"), *(mapping(source).get("storeRef") for source in sources)]
        read += [stores.scope(reference, found.namespace)[1] for reference in references if reference]
    chosen = most_read(read)
    taken = {each.name for each in inputs.stores if each.kind == STORES[0]}
    return declared_store(chosen, taken) if chosen else None


def _parsed(store: dict[str, Any] | None) -> Any:
    problems: list[Problem] = []
    if store is None:
        return DEFAULT
    parsed = parse_store(STORE, store, problems)
    if problems:
        what = "The store that most ExternalSecrets read cannot be declared"
        fix = f"declare {STORE} in the stack file, then run the command again"
        raise OperationError(what, found="\n".join(f"{each.path}: {each.found}" for each in problems), fix=fix)
    return parsed


def _confirmed(changes: Sequence[Change]) -> bool:
    files = "1 file" if len(changes) == 1 else f"{len(changes)} files"
    return confirmed(f"Write {files}?")


def _next(declared: Declared) -> str:
    missing = f"{PROJECT}:infisical" not in declared.config
    add = f"add {PROJECT}:infisical to {declared.file.name} (docs/reference/declaration.md), then " * missing
    return f"Written. Next: {add}run `pulumi preview`."
