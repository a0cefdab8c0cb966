"""`python -m sandbox` as make calls it, with a small program in a separate checkout."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from tooling.toolchain import Tools

CHECKOUT = Path(__file__).parent.parent.parent

PROGRAM = """\
import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random

config = pulumi.Config()
password = random.RandomPassword("password", length=24)
kubernetes.core.v1.Secret(
    "web",
    metadata={"name": "web", "namespace": "argocd"},
    string_data={"password": password.result, "oidc": config.require_secret("argocdOidcClientSecret")},
)
pulumi.export("size", config.require_int("rotateEveryDays"))
"""

KEYS = {"KEY": {"source": "generate", "kind": "hex", "size": 12}}

HOMELAB = {
    "homelab:infisical": {"url": "https://infisical.example.net", "adminEmail": "admin@example.net"},
    "homelab:store": {"hostAPI": "http://infisical:8080", "projectSlug": "homelab", "environmentSlug": "prod"},
    "homelab:rotateEveryDays": 1,
    "homelab:apps": {
        "web": {"namespace": "web", "createNamespace": False, "keys": KEYS},
        "own": {"namespace": "own", "createNamespace": True, "keys": KEYS},
    },
}


def is_record(file: Path) -> bool:
    """Next to each record of a process there is its log."""
    return file.with_suffix(".log").exists()


@dataclass(frozen=True)
class Checkout:
    """A separate checkout with its own `.sandbox`."""

    folder: Path

    @property
    def stack_file(self) -> Path:
        return self.folder / "Pulumi.sandbox.yaml"

    def command(self, *verbs: str) -> list[str]:
        return [sys.executable, "-m", "sandbox", *verbs]

    def run(self, *verbs: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*verbs),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def must(self, *verbs: str) -> str:
        done = self.run(*verbs)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def declare(self, **changes: Any) -> None:
        config = {**HOMELAB, **{f"homelab:{key}": value for key, value in changes.items()}}
        (self.folder / "Pulumi.homelab.yaml").write_text(yaml.safe_dump({"config": config}))

    def shell(self, script: str) -> str:
        """Run a script after `. .sandbox/env`, in a shell without other variables."""
        done = subprocess.run(
            ["/bin/sh", "-euc", f". .sandbox/env\n{script}"],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"], "PULUMI_CONFIG_PASSPHRASE": "another"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def pids(self) -> list[int]:
        """Return the pids of the cluster's processes, from their records."""
        records = [
            json.loads(file.read_text()) for file in (self.folder / ".sandbox").rglob("*.json") if is_record(file)
        ]
        return [record["pid"] for record in records]

    def config(self) -> dict[str, Any]:
        content: dict[str, Any] = yaml.safe_load(self.stack_file.read_text())
        return content


