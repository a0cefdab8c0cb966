"""Before it writes anything, the program checks that the namespaces exist that it does not own."""

from __future__ import annotations

from tests.homelab.deployment import EXTERNAL_SECRET, Homelab


def test_the_preview_names_the_namespace_and_nothing_is_written(bare_homelab: Homelab) -> None:
    homelab = bare_homelab
    homelab.plane.kubectl.run("delete", "namespace", "monitoring", "--wait=true")

    # With its preview, which fails.
    run = homelab.attempt("up", "--yes")

    assert run.code != 0
    assert "Namespace (monitoring)" in run.output
    assert "resource 'monitoring' does not exist" in run.output
    assert "Updating (" not in run.output
    assert "infisical" not in homelab.objects("namespaces")
    assert homelab.objects(EXTERNAL_SECRET) == {}

    homelab.plane.kubectl.run("create", "namespace", "monitoring")
    homelab.up()
    assert "monitoring/grafana-secret" in homelab.objects(EXTERNAL_SECRET)
