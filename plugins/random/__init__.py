"""The random provider: values that are drawn once and then kept in the state."""
