"""
Puts the report of a preview under its pull request, as one comment that later reports replace.

The token may write, so nothing from the pull request runs here: the report is untrusted text, read in memory. The pull
request is identified by GitHub's event, never by the report. This file uses only the standard library, because the
workflow installs nothing.
"""

from __future__ import annotations

import io
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

MARKER = "<!-- homelab-preview -->"
AUTHOR = "github-actions[bot]"
REPORT = "preview-report"
MAX_BYTES = 1_000_000
MAX_CHARACTERS = 50_000  # GitHub's limit for a comment is 65,536.
PAGE = 100


def main() -> None:
    numbers = list(_pull_requests())
    if not numbers:
        print(f"no comment: {os.environ['HEAD_SHA']} is not the newest commit of an open pull request")
        return
    body = _body()
    for number in numbers:
        existing = next(_comments(number), None)
        if existing is None:
            _request("POST", f"{_repository()}/issues/{number}/comments", {"body": body})
        else:
            _request("PATCH", f"{_repository()}/issues/comments/{existing}", {"body": body})
        print(f"commented on pull request {number}")


def _pull_requests() -> Iterator[int]:
    """The open pull requests into BASE whose newest commit is the previewed one."""
    label = f"{os.environ['HEAD_OWNER']}:{os.environ['HEAD_BRANCH']}"
    query = {"state": "open", "base": os.environ["BASE"], "head": label, "per_page": PAGE}
    expected = (os.environ["HEAD_REPOSITORY"], os.environ["HEAD_BRANCH"], os.environ["HEAD_SHA"])
    for pull in _json(f"{_repository()}/pulls?{urllib.parse.urlencode(query)}"):
        head = pull["head"]
        # GitHub ignores a `head` in the query that is not `owner:branch`.
        if ((head["repo"] or {}).get("full_name"), head["ref"], head["sha"]) == expected:
            yield pull["number"]


def _comments(number: int) -> Iterator[int]:
    """The ids of the comments that this workflow wrote under the pull request."""
    page = 1
    while True:
        found = _json(f"{_repository()}/issues/{number}/comments?per_page={PAGE}&page={page}")
        for comment in found:
            # Anyone can write the marker; only our own comments may be edited.
            if comment["user"]["login"] == AUTHOR and comment["body"].startswith(MARKER):
                yield comment["id"]
        if len(found) < PAGE:
            return
        page += 1


def _body() -> str:
    outcome = "" if os.environ["CONCLUSION"] == "success" else "**This preview failed.** "
    return (
        f"{MARKER}\n{outcome}Preview of {os.environ['HEAD_SHA']}, from [this run]({os.environ['RUN_URL']}). "
        f"The code of the pull request wrote the text below: review that code before you rely on it.\n\n---\n\n"
        f"{_report()}"
    )


def _report() -> str:
    """The report of the run, safe to show; otherwise the reason why there is none."""
    run = f"{_repository()}/actions/runs/{os.environ['RUN_ID']}"
    listed = _json(f"{run}/artifacts?name={REPORT}&per_page={PAGE}")["artifacts"]
    found = [artifact for artifact in listed if artifact["name"] == REPORT and not artifact["expired"]]
    if not found:
        return "The run left no report. Its log contains the reason."
    newest = max(found, key=lambda artifact: artifact["id"])
    packed = _request("GET", f"{_repository()}/actions/artifacts/{newest['id']}/zip", limit=MAX_BYTES)
    if len(packed) > MAX_BYTES:
        return "The report is too large for a comment. The summary of the run contains it."
    try:
        # A small archive can contain a very large file: only the start is unpacked, and nothing is written to disk.
        with zipfile.ZipFile(io.BytesIO(packed)) as archive, archive.open("report.md") as file:
            text = file.read(4 * MAX_CHARACTERS).decode(errors="replace")
    except (EOFError, KeyError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        return f"The artifact of the run is not a report ({type(error).__name__}). The log contains the reason."
    return _safe(text)


def _safe(text: str) -> str:
    """The text without control characters and mentions, within GitHub's limit."""
    text = "".join(character for character in text if character.isprintable() or character in "\n\t")
    text = text.replace("@", "@\u200b")  # A zero-width space: the text of a stranger notifies nobody.
    if len(text) <= MAX_CHARACTERS:
        return text
    return text[:MAX_CHARACTERS] + "\n\n… truncated. The summary of the run contains the full report."


def _repository() -> str:
    return f"/repos/{os.environ['GITHUB_REPOSITORY']}"


def _json(path: str) -> Any:
    return json.loads(_request("GET", path))


def _request(method: str, path: str, content: object = None, *, limit: int = 10_000_000) -> bytes:
    """
    GitHub's response to a request.

    :param limit: the largest expected size; a longer response is returned one byte longer than that
    """
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(os.environ["GITHUB_API_URL"] + path, body, method=method)
    request.add_header("Accept", "application/vnd.github+json")
    # GitHub redirects downloads of artifacts to a storage host, which must not receive the token.
    request.add_unredirected_header("Authorization", f"Bearer {os.environ['GITHUB_TOKEN']}")
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            received: bytes = response.read(limit + 1)
            return received
    except urllib.error.HTTPError as error:
        sys.exit(f"error: {method} {path} failed: GitHub answered {error.code}: {error.read(500)!r}")


if __name__ == "__main__":
    main()
