"""What exists in the cluster, compared with the declaration."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from declaration.cluster.existing import Comparison, compare
from declaration.inventory import App, AppSecret, FromConfig, Generator, Origin, OtherStore, SecretKey, StoreKey
from infisical.whole_folder import WholeFolder


@dataclass(frozen=True)
class Found:
    kind: str = "Secret"
    namespace: str = "web"
    name: str = "web-secret"
    managers: tuple[str, ...] = ("kubectl-create",)
    tool: str = ""
    owner: str = ""
    keys: tuple[str, ...] = ()
    immutable: bool = False
    differing_literals: tuple[str, ...] = ()
    other_fields: tuple[str, ...] = ()
    delivers: bool = False


SECRET = Found(keys=("KEY", "user"))
EXTERNAL = Found(kind="ExternalSecret")


def _compared(
    *found: Found, managed: bool = True, creates_namespace: bool = False, adopt: bool = True, **secret: Any
) -> Comparison:
    key = SecretKey("KEY", FromConfig(), immutable=False, secret_keys=("KEY",))
    fields: dict[str, Any] = {"keys": (key,), "literals": {"user": "admin"}, "adopt": adopt}
    declared = AppSecret("web", "web", "web-secret", **fields | secret)
    return compare([App("web", "web", creates_namespace, (declared,))], found, managed=managed)


def test_an_app_whose_objects_do_not_exist_has_no_problem() -> None:
    assert _compared() == Comparison(())
    assert _compared(Found(name="other"), adopt=False) == Comparison(())


@pytest.mark.parametrize("found", [[SECRET], [EXTERNAL], [EXTERNAL, SECRET]])
def test_without_adopt_an_existing_object_is_one_problem(found: list[Found]) -> None:
    (problem,) = _compared(*found, adopt=False).problems

    assert problem.path == "homelab:apps.web.secretName"
    for each in found:
        assert f"{each.kind} web/web-secret" in problem.found


@pytest.mark.parametrize(
    "found", [[SECRET], [EXTERNAL], [EXTERNAL, Found(keys=("KEY",), owner="ExternalSecret web-secret")]]
)
def test_an_adopted_object_is_one_takeover(found: list[Found]) -> None:
    compared = _compared(*found)

    assert compared.problems == ()
    (takeover,) = compared.takeovers
    for each in found:
        assert f"{each.kind} web/web-secret" in takeover


def test_each_key_that_nothing_declares_is_refused_with_the_line_to_add() -> None:
    compared = _compared(Found(keys=("KEY", "OLD_KEY", ".dockerconfigjson", "1st")))

    assert compared.takeovers == ()
    assert [problem.fix.split("`")[1] for problem in compared.problems] == [
        "OLD_KEY: {source: generate, kind: password, size: 32}",
        "DOCKERCONFIGJSON: {source: generate, kind: password, size: 32, secretKeys: [.dockerconfigjson]}",
        "KEY_1ST: {source: generate, kind: password, size: 32, secretKeys: [1st]}",
    ]
    assert {problem.path for problem in compared.problems} == {"homelab:apps.web.keys"}


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (Found(immutable=True), "immutable"),
        (Found(owner="SealedSecret web-secret"), "its owner writes"),
        (Found(owner="ExternalSecret other"), "its owner writes"),
        (Found(kind="ExternalSecret", other_fields=("dataFrom",)), "dataFrom"),
    ],
)
def test_what_the_operator_could_not_take_over_is_refused(found: Found, reason: str) -> None:
    (problem,) = _compared(found).problems

    assert problem.path == "homelab:apps.web.adopt"
    assert reason in problem.found


OF_IT = Found(keys=("KEY", "URL", "MORE"), owner="ExternalSecret web-secret")
DELIVERS = Found(kind="ExternalSecret", delivers=True)


def test_a_composed_key_that_the_existing_external_secret_makes_from_a_store_is_taken_over() -> None:
    composed: dict[str, Any] = {"templates": {"URL": "x://{{ .KEY }}", "MORE": "{{ .KEY | b64enc }}"}}

    assert _compared(DELIVERS, OF_IT, **composed).problems == ()
    for other in (
        [OF_IT],
        [EXTERNAL, OF_IT],
        [DELIVERS, replace(OF_IT, owner="")],
        [replace(DELIVERS, name="other"), OF_IT],
    ):
        problems = _compared(*other, **composed).problems
        assert [problem.found.partition("key ")[2] for problem in problems] == ["URL", "MORE"]


def test_keys_of_whole_folders_are_taken_over_with_their_external_secret() -> None:
    folders = (WholeFolder("/shared"),)

    assert _compared(DELIVERS, OF_IT, folders=folders).problems == ()
    assert len(_compared(EXTERNAL, OF_IT, folders=folders).problems) == 2
    assert len(_compared(DELIVERS, OF_IT).problems) == 2


def test_with_the_policy_merge_the_keys_of_others_stay() -> None:
    found = Found(keys=("KEY", "OF_OTHERS"))

    assert _compared(EXTERNAL, found, creation_policy="Merge").problems == ()


def test_in_the_manual_mode_a_secret_is_taken_over_with_its_external_secret() -> None:
    keys = replace(OF_IT, keys=("KEY",))

    assert _compared(DELIVERS, keys, managed=False).problems == ()
    assert len(_compared(EXTERNAL, keys, managed=False).problems) == 1


def test_in_the_manual_mode_a_secret_is_not_adopted() -> None:
    (problem,) = _compared(SECRET, managed=False).problems

    assert "mode is manual" in problem.found


def test_literals_that_differ_and_tools_that_interfere_are_warnings() -> None:
    compared = _compared(Found(keys=("user",), differing_literals=("user",), tool="Argo CD application web"))

    differing, tool = compared.warnings
    assert "homelab:apps.web.literals replaces values of Secret web/web-secret that differ: user." in differing
    assert tool.startswith("Argo CD application web deploys Secret web/web-secret")


def test_a_namespace_is_refused_only_to_the_app_that_would_own_it() -> None:
    namespace = Found(kind="Namespace", namespace="", name="web")

    (problem,) = _compared(namespace, creates_namespace=True).problems
    assert problem.path == "homelab:apps.web.createNamespace"
    assert _compared(namespace).problems == ()


STORE_KEYS = OtherStore(Origin("SecretStore", "kubernetes", "v1"), (StoreKey("KEY", "postgres", ("KEY",)),))
OF_AN_EXTERNAL_SECRET = Found(keys=("KEY", "user"), owner="ExternalSecret web-secret")


def test_a_secret_whose_values_are_in_a_store_already_is_taken_over() -> None:
    compared = _compared(EXTERNAL, OF_AN_EXTERNAL_SECRET, keys=(), other_store=STORE_KEYS)

    assert compared.problems == ()
    assert compared.takeovers[0].endswith("The values then come from SecretStore kubernetes.")


def test_the_last_copy_of_a_value_is_not_replaced_by_one_of_another_store() -> None:
    (problem,) = _compared(SECRET, keys=(), other_store=STORE_KEYS).problems

    assert problem.path == "homelab:apps.web.adopt"
    assert "although SecretStore kubernetes would replace KEY" in problem.found


def test_a_generator_never_takes_over_a_value_in_use() -> None:
    generator = Generator(Origin("Password", "web", "v1"), ("KEY",))

    (problem,) = _compared(EXTERNAL, OF_AN_EXTERNAL_SECRET, keys=(), generator=generator).problems

    assert problem.path == "homelab:apps.web.adopt"
    assert "`source: generate`, which keeps the values in use" in problem.fix


@pytest.mark.parametrize("policy", ["Merge", "CreateOrMerge"])
def test_a_value_of_another_store_is_not_merged_over_one_of_somebody_else(policy: str) -> None:
    (problem,) = _compared(SECRET, keys=(), other_store=STORE_KEYS, adopt=False, creation_policy=policy).problems

    assert problem.path == "homelab:apps.web.creationPolicy"
    assert problem.found.startswith(f"{policy} for Secret web/web-secret, whose key KEY")