@pytest.fixture(scope="module")
def checkout(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    folder = tmp_path_factory.mktemp("the 'other' one") / "check out"
    folder.mkdir()
    for package in ("declaration", "infisical", "plugins", "sandbox", "tooling"):
        (folder / package).symlink_to(CHECKOUT / package)
    (folder / "__main__.py").write_text(PROGRAM)
    project = {"name": "homelab", "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}}}
    # Adopts an object that a killed pulumi created without recording it.
    project["config"] = {"kubernetes:upsertExistingObjects": {"value": True}}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    checkout = Checkout(folder)
    checkout.declare()
    checkout.must("up")
    yield checkout
    checkout.must("down")


def test_up_prints_the_origin_of_each_program(checkout: Checkout, tools: Tools) -> None:
    output = checkout.must("up").splitlines()

    for tool in tools.programs:
        assert f"{tool.name} {tool.version}: {tool.origin}, {tool.path}" in output
    assert any(line.startswith("kubernetes 4.") and line.endswith(": Python plugin of this project") for line in output)


def test_a_second_up_changes_nothing(checkout: Checkout) -> None:
    before = checkout.shell("kubectl get secret web -n argocd -o jsonpath={.metadata.resourceVersion}")

    output = checkout.must("up")

    assert "nothing changed: 3 resources as declared" in output
    assert "3 unchanged" in output
    assert checkout.shell("kubectl get secret web -n argocd -o jsonpath={.metadata.resourceVersion}") == before


def test_preview_shows_that_there_is_nothing_to_do(checkout: Checkout) -> None:
    assert "3 unchanged" in checkout.must("preview")


def test_plain_pulumi_works_after_sourcing_the_env(checkout: Checkout) -> None:
    assert checkout.shell("pulumi stack output size").strip() == "1"
    assert json.loads(checkout.shell("pulumi stack ls --json"))[0]["name"] == "sandbox"
    assert checkout.shell("pulumi preview --expect-no-changes")
    assert checkout.shell(". .sandbox/env; . .sandbox/env; echo $PATH").count(".sandbox/bin") == 1


def test_up_creates_only_the_prerequisite_namespaces(checkout: Checkout) -> None:
    names = checkout.shell("kubectl get namespaces -o name")

    assert {"namespace/argocd", "namespace/external-secrets", "namespace/web"} <= set(names.split())
    assert "namespace/own" not in names


def test_status_shows_processes_and_external_secrets(
    checkout: Checkout, eventually: Callable[[Callable[[], object], str], None]
) -> None:
    data = [{"secretKey": "key", "remoteRef": {"key": "KEY"}}]
    spec = {"secretStoreRef": {"kind": "ClusterSecretStore", "name": "none"}, "data": data}
    metadata = {"name": "waiting", "namespace": "web"}
    declared = {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": metadata, "spec": spec}
    checkout.shell(f"kubectl apply -f - <<'END'\n{json.dumps(declared)}\nEND")

    eventually(lambda: "SecretSyncedError" in checkout.must("status"), "the operator has reported its reason")

    lines = checkout.must("status").splitlines()
    (line,) = [line for line in lines if line.startswith("web/waiting")]
    assert line.split()[1:3] == ["no", "SecretSyncedError"]
    assert "  fake Infisical: stopped" in lines
    summary = checkout.must("up")
    assert line in summary
    assert "(fake Infisical, not running)" in summary
    checkout.shell("kubectl delete externalsecret waiting -n web")


def test_only_the_owner_can_read_the_sandbox(checkout: Checkout) -> None:
    sandbox = checkout.folder / ".sandbox"

    assert sandbox.stat().st_mode & 0o777 == 0o700
    assert (sandbox / "passphrase").stat().st_mode & 0o777 == 0o600
    assert (sandbox / "kubeconfig").stat().st_mode & 0o777 == 0o600


def test_the_passphrase_and_the_secrets_are_never_in_plain_text(checkout: Checkout) -> None:
    output = checkout.must("up")
    hidden = [
        checkout.shell("cat .sandbox/passphrase"),
        *(checkout.shell(f"pulumi config get {key}").strip() for key in checkout.config()["config"] if "lient" in key),
        checkout.shell("kubectl get secret web -n argocd -o go-template='{{.data.password | base64decode}}'"),
    ]

    assert len(hidden) == 3
    state = b"".join(file.read_bytes() for file in (checkout.folder / ".sandbox" / "state").rglob("*.json"))
    for value in hidden:
        assert value not in output
        assert value not in checkout.stack_file.read_text()
        assert value.encode() not in state


def test_homelab_changes_are_copied_and_sandbox_settings_are_kept(checkout: Checkout) -> None:
    before = checkout.config()
    checkout.shell("pulumi config set other:mine 5; pulumi config set --secret other:hidden value")
    checkout.declare(rotateEveryDays=2)

    assert (
        "size: 1 => 2" in " ".join(checkout.must("up").split()) or checkout.shell("pulumi stack output size") == "2\n"
    )

    after = checkout.config()
    assert after["config"]["homelab:rotateEveryDays"] == 2
    assert after["config"]["other:mine"] == "5"
    assert set(after["config"]["other:hidden"]) == {"secure"}
    assert after["encryptionsalt"] == before["encryptionsalt"]
    secret = "homelab:argocdOidcClientSecret"
    assert after["config"][secret] == before["config"][secret]
    checkout.shell("pulumi config rm other:mine; pulumi config rm other:hidden")
    checkout.declare()
    checkout.must("up")


def test_an_app_in_a_file_is_deployed_from_a_copy(checkout: Checkout) -> None:
    (checkout.folder / "apps").mkdir()
    app = {"namespace": "wiki", "keys": {"WIKI_TOKEN": {"source": "manual"}}}
    (checkout.folder / "apps" / "wiki.yaml").write_text(yaml.safe_dump(app))
    checkout.declare(appFiles="apps/")

    output = checkout.must("up")

    copy = yaml.safe_load((checkout.folder / ".sandbox" / "apps" / "wiki.yaml").read_text())
    assert copy["keys"] == {"WIKI_TOKEN": {"source": "config"}}
    assert "namespace/wiki" in checkout.shell("kubectl get namespaces -o name")
    assert len(checkout.shell("pulumi config get --path homelab:values.WIKI_TOKEN").strip()) == 64
    assert "overrides Pulumi.homelab.yaml" not in output
    checkout.declare()
    checkout.must("up")
    assert not (checkout.folder / ".sandbox" / "apps").exists()
    assert "homelab:appFiles" not in checkout.config()["config"]


def test_a_user_setting_overrides_the_homelab_and_is_reported(checkout: Checkout) -> None:
    checkout.shell("pulumi config set homelab:rotateEveryDays 7")

    output = checkout.must("up")

    assert "homelab:rotateEveryDays: the sandbox's stack overrides Pulumi.homelab.yaml" in output
    assert checkout.shell("pulumi stack output size").strip() == "7"
    checkout.shell("pulumi config set homelab:rotateEveryDays 1")
    assert "overrides Pulumi.homelab.yaml" not in checkout.must("up")


def test_a_lost_stack_file_is_recreated(checkout: Checkout) -> None:
    checkout.stack_file.unlink()

    checkout.must("up")

    assert set(checkout.config()) == {"encryptionsalt", "config"}
    assert checkout.shell("pulumi stack output size").strip() == "1"


def test_stopped_processes_are_started_again_on_the_same_data(
    checkout: Checkout, eventually: Callable[[Callable[[], object], str], None]
) -> None:
    """As after a reboot: the records are there, the processes are not."""
    for pid in checkout.pids():
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: "not running" in checkout.must("status"), "the control plane is down")

    output = checkout.must("up")

    assert "nothing changed: 3 resources as declared" in output
    assert checkout.must("status").count(": process ") == 6


def test_up_recovers_from_a_killed_pulumi(
    checkout: Checkout, eventually: Callable[[Callable[[], object], str], None]
) -> None:
    program = checkout.folder / "__main__.py"
    further = 'kubernetes.core.v1.ConfigMap("more", metadata={"name": "more", "namespace": "argocd"})\n'
    reached = checkout.folder.parent / "reached"
    # Slow enough to be killed while its create is pending.
    slow = f"touch {shlex.quote(str(reached))}; exec sleep 600"
    program.write_text(
        f"{PROGRAM}{further}import pulumi_command as command\ncommand.local.Command('slow', create={slow!r})\n"
    )
    with subprocess.Popen(
        checkout.command("up"), cwd=checkout.folder, stdout=subprocess.DEVNULL, start_new_session=True
    ) as up:
        eventually(reached.exists, "the slow create is running")
        (pulumi,) = psutil.Process(up.pid).children()
        family = pulumi.children(recursive=True)
        pulumi.kill()
        up.kill()
    eventually(lambda: not any(process.is_running() for process in family), "no plugin is left")
    program.write_text(PROGRAM + further)

    output = checkout.must("up")

    assert "the stack is locked by a killed pulumi" in output
    (line,) = [line for line in output.splitlines() if line.startswith("a killed pulumi was creating ")]
    assert "slow" in line
    assert checkout.shell("kubectl get configmap more -n argocd -o name").strip() == "configmap/more"
    assert "pending" not in checkout.must("up")


def test_a_killed_up_interrupts_pulumi_and_the_next_up_continues(
    checkout: Checkout, eventually: Callable[[Callable[[], object], str], None]
) -> None:
    program = checkout.folder / "__main__.py"
    started = checkout.folder.parent / "started-and-killed"
    program.write_text(PROGRAM + f"open({str(started)!r}, 'w').close()\nimport time\ntime.sleep(600)\n")
    before = set(checkout.pids())
    with subprocess.Popen(
        checkout.command("up"), cwd=checkout.folder, stdout=subprocess.DEVNULL, start_new_session=True
    ) as up:
        eventually(started.exists, "the program runs")
        family = psutil.Process(up.pid).children(recursive=True)
        up.kill()
    eventually(lambda: not any(process.is_running() for process in family), "pulumi and its plugins have ended")
    program.write_text(PROGRAM)

    output = checkout.must("up")

    # The sandbox itself outlives `up`, and pulumi has released its lock.
    assert set(checkout.pids()) == before
    assert "locked" not in output
    assert "killed" not in output


def test_up_continues_after_an_interrupt(
    checkout: Checkout, eventually: Callable[[Callable[[], object], str], None]
) -> None:
    program = checkout.folder / "__main__.py"
    started = checkout.folder.parent / "started"
    program.write_text(PROGRAM + f"open({str(started)!r}, 'w').close()\nimport time\ntime.sleep(600)\n")
    with subprocess.Popen(
        checkout.command("up"), cwd=checkout.folder, stdout=subprocess.DEVNULL, start_new_session=True
    ) as up:
        eventually(started.exists, "the program runs")
        os.killpg(up.pid, signal.SIGINT)
        assert up.wait() != 0
    program.write_text(PROGRAM)

    output = checkout.must("up")

    assert "locked" not in output
    assert "killed" not in output


def test_an_error_in_the_declaration_is_reported_with_the_file_to_edit_and_nothing_is_changed(
    checkout: Checkout,
) -> None:
    before = checkout.config()
    checkout.declare(store={"hostAPI": "nowhere"}, rotateEveryDays=0)
    try:
        runs = [checkout.run(verb) for verb in ("up", "preview")]
    finally:
        checkout.declare()

    for done in runs:
        assert done.returncode == 1
        assert done.stdout.startswith("error: Pulumi.homelab.yaml has 4 errors; nothing was changed.")
        assert "homelab:store.projectSlug" in done.stdout
        assert "homelab:rotateEveryDays" in done.stdout
        assert "Fix Pulumi.homelab.yaml, then run the command again." in done.stdout
    assert checkout.config() == before


def test_a_failing_program_gives_pulumis_exit_code(checkout: Checkout) -> None:
    program = checkout.folder / "__main__.py"
    program.write_text("raise RuntimeError('no such app')\n")
    try:
        done = checkout.run("up")
    finally:
        program.write_text(PROGRAM)

    assert done.returncode == 1
    assert "no such app" in done.stdout
    assert "pulumi up ended with exit code" in done.stdout


def test_down_removes_everything_but_the_cache_and_can_be_repeated(checkout: Checkout) -> None:
    before = {"declaration", "infisical", "plugins", "sandbox", "tooling"}
    before |= {"__main__.py", "Pulumi.yaml", "Pulumi.homelab.yaml"}
    pids = checkout.pids()
    assert len(pids) == 6

    assert "the sandbox is stopped and removed" in checkout.must("down")
    assert {entry.name for entry in checkout.folder.iterdir()} - {"__pycache__"} == before
    assert not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids)
    assert "there is no sandbox" in checkout.must("down")
    assert "there is no sandbox" in checkout.must("status")
