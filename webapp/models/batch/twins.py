"""Which of its owner's other batches have the same files."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from webapp.models.batch.columns import Columns

if TYPE_CHECKING:
    from webapp.models.image import Image
    from webapp.models.upload import Upload

# A blank sheet may lie in a thousand batches: only those that share most are remembered, and fewer of them told of.
MOST_REMEMBERED, MOST_TOLD = 20, 3


class Twin(NamedTuple):
    batch: "Twins"
    shared: int


class Twins(Columns):
    class Meta:
        abstract = True

    def note_twins(self, drafts: "Iterable[Image | Upload]", step: int = 1) -> None:
        """Count the pictures among these whose very bytes lie in another batch, too; -1 takes them off again.

        As they come, since each is then one look into an index; asked of a whole batch at a time it would be long.
        """
        images = self.images.model
        digests = Counter(draft.sha256 for draft in drafts if isinstance(draft, images) and draft.size)
        others = images.objects.filter(owner=self.owner_id).with_bytes(digests).exclude(batch=self.pk)
        also = Counter(self.also_in)
        for pk, digest in others.values_list("batch", "sha256").distinct():
            also[str(pk)] += step * digests[digest]
        self.also_in = {pk: count for pk, count in also.most_common(MOST_REMEMBERED) if count > 0}

    @property
    def twins(self) -> list[Twin]:
        """Those with most of its pictures, as far as they are still there."""
        batches = type(self).objects.kept().filter(owner=self.owner_id).in_bulk(self.also_in)
        found = [Twin(batches[int(pk)], shared) for pk, shared in self.also_in.items() if int(pk) in batches]
        return sorted(found, key=lambda twin: -twin.shared)[:MOST_TOLD]
