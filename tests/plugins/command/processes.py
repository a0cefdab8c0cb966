"""The provider as the engine starts it: a separate process."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc.aio
import psutil
from pulumi.runtime.proto import provider_pb2_grpc

from tests.checkout import CHECKOUT
from tests.plugins.command.service import Engine, Service, served_engine
from tests.waiting import PATIENCE_SECONDS

"""Seconds; on an idle machine nothing here takes a tenth of it."""


@dataclass(frozen=True)
class Provider:
    """The process of a provider, and its service."""

    process: asyncio.subprocess.Process
    service: Service

    @property
    def engine(self) -> Engine:
        return self.service.engine


@asynccontextmanager
async def started(*wrapper: str) -> AsyncIterator[Provider]:
    """
    `python -m plugins.command <engine address>`, ended with the block.

    :param wrapper: a program that runs it as its child
    """
    async with served_engine() as (engine, address):
        process = await asyncio.create_subprocess_exec(
            *wrapper,
            sys.executable,
            "-m",
            "plugins.command",
            address,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stdout
            async with asyncio.timeout(PATIENCE_SECONDS):
                port = int(await process.stdout.readline())
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield Provider(process, Service(provider_pb2_grpc.ResourceProviderStub(channel), engine))
        finally:
            if process.returncode is None:
                process.kill()
            # Its output ends with the provider, even if that is a child of a wrapper.
            async with asyncio.timeout(PATIENCE_SECONDS):
                await process.communicate()


async def written_pids(path: Path, count: int) -> list[int]:
    """The process ids in the file, one in each line, once there are `count`."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            lines = path.read_text().splitlines() if path.exists() else []  # noqa: ASYNC240
            if len(lines) == count:
                return [int(line) for line in lines]
            await asyncio.sleep(0.02)


async def ended(pids: list[int]) -> bool:
    """Whether all of these processes end; waits for it."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                if not any(map(is_running, pids)):
                    return True
                await asyncio.sleep(0.02)
    except TimeoutError:
        return False


def is_running(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
