"""`python -m sandbox VERB`: the only place that prints and that turns errors into exit codes."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from rich.table import Table

from sandbox.sandbox import STACK, PreparedSandbox, Sandbox
from tooling.errors import ToolingError
from tooling.toolchain import Tools
from tooling.toolchain.cache import BuildTimes, cache_root
from tooling.toolchain.pins import KUBERNETES_MODULES, OPERATOR_MODULES, PULUMI_MODULES, build_key
from tooling.toolchain.progress import Reporter

CHECKOUT = Path(__file__).parent.parent

INTERRUPTED = 130

FAKE = "fake Infisical"


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, 1 for an error that is shown, pulumi's own, or 130 when interrupted."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("up", help="set up everything and deploy the homelab of Pulumi.homelab.yaml on this machine")
    verbs.add_parser("preview", help="set up everything and show what `up` would change")
    verbs.add_parser("down", help="stop all processes and remove the sandbox; the cache of built programs stays")
    verbs.add_parser("status", help="show what runs")
    verbs.add_parser("tools", help="find or build the tool chain, and show where each program comes from")
    verb = parser.parse_args(arguments).verb

    signal.signal(signal.SIGTERM, _end)
    reporter = Reporter()
    sandbox = Sandbox(CHECKOUT, reporter)
    try:
        return _VERBS[verb](sandbox, reporter)
    except ToolingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: run the command again to continue", file=sys.stderr)
        return INTERRUPTED


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _up(sandbox: Sandbox, reporter: Reporter) -> int:
    with sandbox.alone():
        sandbox.check()
        prepared = sandbox.set_up()
        _print_origins(prepared, reporter)
        code = sandbox.pulumi(prepared, "up", "--yes")
        if code:
            _print_external_secrets(sandbox, reporter)
            reporter.say(f"\npulumi up ended with exit code {code}. The sandbox still runs: make status, make down")
            return code
        _summarise(sandbox, prepared, reporter)
    return 0


def _preview(sandbox: Sandbox, reporter: Reporter) -> int:
    with sandbox.alone():
        sandbox.check()
        prepared = sandbox.set_up()
        _print_origins(prepared, reporter)
        return sandbox.pulumi(prepared, "preview")


def _down(sandbox: Sandbox, reporter: Reporter) -> int:
    with sandbox.alone():
        removed = sandbox.remove()
    reporter.say(
        f"the sandbox is stopped and removed; built programs stay in {cache_root()}"
        if removed
        else "there is no sandbox"
    )
    return 0


def _status(sandbox: Sandbox, reporter: Reporter) -> int:
    status = sandbox.status()
    plane = status.plane
    if plane.server is None:
        reporter.say("there is no sandbox; make up creates one")
        return 0
    reporter.say(f"cluster {plane.server}: {'running' if status.running else 'not running; make up starts it'}")
    for name, pid in {**plane.pids, **status.others, FAKE: status.infisical}.items():
        reporter.say(f"  {name}: {f'process {pid}' if pid else 'stopped'}")
    if status.infisical:
        reporter.say(f"  {FAKE} answers at {status.infisical_url}")
    if plane.running:
        _print_external_secrets(sandbox, reporter)
    return 0


def _tools(sandbox: Sandbox, reporter: Reporter) -> int:
    tools = sandbox.tools()
    _print_programs(tools, reporter)
    host = f"official, {tools.language_host}" if tools.language_host else "Python plugin of this project"
    reporter.say(f"language host: {host}")
    keys = {build_key(modules) for modules in (PULUMI_MODULES, KUBERNETES_MODULES, OPERATOR_MODULES)}
    times = [stage for stage in BuildTimes(cache_root()).read() if stage.key in keys]
    if times:
        table = Table("build stage", "wall", "CPU", "Go", box=None, pad_edge=False)
        for stage in times:
            table.add_row(stage.stage, f"{stage.wall:.0f} s", f"{stage.cpu:.0f} s", stage.go)
        table.add_row("all", f"{sum(t.wall for t in times):.0f} s", f"{sum(t.cpu for t in times):.0f} s", "")
        reporter.console.print()
        reporter.console.print(table)
    return 0


def _print_programs(tools: Tools, reporter: Reporter) -> None:
    for tool in tools.programs:
        reporter.say(f"{tool.name} {tool.version}: {tool.origin}, {tool.path}")


def _print_origins(prepared: PreparedSandbox, reporter: Reporter) -> None:
    _print_programs(prepared.tools, reporter)
    for plugin in prepared.workspace.plugins:
        reporter.say(f"{plugin.name} {plugin.version}: {plugin.origin}")
    for path in prepared.derived.left_out:
        reporter.say(f"{path}: skipped: encrypted in Pulumi.homelab.yaml with the homelab's passphrase")
    for stand_in in prepared.stand_ins:
        reporter.say(str(stand_in))
    for key in prepared.derived.kept:
        reporter.say(f"{key}: the sandbox's stack overrides Pulumi.homelab.yaml")


def _print_external_secrets(sandbox: Sandbox, reporter: Reporter) -> None:
    found = sandbox.external_secrets()
    if not found:
        return
    table = Table("ExternalSecret", "Ready", "reason", "message", box=None, pad_edge=False)
    for each in found:
        table.add_row(each.name, "yes" if each.is_ready else "no", each.reason, each.message)
    reporter.console.print()
    reporter.console.print(table, soft_wrap=False)


def _summarise(sandbox: Sandbox, prepared: PreparedSandbox, reporter: Reporter) -> None:
    changes = sandbox.last_changes(prepared)
    unchanged = changes.get("same", 0)
    done = ", ".join(
        f"{number} {_DONE.get(operation, operation)}"
        for operation, number in sorted(changes.items())
        if operation not in _CHANGES_NOTHING
    )
    status = prepared.cluster.status()
    others = "; ".join(f"{name} {f'process {pid}' if pid else 'stopped'}" for name, pid in status.others.items())
    rows = {
        "homelab": f"deployed: {done}, {unchanged} unchanged"
        if done
        else f"nothing changed: {unchanged} resources as declared",
        "control plane": f"{status.plane.server} ({'Ready' if status.plane.running else 'not running: make up'})",
        "also running": others,
        "Infisical": f"{status.infisical_url} ({FAKE}{'' if status.infisical else ', not running'})",
        "kubeconfig": str(sandbox.kubeconfig.relative_to(sandbox.checkout)),
        "stack": f"{STACK} (Pulumi.{STACK}.yaml, from Pulumi.homelab.yaml)",
        "pulumi": f"{prepared.tools.pulumi.version}, {prepared.tools.pulumi.origin}",
        "plugins": "; ".join(
            f"{plugin.name} {plugin.version} ({plugin.origin})" for plugin in prepared.workspace.plugins
        ),
        "next": ". .sandbox/env && pulumi stack output   |   make preview   |   make down",
    }
    width = max(map(len, rows))
    _print_external_secrets(sandbox, reporter)
    reporter.say("")
    for name, value in rows.items():
        reporter.say(f"{name:<{width}}  {value}")


_CHANGES_NOTHING = {"same", "read", "refresh"}
_DONE = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced"}

_VERBS = {"up": _up, "preview": _preview, "down": _down, "status": _status, "tools": _tools}
