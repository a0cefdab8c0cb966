"""
`python -m sandbox` as make calls it, with a small program in a separate checkout.

The tests are steps of one story: each continues with the sandbox that the previous one left.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import yaml

from sandbox.stack.recovery import pending_creates
from tests.sandbox.checkout import PACKAGES, PROGRAM, WAITING, Checkout, make_checkout, running_up, slow_program
from tests.waiting import eventually
from tooling.toolchain import Tools


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    checkout = make_checkout(tmp_path_factory.mktemp("the 'other' one") / "check out")
    yield checkout
    checkout.must("down")


@pytest.fixture(scope="module")
def first_up(checkout: Checkout) -> str:
    """The output of the first `up`."""
    return checkout.must("up")


@pytest.fixture(scope="module")
def second_up(checkout: Checkout, first_up: str) -> str:
    """The output of an `up` without changes, while an ExternalSecret waits for its store."""
    checkout.shell(f"kubectl apply -f - <<'END'\n{json.dumps(WAITING)}\nEND")
    reasons = "kubectl get externalsecret waiting -n web -o jsonpath='{.status.conditions[*].reason}'"
    eventually(lambda: "SecretSyncedError" in checkout.shell(reasons), "the operator has reported its reason")
    return checkout.must("up")


@pytest.fixture(scope="module")
def up_after_a_reboot(checkout: Checkout) -> str:
    """The output of an `up` after all processes were killed; a setting of the user is the same as the homelab's."""
    checkout.shell("pulumi config set homelab:rotateEveryDays 2")
    for pid in checkout.pids():
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: "not running" in checkout.must("status"), "the control plane is down")
    return checkout.must("up")


def test_up_prints_the_origin_of_each_program(first_up: str, tools: Tools) -> None:
    output = first_up.splitlines()

    for tool in tools.programs:
        assert f"{tool.name} {tool.version}: {tool.origin}, {tool.path}" in output
    assert any(line.startswith("kubernetes 4.") and line.endswith(": Python plugin of this project") for line in output)


def test_up_replaces_the_stores_of_the_owner_and_says_so(checkout: Checkout, first_up: str) -> None:
    found = checkout.shell("kubectl get clustersecretstore web.vault -o jsonpath='{.spec.provider.fake.data[*].key}'")

    assert found == "web"
    assert "SecretStore web/vault: replaced by ClusterSecretStore web.vault, with throw-away values" in first_up


def test_up_creates_only_the_prerequisite_namespaces(checkout: Checkout, first_up: str) -> None:
    names = checkout.shell("kubectl get namespaces -o name")

    assert {"namespace/argocd", "namespace/external-secrets", "namespace/web"} <= set(names.split())
    assert "namespace/own" not in names


def test_only_the_owner_can_read_the_sandbox(checkout: Checkout, first_up: str) -> None:
    sandbox = checkout.folder / ".sandbox"

    assert sandbox.stat().st_mode & 0o777 == 0o700
    assert (sandbox / "passphrase").stat().st_mode & 0o777 == 0o600
    assert (sandbox / "kubeconfig").stat().st_mode & 0o777 == 0o600


def test_the_program_knows_which_stack_file_the_user_edits(checkout: Checkout, first_up: str) -> None:
    assert checkout.shell("echo $HOMELAB_DERIVED_FROM") == "Pulumi.homelab.yaml\n"


def test_a_second_up_changes_nothing(checkout: Checkout, first_up: str, request: pytest.FixtureRequest) -> None:
    before = checkout.shell("kubectl get secret web -n argocd -o jsonpath={.metadata.resourceVersion}")

    output: str = request.getfixturevalue("second_up")

    assert "nothing changed: 3 resources as declared" in output
    assert "3 unchanged" in output
    assert checkout.shell("kubectl get secret web -n argocd -o jsonpath={.metadata.resourceVersion}") == before


def test_status_and_up_show_processes_and_external_secrets(checkout: Checkout, second_up: str) -> None:
    lines = checkout.must("status").splitlines()

    (line,) = [line for line in lines if line.startswith("web/waiting")]
    assert line.split()[1:3] == ["no", "SecretSyncedError"]
    assert "  fake Infisical: stopped" in lines
    assert line in second_up
    assert "(fake Infisical, not running)" in second_up


