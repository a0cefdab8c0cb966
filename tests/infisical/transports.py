"""Transports that fail where a test wants them to."""

from __future__ import annotations

from collections.abc import Callable

import httpx2

Answer = httpx2.Response | Exception


class Scripted(httpx2.AsyncBaseTransport):
    """Answers with each of these once, and from then on with the last one; exceptions are raised."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = answers
        self.requests: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._answers[min(len(self.requests), len(self._answers) - 1)]
        self.requests.append(request)
        if isinstance(answer, Exception):
            raise answer
        # A response can be read only once.
        return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content)


class Killed(BaseException):
    """The process was killed; nothing catches this."""


class Mortal(httpx2.AsyncBaseTransport):
    """Real HTTP, until the process is killed right after the server has executed the n-th call (0: never)."""

    def __init__(self, dies_after: int = 0) -> None:
        self._inner = httpx2.AsyncHTTPTransport(verify=False)
        self._dies_after = dies_after
        self.calls = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._dies_after and self.calls >= self._dies_after:
            raise Killed
        response = await self._inner.handle_async_request(request)
        self.calls += 1
        if self.calls == self._dies_after:
            await response.aread()
            raise Killed
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class Older(httpx2.AsyncBaseTransport):
    """Real HTTP to a server that lacks the routes for which `lacks` holds, given method and path."""

    def __init__(self, lacks: Callable[[str, str], bool]) -> None:
        self._inner = httpx2.AsyncHTTPTransport(verify=False)
        self._lacks = lacks

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        method, path = request.method, request.url.path
        if not self._lacks(method, path):
            return await self._inner.handle_async_request(request)
        missing = {"message": f"Route {method}:{path} not found", "error": "Not Found", "statusCode": 404}
        return httpx2.Response(404, json=missing)

    async def aclose(self) -> None:
        await self._inner.aclose()


class Meanwhile(httpx2.AsyncHTTPTransport):
    """Real HTTP, but `act` runs right before the first request with this method and path."""

    def __init__(self, method: str, path: str, act: Callable[[], object]) -> None:
        super().__init__(verify=False)
        self._wanted = (method, path)
        self._act: Callable[[], object] | None = act

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._act and (request.method, request.url.path) == self._wanted:
            self._act()
            self._act = None
        return await super().handle_async_request(request)


class Refusing(httpx2.AsyncHTTPTransport):
    """Real HTTP to a server that refuses one call; by default as a plan without the feature does."""

    def __init__(self, method: str, path: str, reason: str, status: int = 400, error: str = "BadRequest") -> None:
        super().__init__(verify=False)
        self._wanted = (method, path)
        self._refusal = {"reqId": "req-test", "statusCode": status, "message": reason, "error": error}
        self._status = status

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if (request.method, request.url.path) == self._wanted:
            return httpx2.Response(self._status, json=self._refusal)
        return await super().handle_async_request(request)
