"""
Go's `math/rand`, for seeds: the official provider draws from it, and the same seed must draw the same.

Not a source of secrets: it is used only where a seed asks for a repeatable result.

The generator adds two of its 607 last numbers: y[k] = y[k-607] + y[k-273] (mod 2^64). Go mixes each
seed with a table: the same generator's numbers after 7.8e12 steps from the seed 1 (Go's gen_cooked.go).
Here the table is computed: y[N] is a linear combination of the first 607 numbers, whose coefficients
are those of x^N modulo x^607 - x^334 - 1, and x^N takes 43 squarings.
"""

from __future__ import annotations

from functools import cache

LENGTH = 607
TAP = 273
FEED = LENGTH - TAP
TABLE_STEPS = 7_800_000_000_000

MASK_64 = (1 << 64) - 1
MASK_63 = (1 << 63) - 1
PRIME_31 = (1 << 31) - 1
SEED_FOR_ZERO = 89482311
WARM_UP = 20

DIGIT = 144
"""Bits that hold a coefficient of a product: 607 products of two 64-bit numbers need 138."""


class GoRandom:
    """What `rand.New(rand.NewSource(seed))` draws in Go."""

    def __init__(self, seed: int) -> None:
        self._vector = [drawn ^ cooked for drawn, cooked in zip(_seed_vector(seed, 40, 20), _table(), strict=True)]
        self._tap = 0
        self._feed = FEED

    @classmethod
    def of(cls, seed: str) -> GoRandom:
        """The generator that the official provider makes of a seed's text."""
        number = crc64(seed.encode())
        return cls(number - (1 << 64) if number >> 63 else number)

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1: Go's `Intn`."""
        bits = 31 if limit < 1 << 31 else 63
        if limit & (limit - 1) == 0:
            return self._bits(bits) & (limit - 1)
        most = (1 << bits) - 1 - (1 << bits) % limit
        while (drawn := self._bits(bits)) > most:
            pass
        return drawn % limit

    def permutation(self, size: int) -> list[int]:
        """The numbers from 0 to `size` - 1 in random order: Go's `Perm`."""
        order = [0] * size
        for index in range(size):
            other = self.below(index + 1)
            order[index] = order[other]
            order[other] = index
        return order

    def _bits(self, count: int) -> int:
        self._tap = (self._tap - 1) % LENGTH
        self._feed = (self._feed - 1) % LENGTH
        drawn = (self._vector[self._feed] + self._vector[self._tap]) & MASK_64
        self._vector[self._feed] = drawn
        return (drawn & MASK_63) >> (63 - count)


def crc64(data: bytes) -> int:
    """CRC-64 with the ISO 3309 polynomial, as Go's `crc64.ISO`."""
    value = MASK_64
    for octet in data:
        value ^= octet
        for _ in range(8):
            value = (value >> 1) ^ (0xD800000000000000 if value & 1 else 0)
    return value ^ MASK_64


def _seed_vector(seed: int, high: int, middle: int) -> list[int]:
    """607 numbers out of a seed, each of three steps of a smaller generator, shifted by `high`, `middle` and 0."""
    state = seed % PRIME_31 or SEED_FOR_ZERO

    def step() -> int:
        nonlocal state
        state = 48271 * state % PRIME_31
        return state

    for _ in range(WARM_UP):
        step()
    return [((step() << high) ^ (step() << middle) ^ step()) & MASK_64 for _ in range(LENGTH)]


@cache
def _table() -> list[int]:
    """Go's table: the vector after `TABLE_STEPS` steps from the seed 1."""
    vector = _seed_vector(1, 20, 10)
    # y[j] stands at place (FEED - j) mod LENGTH of the vector; the oldest number is y[-606].
    numbers = [vector[(FEED - j) % LENGTH] for j in range(1 - LENGTH, 1)]
    for _ in range(LENGTH - 1):
        numbers.append((numbers[-LENGTH] + numbers[-TAP]) & MASK_64)
    coefficients = _power_of_x(TABLE_STEPS)
    later = [
        sum(c * y for c, y in zip(coefficients, numbers[shift : shift + LENGTH], strict=True)) & MASK_64
        for shift in range(LENGTH)
    ]
    table = [0] * LENGTH
    for j, number in enumerate(later, start=TABLE_STEPS + 1 - LENGTH):
        table[(FEED - j) % LENGTH] = number
    return table


def _power_of_x(exponent: int) -> list[int]:
    """The 607 coefficients of x^exponent modulo x^607 - x^334 - 1, over the integers modulo 2^64, lowest first."""
    power = [1] + [0] * (LENGTH - 1)
    for bit in bin(exponent)[2:]:
        power = _square(power)
        if bit == "1":
            power = _reduce([0, *power])
    return power


def _square(coefficients: list[int]) -> list[int]:
    """Squares by one multiplication of whole numbers, which hold a coefficient every `DIGIT` bits."""
    size = DIGIT // 8
    packed = int.from_bytes(b"".join(c.to_bytes(size, "little") for c in coefficients), "little")
    product = (packed * packed).to_bytes(2 * LENGTH * size, "little")
    return _reduce([int.from_bytes(product[i : i + 8], "little") for i in range(0, len(product), size)])


def _reduce(coefficients: list[int]) -> list[int]:
    for place in range(len(coefficients) - 1, LENGTH - 1, -1):
        high = coefficients[place]
        for lower in (place - LENGTH, place - TAP):
            coefficients[lower] = (coefficients[lower] + high) & MASK_64
    return coefficients[:LENGTH]
