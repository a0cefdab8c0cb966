"""
The HTTP side: each request is routed, authenticated and handled within one transaction.

Handlers run one after another on the event loop: no request sees the partial result of another.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import secrets
import string
import time
import traceback
from collections import deque
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from http import HTTPStatus

from aiohttp import web

from sandbox.infisical.errors import ApiError, forbidden, unauthorized, went_wrong
from sandbox.infisical.routes import ROUTES
from sandbox.infisical.server.actors import Actor, actor_of
from sandbox.infisical.server.faults import Fault, Faults
from sandbox.infisical.server.routing import Call, Json, Route, RouteAccess
from sandbox.infisical.server.state import ServerState
from sandbox.infisical.storage.clock import Clock

LABEL = "fake-infisical (sandbox; this is not Infisical)"
LARGEST_BODY = 1024 * 1024
LONGEST_PARAMETER = 100
REMEMBERED_REQUESTS = 10_000
CONTENT_TYPE = "application/json; charset=utf-8"
NO_PRIVILEGES_COOKIE = "infisical-project-assume-privileges=; Max-Age=0; Path=/api; HttpOnly; SameSite=Strict"
_ID = string.ascii_letters + string.digits

FAULTS = web.AppKey("faults", Faults)
REQUESTS = web.AppKey("requests", deque[Json])

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger("fake-infisical")


def application(state: ServerState) -> web.Application:
    """The web application that serves the API with this state."""
    app = web.Application(middlewares=[_observed, _answered], client_max_size=LARGEST_BODY)
    app[FAULTS], app[REQUESTS] = Faults(), deque(maxlen=REMEMBERED_REQUESTS)
    app.on_response_prepare.append(_dated_by(state.clock))
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _handler(state, route))
    return app


def add_control(app: web.Application, state: ServerState) -> None:
    """Open `/fake/…`: a test orders faults, moves the clock, reads the list of requests, and removes all data."""
    clock = state.clock

    async def order_fault(request: web.Request) -> web.Response:
        request.app[FAULTS].order(**await request.json())
        return web.json_response({})

    async def clear_faults(request: web.Request) -> web.Response:
        request.app[FAULTS].clear()
        return web.json_response({})

    async def set_clock(request: web.Request) -> web.Response:
        wanted = await request.json()
        if wanted.get("hold"):
            clock.hold()
        clock.advance(wanted.get("seconds", 0.0))
        return web.json_response({"now": clock.stamp()})

    async def change_plan(request: web.Request) -> web.Response:
        for name in (await request.json())["features"]:
            state.database.run("INSERT INTO plan_features (name) VALUES (?) ON CONFLICT DO NOTHING", name)
        return web.json_response({})

    async def requests(request: web.Request) -> web.Response:
        return web.json_response([*request.app[REQUESTS]])

    async def reset(request: web.Request) -> web.Response:
        state.database.clear()
        state.permissions.clear()
        clock.reset()
        request.app[FAULTS].clear()
        request.app[REQUESTS].clear()
        return web.json_response({})

    app.router.add_delete("/fake/data", reset)
    app.router.add_post("/fake/faults", order_fault)
    app.router.add_delete("/fake/faults", clear_faults)
    app.router.add_post("/fake/clock", set_clock)
    app.router.add_post("/fake/plan", change_plan)
    app.router.add_get("/fake/requests", requests)


def _dated_by(clock: Clock) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    async def date(_: web.Request, answer: web.StreamResponse) -> None:
        answer.headers["Date"] = formatdate(clock.now(), usegmt=True)

    return date


def _handler(state: ServerState, route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        if any(len(part) > LONGEST_PARAMETER for part in request.match_info.values()):
            # The real server's router finds no route for a longer parameter.
            return _no_route(request)
        # Authenticate before the body is read, as on the real server.
        actor = None if route.access is RouteAccess.ANYONE else _actor(state, route, request)
        body = await _body(request)
        call = Call(state, actor, request.match_info, request.query, body, request.remote or "")
        with state.database.transaction():
            answer = route.handler(call)
        return _json(answer, request=request)

    return handle


def _actor(state: ServerState, route: Route, request: web.Request) -> Actor:
    actor = actor_of(state, request.headers.get("Authorization"))
    if route.access is RouteAccess.USER and actor.kind != "user":
        raise forbidden("You are not allowed to access this resource", f"Forbidden access to {request.path_qs}")
    if route.access is RouteAccess.ACTOR and actor.org_id is None:
        raise unauthorized("No organization found in the request: select one first")
    return actor


async def _body(request: web.Request) -> object:
    """The request's JSON; None if the body is empty."""
    try:
        text = await request.text()
        return json.loads(text) if text else None
    except (web.HTTPRequestEntityTooLarge, ValueError) as error:
        raise went_wrong() from error


