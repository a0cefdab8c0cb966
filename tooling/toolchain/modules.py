"""Files out of pinned Go modules, as Go's own download and checksum give them."""

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
    The folder of the module in Go's module cache.

    :param scratch: an existing folder; Go runs in an empty one below it, so that no go.mod has a say
    :raises ToolError: it cannot be had, or its checksum is not the pinned one
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
        problem = f"{wanted} cannot be downloaded: {answer['Error']}"
        raise ToolError(problem)
    if answer["Sum"] != source.checksum:
        problem = f"{wanted} is not what was pinned: its checksum is {answer['Sum']}, pinned is {source.checksum}"
        raise ToolError(problem)
    return Path(answer["Dir"])


def ensure_files(root: Path, source: ModuleFiles, find_go: Callable[[], Go], reporter: Reporter) -> tuple[Path, ...]:
    """
    The module's files, copied into the cache once, so that later runs need neither Go nor its module cache.

    :param root: of the cache
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
            if folder.exists():  # another process was quicker
                shutil.rmtree(draft)
            else:
                draft.replace(folder)
    return tuple(folder / Path(file).name for file in source.files)
