"""What the pictures of a batch had the last time: a table of names and values, handed in with it or later."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db import transaction
from django.db.models import Max
from django.utils.translation import ngettext
from redis.exceptions import RedisError

from webapp.figures import number
from webapp.models.batch.rules import Expectations
from webapp.models.rules import worth

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from webapp.models.earlier import EarlierValue
    from webapp.models.image import Image

MOST_NAMED = 5
TROUBLES, REMEMBERED_SECONDS = "earlier/{}", 600


class Earlier(Expectations):
    earlier_values: "QuerySet[EarlierValue]"

    class Meta:
        abstract = True

    def learn_earlier(self, values: Mapping[str, str], instead: bool = False) -> None:
        """Compare with these values, by the names of pictures, beside those that are known or `instead` of them."""
        rows = [self.earlier_values.model(batch_id=self.pk, name=name, text=text) for name, text in values.items()]
        with transaction.atomic():
            # Whatever brings pictures in holds this lock, too: it has found the old values, or finds the new ones.
            self.itself.select_for_update().get()
            if instead:
                self.earlier_values.all().delete()
            self.earlier_values.bulk_create(
                rows, update_conflicts=True, unique_fields=["batch", "name"], update_fields=["text"]
            )
            self.itself.update(valued=False)
        with suppress(RedisError):
            cache.delete(TROUBLES.format(self.pk))
        self.refresh_from_db()

    def find_earlier(self, drafts: "Iterable[Image]") -> None:
        """Give these, before they are stored, what is known of their names."""
        drafts = list(drafts)
        known = self.earlier_values.filter(name__in=[draft.name for draft in drafts])
        texts = dict(known.values_list("name", "text"))
        for draft in drafts:
            draft.earlier = texts.get(draft.name, "")

    @property
    def earlier_troubles(self) -> list[str]:
        """Which earlier values say nothing: in sentences. Names are looked for once all pictures are there."""
        said: list[str] = []
        newest = self.earlier_values.aggregate(newest=Max("pk"))["newest"]
        if newest is None:
            return said
        names, values = self.troubles_as_of(newest)
        if names:
            told = ngettext(
                "%(count)s earlier value has a name that no picture has: %(names)s.",
                "%(count)s earlier values have names that no picture has: %(names)s.",
                len(names),
            )
            said.append(told % {"count": number(len(names)), "names": shortened(names)})
        if values:
            told = ngettext(
                "%(count)s earlier value is not understood as the numbers of this batch are written: %(values)s.",
                "%(count)s earlier values are not understood as the numbers of this batch are written: %(values)s.",
                len(values),
            )
            shown = shortened([f"{name} (“{text}”)" for name, text in values])
            said.append(told % {"count": number(len(values)), "values": shown})
        return said

    def troubles_as_of(self, newest: int) -> tuple[list[str], list[tuple[str, str]]]:
        """Names without a picture, once all are there, and values that are none; of 50,000 that takes half a second, so
        it is remembered as long as nothing has come."""
        known = [newest, self.image_count, self.is_done, sorted(self.notation.items())]
        with suppress(RedisError):
            if (kept := cache.get(TROUBLES.format(self.pk))) and kept[0] == known:
                return kept[1]
        found = (self.names_without_picture() if self.is_done else [], self.earlier_without_value())
        with suppress(RedisError):
            cache.set(TROUBLES.format(self.pk), (known, found), REMEMBERED_SECONDS)
        return found

    def names_without_picture(self) -> list[str]:
        names = self.earlier_values.values_list("name")
        return [name for (name,) in names.difference(self.images.values_list("name")).order_by("name")]

    def earlier_without_value(self) -> list[tuple[str, str]]:
        """Name and text."""
        noted = self.noted
        rows = self.earlier_values.order_by("name").values_list("name", "text")
        return [(name, text) for name, text in rows if worth(text, noted) is None]


def shortened(names: Sequence[str]) -> str:
    return ", ".join([*names[:MOST_NAMED], *["…"] * (len(names) > MOST_NAMED)])
