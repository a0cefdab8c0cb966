"""Stories about values: secrets, values in use, renamed secrets, immutable keys."""

from __future__ import annotations

from tests.infisical.admin import Admin, at
from tests.infisical.deliveries import stack_for
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.in_use import ONE, TWO, held, hold
from tests.infisical.programs import FOLDER, INSTANCE, SETUP, secret
from tests.infisical.stack import Declared, Stack
from tests.messages.stories.infisical_stories import Messages, error, imported, project_id, warning


async def about_secrets(stack: Stack) -> Messages:
    await stack.up([*SETUP, secret(rotateWith="make rotate"), secret("KEY", onNewValue="hold"), secret("SET", "old")])
    admin, location = Admin(stack.fake_infisical.url), at(project_id(stack))
    base = [*SETUP, secret(rotateWith="make rotate")]
    by_hand = {"DB_PASSWORD": "by-hand", "SET": "by-hand"}
    for name, value in by_hand.items():
        admin.set_secret(project_id(stack), name, value)
    del stack.records["set"]
    await stack.refresh()
    messages = [("A value was changed in Infisical", warning(stack))]
    await stack.up([*base, secret("KEY", onNewValue="hold"), secret("SET", "declared", onNewValue="set")])
    messages.append(("A declared value meets a different one", warning(stack)))

    async def add(title: str, *declared: Declared) -> None:
        messages.append((title, await error(stack.up([*SETUP, *declared]))))

    rotatable = secret("SET", "a", onNewValue="set", trigger="")
    await stack.up([*SETUP, secret(trigger=""), secret("KEY", onNewValue="refuse"), rotatable])
    await add("A folder does not exist", secret("NEW", path="/apps/web"))
    await add("A secret is imported by a wrong ID", imported(secret("NEW"), "prod/NEW"))
    await add("A new value of an immutable secret", secret("KEY", "new-value", onNewValue="refuse"))
    await add("A rotation without a new value", secret("SET", "a", onNewValue="set", trigger="2026-11"))
    others = {"/WEBHOOK": "run `pulumi config set --secret WEBHOOK`", "/BY_HAND": ""}
    await add("A rotation that cannot be delivered", secret(value="new", trigger="2026-11", deliveredWith=others))
    failing = 'echo "ERROR: role $NEW_VALUE does not exist"; exit 3'
    await add("A change command that fails", secret(value="new-value", trigger="2026-11", changeCommand=failing))
    await stack.preview([*SETUP, secret(value="new-value", trigger="2026-11", changeCommand=failing)])
    messages.append(("A preview of a rotation", f"info: {stack.log.infos[-1]}"))
    await stack.up([*SETUP, FOLDER, secret("KEY", onNewValue="hold")])
    inputs = secret("KEY", "different", onNewValue="hold", path="/apps/web").inputs
    elsewhere = Declared("Secret", "elsewhere", inputs)
    await add("An immutable secret with a different value is elsewhere", FOLDER, elsewhere)
    admin.delete("/api/v4/secrets/KEY", **location)
    await add("An immutable secret was deleted", secret("KEY", "different", onNewValue="hold"))
    return messages


