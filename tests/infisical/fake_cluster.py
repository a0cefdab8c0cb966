"""The fake Kubernetes API: in memory, over real HTTP. And a fake operator that a test controls."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

Object = dict[str, Any]

NAMESPACE, NAME = "monitoring", "grafana-secret"
EXTERNAL_SECRET = f"/apis/external-secrets.io/v1/namespaces/{NAMESPACE}/externalsecrets/{NAME}"
STORE = "/apis/external-secrets.io/v1/clustersecretstores/infisical"
SECRET = f"/api/v1/namespaces/{NAMESPACE}/secrets/{NAME}"
TOKEN = "kubeconfig-token-throw-away"

EXTERNAL_SECRETS = "/apis/external-secrets.io/v1/externalsecrets"
STORES = "/apis/external-secrets.io/v1/clustersecretstores"
SECRETS = "/api/v1/secrets"
COLLECTIONS = (EXTERNAL_SECRETS, STORES, SECRETS)

MANAGED = {"reconcile.external-secrets.io/managed": "true"}
"""The label of the Secrets that the operator has written."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    body: Any = field(repr=False)


class FakeCluster:
    """
    It answers with `objects` by path, with 403 for the paths in `refused`, and with 503 for the next `busy` requests.
    A list has the objects of all namespaces.
    The objects in `finalized` stay when they are deleted.

    `on_annotate` is called with the path of each object right after it was patched.
    """

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.events: list[Object] = []
        self.refused: set[str] = set()
        self.finalized: set[str] = set()
        self.busy = 0
        self.requests: list[Request] = []
        self.on_annotate: Callable[[str], None] = lambda path: None
        self.answers = threading.Event()
        self.answers.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def kubeconfig(self) -> str:
        """Its content, as JSON."""
        return json.dumps(
            {
                "current-context": "fake",
                "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
                "clusters": [{"name": "fake", "cluster": {"server": self.url}}],
                "users": [{"name": "fake", "user": {"token": TOKEN}}],
            }
        )

    @property
    def writes(self) -> list[Request]:
        return [request for request in self.requests if request.method != "GET"]

    def hang(self) -> None:
        """Stop answering."""
        self.answers.clear()

    def warn(self, kind: str, name: str, message: str, time: str = "2026-11-22T06:00:00Z") -> None:
        """Add a warning event."""
        about = {"kind": kind, "name": name}
        event = {"involvedObject": about, "type": "Warning", "reason": "UpdateFailed", "message": message}
        self.events.append({**event, "lastTimestamp": time})

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self.answers.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Request) -> tuple[int, Object]:
        self.requests.append(request)
        if self.busy:
            self.busy -= 1
            return 503, {"kind": "Status", "reason": "ServiceUnavailable", "message": "the server is shutting down"}
        if request.path in self.refused:
            message = f"user cannot {request.method.lower()} this"
            return 403, {"kind": "Status", "reason": "Forbidden", "message": message}
        if request.path.endswith("/events"):
            fields = dict(part.split("=", 1) for part in request.query["fieldSelector"].split(","))
            wanted = {"kind": fields["involvedObject.kind"], "name": fields["involvedObject.name"]}
            return 200, {"items": [event for event in self.events if event["involvedObject"] == wanted]}
        if request.path in COLLECTIONS:
            return 200, {"items": self._listed(request)}
        found = self.objects.get(request.path)
        if found is None:
            return 404, {"kind": "Status", "reason": "NotFound", "message": "not found"}
        if request.method == "DELETE":
            if request.path not in self.finalized:
                del self.objects[request.path]
            return 200, found
        if request.method == "PATCH":
            _merge(found, request.body)
            self.on_annotate(request.path)
        return 200, found

    def _listed(self, request: Request) -> list[Object]:
        group, _, plural = request.path.rpartition("/")
        selected = dict(part.split("=", 1) for part in request.query.get("labelSelector", "").split(",") if part)
        items = []
        for path, found in self.objects.items():
            place = re.fullmatch(f"{re.escape(group)}/(?:namespaces/([^/]+)/)?{plural}/([^/]+)", path)
            labels = found.get("metadata", {}).get("labels", {})
            if place and selected.items() <= labels.items():
                namespace = {"namespace": place[1]} if place[1] else {}
                items.append({**found, "metadata": {**found.get("metadata", {}), "name": place[2], **namespace}})
        return items

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        cluster = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # An answer in several writes waits for the client's delayed acknowledgement.
            wbufsize = -1

            def handle_one(self) -> None:
                cluster.answers.wait()
                address = urlsplit(self.path)
                query = {key: found[0] for key, found in parse_qs(address.query).items()}
                length = int(self.headers.get("content-length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                if self.headers.get("authorization") != f"Bearer {TOKEN}":
                    status, answer = 401, {"kind": "Status", "reason": "Unauthorized", "message": "who are you"}
                else:
                    status, answer = cluster.answer(Request(self.command, address.path, query, body))
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PATCH = do_DELETE = handle_one

            def log_message(self, format: str, *arguments: object) -> None:
                """Keep stderr clean."""

        return Handler


def _merge(found: Object, patch: Object) -> None:
    for key, value in patch.items():
        if isinstance(value, dict):
            _merge(found.setdefault(key, {}), value)
        else:
            found[key] = value


def condition(status: str, reason: str, message: str) -> Object:
    return {"conditions": [{"type": "Ready", "status": status, "reason": reason, "message": message}]}


READY = condition("True", "SecretSynced", "secret synced")
FAILED = condition("False", "SecretSyncedError", "could not get secret data from provider")


class FakeOperator:
    """
    Syncs `values` into the Secret whenever the ExternalSecret is annotated, or fails if `fails` is set.

    It starts with an ExternalSecret of generation 1 that was never synced, and with a store that is Ready.
    """

    def __init__(self, cluster: FakeCluster, values: dict[str, str]) -> None:
        self.cluster = cluster
        self.values = values
        self.fails = False
        self.heals_store = False
        self.syncs = 0
        spec = {"secretStoreRef": {"kind": "ClusterSecretStore", "name": "infisical"}}
        cluster.objects[EXTERNAL_SECRET] = {"metadata": {"name": NAME, "generation": 1}, "spec": spec}
        cluster.objects[STORE] = {
            "metadata": {"name": "infisical"},
            "status": condition("True", "Valid", "store validated"),
        }
        cluster.on_annotate = self.act

    @property
    def external_secret(self) -> Object:
        return self.cluster.objects[EXTERNAL_SECRET]

    def act(self, path: str) -> None:
        if path == STORE:
            if self.heals_store:
                self.store(True)
            return
        if self.fails:
            self.external_secret["status"] = {**self.external_secret.get("status", {}), **FAILED}
            return
        self.sync()

    def sync(self) -> None:
        self.syncs += 1
        generation = self.external_secret["metadata"]["generation"]
        synced = {"syncedResourceVersion": f"{generation}-{self.syncs:04x}", "refreshTime": "2026-11-22T06:00:00Z"}
        self.external_secret["status"] = {**READY, **synced}
        self.hold(self.values)

    def hold(self, values: dict[str, str]) -> None:
        """Create the Secret with these values."""
        data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
        self.cluster.objects[SECRET] = {"metadata": {"name": NAME, "labels": MANAGED}, "data": data}

    def store(self, ready: bool, message: str = "unable to validate store") -> None:
        status = (
            condition("True", "Valid", "store validated")
            if ready
            else condition("False", "InvalidProviderConfig", message)
        )
        self.cluster.objects[STORE]["status"] = status
