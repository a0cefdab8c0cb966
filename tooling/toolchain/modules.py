"""Files of pinned Go modules, downloaded and verified by Go."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from tooling.errors import ToolError
from tooling.toolchain.golang import Go
from tooling.toolchain.pins import ModuleFiles, files_key
from tooling.toolchain.progress import Reporter


def module_folder(go: Go, source: ModuleFiles, scratch: Path) -> Path:
    """
    Return the folder of the module in Go's module cache.

    :param scratch: an existing folder; Go runs in an empty subfolder, so that no go.mod applies
    :raises ToolError: it is not available, or its checksum is not the pinned one
    """
    wanted = f"{source.module}@{source.version}"
    with tempfile.TemporaryDirectory(dir=scratch) as empty:
        argv = [str(go.program), "mod", "download", "-json", wanted]
        done = subprocess.run(argv, cwd=empty, env=go.environment, capture_output=True, text=True, check=False)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = {"Error": done.stderr.strip()}
    if "Error" in answer:
        problem = (
            f"cannot download {wanted}: {answer['Error']}. "
            "Fix: check the network and GOPROXY, then run the command again."
        )
        raise ToolError(problem)
    if answer["Sum"] != source.checksum:
        problem = (
            f"{wanted}: found checksum {answer['Sum']}, expected {source.checksum}. "
            "Fix: check GOPROXY; after a change of the version, also change the checksum in tooling/toolchain/pins.py."
        )
        raise ToolError(problem)
    return Path(answer["Dir"])


def ensure_files(root: Path, source: ModuleFiles, find_go: Callable[[], Go], reporter: Reporter) -> tuple[Path, ...]:
    """
    Return the module's files in our cache. They are copied once, so later runs need neither Go nor its module cache.

    :param root: the folder of our cache
    """
    folder = root / files_key(source)
    if not folder.exists():
        root.mkdir(parents=True, exist_ok=True)
        with reporter.stage(f"files of {source.module}@{source.version}"):
            origin = module_folder(find_go(), source, root)
            draft = root / f".{folder.name}.{os.getpid()}"
            draft.mkdir()
            for file in source.files:
                shutil.copyfile(origin / file, draft / Path(file).name)
            if folder.exists():  # another process was faster
                shutil.rmtree(draft)
            else:
                draft.replace(folder)
    return tuple(folder / Path(file).name for file in source.files)
