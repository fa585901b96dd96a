"""webapp/access.py alone says whose rows somebody may see: the source of all that answers people is held to that."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from webapp.access import OWNED, REVIEWABLE, owned, owns, reviewable
from webapp.models import Batch, Image, User

HandIn = Callable[..., Batch]

# The admin is apart: there permissions decide, and it shows everybody's.
ANSWERING = ("views", "api", "exports", "forms", "templatetags")
MODULES = sorted(path for room in ANSWERING for path in (settings.BASE_DIR / "webapp" / room).rglob("*.py"))

NARROWING = {"filter", "exclude", "get", "get_or_create", "update_or_create", "get_object_or_404", "Q", "When"}
PEOPLE = {field.name for model in OWNED for field in model._meta.fields if field.related_model is User}
# The way from a person to their rows: `user.batches`.
WAYS = {relation.get_accessor_name() for relation in User._meta.related_objects} - {None}
TABLES = {model.__name__ for model in OWNED}
ASKED = {"owned", "reviewable"}


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def is_person(node: ast.expr) -> bool:
    return name_of(node) in {"user", *PEOPLE}


def narrows_by_person(node: ast.AST) -> bool:
    """`filter(owner=…)`, `Q(batch__reviewer_id=…)`."""
    if not isinstance(node, ast.Call) or name_of(node.func) not in NARROWING:
        return False
    said = {part.removesuffix("_id") for word in node.keywords for part in (word.arg or "").split("__")}
    return bool(said & PEOPLE)


def compares_person(node: ast.AST) -> bool:
    """`batch.owner_id == …`."""
    sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
    return any(isinstance(side, ast.Attribute) and side.attr.removesuffix("_id") in PEOPLE - {"user"} for side in sides)


def walks_from_person(node: ast.AST) -> bool:
    """`request.user.batches`."""
    return isinstance(node, ast.Attribute) and node.attr in WAYS and is_person(node.value)


def calls_on(tree: ast.AST) -> Iterator[tuple[ast.Attribute, ast.Call | None, ast.AST | None]]:
    """Each `Table.objects` whose rows are somebody's, the call on it, and what that call is an argument of."""
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "objects" and name_of(node.value) in TABLES:
            call = above.get(above.get(node, node))
            yield node, call if isinstance(call, ast.Call) else None, above.get(call) if call else None


def goes_around(tree: ast.AST) -> Iterator[int]:
    """Rows that are neither asked for through access, nor made anew, nor those of a batch that was."""
    for node, call, around in calls_on(tree):
        move = name_of(call.func) if call else ""
        of_batch = move == "filter" and call and {word.arg for word in call.keywords} <= {"batch", "batch__in"}
        asked = move == "all" and isinstance(around, ast.Call) and name_of(around.func) in ASKED
        if not (asked or of_batch or move in ("none", "create")):
            yield node.lineno


def faults(source: str) -> list[int]:
    """The lines that decide by themselves whose rows somebody sees."""
    tree = ast.parse(source)
    deciding = (narrows_by_person, compares_person, walks_from_person)
    found = [node.lineno for node in ast.walk(tree) if any(does(node) for does in deciding)]  # type: ignore[attr-defined]
    return sorted({*found, *goes_around(tree)})


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_no_page_decides_by_itself_whose_rows_are_shown(path: Path) -> None:
    assert faults(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "Batch.objects.filter(owner=request.user)",
        "Batch.objects.get(pk=pk)",
        "get_object_or_404(Batch, pk=pk, owner_id=request.user.pk)",
        "get_object_or_404(Image.objects.all(), pk=pk)",
        "images = batch.images.filter(batch__reviewer=user)",
        "rows.filter(Q(owner=user) | Q(pk=3))",
        "RereadingOrder.objects.select_related('batch')",
        "get_object_or_404(request.user.api_tokens, pk=pk)",
        "user.batches.usage()",
        "if batch.owner_id == request.user.pk: pass",
        "rows = Image.objects",
    ],
)
def test_the_walk_finds_what_it_is_to_find(source: str) -> None:
    assert faults(source) == [1]


@pytest.mark.parametrize(
    "source",
    [
        "owned(Batch.objects.all(), request.user).handed_in()",
        "Batch(owner=request.user, name=name)",
        "Batch.objects.create(owner=owner)",
        "Image.objects.filter(batch__in=found.rows)",
        "ModelVersion.objects.order_by('-number')",
        "batch.images.filter(index__gte=start)",
    ],
)
def test_the_walk_lets_pass_what_may(source: str) -> None:
    assert faults(source) == []


def test_a_reviewer_sees_what_is_given_to_them_and_owns_none_of_it(alice: User, bob: User, hand_in: HandIn) -> None:
    given, kept = hand_in(alice, count=1), hand_in(alice, count=1)
    Batch.objects.filter(pk=given.pk).update(reviewer=bob)
    assert list(reviewable(Batch.objects.all(), bob)) == [given]
    assert set(reviewable(Image.objects.all(), bob)) == set(given.images.all())
    assert not owned(Batch.objects.all(), bob)
    assert not owned(Image.objects.all(), bob)
    assert set(owned(Batch.objects.all(), alice)) == set(reviewable(Batch.objects.all(), alice)) == {given, kept}
    assert owns(alice, given)
    assert not owns(bob, given)


def test_whose_rows_can_be_corrected_is_said_only_of_what_has_an_owner() -> None:
    assert REVIEWABLE.keys() <= OWNED.keys()
