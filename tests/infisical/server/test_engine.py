"""The lifecycle of a stack under the real Pulumi engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin, Machine
from tests.infisical.engine import Engine, make_engine
from tests.infisical.server.test_previews import written
from tests.infisical.stack import EMAIL, PASSWORD
from tooling.toolchain import Tools

pytestmark = pytest.mark.usefixtures("warm_starts")

PROGRAM = f'''
import infisical
import pulumi
from pulumi import ResourceOptions

config = pulumi.Config()
server = infisical.Provider(
    "server",
    infisical.ProviderArgs(
        url=config.require("url"),
        email="{EMAIL}",
        password=config.require_secret("password"),
        organization="homelab",
    ),
)
theirs = ResourceOptions(provider=server)
instance = infisical.Instance("instance", opts=theirs)
ready = ResourceOptions(provider=server, depends_on=[instance])
project = infisical.Project(
    "project", infisical.ProjectArgs(slug="homelab", deletion_protection=config.get_bool("protected")), ready
)
folder = infisical.Folder(
    "apps", infisical.FolderArgs(project_id=project.project_id, environment="prod", path="/apps"), theirs
)
identity = infisical.Identity(
    "eso",
    infisical.IdentityArgs(name="homelab-eso", project_id=project.project_id, environment="prod"),
    theirs,
)
credential = infisical.ClientSecret(
    "eso", infisical.ClientSecretArgs(identity_id=identity.identity_id, trigger=config.get("trigger")), theirs
)
seeded = infisical.Secret(
    "key",
    infisical.SecretArgs(
        project_id=project.project_id,
        environment="prod",
        path=folder.path,
        name="KEY",
        value=config.require_secret("value"),
        trigger=config.get("trigger"),
    ),
    theirs,
)
pulumi.export("project", project.project_id)
pulumi.export("clientId", credential.client_id)
pulumi.export("clientSecret", credential.client_secret)
pulumi.export("accessMode", identity.access_mode)
pulumi.export("inSync", seeded.in_sync)
'''

IMPORTING = """
infisical.Secret(
    "imported",
    infisical.SecretArgs(
        project_id=project.project_id,
        environment="prod",
        name="BY_HAND",
        value=config.require_secret("value"),
        trigger="1",
    ),
    ResourceOptions(provider=server, import_="homelab/prod/BY_HAND"),
)
"""

VALUE = "a-value-that-nobody-may-see"


@pytest.fixture(scope="module")
def server() -> Iterator[FakeInfisical]:
    with FakeInfisical() as fake_infisical:
        yield fake_infisical


@pytest.fixture(scope="module")
def engine(tools: Tools, server: FakeInfisical, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("engine") / "home"
    engine = make_engine(str(tools.pulumi.path), folder, PROGRAM, secret=("password", "value"))
    engine.set(url=server.url, password=PASSWORD, value=VALUE, trigger="1", protected="true")
    return engine


@pytest.mark.story
class TestStackLifecycle:
    """Each test continues with the state that the previous one left."""

    def test_a_first_preview_asks_only_for_the_set_up(self, engine: Engine, server: FakeInfisical) -> None:
        before = len(server.requests())

        result = engine.run("preview")

        assert result.code == 0, result.output
        assert "+ 8 to create" in result.output
        assert {request["path"] for request in server.requests()[before:]} == {"/api/v1/admin/config"}

    def test_up_creates_everything(self, engine: Engine, server: FakeInfisical) -> None:
        result = engine.run("up", "--yes", "--skip-preview")

        assert result.code == 0, result.output
        assert "+ 8 created" in result.output
        outputs = engine.outputs()
        assert (outputs["accessMode"], outputs["inSync"]) == ("privilege", True)
        machine = Machine(server.url, outputs["clientId"], outputs["clientSecret"])
        assert machine.sees(outputs["project"], path="/apps") == ["KEY"]
        assert Admin(server.url).secrets(outputs["project"], path="/apps") == {"KEY": VALUE}

    def test_the_state_and_the_output_contain_no_secret(self, engine: Engine) -> None:
        client_secret = engine.outputs()["clientSecret"]
        result = engine.run("preview", "--diff")

        for secret in (PASSWORD, VALUE, client_secret):
            assert secret not in engine.state() + result.output

    @pytest.mark.parametrize("command", [("refresh", "--yes", "--skip-preview"), ("up", "--yes")], ids=lambda it: it[0])
    def test_further_commands_change_nothing(
        self, engine: Engine, server: FakeInfisical, command: tuple[str, ...]
    ) -> None:
        before = len(server.requests())

        result = engine.run(*command)

        assert result.code == 0, result.output
        assert "8 unchanged" in result.output
        assert written(server.requests()[before:]) == []

    def test_a_change_by_hand_is_reported_and_kept(self, engine: Engine, server: FakeInfisical) -> None:
        project = engine.outputs()["project"]
        location = {"projectId": project, "environment": "prod", "secretPath": "/apps"}
        Admin(server.url).patch("/api/v4/secrets/KEY", **location, secretValue="changed by hand")

        refreshed = engine.run("refresh", "--yes", "--skip-preview")
        again = engine.run("up", "--yes", "--skip-preview")

        assert (
            "warning: Secret KEY at /apps in prod was changed in Infisical: its value differs from the declared one"
            in refreshed.output
        )
        assert "8 unchanged" in again.output
        assert engine.outputs()["inSync"] is False
        assert Admin(server.url).secrets(project, path="/apps") == {"KEY": "changed by hand"}

    def test_a_rotation_replaces_the_credential_and_sets_the_value(self, engine: Engine, server: FakeInfisical) -> None:
        old = engine.outputs()
        engine.set(trigger="2")

        result = engine.run("up", "--yes", "--skip-preview")

        assert result.code == 0, result.output
        assert "+-1 replaced" in result.output
        assert "~ 1 updated" in result.output
        new = engine.outputs()
        assert Machine(server.url, new["clientId"], new["clientSecret"]).logged_in
        assert not Machine(server.url, old["clientId"], old["clientSecret"]).logged_in
        assert Admin(server.url).secrets(new["project"], path="/apps") == {"KEY": VALUE}

    def test_replacing_an_identity_keeps_it_on_the_server(self, engine: Engine, server: FakeInfisical) -> None:
        """The replacement adopts the identity, and then the engine deletes the old resource."""
        urn = "urn:pulumi:dev::trial::infisical:index:Identity::eso"
        before = engine.outputs()

        result = engine.run("up", "--yes", "--skip-preview", "--replace", urn)

        assert result.code == 0, result.output
        assert "Kept on the server: another resource of this stack now manages it." in result.output
        assert engine.outputs() == before
        assert Machine(server.url, before["clientId"], before["clientSecret"]).logged_in

    def test_an_error_has_no_traceback(self, engine: Engine) -> None:
        result = engine.run("destroy", "--yes", "--skip-preview")

        assert result.code != 0
        assert "Project 'homelab' was not deleted: its `deletionProtection` is true" in result.output
        assert "infisical/handlers/project.py" not in result.output

    def test_destroy_deletes_everything_that_is_not_protected(self, engine: Engine, server: FakeInfisical) -> None:
        engine.set(protected="false")
        assert engine.run("up", "--yes", "--skip-preview").code == 0

        result = engine.run("destroy", "--yes", "--skip-preview")

        assert result.code == 0, result.output
        admin = Admin(server.url)
        assert admin.identities("homelab-eso") == []
        assert "homelab" not in [it["slug"] for it in admin.get("/api/v1/projects")["projects"]]

    def test_existing_objects_are_adopted(self, engine: Engine, server: FakeInfisical) -> None:
        made = Admin(server.url).post("/api/v1/projects", projectName="By hand", slug="homelab")["project"]

        result = engine.run("up", "--yes", "--skip-preview")

        assert result.code == 0, result.output
        assert engine.outputs()["project"] == made["id"]

    def test_import_adopts_a_secret_that_was_created_by_hand(self, engine: Engine, server: FakeInfisical) -> None:
        project = engine.outputs()["project"]
        location = {"projectId": project, "environment": "prod", "secretPath": "/"}
        Admin(server.url).post("/api/v4/secrets/BY_HAND", **location, secretValue="by hand")
        program = engine.project / "__main__.py"
        program.write_text(program.read_text() + IMPORTING)

        result = engine.run("up", "--yes")
        again = engine.run("up", "--yes", "--skip-preview")

        assert result.code == 0, result.output
        assert "= 1 imported" in result.output
        assert "9 unchanged" in again.output
        assert Admin(server.url).secrets(project)["BY_HAND"] == "by hand"
