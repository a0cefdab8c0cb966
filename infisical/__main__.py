"""The plugin: run as a folder by Pulumi's language host, or as a module."""

import gc
import sys
from pathlib import Path


def run() -> None:
    folder = Path(__file__).resolve().parent
    # Python puts this folder on the path, which would make its modules importable without their package.
    others = [entry for entry in sys.path if Path(entry or ".").resolve() != folder]
    sys.path[:] = [str(folder.parent), *(entry for entry in others if Path(entry or ".").resolve() != folder.parent)]
    # Loading creates no garbage; the server turns collection on again.
    gc.disable()
    import tooling.plugin.sdk  # noqa: F401  (first: keeps the SDK itself from being loaded)

    # isort: split
    from infisical.server.serve import main

    main()


if __name__ == "__main__":
    run()
