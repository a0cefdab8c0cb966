"""
The sandbox's fake Argo CD, and a fake of what Infisical's chart installs.

It watches the Application `infisical` on the sandbox's API server. Once the Application's Secrets exist, it installs
the chart's objects, and reports in the Application's status as Argo CD would. It refuses an Application whose
AppProject does not exist, or does not allow it.

It installs the server's Deployment and, where the database is bundled, the StatefulSets of PostgreSQL and Redis:
objects whose pods run nothing. What would run in the Deployment's pods is one process, the fake Infisical. It reads its
Secret when it starts, and starts when a rollout has a new pod or when it ended: a changed Secret takes effect with
`kubectl rollout restart`, and a changed password of the database rolls the pods, by a checksum in their template. Its
pods are Ready while it answers. Its data are in the sandbox's PostgreSQL.

Different on purpose: it ignores every other Application, nothing is rendered, and nothing is pruned; while a Secret is
missing nothing is installed, where Argo CD would install and the pods would wait; a server that cannot start with new
keys is down, since no older one runs in parallel. As with Argo CD, deleting the Application, which has no finalizer,
leaves what was installed.
"""

from sandbox.argocd.process import ArgoCd

__all__ = ["ArgoCd"]
