"""No value is in any output, error, argument or log."""

from __future__ import annotations

import io
import logging

import pytest

from tests.operations.values.lab import Lab

CANARY = "canary"


def test_no_value_of_any_file_or_server_is_shown(served: Lab, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    served.set({"WEB_TOKEN": "canary-stored", "WEB_KEY": "canary-key"})
    served.pulumi.values = {"WEB_TOKEN": "canary-config", "MAIL_PASSWORD": "canary-equal"}
    good = served.write("good.env", "WEB_TOKEN=canary-new\nMAIL_PASSWORD=canary-equal\nNEW=canary-undeclared\n")
    overwrite = ("--yes", "--overwrite", "WEB_TOKEN")
    texts = [
        served.run("import-values", good),
        served.run("import-values", good, "--to", "infisical", "--json"),
        served.run("import-values", good, *overwrite),
        served.run("import-values", good, "--to", "infisical", *overwrite),
        served.run("export-values", "--to", served.folder / "all.yaml"),
        served.run("run", "--app", "web", "--", "true"),
    ]
    for name, text in (
        ("a.env", "WEB_TOKEN='canary's'\nMAIL_PASSWORD=\"canary\\d\"\nWEB_KEY=' canary'\n"),
        ("b.env", "WEB_TOKEN=' canary'\nMAIL_PASSWORD='${canary}'\nWEB_KEY=canary-other\nWEB_LOGIN=canary\n"),
        ("c.env", "WEB_TOKEN=canary-1\nWEB_TOKEN=canary-2\nweb/WEB_TOKEN=canary-3\n"),
        ("pem.env", "WEB_TOKEN=-----BEGIN CANARY-----\ncanary\ncanary+/canary\ncanaryA==\n-----END CANARY-----\n"),
        ("d.json", '{"WEB_TOKEN": "canary", canary}'),
        ("e.json", '{"WEB_TOKEN": {"canary": "canary"}, "WEB_KEY": ["canary"]}'),
        ("f.yaml", "WEB_TOKEN: canary: canary\n"),
        ("g.yaml", "WEB_TOKEN: !canary canary\n"),
        ("h.json", '[{"canary": "canary"}, "canary"]'),
    ):
        for target in ("config", "infisical"):
            ran = served.run("import-values", served.write(name, text), "--to", target, *overwrite)
            assert ran.code == 2, name
            texts.append(ran)
    texts.append(served.run("import-values", served.write("base64.env", "WEB_LOGIN=canary\ncanary==\n"), "--dry-run"))
    served.patch.setattr("sys.stdin", io.StringIO("{canary"))
    texts.append(served.run("openclaw-provider"))
    served.pulumi.fails_from = 0
    texts.append(served.run("import-values", served.write("i.env", "MAIL_DATABASE=canary-new\n"), "--yes"))

    assert served.pulumi.values["WEB_TOKEN"] == "canary-new"
    assert [ran.text for ran in texts if CANARY in ran.text.lower()] == []
    assert [line for line in served.pulumi.arguments if CANARY in line] == []
    assert CANARY not in caplog.text
