"""The fake GitHub: the API that the comment needs. It records each request and its token."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "owner/homelab"
WRITER = "github-actions[bot]"


def packed(text: str | bytes, name: str = "report.md") -> bytes:
    """An artifact with one file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return content.getvalue()


def pull(number: int, repository: str, branch: str, sha: str) -> dict[str, Any]:
    """An open pull request into main."""
    owner = repository.split("/")[0]
    head = {"ref": branch, "sha": sha, "label": f"{owner}:{branch}", "repo": {"full_name": repository}}
    return {"number": number, "state": "open", "base": {"ref": "main"}, "head": head}


@dataclass
class FakeGitHub:
    """
    Its data: open pull requests, artifacts by run id, comments by pull request.

    `requests` has the method and path of each request, in order; `tokens` has the path and the token of each. When
    `failure` is set, every response has that status.
    """

    pulls: list[dict[str, Any]] = field(default_factory=list)
    artifacts: dict[str, list[bytes]] = field(default_factory=dict)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    tokens: list[tuple[str, str | None]] = field(default_factory=list)
    failure: int | None = None
    url: str = ""

    def comment(self, number: int, body: str, login: str = WRITER) -> None:
        """Add a comment to a pull request."""
        new = {"id": 1000 * number + len(self.comments.get(number, [])), "user": {"login": login}, "body": body}
        self.comments.setdefault(number, []).append(new)

    @property
    def written(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path in self.requests if method != "GET"]

    def answer(self, method: str, path: str, query: dict[str, str], content: dict[str, Any]) -> Any:
        parts = path.removeprefix(f"/repos/{REPOSITORY}/").split("/")
        match method, parts:
            case "GET", ["pulls"]:
                # Like GitHub, ignore a `head` that is not `owner:branch`.
                head = query["head"] if all(query["head"].split(":", 1)) else None
                return [each for each in self.pulls if head in (None, each["head"]["label"])]
            case "GET", ["actions", "runs", run, "artifacts"]:
                listed = enumerate(self.artifacts.get(run, []))
                found = [{"id": int(run) * 10 + at, "name": query["name"], "expired": False} for at, _ in listed]
                return {"total_count": len(found), "artifacts": found}
            case "GET", ["storage", artifact]:
                return self.artifacts[artifact[:-1]][int(artifact[-1])]
            case "GET", ["issues", number, "comments"]:
                size, page = int(query["per_page"]), int(query["page"])
                return self.comments.get(int(number), [])[(page - 1) * size : page * size]
            case "POST", ["issues", number, "comments"]:
                self.comment(int(number), content["body"])
                return {}
            case "PATCH", ["issues", "comments", edited]:
                for each in (each for under in self.comments.values() for each in under):
                    if each["id"] == int(edited):
                        each["body"] = content["body"]
                return {}
        unknown = f"{method} {path} is not part of the fake GitHub"
        raise AssertionError(unknown)


def _handler(github: FakeGitHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            target = urlsplit(self.path)
            github.requests.append((self.command, target.path))
            github.tokens.append((target.path, self.headers["Authorization"]))
            content = self.rfile.read(int(self.headers["Content-Length"] or 0))
            if github.failure:
                return self._send(github.failure, b'{"message": "no"}')
            if target.path.endswith("/zip"):
                artifact = target.path.split("/")[-2]
                return self._send(302, b"", location=f"{github.url}/repos/{REPOSITORY}/storage/{artifact}")
            query = {name: values[0] for name, values in parse_qs(target.query).items()}
            answer = github.answer(self.command, target.path, query, json.loads(content or "{}"))
            return self._send(200, answer if isinstance(answer, bytes) else json.dumps(answer).encode())

        do_GET = do_POST = do_PATCH = _answer

        def _send(self, code: int, body: bytes, location: str | None = None) -> None:
            self.send_response(code)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Log nothing."""

    return Handler


@contextmanager
def serving(github: FakeGitHub) -> Iterator[FakeGitHub]:
    """Serve at `github.url`, on loopback, until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(github))
    github.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield github
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