def test_the_passphrase_and_the_secrets_are_never_in_plain_text(
    checkout: Checkout, first_up: str, second_up: str
) -> None:
    hidden = [
        checkout.shell("cat .sandbox/passphrase"),
        *(checkout.shell(f"pulumi config get {key}").strip() for key in checkout.config()["config"] if "lient" in key),
        checkout.shell("kubectl get secret web -n argocd -o go-template='{{.data.password | base64decode}}'"),
    ]

    assert len(hidden) == 3
    state = b"".join(file.read_bytes() for file in (checkout.folder / ".sandbox" / "state").rglob("*.json"))
    for value in hidden:
        assert value not in first_up + second_up
        assert value not in checkout.stack_file.read_text()
        assert value.encode() not in state


def test_preview_shows_that_there_is_nothing_to_do(checkout: Checkout, first_up: str) -> None:
    assert "3 unchanged" in checkout.must("preview")


def test_plain_pulumi_works_after_sourcing_the_env(checkout: Checkout, first_up: str) -> None:
    assert checkout.shell("pulumi stack output size").strip() == "1"
    assert checkout.shell("pulumi preview --expect-no-changes")
    assert checkout.shell(". .sandbox/env; . .sandbox/env; echo $PATH").count(".sandbox/bin") == 1


def test_homelab_changes_are_copied_and_sandbox_settings_are_kept(checkout: Checkout, first_up: str) -> None:
    before = checkout.config()
    checkout.shell("pulumi config set other:mine 5; pulumi config set --secret other:hidden value")
    checkout.declare(rotateEveryDays=2)

    checkout.must("up")

    assert checkout.shell("pulumi stack output size").strip() == "2"
    after = checkout.config()
    assert after["config"]["homelab:rotateEveryDays"] == 2
    assert after["config"]["other:mine"] == "5"
    assert set(after["config"]["other:hidden"]) == {"secure"}
    assert after["encryptionsalt"] == before["encryptionsalt"]
    secret = "homelab:argocdOidcClientSecret"
    assert after["config"][secret] == before["config"][secret]


def test_an_app_in_a_file_is_deployed_from_a_copy(checkout: Checkout, first_up: str) -> None:
    (checkout.folder / "apps").mkdir()
    app = {"namespace": "wiki", "keys": {"WIKI_TOKEN": {"source": "manual"}}}
    (checkout.folder / "apps" / "wiki.yaml").write_text(yaml.safe_dump(app))
    checkout.declare(appFiles="apps/", rotateEveryDays=2)

    output = checkout.must("up")

    copy = yaml.safe_load((checkout.folder / ".sandbox" / "apps" / "wiki.yaml").read_text())
    assert copy["keys"] == {"WIKI_TOKEN": {"source": "config"}}
    assert "namespace/wiki" in checkout.shell("kubectl get namespaces -o name")
    assert len(checkout.shell("pulumi config get --path homelab:values.WIKI_TOKEN").strip()) == 64
    assert "overrides Pulumi.homelab.yaml" not in output


def test_a_user_setting_overrides_the_homelab_and_the_copy_of_the_apps_is_removed_with_them(
    checkout: Checkout, first_up: str
) -> None:
    shutil.rmtree(checkout.folder / "apps")
    checkout.declare(rotateEveryDays=2)
    checkout.shell("pulumi config set homelab:rotateEveryDays 7")

    output = checkout.must("up")

    assert not (checkout.folder / ".sandbox" / "apps").exists()
    assert "homelab:appFiles" not in checkout.config()["config"]
    assert "homelab:rotateEveryDays: the sandbox's stack overrides Pulumi.homelab.yaml" in output
    assert checkout.shell("pulumi stack output size").strip() == "7"


def test_a_lost_stack_file_is_recreated(checkout: Checkout, first_up: str) -> None:
    checkout.stack_file.unlink()

    checkout.must("up")

    assert set(checkout.config()) == {"encryptionsalt", "config"}
    assert checkout.shell("pulumi stack output size").strip() == "2"


