"""How a test steers a stand-in that was started with `--control`: faults, time, and which requests there were."""

from __future__ import annotations

from aiohttp import web

from sandbox.infisical.clock import Clock
from sandbox.infisical.server import FAULTS, REQUESTS


def add_control(app: web.Application, clock: Clock) -> None:
    """Open `/stand-in/…` on this application."""

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

    async def requests(request: web.Request) -> web.Response:
        return web.json_response([*request.app[REQUESTS]])

    app.router.add_post("/stand-in/faults", order_fault)
    app.router.add_delete("/stand-in/faults", clear_faults)
    app.router.add_post("/stand-in/clock", set_clock)
    app.router.add_get("/stand-in/requests", requests)
