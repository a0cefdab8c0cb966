"""
Calls that the real engine made to the official plugins, with their answers: the contract of the Python plugins.

Each folder next to this file holds one plugin's calls: `<run>-<step>.jsonl`, one call per line, in order:
`method` (`Service/Method`), `request` and `response` as protobuf-JSON, `errors` where the call failed.
Values are throw-away, but secrets by nature: nothing here shows one, ids and reprs included.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from pulumi.runtime.proto import language_pb2, provider_pb2

SERVICES = {
    "LanguageRuntime": language_pb2.DESCRIPTOR.services_by_name["LanguageRuntime"],
    "ResourceProvider": provider_pb2.DESCRIPTOR.services_by_name["ResourceProvider"],
}

ERROR = re.compile(r"rpc error: code = (\w+) desc = (.*)", re.DOTALL)


@dataclass(frozen=True)
class Call:
    """
    One recorded call.

    `response` is None where the call failed; `errors` then says how, in Go's words
    (`rpc error: code = Unimplemented desc = …`). `provider` is None for the language host.
    """

    id: str
    service: str
    method: str
    provider: str | None
    request: Message = field(repr=False)
    response: Message | None = field(repr=False)
    errors: tuple[str, ...] = field(repr=False)

    @property
    def error(self) -> tuple[str, str] | None:
        """The failure's gRPC code (as Go spells it: `Unimplemented`) and text, or None."""
        if not self.errors:
            return None
        found = ERROR.fullmatch(self.errors[0])
        assert found, f"{self.id}: not a gRPC error"
        return found[1], found[2]


@cache
def load(plugin: str) -> list[Call]:
    """All calls of one plugin's recordings, in order; for `pytest.mark.parametrize("call", …, ids=lambda c: c.id)`."""
    folder = Path(__file__).parent / plugin
    calls = [
        _call(json.loads(line), f"{file.stem}:{number}")
        for file in sorted(folder.glob("*.jsonl"))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
    ]
    assert calls, f"{folder} holds no *.jsonl"
    return calls


def _call(record: dict[str, Any], place: str) -> Call:
    service, method = record["method"].split("/")
    described: MethodDescriptor = SERVICES[service].methods_by_name[method]
    response = record.get("response")
    name = record["request"].get("name", "")
    return Call(
        id=f"{place}-{method}" + (f"-{name}" if name else ""),
        service=service,
        method=method,
        provider=record.get("provider"),
        request=_message(described.input_type, record["request"]),
        # A null response is a failed call; an empty one is an empty message.
        response=None if response is None else _message(described.output_type, response),
        errors=tuple(record.get("errors", ())),
    )


def _message(descriptor: Descriptor, record: dict[str, Any]) -> Message:
    message: Message = GetMessageClass(descriptor)()
    return json_format.ParseDict(record, message)
