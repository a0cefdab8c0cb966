"""CPU time is counted for the process that used it."""

from __future__ import annotations

import pytest

from bench.measure import part_of

RUNNER = "/home/me/homelab/plugins/language/runner.py"


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("/tmp/python/bin/pulumi --non-interactive up", "engine"),
        ("/venv/bin/python -I -c code /home/me plugins.language 127.0.0.1:1", "language host"),
        ("/usr/bin/pulumi-language-python 127.0.0.1:1", "language host"),
        ("/venv/bin/python -I -c code /home/me plugins.kubernetes 127.0.0.1:1", "plugins"),
        ("/home/me/.pulumi/plugins/resource-random-v4.21.4/pulumi-resource-random 127.0.0.1:1", "plugins"),
        (f"/venv/bin/python -u {RUNNER} 14 directory /home/me/homelab/infisical 127.0.0.1:1", "plugins"),
        (f"/venv/bin/python -u {RUNNER} 14 program {{}} .", "program"),
        ("/venv/bin/python -u /usr/bin/pulumi-language-python-exec --monitor 127.0.0.1:1 .", "program"),
    ],
)
def test_a_process_is_counted_by_its_role(line: str, part: str) -> None:
    assert part_of(line.split()) == part
