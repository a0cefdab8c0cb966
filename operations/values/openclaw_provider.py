"""
Answers OpenClaw's exec provider protocol: the request is JSON on stdin, the answer JSON on stdout.

An id is the name of a declared key, or `app/NAME` if several folders hold that name. What fails is in `errors` of the
answer, by id, without a value.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any, Final

from operations.errors import OperationError
from operations.stack import Stack
from operations.values.access.login import find_access
from operations.values.access.server import Infisical
from operations.values.options import FAILURES, add_options, declared, reported
from operations.values.scope import Scope

NAME: Final = "python -m operations openclaw-provider"
PROTOCOL: Final = 1
_EXAMPLE: Final = '{"protocolVersion": 1, "provider": "infisical", "ids": ["KEY"]}'


def main(arguments: list[str]) -> int:
    """Return the exit code: 0 for an answer, even one with errors; 2 for a request that cannot be read."""
    parser = argparse.ArgumentParser(prog=NAME, description=__doc__)
    add_options(parser)
    asked = parser.parse_args(arguments)
    return reported(lambda: _answer(asked))


def _answer(asked: argparse.Namespace) -> int:
    ids = _ids(sys.stdin.read())
    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    if ids:
        try:
            values, errors = _resolved(asked, ids)
        except FAILURES as error:
            errors = dict.fromkeys(ids, str(error))
    answer: dict[str, Any] = {"protocolVersion": PROTOCOL, "values": values}
    if errors:
        answer["errors"] = {name: {"message": message} for name, message in errors.items()}
    print(json.dumps(answer), flush=True)
    return 0


def _ids(text: str) -> list[str]:
    what = "The request on stdin cannot be answered"
    try:
        request = json.loads(text)
    except ValueError:
        fix = "let OpenClaw start this command as an exec provider"
        raise OperationError(what, found="no JSON", expected=_EXAMPLE, fix=fix) from None
    version = request.get("protocolVersion") if isinstance(request, dict) else None
    if version != PROTOCOL or isinstance(version, bool):
        fix = "use an OpenClaw that speaks this protocol"
        raise OperationError(what, found="no protocolVersion 1", expected=_EXAMPLE, fix=fix)
    ids = request.get("ids")
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        fix = "use an OpenClaw that speaks this protocol"
        raise OperationError(what, found="no list of ids", expected=_EXAMPLE, fix=fix)
    return list(dict.fromkeys(ids))


def _resolved(asked: argparse.Namespace, ids: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    homelab = declared(asked)
    scope = Scope.of(homelab, asked.app)
    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    found = {each: scope.find(each) for each in ids}
    keys = {each: keys[0] for each, keys in found.items() if len(keys) == 1}
    for each in ids:
        if len(found[each]) > 1:
            errors[each] = f"several folders hold this name; use one of {', '.join(key.label for key in found[each])}"
        elif not found[each]:
            errors[each] = f"{homelab.source} declares no such key{f' for {asked.app}' if asked.app else ''}"
    if keys:
        access = find_access(homelab, lambda: Stack(asked.project, asked.stack), asked.identity, os.environ)
        served = Infisical(access, homelab).served(key.folder for key in keys.values())
        for each, key in keys.items():
            folder = served.folders[key.folder]
            value = folder.values.get(key.name)
            if key.name in folder.hidden:
                errors[each] = f"this login may not read the value of {key.address}"
            elif not value:
                errors[each] = f"no value in Infisical at {key.address}"
            else:
                values[each] = value
    return values, errors
