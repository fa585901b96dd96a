"""A sapling that reads already is taught more doubt: more that is no digit."""

from dataclasses import replace

from recognizer.learning.recipes import sapling

RECIPE = replace(
    sapling.RECIPE,
    epochs=8,
    patience=8,
    learning_rate=8e-4,  # about a quarter of the first: it is to keep what it knows
    nondigits=0.3,
    gentle_epochs=2,  # as before, the last quarter
)
