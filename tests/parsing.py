"""
Parses Python code in a process with several threads.

CPython 3.11 counts the depth of the syntax tree in one place for the whole process. If the garbage collector runs
Python code in the middle (a finalizer, a callback), and that code or another thread parses something as well, both
counts are wrong, and the first of the two fails: "AST constructor recursion depth mismatch".
"""

from __future__ import annotations

import ast
import gc
import threading
from typing import Any

_parse = ast.parse
_turn = threading.RLock()


def parse_undisturbed(*source: Any, **options: Any) -> Any:
    """`ast.parse`, one call at a time, and without the garbage collector."""
    with _turn:
        collects = gc.isenabled()
        gc.disable()
        try:
            return _parse(*source, **options)
        finally:
            if collects:
                gc.enable()
