"""
The sandbox's fake node: `python -m sandbox.node --kubeconfig FILE`.

Not a node: it reports its pods as running, and they run nothing.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

if not __package__:
    # Run as a file: this folder's modules must not pass for top-level ones.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from sandbox.node.kubelet import Kubelet
from sandbox.node.registration import LABEL


def main() -> None:
    """Run until a signal ends the process; no cleanup is needed."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.node", description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True, help="of the cluster")
    arguments = parser.parse_args()

    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    print(f"{LABEL} (its pods run nothing) watches {arguments.kubeconfig}", flush=True)
    Kubelet(arguments.kubeconfig).run()


if __name__ == "__main__":
    main()
