"""On which side a batch is: models learn from it, or are judged by it."""

from django.db.models import Min

from webapp.models.batch.columns import Columns

# One batch in so many is never learned from: models are judged by what people say of it. The gate asks for so many
# answers before it says anything (recognizer.gate).
HELD_OUT_ONE_IN = 4
ENOUGH_HELD_OUT = 20


class Sides(Columns):
    class Meta:
        abstract = True

    def choose_side(self, size: int = 0) -> None:
        """Whether models learn from it or are judged by it: decided when its first picture is answered, and for good.

        Nothing is known of that answer here, only the pictures' hashes and how many are on either side. By the hashes
        alone, a site with few batches may have nothing to judge by; so the first batch is learned from, and until
        enough is held out, so is none that would leave more than half of the pictures there. One hand's pictures stay
        on one side, or a model would be judged by what it has as good as seen.
        """
        if self.held_out is not None:
            return
        learned, held_out = type(self).objects.exclude(pk=self.pk).sides()
        if learned and held_out + max(size, self.image_count) <= learned and not self.enough_held_out():
            side = True
        else:
            side = bool(learned) and self.drawn_by_hash()
        self.itself.filter(held_out=None).update(held_out=side)
        self.refresh_from_db(fields=["held_out"])

    def enough_held_out(self) -> bool:
        pictures = self.images.model.objects.filter(batch__held_out=True)
        return pictures.reviewed().count() >= ENOUGH_HELD_OUT

    def drawn_by_hash(self) -> bool:
        first = self.images.aggregate(first=Min("sha256"))["first"]
        return bool(first) and int(first[-8:], 16) % HELD_OUT_ONE_IN == 0
