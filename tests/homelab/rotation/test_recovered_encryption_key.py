"""ENCRYPTION_KEY survives the loss of the state, of the stack config and of the Secret."""

from __future__ import annotations

import json
import re

from tests.homelab.deployment import Homelab

OTHER_KEY = "0123456789abcdef0123456789abcdef"


def in_cluster(homelab: Homelab) -> str:
    return homelab.secret("infisical", "infisical-secrets")["ENCRYPTION_KEY"]


def test_a_lost_state_is_recovered_as_documented(homelab: Homelab) -> None:
    """The first `up` without the state generates a key that nothing uses, and the state keeps it."""
    keys = homelab.secret("infisical", "infisical-secrets")
    values = homelab.object("application", "infisical", "argocd")["spec"]["source"]["helm"]["valuesObject"]
    lost = homelab.state()
    lost["deployment"]["resources"] = []
    homelab.run("stack", "import", "--force", given=json.dumps(lost))
    # With --continue-on-error, so that it does not end before it has generated a key.
    refused = homelab.attempt("up", "--yes", "--skip-preview", "--continue-on-error")
    assert "Secret infisical/infisical-secrets exists" in " ".join(refused.output.split())

    homelab.set_secret("infisicalEncryptionKey", keys["ENCRYPTION_KEY"])
    homelab.set_secret("infisicalAuthSecret", keys["AUTH_SECRET"])
    for name, part in (("infisicalPostgresPassword", "postgresql"), ("infisicalRedisPassword", "redis")):
        homelab.set_secret(name, values[part]["auth"]["password"])
    date, urn = dict.fromkeys(re.findall(r"`pulumi state delete --force '(\S+)'`", homelab.attempt("preview").output))
    homelab.attempt("state", "delete", "--force", "--yes", date)
    homelab.run("state", "delete", "--force", "--yes", urn)
    homelab.up()

    assert homelab.secret("infisical", "infisical-secrets") == keys
    assert homelab.attempt("state", "delete", "--force", "--yes", urn).code != 0, "the key is in use now"
    homelab.remove_secret("infisicalEncryptionKey")
    homelab.up()
    assert homelab.secret("infisical", "infisical-secrets") == keys


def test_a_key_of_an_earlier_installation_is_kept_after_the_config_loses_it(bare_homelab: Homelab) -> None:
    homelab = bare_homelab
    homelab.set_secret("infisicalEncryptionKey", OTHER_KEY)
    homelab.up()
    assert in_cluster(homelab) == OTHER_KEY

    homelab.remove_secret("infisicalEncryptionKey")
    homelab.plane.kubectl.run("delete", "secret", "infisical-secrets", "--namespace", "infisical")
    homelab.up("--refresh")
    assert in_cluster(homelab) == OTHER_KEY
