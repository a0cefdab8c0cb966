"""The plugin: run as a folder by Pulumi's language host."""

import sys
from pathlib import Path


def run() -> None:
    folder = Path(__file__).resolve().parent
    # Python puts this folder on the path, which would make its modules importable without their package.
    others = [entry for entry in sys.path if Path(entry or ".").resolve() != folder]
    sys.path[:] = [str(folder.parent.parent), *others]
    from infisical.offline.provider import OfflineProvider
    from infisical.server.serve import main

    main(OfflineProvider)


if __name__ == "__main__":
    run()
