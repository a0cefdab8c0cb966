"""The resource classes for programs; `infisical` itself re-exports them."""
