"""Whatever the program applies for a declaration is adopted as a declaration for which it applies the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from declaration import Problem, parse_apps, parse_store
from declaration.cluster.external_secrets import spec
from declaration.objects import store_of_folder
from operations.adopt.adoption import Adoption
from operations.adopt.content.stores import Scope, Site, Stores, host
from operations.adopt.objects import Found
from operations.adopt.writing.declared import Declared, store_path
from operations.adopt.writing.yaml_writer import as_yaml
from tests.operations.adopt.adopting import external_secret

STORE = {"hostAPI": "http://infisical:8080", "projectSlug": "homelab", "environmentSlug": "prod"}
NAMES = st.sampled_from(["A", "B", "TOKEN", "DB_PASSWORD", "dotted.name", "lower-case"])
SECRET_KEYS = st.sampled_from(["A", "B", "TOKEN", "password", "tls.crt", "user-name", "X_1"])
FOLDERS = st.sampled_from(["/", "/one", "/one/two", "/shared"])
TEXTS = st.sampled_from(["admin", "", "yes", "010", "{{ x }}", "two\nlines\n", " spaces ", "# no comment", "a: b", "ü"])

TEMPLATES = [
    "x://{{ .F }}",
    "{{ .F | quote }}\n",
    "{{ if .F }}a{{ end }}",
    "{{ $.F | b64enc }}",
    "{{ range . }}x{{ end }}",
]

KEYS = st.dictionaries(
    NAMES,
    st.fixed_dictionaries(
        {"source": st.just("manual"), "secretKeys": st.lists(SECRET_KEYS, max_size=3, unique=True)},
        optional={
            "folder": FOLDERS,
            "key": NAMES,
            "property": st.sampled_from(["user", "db.password"]),
            "decodingStrategy": st.sampled_from(["Base64", "Auto"]),
        },
    ),
    min_size=1,
    max_size=4,
)
WHOLE = st.fixed_dictionaries(
    {},
    optional={
        "include": st.sampled_from(["^PG_", "_URL$"]),
        "exclude": st.sampled_from(["_OLD$"]),
        "rename": st.sampled_from([{"source": "^PG_(.*)$", "target": "$1"}, {"source": "^PG_", "target": ""}]),
    },
)


@st.composite
def secrets(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {"keys": draw(KEYS)}
    names = [name for entry, key in found["keys"].items() for name in key["secretKeys"] or [entry]]
    readable = [name for name in names if name.isidentifier()]
    if draw(st.booleans()) and readable:
        field = draw(st.sampled_from(readable))
        text = draw(
            st.sampled_from(["x://{{ .F }}", "{{ .F | quote }}\n", "{{ if .F }}a{{ end }}", "{{ $.F | b64enc }}"])
        )
        found["template"] = {"composed": text.replace("F", field)}
    if draw(st.integers(0, 3)) == 0:
        parts = st.sampled_from([*names, "a b", "x/y", "{{"])
        login = {"username": draw(parts), "password": draw(st.sampled_from(names))}
        found["connectionString"] = {"host": draw(parts), "database": draw(parts), **login}
    if draw(st.booleans()):
        found["literals"] = {"literal": draw(TEXTS)}
    if draw(st.integers(0, 3)) == 0:
        found["dataFrom"] = {draw(FOLDERS): draw(WHOLE)}
    found |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "folder": FOLDERS,
                "type": st.sampled_from(["example.net/own", "Opaque"]),
                "labels": st.just({"team": "home"}),
                "annotations": st.dictionaries(st.just("note"), TEXTS),
                "refreshInterval": st.sampled_from(["5m", "1h", "0s", "90s", "24h", "1h30m"]),
                "externalSecret": st.sampled_from(["web", "source", "es.x"]),
                "creationPolicy": st.sampled_from(["Owner", "Orphan", "Merge"]),
            },
        )
    )
    return found


APPS = st.dictionaries(
    st.sampled_from(["web", "wiki"]),
    st.fixed_dictionaries(
        {
            "namespace": st.sampled_from(["web", "apps"]),
            "secrets": st.dictionaries(st.sampled_from(["web", "web-tls", "wiki-secret", "x"]), secrets(), min_size=1),
        }
    ),
    min_size=1,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(apps=APPS)
def test_the_program_applies_the_same_for_the_adopted_declaration(apps: dict[str, Any]) -> None:
    problems: list[Problem] = []
    store = parse_store("homelab:store", STORE, problems)
    parsed = parse_apps("homelab:apps", apps, problems)
    if problems:
        # Generated at random: two keys for one name, for example.
        return
    site = Site(host(store.host_api), store.project_slug, store.environment_slug)
    path = store_path(store, managed=True)
    scopes = {("ClusterSecretStore", "", store.name): Scope(site, path)}
    for folder in {folder.path for app in parsed for secret in app.secrets for folder in secret.folders}:
        scopes["ClusterSecretStore", "", store_of_folder(store.name, folder)] = Scope(site, folder)
    rendered = [
        Found(
            external_secret(each.namespace, each.external_secret_name, spec(each, "/", path, store.name)),
            each.namespace,
        )
        for app in parsed
        for each in app.secrets
    ]
    nothing = Declared(Path("Pulumi.homelab.yaml"), None, {}, {}, (), store, "")

    adoption = Adoption(nothing, store, Stores(scopes), rendered, with_differences=False)

    assert [(each.result, each.reasons, each.differences) for each in adoption.results] == [("adopted", (), ())] * len(
        rendered
    )
    assert yaml.safe_load(as_yaml(adoption.apps)) == adoption.apps