@web.middleware
async def _observed(request: web.Request, handler: Next) -> web.StreamResponse:
    """Logs the request and applies the ordered faults."""
    if request.path.startswith("/fake/"):
        return await handler(request)
    began = time.monotonic()
    noted: Json = {"method": request.method, "path": request.path, "status": None}
    request.app[REQUESTS].append(noted)
    faults = request.app[FAULTS].due(request.method, request.path)
    response: web.StreamResponse | None = await _met_by(request, [fault for fault in faults if not fault.after])
    if response is None:
        response = await handler(request)
        response = await _met_by(request, [fault for fault in faults if fault.after]) or response
    noted["status"] = response.status
    milliseconds = (time.monotonic() - began) * 1000
    log.info("%s %s %d %.0f ms", request.method, request.path, response.status, milliseconds)
    return response


async def _met_by(request: web.Request, faults: list[Fault]) -> web.Response | None:
    """The answer of an ordered fault; None if the request is handled as usual."""
    for fault in faults:
        match fault.kind:
            case "latency":
                await asyncio.sleep(fault.seconds)
            case "status":
                body = {"reqId": _request_id(), "statusCode": fault.status, "message": "A fault that a test ordered"}
                return _json(body | {"error": HTTPStatus(fault.status).phrase}, status=fault.status)
            case "missing":
                return _no_route(request)
            case "hang":
                await asyncio.get_running_loop().create_future()
            case "close":
                if request.transport is not None:
                    request.transport.abort()
                return web.Response()
    return None


@web.middleware
async def _answered(request: web.Request, handler: Next) -> web.StreamResponse:
    """Every error becomes an answer in the API's shape."""
    try:
        return await handler(request)
    except ApiError as error:
        return _json(error.body(_request_id()), status=error.status)
    except web.HTTPException:
        return _no_route(request)
    except Exception as error:
        # Without the error's message, which may contain a secret value.
        trace = "".join(traceback.format_tb(error.__traceback__))
        log.error("%s in:\n%s", type(error).__name__, trace)  # noqa: TRY400
        return _json(went_wrong().body(_request_id()), status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _no_route(request: web.Request) -> web.Response:
    message = f"Route {request.method}:{request.path_qs} not found"
    return _json({"message": message, "error": "Not Found", "statusCode": 404}, status=HTTPStatus.NOT_FOUND)


def _json(body: Json, *, status: int = HTTPStatus.OK, request: web.Request | None = None) -> web.Response:
    """The answer; without a body if the client's ETag matches."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    tag = f'"{_tag(text, listing=body.keys() == {"secrets", "imports"})}"'
    headers = {"ETag": tag, "Server": LABEL}
    if request is not None and request.method == "GET" and request.headers.get("If-None-Match") == tag:
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    if request is not None and request.path.startswith("/api/v3/auth/"):
        headers["Set-Cookie"] = NO_PRIVILEGES_COOKIE
    return web.Response(body=text, status=status, headers=headers | {"Content-Type": CONTENT_TYPE})


def _tag(text: bytes, *, listing: bool) -> str:
    if listing:
        return base64.urlsafe_b64encode(hashlib.sha256(text).digest()).decode().rstrip("=")
    return base64.b64encode(hashlib.sha1(text, usedforsecurity=False).digest()).decode()


def _request_id() -> str:
    return "req-" + "".join(secrets.choice(_ID) for _ in range(14))
