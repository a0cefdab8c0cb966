"""
Measures the program, compared with `kubectl apply` of the same objects.

For each number of apps, everything runs on a new cluster: a preview of all, the first `up`, a preview and an `up`
without a change, one rotation, one more app, and `destroy`. The times depend on the machine: compare the ratios.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from bench import curves, report, results
from bench.run import Benchmark
from tooling.toolchain import ensure_tools
from tooling.toolchain.progress import Reporter

SIZES = (10, 100, 300)


def main() -> None:
    """Measure all sizes, one cluster at a time, and print the result."""
    arguments = _arguments()
    # Wide enough for all rows, also if the output is not a terminal.
    console = Console(width=200)
    benchmark = Benchmark(ensure_tools(Reporter()), managed=not arguments.by_hand, say=console.print)
    measured: list[results.Size] = []
    for apps in (0, *(arguments.apps or SIZES)):
        measured += benchmark.measure(apps)
        # A long run that is interrupted keeps what it has.
        results.write(arguments.json, measured)
    tables = [report.times(measured), report.growth(measured), report.split(measured)]
    if arguments.before:
        tables.append(report.comparison(results.read(arguments.before), measured))
    for table in tables:
        console.print(table)
    curves.draw(measured, arguments.curves)
    console.print(f"written: {arguments.json}, {arguments.curves}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the program at several sizes.")
    parser.add_argument("apps", nargs="*", type=int, help="numbers of apps with three keys each (default: 10 100 300)")
    parser.add_argument("--by-hand", action="store_true", help="the owner sets Infisical up: nothing is seeded")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="result (default: bench.json)")
    parser.add_argument("--before", type=Path, help="an earlier result to compare with")
    parser.add_argument("--curves", type=Path, default=Path("bench.svg"), help="picture (default: bench.svg)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
