"""On which side its pictures are: models learn from them, or are judged by them."""

from django.db.models import F, Min, Q
from django.db.models.functions import Right
from django.db.models.lookups import In

from webapp.models.batch.columns import Columns
from webapp.models.lesson_count import ENOUGH_HELD_OUT, LessonCount

# One batch in so many is never learned from: models are judged by what people say of it.
HELD_OUT_ONE_IN = 4
# Of so many pictures a quarter is enough, 98 times in 100.
ENOUGH_IN_A_QUARTER = 6 * ENOUGH_HELD_OUT


def by_its_hash(image: str, one_in: int) -> Q:
    """Of pictures to which the path `image` leads, one in so many (a power of two), always the same."""
    drawn = [digit for digit in "0123456789abcdef" if int(digit, 16) % one_in == 0]
    return Q(In(Right(F(f"{image}__sha256"), 1), drawn))


def is_held_out(image: str = "image") -> Q:
    """What models are judged by, of answers to pictures to which the path `image` leads."""
    within = Q((f"{image}__batch__held_out_one_in", 1))
    for one_in in (2, HELD_OUT_ONE_IN):
        within |= Q((f"{image}__batch__held_out_one_in", one_in)) & by_its_hash(image, one_in)
    return Q((f"{image}__batch__held_out", True)) & within


class Sides(Columns):
    class Meta:
        abstract = True

    def choose_side(self, brought: int = 0) -> None:
        """What of it models learn from and are judged by: decided when its first picture is answered, and for good.

        Nothing is known of that answer here, only the pictures' hashes and how many are on either side.

        What people answer one by one stays on one side, the whole batch: it is mostly one hand's, and a model would be
        judged by what it has as good as seen. Of pictures that were `brought` with their answers, so many in all, each
        is drawn by its own hash: they are often all there is, in one file.
        """
        if self.held_out is not None:
            return
        side, one_in = (True, self.share_of(brought)) if brought else (self.side_of_the_whole(), 1)
        self.itself.filter(held_out=None).update(held_out=side, held_out_one_in=one_in)
        self.refresh_from_db(fields=["held_out", "held_out_one_in"])

    def share_of(self, brought: int) -> int:
        return HELD_OUT_ONE_IN if brought >= ENOUGH_IN_A_QUARTER or self.enough_held_out() else 2

    def side_of_the_whole(self) -> bool:
        """By the hashes alone, a site with few batches may have nothing to judge by; so the first batch is learned
        from, and until enough is held out, so is none that would leave more than half of the pictures there."""
        learned, held_out = type(self).objects.exclude(pk=self.pk).sides()
        if learned and held_out + self.image_count <= learned and not self.enough_held_out():
            return True
        return bool(learned) and self.drawn_by_hash()

    @staticmethod
    def enough_held_out() -> bool:
        """As the trainer counted last: not all that is answered can be judged by."""
        return bool(LessonCount.current().held_out >= ENOUGH_HELD_OUT)

    def drawn_by_hash(self) -> bool:
        first = self.images.aggregate(first=Min("sha256"))["first"]
        return bool(first) and int(first[-8:], 16) % HELD_OUT_ONE_IN == 0
