"""`celery -A tests.tiny_trainer`: the real trainer with few digits, few epochs and wide margins: it takes seconds.

With DIE_AT it is killed the first time it comes to that step: gather, learn, epoch, judge, store or conclude.
"""

import os
import signal
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings

from recognizer.exams.gate import Margins
from recognizer.learning.mnist import Dataset, Digits, load_mnist, load_mnist_test
from recognizer.learning.recipes.tuning import Tuning
from worker.celery import app  # sets Django up, which the others need

# isort: split
from worker import gathering
from worker.tasks import train

__all__ = ["app"]

WIDE = Margins(clean_change=0.2, clean=0.3, corruptions=0.4, numbers=1.0, digit=0.9, fewest_held_out=10)


def few_mnist() -> Dataset:
    mnist = load_mnist()
    return Dataset("few", mnist.train[:600], mnist.validation[:150])


def few_test() -> Digits:
    return load_mnist_test()[:100]


def make_tiny(patch: Any = setattr) -> None:
    """All but the training itself. `patch` is setattr, or a test's own that undoes it."""
    patch(train, "load_mnist", few_mnist)
    for module in (train, gathering):
        patch(module, "load_mnist_test", few_test)
    patch(train, "FrozenSuites", partial(train.FrozenSuites, numbers_count=5))
    patch(train, "examine", partial(train.examine, margins=WIDE))


def die(step: str) -> None:
    marker = Path(settings.VAR_DIR) / f"died-at-{step}"
    if os.environ.get("DIE_AT") == step and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)


class MortalAttempt(train.Attempt):
    tuning = Tuning(epochs=4, rate=1.0, forgotten=float("inf"), fewest_showings=200)

    def note(self, **changes: Any) -> None:
        super().note(**changes)
        die(str(changes.get("step", "")))
        if "history" in changes:
            die("epoch")

    def conclude(self, *arguments: Any) -> None:
        die("conclude")
        super().conclude(*arguments)


make_tiny()
train.Attempt = MortalAttempt  # type: ignore[misc]
