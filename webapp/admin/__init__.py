"""Staff's view of every table, one file a noun."""

from webapp.admin import (
    batch,
    image,
    model_version,
    prediction,
    review,
    schedule,
    second_look,
    site_policy,
    training_run,
    user,
)

__all__ = [
    "batch",
    "image",
    "model_version",
    "prediction",
    "review",
    "schedule",
    "second_look",
    "site_policy",
    "training_run",
    "user",
]
