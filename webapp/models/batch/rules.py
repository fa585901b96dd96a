"""What is known of the numbers of a batch, how they are written, what they are expected to be, and which are not."""

from typing import TYPE_CHECKING, Any

from django.db import transaction

from webapp.models.batch.counts import Counts
from webapp.models.hints import Hints
from webapp.models.rules import Rules
from webapp.notation import Notation
from webapp.proposals import Proposal, propose

if TYPE_CHECKING:
    from webapp.models.image import Image
    from webapp.models.images import ImageQuerySet


# Of how these are written is told how all of them are.
MOST_LOOKED_AT = 1000
# Valued in one transaction, which others wait for: 20 ms on SQLite, 50 ms on PostgreSQL.
VALUED_AT_ONCE = 1000


class Expectations(Counts):
    class Meta:
        abstract = True

    @property
    def expectations(self) -> Rules:
        return Rules.of(self.rules)

    @property
    def known(self) -> Hints:
        return Hints.of(self.hints)

    @property
    def noted(self) -> Notation:
        return Notation.of(self.notation)

    @property
    def checks_answers(self) -> bool:
        """Whether an answer may break a rule, or have no value though it should."""
        return bool(self.rules or self.noted.kind)

    def know(self, hints: Hints) -> None:
        """Have pictures read with these hints from now on."""
        self.itself.update(hints=hints.stored())
        self.refresh_from_db()

    @property
    def sum_sentence(self) -> str:
        """What its answers add up to, where there is a sum for them to reach; said once all of them are there."""
        if self.expectations.total is None or not self.is_done:
            return ""
        texts = self.images.answered().numbers().values_list("search_text", flat=True)
        return self.expectations.sum_sentence(texts, self.noted)

    def broken_sentence(self, broken: str, text: str, earlier: str) -> str:
        return self.expectations.sentence(broken, text, self.noted, earlier)

    def notate(self, notation: Notation) -> None:
        """Value every answer by this notation from now on; nothing is read anew. As written is a notation, too."""
        self.itself.update(notation={"kind": str(notation.kind)} | notation.stored(), valued=False)
        self.value_answers()
        self.refresh_from_db()

    def value_answers(self) -> None:
        """Note of each picture what its answer is worth by the notation that holds now, and what it had the last time,
        in pieces.

        Pictures that are being read are waited for: their workers may know another one. Whoever dies between two pieces
        leaves a batch that is found again (worker.tasks.maintain).
        """
        pks = list(self.images.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(pks), VALUED_AT_ONCE):
            self.images.filter(pk__in=pks[start : start + VALUED_AT_ONCE]).value_anew(self.itself)
        with transaction.atomic():
            self.itself.update(valued=True)
            self.itself.settle()

    def proposal(self) -> Proposal | None:
        """How its answers seem to be written, once all are there, as long as nobody has said how they are."""
        if self.notation or not self.is_done:
            return None
        answers = self.images.answered().numbers().exclude(search_text="").order_by("index")
        return propose(list(answers.values_list("search_text", flat=True)[:MOST_LOOKED_AT]))

    def expect(self, rules: Rules) -> None:
        """Check every answer against these rules from now on."""
        self.decide(rules=rules.stored())

    def decide(self, **changes: Any) -> None:
        with transaction.atomic():
            self.itself.update(**changes)
            self.itself.settle()
        self.refresh_from_db()

    def recheck(self, image: "Image", before: str) -> None:
        """One picture's answer has changed from `before`: note anew what that may make break a rule, or mend.

        That is the picture itself and those with either number; only a sum concerns all the others.
        """
        with transaction.atomic():
            batch = self.itself.select_for_update().get()
            rules, answered = batch.expectations, batch.images.answered()
            if rules.total is not None:
                batch.mark_broken(answered)
            elif rules.unique:
                alike = answered.with_number([before, image.search_text], batch.noted)
                batch.mark_broken(answered.filter(pk=image.pk) | alike)
            elif batch.checks_answers:
                batch.mark_broken(answered.filter(pk=image.pk))

    def mark_broken(self, rows: "ImageQuerySet | None" = None) -> None:
        """Note on each of these pictures, all where none are given, the rule that its answer breaks."""
        rows = self.images.all() if rows is None else rows
        rows = rows.answered() if self.checks_answers else rows.exclude(broken_rule="")
        columns = ("pk", "search_text", "earlier", "outcome", "broken_rule")
        noted = {row.pk: row for row in rows.values_list(*columns, named=True)}
        answers = {pk: row.search_text for pk, row in noted.items() if row.outcome != "other"}  # which breaks none
        earlier = {pk: row.earlier for pk, row in noted.items() if row.earlier}
        broken = dict.fromkeys(noted, "") | self.expectations.broken(answers, self.is_done, self.noted, earlier)
        changed: dict[str, list[int]] = {}
        for pk, rule in broken.items():
            if noted[pk].broken_rule != rule:
                changed.setdefault(rule, []).append(pk)
        for rule, pks in changed.items():
            # Someone who holds one of these is correcting or deleting it, and settles the batch after that.
            self.images.filter(pk__in=self.images.filter(pk__in=pks).locked_ids()).update(broken_rule=rule)
