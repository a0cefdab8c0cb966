"""Maps recorded ids, tokens and secrets to those of the fake, which are new in each run."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
SECRET = re.compile(r"[0-9a-f]{64}")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
REQUEST_ID = re.compile(r"req-\w{14}")
RANDOM_SLUG = re.compile(r"(homelab|no-envs|cert-manager)-[a-z0-9-]{4,5}")
_KNOWN = re.compile("|".join(each.pattern for each in (TOKEN, SECRET, UUID)))


class Names:
    """Maps recorded names to current names, one to one."""

    def __init__(self) -> None:
        self._present: dict[str, str] = {}

    def known(self, recorded: str) -> bool:
        return recorded in self._present

    def learn(self, recorded: str, present: str) -> bool:
        """Add a pair. False if one of the two is already in a different pair."""
        if self._present.get(recorded, present) != present:
            return False
        taken = recorded not in self._present and present in self._present.values()
        self._present[recorded] = present
        return not taken

    def present(self, text: str) -> str:
        """Return the text with every known recorded name replaced."""
        return _KNOWN.sub(lambda match: self._present.get(match[0], match[0]), self._present.get(text, text))

    def present_json(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.present(value)
        if isinstance(value, list):
            return [self.present_json(each) for each in value]
        if isinstance(value, dict):
            return {key: self.present_json(each) for key, each in value.items()}
        return value


def claims(token: str) -> dict[str, Any]:
    """Return the payload of a JWT."""
    payload = token.split(".")[1]
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return said