def test_stopped_processes_are_started_again_on_the_same_data(
    checkout: Checkout, first_up: str, up_after_a_reboot: str
) -> None:
    """As after a reboot: the records are there, the processes are not."""
    assert "nothing changed: 3 resources as declared" in up_after_a_reboot
    assert checkout.must("status").count(": process ") == 7


def test_a_user_setting_that_is_the_same_as_the_homelabs_is_not_reported(up_after_a_reboot: str) -> None:
    assert "overrides Pulumi.homelab.yaml" not in up_after_a_reboot


def test_up_recovers_from_a_killed_pulumi(checkout: Checkout, first_up: str, tmp_path: Path) -> None:
    further = 'kubernetes.core.v1.ConfigMap("more", metadata={"name": "more", "namespace": "argocd"})\n'
    reached = tmp_path / "reached"
    # Slow enough to be killed while its create is pending.
    slow = f"touch {shlex.quote(str(reached))}; exec sleep 600"
    checkout.write_program(
        f"{PROGRAM}{further}import pulumi_command as command\ncommand.local.Command('slow', create={slow!r})\n"
    )
    with running_up(checkout, tmp_path / "output") as up:
        eventually(reached.exists, "the slow create is running")
        (pulumi,) = psutil.Process(up.pid).children()
        family = pulumi.children(recursive=True)
        pulumi.kill()
        up.kill()
    eventually(lambda: not any(process.is_running() for process in family), "no plugin is left")
    assert any(urn.endswith("::slow") for urn in pending_creates(checkout.checkpoint))
    checkout.write_program(PROGRAM + further)

    output = checkout.must("up")

    assert "the stack is locked by a killed pulumi" in output
    (line,) = [line for line in output.splitlines() if line.startswith("a killed pulumi was creating ")]
    assert "slow" in line
    assert checkout.shell("kubectl get configmap more -n argocd -o name").strip() == "configmap/more"
    assert pending_creates(checkout.checkpoint) == []


def test_a_killed_up_interrupts_pulumi_which_releases_its_lock(
    checkout: Checkout, first_up: str, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    checkout.write_program(slow_program(started))
    before = set(checkout.pids())
    with running_up(checkout, tmp_path / "output") as up:
        eventually(started.exists, "the program runs")
        family = psutil.Process(up.pid).children(recursive=True)
        up.kill()
    eventually(lambda: not any(process.is_running() for process in family), "pulumi and its plugins have ended")

    # The sandbox itself outlives `up`.
    assert set(checkout.pids()) == before
    assert checkout.locks() == []


def test_up_continues_after_a_killed_up_and_after_an_interrupt(
    checkout: Checkout, first_up: str, tmp_path: Path
) -> None:
    started, log = tmp_path / "started", tmp_path / "output"
    checkout.write_program(slow_program(started))
    with running_up(checkout, log) as up:
        eventually(started.exists, "the program runs")
        os.killpg(up.pid, signal.SIGINT)
        assert up.wait() != 0
    checkout.write_program(PROGRAM)

    outputs = [log.read_text(), checkout.must("up")]

    for output in outputs:
        assert "locked" not in output
        assert "killed" not in output


def test_an_error_in_the_declaration_is_reported_with_the_file_to_edit_and_nothing_is_changed(
    checkout: Checkout, first_up: str
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


def test_a_failing_program_gives_pulumis_exit_code(checkout: Checkout, first_up: str) -> None:
    checkout.write_program("raise RuntimeError('no such app')\n")
    try:
        done = checkout.run("up")
    finally:
        checkout.write_program(PROGRAM)

    assert done.returncode == 1
    assert "no such app" in done.stdout
    assert "pulumi up ended with exit code" in done.stdout


def test_down_removes_everything_but_the_cache_and_can_be_repeated(checkout: Checkout, first_up: str) -> None:
    before = {*PACKAGES, "__main__.py", "Pulumi.yaml", "Pulumi.homelab.yaml"}
    pids = checkout.pids()
    assert len(pids) == 7

    assert "the sandbox is stopped and removed" in checkout.must("down")
    assert {entry.name for entry in checkout.folder.iterdir()} - {"__pycache__"} == before
    assert not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids)
    assert "there is no sandbox" in checkout.must("down")
    assert "there is no sandbox" in checkout.must("status")
