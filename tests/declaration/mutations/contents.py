"""Names and values that are not allowed."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.declaration import names
from tests.declaration.apps import RESERVED, SIZES, TAKEN, Apps
from tests.declaration.mutations.basics import PLAIN_KEY, SECRET, Draw, Mutation, at, invalid, own_key, rename, some_key

# Names that Kubernetes refuses


def bad_app_name(draw: Draw, apps: Apps, app: str) -> set[str]:
    bad = invalid(draw, names.LABELS, names.is_label)
    apps[app].setdefault("secretName", f"{app}-secret")
    rename(apps, app, bad)
    return at(bad)


def bad_namespace(draw: Draw, apps: Apps, app: str) -> set[str]:
    apps[app]["namespace"] = invalid(draw, names.LABELS, names.is_label)
    return at(app, "namespace")


def bad_secret_name(draw: Draw, apps: Apps, app: str) -> set[str]:
    apps[app]["secretName"] = invalid(draw, names.SUBDOMAINS, names.is_subdomain)
    return at(app, "secretName")


def bad_label_key(draw: Draw, apps: Apps, app: str) -> set[str]:
    bad = invalid(draw, names.LABEL_KEYS, names.is_label_key)
    apps[app].setdefault("labels", {})[bad] = "x"
    return at(app, "labels", bad)


def bad_label_value(draw: Draw, apps: Apps, app: str) -> set[str]:
    apps[app].setdefault("labels", {})["spare"] = invalid(draw, names.LABEL_VALUES, names.is_label_value)
    return at(app, "labels", "spare")


def bad_literal_name(draw: Draw, apps: Apps, app: str) -> set[str]:
    bad = invalid(draw, names.DATA_KEYS, names.is_data_key)
    apps[app].setdefault("literals", {})[bad] = SECRET
    return at(app, "literals", bad)


def bad_secret_key(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = own_key(apps, app)
    apps[app]["keys"][key]["secretKeys"] = [invalid(draw, names.DATA_KEYS, names.is_data_key), "spare"]
    return at(app, "keys", key, "secretKeys[0]")


def bad_key_name(draw: Draw, apps: Apps, app: str) -> set[str]:
    bad = draw(
        st.sampled_from(["", " ", "1KEY", "-KEY", ".KEY", "A B", "A/B", "A:B", "A\n", "Ä", "K" * 101, "K" * 256])
    )
    apps[app]["keys"][bad] = dict(PLAIN_KEY)
    return at(app, "keys", bad)


# Values that are not allowed


def size_out_of_range(draw: Draw, apps: Apps, app: str) -> set[str]:
    kind = draw(st.sampled_from(sorted(SIZES)))
    low, high = SIZES[kind]
    size = draw(st.integers(max_value=low - 1) | st.integers(min_value=high + 1) | st.sampled_from([low - 1, high + 1]))
    key = own_key(apps, app, {"source": "generate", "kind": kind, "size": size})
    return at(app, "keys", key, "size")


def shared_key_with_a_size_out_of_range(draw: Draw, apps: Apps, app: str) -> set[str]:
    """What is wrong in one app must not be reported of the other apps that read the same key."""
    key = some_key(draw, apps, app)
    apps[app]["keys"][key] |= {"source": "generate", "kind": "hex", "size": draw(st.sampled_from([0, 65, "x"]))}
    return at(app, "keys", key, "size")


def wrong_source(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = some_key(draw, apps, app)
    apps[app]["keys"][key]["source"] = draw(
        st.sampled_from(["generat", "Generate", "vault", "configs", "manual ", SECRET])
    )
    return at(app, "keys", key, "source")


def wrong_kind(draw: Draw, apps: Apps, app: str) -> set[str]:
    # A size that is right for another kind than the first.
    key = own_key(apps, app, {"source": "generate", "size": 100})
    apps[app]["keys"][key]["kind"] = draw(st.sampled_from(["Hex", "passwort", "guid", "base-64", SECRET]))
    return at(app, "keys", key, "kind")


def reserved_namespace_owned(draw: Draw, apps: Apps, app: str) -> set[str]:
    apps[app] |= {
        "namespace": draw(st.sampled_from(RESERVED)),
        "createNamespace": True,
        "secretName": f"spare-of-{app}",
    }
    return at(app, "createNamespace")


def secret_of_others(draw: Draw, apps: Apps, app: str) -> set[str]:
    apps[app]["namespace"], apps[app]["secretName"] = draw(st.sampled_from(TAKEN))
    apps[app]["createNamespace"] = False
    return at(app, "secretName")


def secret_key_of_two_keys(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = some_key(draw, apps, app)
    taken = draw(st.sampled_from(apps[app]["keys"][key].get("secretKeys", [key])))
    second = own_key(apps, app, {"source": "manual", "secretKeys": [taken]})
    return at(app, "keys", second, "secretKeys")


def secret_key_that_is_also_a_literal(draw: Draw, apps: Apps, app: str) -> set[str]:
    key = some_key(draw, apps, app)
    taken = draw(st.sampled_from(apps[app]["keys"][key].get("secretKeys", [key])))
    apps[app].setdefault("literals", {})[taken] = SECRET
    return at(app, "keys", key, "secretKeys")


def secret_key_given_twice(_: Draw, apps: Apps, app: str) -> set[str]:
    key = own_key(apps, app, {"source": "manual", "secretKeys": ["spare", "other", "spare"]})
    return at(app, "keys", key, "secretKeys[2]")


CONTENTS: tuple[Mutation, ...] = (
    bad_app_name,
    bad_namespace,
    bad_secret_name,
    bad_label_key,
    bad_label_value,
    bad_literal_name,
    bad_secret_key,
    bad_key_name,
    size_out_of_range,
    shared_key_with_a_size_out_of_range,
    wrong_source,
    wrong_kind,
    reserved_namespace_owned,
    secret_of_others,
    secret_key_of_two_keys,
    secret_key_that_is_also_a_literal,
    secret_key_given_twice,
)
