"""A real S3 server on loopback, with one bucket, and the real rclone as its client."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.controlplane.ports import choose
from tests.declaration.stack_config import S3_LOGIN
from tests.waiting import eventually

BUCKET: Final = "homelab"
ACCESS_KEY: Final = S3_LOGIN["backupS3AccessKeyId"]
SECRET_KEY: Final = S3_LOGIN["backupS3SecretAccessKey"]


@dataclass(frozen=True)
class S3:
    """
    :param objects: the folder that the server keeps the bucket's objects in
    """

    objects: Path
    endpoint: str
    programs: Path

    @property
    def variables(self) -> dict[str, str]:
        """What the job and its variables of rclone need to reach the server."""
        return {"RCLONE_CONFIG_BUCKET_ENDPOINT": self.endpoint, "RCLONE_RETRIES": "1", "RCLONE_LOW_LEVEL_RETRIES": "1"}

    @property
    def secrets(self) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}

    def names(self, prefix: str = "infisical") -> list[str]:
        """The folders below a prefix."""
        folder = self.objects / prefix
        return sorted(each.name for each in folder.iterdir()) if folder.exists() else []

    def download(self, folder: Path) -> None:
        """What the owner does to verify a backup."""
        remote = {"TYPE": "s3", "PROVIDER": "Other", "ENV_AUTH": "true"}
        settings = {f"RCLONE_CONFIG_BUCKET_{name}": value for name, value in remote.items()}
        environment = {**os.environ, **settings, **self.variables, **self.secrets}
        argv = [str(self.programs / "rclone"), "copy", f"bucket:{BUCKET}/infisical", str(folder)]
        subprocess.run(argv, env=environment, check=True, capture_output=True)


@contextmanager
def s3_server(folder: Path, programs: Path) -> Iterator[S3]:
    """A server with an empty bucket, ended after the block."""
    buckets, metadata = folder / "buckets", folder / "metadata"
    (buckets / BUCKET).mkdir(parents=True)
    metadata.mkdir()
    (port,) = choose(1)
    address = f"127.0.0.1:{port}"
    login = {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY}
    argv = [str(programs / "s3"), str(buckets), str(metadata), address]
    with (folder / "log").open("wb") as log, subprocess.Popen(argv, env=login, stdout=log, stderr=log) as process:
        try:
            eventually(lambda: process.poll() is not None or _listens(port), "the S3 server listens")
            assert process.poll() is None, (folder / "log").read_text()
            yield S3(buckets / BUCKET, f"http://{address}", programs)
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0
