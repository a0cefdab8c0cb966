"""What can be told to a fake; the defaults imitate a server of July 2026 without the max-age defect."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """
    :param permission_cache_seconds: how long permissions, once looked up, are used without looking again
    :param bootstrap_token_max_age: seconds after which the bootstrap token is refused (old servers); None: never
    :param bcrypt_rounds: cost of hashing passwords and client secrets
    :param control: open the control endpoints (faults, clock, request log); for tests only
    """

    permission_cache_seconds: float = 10.0
    bootstrap_token_max_age: float | None = None
    bcrypt_rounds: int = 10
    control: bool = False

    def arguments(self) -> list[str]:
        """The same, as command line arguments."""
        arguments = [f"--permission-cache={self.permission_cache_seconds:g}", f"--bcrypt-rounds={self.bcrypt_rounds}"]
        if self.bootstrap_token_max_age is not None:
            arguments.append(f"--bootstrap-token-max-age={self.bootstrap_token_max_age:g}")
        return [*arguments, *(["--control"] if self.control else [])]
