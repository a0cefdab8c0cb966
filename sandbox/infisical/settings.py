"""The settings of a fake; the defaults imitate a server of July 2026, which refuses the bootstrap token at once."""

from __future__ import annotations

from dataclasses import dataclass

NEVER = "never"


@dataclass(frozen=True)
class Settings:
    """
    :param permission_cache_seconds: how long permissions are cached
    :param bootstrap_token_max_age: seconds after which the bootstrap token is refused; None: never
    :param bcrypt_rounds: cost of hashing passwords and client secrets
    :param control: open the control endpoints (faults, clock, request log); for tests only
    """

    permission_cache_seconds: float = 10.0
    bootstrap_token_max_age: float | None = 0.0
    bcrypt_rounds: int = 10
    control: bool = False

    def arguments(self) -> list[str]:
        """The settings as command line arguments."""
        arguments = [f"--permission-cache={self.permission_cache_seconds:g}", f"--bcrypt-rounds={self.bcrypt_rounds}"]
        age = self.bootstrap_token_max_age
        arguments.append(f"--bootstrap-token-max-age={NEVER if age is None else format(age, 'g')}")
        return [*arguments, *(["--control"] if self.control else [])]
