"""
From ExternalSecrets to apps, and back: each result is what the program would apply for the new declaration.

An ExternalSecret whose result differs, or that the declaration refuses, is left out, and the others are written again
without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from declaration import Problem, Store
from declaration.cluster.external_secrets import ESO_API_VERSION, spec
from declaration.inventory import App, AppSecret
from declaration.objects import STACK, store_of_folder
from operations.adopt.content.meaning import Meaning, meaning_of
from operations.adopt.content.reasons import reason_of
from operations.adopt.content.stores import Scope, Site, Stores, host
from operations.adopt.objects import EXTERNAL_SECRET, STORES, Found, mapping
from operations.adopt.reading.by_hand import meanings
from operations.adopt.writing.declared import INLINE, Declared, store_path
from operations.adopt.writing.grouping import Place, group
from operations.adopt.writing.writer import declared_fields

Result = Literal["adopted", "different", "refused", "declared"]

_ROUNDS: Final = 50
_CONSEQUENCES: Final = ("keys", "creationPolicy")


@dataclass(frozen=True)
class Difference:
    """A field of an ExternalSecret: what it is, what it would be, and why."""

    path: str
    was: str
    would_be: str
    reason: str


@dataclass
class Adopted:
    """
    One ExternalSecret, and what became of it.

    `adopted`: the program would apply the same. `different`: it would not. `refused`: the declaration cannot express
    it. `declared`: the declaration has it already.
    """

    found: Found
    meaning: Meaning
    app: str = ""
    result: Result = "adopted"
    differences: tuple[Difference, ...] = ()
    reasons: tuple[str, ...] = field(default=())

    @property
    def place(self) -> Place:
        return self.meaning.namespace, self.meaning.secret


class Adoption:
    """
    :param store: the declared one, or the one that will be declared
    :param by_hand: Secrets that no ExternalSecret makes
    :param with_differences: whether to write what would differ
    """

    def __init__(
        self,
        declared: Declared,
        store: Store,
        stores: Stores,
        external_secrets: Sequence[Found],
        *,
        by_hand: Sequence[Found] = (),
        with_differences: bool,
    ) -> None:
        self._declared, self._store = declared, store
        self._with_differences = with_differences
        self._keys = declared.keys(store)
        self._site = Site(host(store.host_api), store.project_slug, store.environment_slug)
        self.results = [self._read(found, stores) for found in external_secrets]
        self.results += list(self._proposed(by_hand))
        self._refuse_repeated()
        self.apps = self._apps()
        for each in self.results:
            each.app = each.app if each.result == "declared" or self._is_written(each) else ""

    def _read(self, found: Found, stores: Stores) -> Adopted:
        result = Adopted(found, meaning_of(found.content, found.namespace, stores))
        annotations = mapping(mapping(found.content.get("metadata")).get("annotations"))
        writer = next(
            (each for app in self._declared.apps for each in app.secrets if each.place == result.meaning.place), None
        )
        if writer:
            return replace(result, result="declared", app=writer.app)
        if STACK in annotations:
            return replace(result, result="declared", reasons=(f"the stack {annotations[STACK]} made it",))
        return self._with_its_store(result) or self._judged(result)

    def _judged(self, result: Adopted) -> Adopted:
        reasons = tuple(self._refusals(result))
        return replace(result, result="refused", reasons=reasons) if reasons else result

    def _with_its_store(self, result: Adopted) -> Adopted | None:
        """The same with the store that it reads now, if only that store can deliver its keys."""
        meaning, reasons = result.meaning, self._reasons_for_its_store(result.meaning)
        if not result.found.namespace or not (reasons or meaning.other):
            return None
        kept = meaning_of(result.found.content, meaning.namespace, Stores({}), keeps_store=True)
        is_own = kept.store == (STORES[0], self._store.name)
        lacks_more = any(path not in meaning.other for path in kept.other) or not (kept.fields or kept.folders)
        helps = bool(reasons) or kept.other != meaning.other
        if is_own or kept.refused or lacks_more or not helps:
            return None
        why = "; ".join(reasons) or f"{', '.join(meaning.other)} needs it"
        reason = f"it keeps the {' '.join(kept.store or ())}, where the program sets no value: {why}"
        return replace(result, meaning=kept, reasons=(reason,))

    def _proposed(self, by_hand: Sequence[Found]) -> Iterator[Adopted]:
        """The Secrets made by hand, without those that an ExternalSecret writes."""
        written = {each.place for each in self.results}
        written |= {(secret.namespace, secret.name) for app in self._declared.apps for secret in app.secrets}
        left = [found for found in by_hand if (found.namespace, found.name) not in written]
        names = {name for _, name in (*self._keys.made, *self._keys.shared)}
        names |= {remote.name for each in self.results for remote in each.meaning.fields.values()}
        for found, meaning in meanings(left, self._store, names):
            result = Adopted(found, meaning)
            if meaning.immutable:
                result.result, result.reasons = "refused", ("the Secret is immutable: the operator cannot update it",)
            yield result

    def _refusals(self, each: Adopted) -> Iterator[str]:
        if not each.found.namespace:
            yield "its namespace is unknown: write metadata.namespace, or use --live"
        yield from self._reasons_for_its_store(each.meaning)

    def _reasons_for_its_store(self, meaning: Meaning) -> list[str]:
        """Why the store of this stack does not deliver its keys."""
        others = [site for site in sorted(meaning.sites) if site != self._site]
        return [
            *(f"{path}: {what}" for path, what in meaning.refused.items()),
            *(f"it reads {site}; the store of this stack reads {self._site}" for site in others),
        ]

    def _refuse_repeated(self) -> None:
        first: dict[Place, Adopted] = {}
        for index, each in enumerate(self.results):
            if each.result != "adopted":
                continue
            other = first.setdefault(each.place, each)
            if other is not each and other.meaning != each.meaning:
                reason = (
                    f"it writes the Secret of {other.found.file or other.found.place} too, with a different content"
                )
                self.results[index] = replace(each, result="refused", reasons=(reason,))
            elif other is not each:
                self.results[index] = replace(each, result="declared", reasons=(f"the same as in {other.found.file}",))

    def _apps(self) -> dict[str, dict[str, Any]]:
        """The new apps; updates the results."""
        for _ in range(_ROUNDS):
            chosen = [each for each in self.results if self._is_written(each)]
            apps = self._grouped(chosen)
            if not self._check(chosen, apps):
                return apps
        return {}

    def _is_written(self, each: Adopted) -> bool:
        return each.result == "adopted" or (each.result == "different" and self._with_differences)

    def _grouped(self, chosen: Sequence[Adopted]) -> dict[str, dict[str, Any]]:
        names = group([each.place for each in chosen], self._declared.inventory.keys())
        members: dict[str, list[Adopted]] = {}
        for each in sorted(chosen, key=lambda one: one.place):
            each.app = names[each.place]
            members.setdefault(each.app, []).append(each)
        return {app: self._app(app, secrets) for app, secrets in sorted(members.items())}

    def _app(self, app: str, secrets: Sequence[Adopted]) -> dict[str, Any]:
        folder = self._store.folder(app)
        written = {each.meaning.secret: declared_fields(each.meaning, folder, self._keys) for each in secrets}
        start = {"namespace": secrets[0].meaning.namespace}
        if len(written) == 1:
            ((name, fields),) = written.items()
            return {**start, **({} if name == f"{app}-secret" else {"secretName": name}), **fields}
        folders = {fields.get("folder", folder) for fields in written.values()}
        if len(folders) == 1 and folders != {folder}:
            start["folder"] = folders.pop()
            for fields in written.values():
                del fields["folder"]
        return {**start, "secrets": written}

    def _check(self, chosen: Sequence[Adopted], apps: Mapping[str, Any]) -> bool:
        """Refuse what the declaration refuses or the program would apply differently; whether there is any."""
        problems: list[Problem] = []
        parsed = self._declared.parse({**self._declared.inventory, **apps}, self._store, problems)
        by_place = {(secret.namespace, secret.name): secret for app in parsed for secret in app.secrets}
        changed = False
        for each in chosen:
            shape = apps[each.app]
            own = [problem for problem in problems if _concerns(problem.path, each, is_short="secrets" not in shape)]
            if own:
                each.result, changed = "refused", True
                each.reasons = tuple(_reasons(own, each))
        if changed or problems:
            if not changed:
                for each in chosen:
                    each.result = "refused"
                    each.reasons = tuple(f"{problem.path}: {problem.found}" for problem in problems)
            return True
        stores = would_be_stores(self._store, self._site, parsed, managed=self._declared.is_managed)
        for each in chosen:
            content = self._rendered(by_place[each.place])
            keeps_store = each.meaning.store is not None
            would_be = meaning_of(content, each.meaning.namespace, stores, keeps_store=keeps_store)
            found = tuple(_differences(each.meaning, would_be))
            if found and each.result == "adopted":
                each.result, each.differences = "different", found
                changed = changed or not self._with_differences
        return changed

    def _rendered(self, secret: AppSecret) -> dict[str, Any]:
        """The ExternalSecret that the program would apply."""
        return rendered(secret, self._store, managed=self._declared.is_managed)


def rendered(secret: AppSecret, store: Store, *, managed: bool) -> dict[str, Any]:
    """The ExternalSecret that the program would apply."""
    path = store_path(store, managed=managed)
    return {
        "apiVersion": ESO_API_VERSION,
        "kind": EXTERNAL_SECRET,
        "metadata": {"name": secret.external_secret_name, "namespace": secret.namespace},
        "spec": spec(secret, store.folder(secret.app), path, store.name),
    }


def would_be_stores(store: Store, site: Site, apps: Sequence[App], *, managed: bool) -> Stores:
    scopes = {(STORES[0], "", store.name): Scope(site, store_path(store, managed=managed))}
    for path in {folder.path for app in apps for secret in app.secrets for folder in secret.folders}:
        scopes[STORES[0], "", store_of_folder(store.name, path)] = Scope(site, path)
    return Stores(scopes)


def _concerns(path: str, each: Adopted, *, is_short: bool) -> bool:
    at = f"{INLINE}.{each.app}"
    if is_short:
        return path == at or path.startswith(f"{at}.")
    own = f"{at}.secrets.{each.meaning.secret}"
    others = path.startswith(f"{at}.secrets.")
    return path in (own, at) or path.startswith(f"{own}.") or (path.startswith(f"{at}.") and not others)


def _reasons(problems: Sequence[Problem], each: Adopted) -> Iterator[str]:
    """Why the declaration refuses it: the fields that it lacks, and what else is wrong."""
    yield from (f"{path} is {found}: {reason_of(path)}" for path, found in each.meaning.other.items())
    start = f"{INLINE}.{each.app}"
    for problem in problems:
        path = problem.path.removeprefix(start).removeprefix(f".secrets.{each.meaning.secret}").strip(".")
        # What is missing then is in a field that the declaration lacks.
        if not (each.meaning.other and path in _CONSEQUENCES):
            yield f"{path or 'the app'}: found {problem.found}; expected {problem.expected}"


def _differences(was: Meaning, would_be: Meaning) -> Iterator[Difference]:
    before, after = was.flat(), would_be.flat()
    for path in dict.fromkeys((*before, *after)):
        if before.get(path) != after.get(path):
            found, expected = (str(side.get(path, "missing")) for side in (before, after))
            yield Difference(path, found, expected, reason_of(path))
