"""How each network is trained: one file a recipe, each number's reason beside it."""

from recognizer.bundles import TrainConfig
from recognizer.learning.recipes import sapling, sapling_in_doubt, seed

# By architecture: from its beginning where nothing else is said, and how one that reads already is taught more.
RECIPES: dict[str, TrainConfig] = {"seed": seed.RECIPE, "sapling": sapling.RECIPE}
GOING_ON: dict[str, TrainConfig] = {"sapling": sapling_in_doubt.RECIPE}
