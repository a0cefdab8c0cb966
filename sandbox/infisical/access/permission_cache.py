"""
Caches permissions for some seconds, as the real server does.

Only hits are cached: a missing membership is looked up again each time.
"""

from __future__ import annotations

from collections.abc import Callable

from sandbox.infisical.access.ability import Ability

Key = tuple[str, str, str]


class PermissionCache:
    """Abilities by actor and project."""

    def __init__(self) -> None:
        self._kept: dict[Key, tuple[float, Ability]] = {}

    def clear(self) -> None:
        self._kept.clear()

    def get(self, key: Key, now: float, seconds: float, look_up: Callable[[], Ability]) -> Ability:
        """
        :param seconds: for how long a looked-up ability is kept
        """
        until, ability = self._kept.get(key, (now, None))
        if ability is None or until <= now:
            ability = look_up()
            self._kept[key] = (now + seconds, ability)
        return ability
