"""
The kubelet of a node of its own: it reports what a test says, and serves the logs of containers that never ran.

The sandbox's fake node leaves its pods alone. Statuses, messages and events have the form of
https://github.com/kubernetes/kubernetes/tree/v1.34.0/pkg/kubelet.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

from sandbox.controlplane import ControlPlane
from sandbox.controlplane.certs import KubeletCertificates
from sandbox.node.api.server import tls_of
from tests.homelab.objects import client, files_of

Object = dict[str, Any]

NODE: Final = "second-node"
STARTED, ENDED = "2026-11-30T09:00:00Z", "2026-11-30T09:00:02Z"


@dataclass
class Kubelet:
    """A context manager: its node, pods and events exist until the block ends."""

    plane: ControlPlane
    _logs: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _made: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        ports, certificates = files_of(self.plane)
        self._http = client(ports.apiserver, certificates, certificates.admin, certificates.admin_key)
        self._server = _serving(self._logs, self.plane.kubelet_certificates)
        endpoint = {"kubeletEndpoint": {"Port": self._server.server_address[1]}}
        addresses = [{"type": "InternalIP", "address": "127.0.0.1"}]
        self._make("/api/v1/nodes", {"metadata": {"name": NODE}})
        self._report(f"/api/v1/nodes/{NODE}", {"addresses": addresses, "daemonEndpoints": endpoint})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for path in reversed(self._made):
            assert self._http.delete(path, params={"gracePeriodSeconds": 0}).is_success, path
        self._server.shutdown()
        self._server.server_close()
        self._http.close()

    def runs(self, namespace: str, name: str, status: Object, log: str = "", **spec: Any) -> None:
        """
        A pod of this node, with this status.

        :param log: what its container wrote before it ended
        :param spec: of the pod; of its container: `env` and `envFrom`; of its metadata: `labels`
        """
        metadata = {"name": name, "labels": spec.pop("labels", {})}
        container: Object = {"name": "main", "image": "app"}
        container |= {key: spec.pop(key) for key in ("env", "envFrom") if key in spec}
        # A pod without a node is what the scheduler reports about.
        node = {} if _is_unscheduled(status) else {"nodeName": NODE}
        gate = {} if node else {"schedulingGates": [{"name": "example.net/nobody-binds-it"}]}
        self._logs[namespace, name] = log
        pod = {"metadata": metadata, "spec": {"containers": [container], **node, **gate, **spec}}
        self._make(f"/api/v1/namespaces/{namespace}/pods", pod)
        self._report(f"/api/v1/namespaces/{namespace}/pods/{name}", status)

    def warns(self, namespace: str, name: str, reason: str, message: str) -> None:
        """An event about a pod."""
        about = {"apiVersion": "v1", "kind": "Pod", "namespace": namespace, "name": name}
        seen = {"firstTimestamp": STARTED, "lastTimestamp": ENDED, "count": 3, "source": {"component": "kubelet"}}
        said = {"type": "Warning", "reason": reason, "message": message}
        event = {"metadata": {"name": f"{name}.17a"}, "involvedObject": about, **said, **seen}
        self._make(f"/api/v1/namespaces/{namespace}/events", event)

    def _make(self, collection: str, body: Object) -> None:
        answer = self._http.post(collection, json=body)
        assert answer.is_success, f"POST {collection}: {answer.status_code} {answer.text}"
        self._made.append(f"{collection}/{body['metadata']['name']}")

    def _report(self, path: str, status: Object) -> None:
        """As the kubelet: with a strategic merge patch."""
        kind = {"content-type": "application/strategic-merge-patch+json"}
        answer = self._http.patch(f"{path}/status", json={"status": status}, headers=kind)
        assert answer.is_success, f"PATCH {path}/status: {answer.status_code} {answer.text}"


def crashing(exit_code: int = 1) -> Object:
    """
    The status of a pod whose container ends again and again.

    Without `terminationMessagePolicy: FallbackToLogsOnError`, the kubelet reports no word of its log.
    """
    back_off = "back-off 40s restarting failed container=main pod=infisical-x"
    ended = {"exitCode": exit_code, "reason": "Error", "startedAt": STARTED, "finishedAt": ENDED}
    return _unready(
        "Running",
        "containers with unready status: [main]",
        state={"waiting": {"reason": "CrashLoopBackOff", "message": back_off}},
        lastState={"terminated": ended},
        restartCount=3,
    )


def waiting(reason: str, message: str = "") -> Object:
    """The status of a pod whose container was never created."""
    words = {"message": message} if message else {}
    return _unready(
        "Pending",
        "containers with unready status: [main]",
        state={"waiting": {"reason": reason, **words}},
        restartCount=0,
    )


def unscheduled(message: str) -> Object:
    """The status that the scheduler gives a pod that fits nowhere."""
    return {
        "phase": "Pending",
        "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}],
    }


def _unready(phase: str, message: str, **container: Any) -> Object:
    about = {"name": "main", "image": "app", "imageID": "", "ready": False, "started": False}
    ready = {"type": "Ready", "status": "False", "reason": "ContainersNotReady", "message": message}
    return {"phase": phase, "conditions": [ready], "containerStatuses": [{**about, **container}]}


def _is_unscheduled(status: Object) -> bool:
    conditions: Sequence[Object] = status.get("conditions") or ()
    return any(each["type"] == "PodScheduled" and each["status"] == "False" for each in conditions)


def _serving(logs: dict[tuple[str, str], str], certificates: KubeletCertificates) -> ThreadingHTTPServer:
    """The part of the kubelet's server that the API server asks for logs, over TLS as there."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            _, route, namespace, pod, _container = address.path.split("/")
            assert route == "containerLogs"
            last = int(parse_qs(address.query).get("tailLines", ["1000"])[0])
            lines = logs[namespace, pod].splitlines(keepends=True)[-last:]
            body = "".join(lines).encode()
            self.send_response(HTTPStatus.OK)
            self.send_header("content-type", "text/plain")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    context = tls_of(certificates.ca, certificates.kubelet, certificates.kubelet_key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server
