"""
Amounts (`500m`, `1.5Gi`, `2e3`) as the API server writes them.

No fraction, the largest fitting suffix: `0.5` is `500m`, `1024Mi` is `1Gi`, `2000` is `2k`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+|)")

BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
DECIMAL = {-9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E"}
EXPONENTS = {suffix: exponent for exponent, suffix in DECIMAL.items()}


def canonical_quantity(value: Any) -> Any:
    """The amount in its canonical form; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    found = QUANTITY.fullmatch(str(value).strip())
    if found is None:
        return value
    number, suffix = Decimal(found[1]), found[2]
    if suffix in BINARY[1:]:
        amount = number * 1024 ** BINARY.index(suffix)
        # Small amounts are written without a binary suffix, fractions of a byte with a decimal one.
        return _binary(amount) if abs(amount) >= 1024 and amount == int(amount) else _decimal(amount, "")
    if suffix in EXPONENTS:
        return _decimal(number.scaleb(EXPONENTS[suffix]), "")
    return _decimal(number.scaleb(int(suffix[1:])), "e")


def _binary(amount: Decimal) -> str:
    whole, power = int(amount), 0
    while whole % 1024 == 0 and power < len(BINARY) - 1:
        whole, power = whole // 1024, power + 1
    return f"{whole}{BINARY[power]}"


def _decimal(amount: Decimal, style: str) -> str:
    if amount == 0:
        return "0"
    exponent = 0
    while amount != int(amount) and exponent > -9:
        amount, exponent = amount.scaleb(3), exponent - 3
    # What is finer than the finest suffix is rounded away from zero.
    whole = int(amount) if amount == int(amount) else int(amount) + (1 if amount > 0 else -1)
    while whole % 1000 == 0 and exponent < 18:
        whole, exponent = whole // 1000, exponent + 3
    if style:
        return f"{whole}e{exponent}" if exponent else str(whole)
    return f"{whole}{DECIMAL[exponent]}"
