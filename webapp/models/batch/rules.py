"""What is known of the numbers of a batch, what they are expected to be, and which answers are not."""

from typing import TYPE_CHECKING, Any

from django.db import transaction

from webapp.models.batch.counts import Counts
from webapp.models.hints import Hints
from webapp.models.rules import Rules

if TYPE_CHECKING:
    from webapp.models.image import Image
    from webapp.models.images import ImageQuerySet


class Expectations(Counts):
    class Meta:
        abstract = True

    @property
    def expectations(self) -> Rules:
        return Rules.of(self.rules)

    @property
    def known(self) -> Hints:
        return Hints.of(self.hints)

    def know(self, hints: Hints) -> None:
        """Have pictures read with these hints from now on."""
        self.itself.update(hints=hints.stored())
        self.refresh_from_db()

    @property
    def sum_sentence(self) -> str:
        """What its answers add up to, where there is a sum for them to reach; said once all of them are there."""
        if self.expectations.total is None or not self.is_done:
            return ""
        return self.expectations.sum_sentence(self.images.answered().values_list("search_text", flat=True))

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
                batch.mark_broken(answered.filter(pk=image.pk) | answered.with_number([before, image.search_text]))
            elif rules:
                batch.mark_broken(answered.filter(pk=image.pk))

    def mark_broken(self, rows: "ImageQuerySet | None" = None) -> None:
        """Note on each of these pictures, all where none are given, the rule that its answer breaks."""
        if rows is None:
            rows = self.images.answered() if self.rules else self.images.exclude(broken_rule="")
        noted = {pk: (text, rule) for pk, text, rule in rows.values_list("pk", "search_text", "broken_rule")}
        broken = self.expectations.broken({pk: text for pk, (text, rule) in noted.items()}, whole=self.is_done)
        changed: dict[str, list[int]] = {}
        for pk, rule in broken.items():
            if noted[pk][1] != rule:
                changed.setdefault(rule, []).append(pk)
        for rule, pks in changed.items():
            # Someone who holds one of these is correcting or deleting it, and settles the batch after that.
            self.images.filter(pk__in=self.images.filter(pk__in=pks).locked_ids()).update(broken_rule=rule)
