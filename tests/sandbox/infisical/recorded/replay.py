"""
The recorded exchanges, sent to fakes one after another.

`BETWEEN` repeats what happened between the exchanges: restarts with different keys, waiting, and calls that were not
recorded.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.infisical import FakeInfisical
from tests.sandbox.infisical.client import Answer, send
from tests.sandbox.infisical.databases import FakesDatabase
from tests.sandbox.infisical.recorded.compare import differences
from tests.sandbox.infisical.recorded.exchange import Exchange, exchanges
from tests.sandbox.infisical.recorded.names import Names, claims
from tooling.errors import StartError

KEPT_HEADERS = ("User-Agent", "If-None-Match")
# These were recorded on a second, fresh server.
FRESH = range(232, 250)
FRESH_ADMIN = {"email": "a0@homelab.test", "password": "a", "organization": "homelab"}


@dataclass
class Replay:
    """Two fake servers, as in the recording, and their known names. `database` is that of the main one."""

    database: FakesDatabase
    main: FakeInfisical
    fresh: FakeInfisical
    names: Names
    admin: str = ""
    current: Exchange | None = None

    def run(self) -> dict[int, list[str]]:
        """Return the differences by the number of the exchange."""
        return {exchange.number: self._one(exchange) for exchange in exchanges()}

    def _one(self, exchange: Exchange) -> list[str]:
        self.current = exchange
        if prepare := BETWEEN.get(exchange.number):
            prepare(self)
        url = (self.fresh if exchange.number in FRESH else self.main).url
        headers = {name: value for name, value in exchange.headers.items() if name in KEPT_HEADERS}
        if "If-None-Match" in headers:
            headers["If-None-Match"] = self._tag(exchange, url)
        path, body = self.names.present(exchange.path), self.names.present_json(exchange.body)
        answer = send(url, exchange.method, path, body, token=self._token(exchange, url), headers=headers)
        found = differences(exchange, answer, self.names)
        if exchange.number == 5:
            self.admin = answer.body["identity"]["credentials"]["token"]
        return found

    def _token(self, exchange: Exchange, url: str) -> str | None:
        """Return the current token; logs in now if the login was not recorded."""
        recorded = exchange.headers.get("Authorization", "").removeprefix("Bearer ")
        if recorded.count(".") == 2 and not self.names.known(recorded):
            said = claims(recorded)
            login = next(
                each.body
                for each in exchanges()
                if each.path.endswith("universal-auth/login")
                and each.status == 200
                and claims(each.answer["accessToken"])["clientSecretId"] == said["clientSecretId"]
            )
            answer = send(url, "POST", "/api/v1/auth/universal-auth/login", self.names.present_json(login))
            assert answer.status == 200, f"the login before {exchange.name} was refused"
            self.names.learn(recorded, answer.body["accessToken"])
        return self.names.present(recorded) or None

    def _tag(self, exchange: Exchange, url: str) -> str:
        """Return the tag of the same request without a condition."""
        answer = send(url, exchange.method, self.names.present(exchange.path), token=self._token(exchange, url))
        return answer.headers["etag"]

    def as_admin(self, method: str, path: str, body: object = None) -> Any:
        """Send a call that was not recorded, with the recorded names."""
        answer: Answer = send(
            self.main.url, method, self.names.present(path), self.names.present_json(body), token=self.admin
        )
        assert answer.status == 200, f"{method} {path} before {self.current}: {answer.status} {answer.body}"
        return answer.body

    @property
    def project(self) -> str:
        """Return the recorded id of the project `homelab`."""
        recorded: str = next(each for each in exchanges() if each.number == 18).answer["project"]["id"]
        return recorded


def _forget_max_age(replay: Replay) -> None:
    replay.main.restart(bootstrap_token_max_age=None)


def _wait(seconds: float) -> Callable[[Replay], None]:
    return lambda replay: replay.main.advance(seconds)


def _sdk_identity(replay: Replay) -> None:
    """The identity that the SDK logged in with: a member of the project."""
    login = next(each for each in exchanges() if each.number == 179)
    said = claims(login.answer["accessToken"])
    organization = next(each for each in exchanges() if each.number == 5).answer["organization"]["id"]
    made = replay.as_admin("POST", "/api/v1/identities", {"name": said["identityName"], "organizationId": organization})
    identity = made["identity"]["id"]
    replay.names.learn(said["identityId"], identity)
    base = f"/api/v1/auth/universal-auth/identities/{identity}"
    terms = {"accessTokenTTL": said["accessTokenTTL"], "accessTokenMaxTTL": said["accessTokenMaxTTL"]}
    universal_auth = replay.as_admin("POST", base, terms)["identityUniversalAuth"]
    replay.names.learn(login.body["clientId"], universal_auth["clientId"])
    secret = replay.as_admin("POST", f"{base}/client-secrets", {})
    replay.names.learn(login.body["clientSecret"], secret["clientSecret"])
    member = f"/api/v1/projects/{replay.project}/memberships/identities/{identity}"
    replay.as_admin("POST", member, {"role": "member"})


def _rotate_auth_secret(replay: Replay) -> None:
    replay.main.restart(bootstrap_token_max_age=None, auth_secret="another-secret-that-signs-the-tokens")


def _original_keys(replay: Replay) -> None:
    replay.main.restart(bootstrap_token_max_age=None)


def _dump_drop_restore(replay: Replay) -> None:
    replay.main.stop()
    replay.database.restore(replay.main, replay.database.dump(replay.main))
    replay.main.start()


def _wrong_key_first(replay: Replay) -> None:
    replay.main.stop()
    with pytest.raises(StartError, match="did not start"):
        replay.main.start(encryption_key="0" * 32)
    replay.main.start()


def _bootstrap_fresh(replay: Replay) -> None:
    made = send(replay.fresh.url, "POST", "/api/v1/admin/bootstrap", FRESH_ADMIN).body
    recorded = {each.number: each for each in exchanges()}
    token = recorded[232].headers["Authorization"].removeprefix("Bearer ")
    replay.names.learn(token, made["identity"]["credentials"]["token"])
    replay.names.learn(claims(token)["identityId"], made["identity"]["id"])
    replay.names.learn(recorded[234].body["organizationId"], made["organization"]["id"])


def _delete(*names: str) -> Callable[[Replay], None]:
    def delete(replay: Replay) -> None:
        for name in names:
            body = {"projectId": replay.project, "environment": "prod", "secretPath": "/"}
            replay.as_admin("DELETE", f"/api/v4/secrets/{name}", body)

    return delete


def _change_api_key(replay: Replay) -> None:
    value = next(each for each in exchanges() if each.number == 284).answer["secret"]["secretValue"]
    body = {"projectId": replay.project, "environment": "prod", "secretPath": "/", "secretValue": value}
    replay.as_admin("PATCH", "/api/v4/secrets/API_KEY", body)


BETWEEN: dict[int, Callable[[Replay], None]] = {
    14: _forget_max_age,
    165: _wait(3),
    169: _wait(30),
    176: _wait(15),
    179: _sdk_identity,
    191: _wait(30),
    213: _rotate_auth_secret,
    219: _original_keys,
    225: _dump_drop_restore,
    231: _wrong_key_first,
    232: _bootstrap_fresh,
    266: _delete("BY_VIEWER", "EXTRA_FIELD"),
    283: _change_api_key,
}


@contextlib.contextmanager
def replayed(database: FakesDatabase, of_the_fresh: FakesDatabase) -> Iterator[dict[int, list[str]]]:
    """
    Replay everything on fake servers whose clocks advance only by the waiting of the recording.

    :param database: of the first server
    :param of_the_fresh: of the second one
    """
    with FakeInfisical(database=database.uri) as main, FakeInfisical(database=of_the_fresh.uri) as fresh:
        main.hold_clock()
        fresh.hold_clock()
        yield Replay(database, main, fresh, Names()).run()
