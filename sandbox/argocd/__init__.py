"""
The sandbox's stand-in for Argo CD and for what Infisical's chart installs.

It is neither of the two. It watches the Application `argocd/infisical` on the sandbox's API server, starts the
stand-in for Infisical once its Secrets are there, and reports in the Application's status as Argo CD would.

Different on purpose: no other Application is looked at and nothing is rendered; changed Secrets restart the server by
themselves, as `kubectl rollout restart` would; a server that cannot start with new keys is down, since there is no
older one beside it. As with Argo CD, deleting the Application, which has no finalizer, leaves what runs.
"""

from sandbox.argocd.process import ArgoCd

__all__ = ["ArgoCd"]
