"""What people corrected, taught to a network that reads digits: gentler and shorter than its own recipe."""

from dataclasses import dataclass, replace

from recognizer.bundles import TrainConfig
from recognizer.learning.recipes import RECIPES


@dataclass(frozen=True)
class Tuning:
    """Everything that decides how corrections are taught.

    `rate` is the height of the learning rate as a share of the recipe's own. `rehearsal` old digits are shown for each
    new one, and new ones that are fewer than `fewest_showings` again within an epoch until they are as many.

    `stop_by` is the share of lessons to stop by: those whose hash is least, whole pictures. Of the old digits some are
    set aside: `old_to_stop_by`, and all `old_to_mix_by` to mix by. `mixes` are the shares of the tuned weights that are
    tried in the mix with those from before, and the loss on the old digits may grow by `forgotten`.
    """

    epochs: int = 8
    patience: int = 3
    rate: float = 0.1
    warm_up: float = 0.1
    averaging: float = 0.98
    rehearsal: int = 6
    fewest_showings: int = 1000
    stop_by: float = 0.15
    old_to_stop_by: int = 1000
    old_to_mix_by: int = 5000
    mixes: tuple[float, ...] = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)
    # Mistakes on old digits are too few to steer by: where 5,000 had none more, MNIST's test digits had 15 of 10,000
    # more. The network had learned from these, so their loss grows first: with 300 lessons of outlined digits and 150
    # of slashed ones the loss on unseen ones, 5,000 validation digits, began to grow where that on these had by 3 to
    # 10 %.
    forgotten: float = 0.05

    def config(self, origin: TrainConfig, seed: int) -> TrainConfig:
        """The network's own recipe, gentler and shorter."""
        return replace(
            origin,
            seed=seed,
            epochs=self.epochs,
            patience=self.patience,
            learning_rate=self.rate * RECIPES.get(origin.architecture, origin).learning_rate,
            warm_up=self.warm_up,
            gentle_epochs=0,
            averaging=self.averaging if origin.averaging else 0.0,
            limit=None,
            rehearsal=self.rehearsal,
            fewest_showings=self.fewest_showings,
        )


def scratch_config(origin: TrainConfig, seed: int) -> TrainConfig:
    """The recipe of the same architecture from its beginning."""
    return replace(RECIPES.get(origin.architecture, origin), seed=seed)
