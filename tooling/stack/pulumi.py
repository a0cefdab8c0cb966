"""The one way to run Pulumi's command line. No secret becomes an argument: values go in through stdin."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tooling.errors import StackError
from tooling.private_file import open_log
from tooling.processes.run import Done, run_tethered

SHOWN_LINES: Final = 40
DECRYPTED: Final = "--show-secrets"

CALM_COLLECTOR: Final = {"GOGC": "400"}
"""
Go's garbage collector takes a third of an update's time, because the engine writes the whole state at each step. With
this value, it starts when the memory in use has grown fivefold instead of twofold. The caller's own value wins.
"""


class PulumiFailed(StackError):
    """
    A pulumi command failed; `stdout` and `stderr` hold its output.

    The message shows the last lines of the output, in which Pulumi masks secrets. The stdout of a command with
    `--show-secrets` is never shown.
    """

    def __init__(self, arguments: tuple[str, ...], done: Done) -> None:
        output = done.stderr if DECRYPTED in arguments else f"{done.stdout}{done.stderr}"
        shown = "\n".join(f"  {line}" for line in output.strip().splitlines()[-SHOWN_LINES:])
        headline = f"pulumi {' '.join(arguments)} failed with exit code {done.returncode}"
        super().__init__(f"{headline}:\n{shown}" if shown else headline)
        self.code = done.returncode
        self.stdout = done.stdout
        self.stderr = done.stderr


class Pulumi:
    """
    One pulumi program.

    :param program: its path
    :param environment: all its variables; the caller's if None
    :param tether: the file for the pid of a pulumi that ends with this process; None for one that may continue
    :param longest: the time limit of a tethered pulumi in seconds; the default of `run_tethered` if None
    """

    def __init__(
        self,
        program: Path,
        environment: Mapping[str, str] | None = None,
        *,
        tether: Path | None = None,
        longest: float | None = None,
    ) -> None:
        self._program = program
        self._environment = {**CALM_COLLECTOR, **(os.environ if environment is None else environment)}
        self._tether = tether
        self._longest = longest

    def run(self, *arguments: str, cwd: Path, given: str | None = None) -> str:
        """
        Run a command and return its stdout.

        :param cwd: the project's folder
        :param given: its stdin
        :raises PulumiFailed: it ended with an error
        """
        done = self.attempt(*arguments, cwd=cwd, given=given)
        if done.returncode:
            raise PulumiFailed(arguments, done)
        return done.stdout

    def attempt(self, *arguments: str, cwd: Path, given: str | None = None) -> Done:
        """Run a command and return its result, whether it succeeds or fails."""
        if self._tether:
            assert not given, "a tethered program has an empty stdin"
            return run_tethered(self._argv(arguments), cwd, self._environment, self._tether, self._longest)
        done = subprocess.run(
            self._argv(arguments),
            cwd=cwd,
            env=self._environment,
            input=given or "",
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def attempt_logged(self, log: Path, *arguments: str, cwd: Path, given: Path | None = None) -> Done:
        """
        Run a command and append its output to a log file. All of it is `stderr` of the result.

        The command keeps writing there if this process is killed. Ctrl-C reaches pulumi from the terminal: this waits
        until it has ended in order.

        :param given: the file to read as stdin
        """
        with open_log(log) as file:
            file.write(f"$ pulumi {' '.join(arguments)}\n".encode())
            file.flush()
            began = file.tell()
            with (given or Path(os.devnull)).open("rb") as stdin:
                process = subprocess.Popen(
                    self._argv(arguments), cwd=cwd, env=self._environment, stdin=stdin, stdout=file, stderr=file
                )
                code = _wait(process)
            file.seek(began)
            return Done(code, "", file.read().decode(errors="replace"))

    def _argv(self, arguments: tuple[str, ...]) -> list[str]:
        return [str(self._program), "--non-interactive", *arguments]


def _wait(process: subprocess.Popen[bytes]) -> int:
    interrupted = None
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt as interrupt:
            interrupted = interrupt
        else:
            break
    if interrupted:
        raise interrupted
    return code