async def about_values_in_use(stack: Stack) -> Messages:
    with FakeCluster() as cluster:
        stack = stack_for(stack.fake_infisical, cluster.kubeconfig)
        await stack.up([*SETUP, FOLDER])
        admin, below = Admin(stack.fake_infisical.url), {"path": "/apps/web"}
        messages: Messages = []

        async def refused(title: str, *declared: Declared) -> None:
            messages.append((title, await error(stack.up([*SETUP, FOLDER, *declared]))))

        async def shown(title: str, *declared: Declared) -> None:
            program = [*SETUP, FOLDER, *declared]
            await stack.preview(program)
            messages.append((f"A preview: {title}", f"info: {stack.log.infos[-1]}"))
            await stack.up(program)
            messages.append((title, f"info: {stack.log.infos[-1]}"))

        hold(cluster, ONE, " padded")
        await refused("An app's value would change in Infisical", held())
        hold(cluster, ONE, b"\xff")
        await refused("An app's value is not text", held())
        hold(cluster, ONE, "one")
        hold(cluster, TWO, "two")
        await refused("Two apps have different values", held())
        hold(cluster, TWO, "one")
        given = held(onNewValue="refuse", value="declared")
        await refused("An immutable value of the stack config differs from an app's", given)
        cluster.refused.add(TWO)
        await refused("An app's Secret cannot be read", held())
        await stack.preview([*SETUP, FOLDER, held()])
        messages.append(("A preview: an app's Secret cannot be read", warning(stack)))
        cluster.refused.clear()
        await shown("An app has the value that Infisical lacks", held())
        admin.delete("/api/v4/secrets/DB_PASSWORD", **at(project_id(stack)))
        await stack.refresh()
        messages.append(("A refresh finds a deleted value", warning(stack)))
        hold(cluster, ONE, "changed")
        hold(cluster, TWO, "changed")
        await refused("An immutable copy differs from the lost value", held(onNewValue="hold"))
        cluster.objects.clear()
        await stack.up([*SETUP, FOLDER, held()])
        messages.append(("A value is lost everywhere", warning(stack)))
        admin.post("/api/v4/secrets/DB_PASSWORD", **at(project_id(stack), **below), secretValue="another")
        await refused("The new place has a different value", held(**below))
        admin.delete("/api/v4/secrets/DB_PASSWORD", **at(project_id(stack), **below))
        hold(cluster, ONE, "by-hand", managed=False)
        await refused("An immutable value that moves differs from an app's", held(onNewValue="hold", **below))
        await shown("A value moves", held(**below))
        del stack.records["db_password"]
        await refused("Infisical has a different value than the app's own Secret", held(**below))
        await refused("Infisical has a different value than an app, immutable", held(onNewValue="hold", **below))
    return messages


async def about_renamed_secrets(stack: Stack) -> Messages:
    def named(name: str) -> list[Declared]:
        return [*SETUP, Declared("Secret", "key", secret(name).inputs)]

    await stack.up(named("OLD"))
    await stack.preview(named("NEW"))
    preview = f"info: {stack.log.infos[-1]}"
    Admin(stack.fake_infisical.url).post("/api/v4/secrets/NEW", **at(project_id(stack)), secretValue="another")
    refused = await error(stack.up(named("NEW")))
    Admin(stack.fake_infisical.url).delete("/api/v4/secrets/NEW", **at(project_id(stack)))
    await stack.up(named("NEW"))
    return [
        ("A preview: a secret is renamed", preview),
        ("The new name has a different value", refused),
        ("A secret is renamed", f"info: {stack.log.infos[-1]}"),
    ]


async def about_the_database(stack: Stack) -> Messages:
    def in_use(kind: str) -> list[Declared]:
        return [Declared("DatabaseInUse", "database", {"kind": kind})]

    await stack.up(in_use("bundled"))
    refused = await error(stack.preview(in_use("separate")))
    await stack.up(in_use("moving"))
    await stack.up(in_use("separate"))
    imported_kind = imported(Declared("DatabaseInUse", "other", {"kind": "bundled"}), "kind")
    return [
        ("A separate database without the data of the bundled one", refused),
        ("Back to the bundled database", await error(stack.preview(in_use("moving")))),
        ("The database in use is imported", await error(stack.up([*in_use("separate"), imported_kind]))),
    ]


async def about_immutable_keys(stack: Stack) -> Messages:
    def keys(
        *names: str,
        source: str = "generate",
        generated: tuple[str, ...] = (),
        managed: bool = True,
        installed: bool = True,
    ) -> list[Declared]:
        inputs = {
            "managed": managed,
            "installed": installed,
            "keys": dict.fromkeys(names, source),
            "declared": [*names],
            "generated": [*generated],
        }
        return [INSTANCE, Declared("ImmutableKeys", "immutable-keys", inputs)]

    await stack.up(keys("paperless/SECRET_KEY", "AUTHENTIK_SECRET_KEY", generated=("AUTHENTIK_SECRET_KEY",)))
    given = keys("paperless/SECRET_KEY", "AUTHENTIK_SECRET_KEY", source="given", generated=("paperless/SECRET_KEY",))
    imported_keys = imported(Declared("ImmutableKeys", "other", keys()[1].inputs), "keys")
    return [
        ("An immutable key is removed", await error(stack.preview(keys("AUTHENTIK_SECRET_KEY")))),
        ("Immutable keys are removed", await error(stack.preview(keys()))),
        ("An immutable key gets another source", await error(stack.preview(given))),
        ("The mode changes to manual", await error(stack.preview(keys(managed=False)))),
        ("An installed Infisical moves elsewhere", await error(stack.preview(keys(installed=False)))),
        ("The immutable keys are imported", await error(stack.up([INSTANCE, imported_keys]))),
    ]
