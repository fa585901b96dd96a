"""The tables, one file a noun."""

from webapp.models.api_token import ApiToken
from webapp.models.batch import Batch
from webapp.models.image import Image
from webapp.models.model_version import ModelVersion
from webapp.models.prediction import Prediction
from webapp.models.review import Review
from webapp.models.review_queue import ReviewQueue
from webapp.models.share_link import ShareLink
from webapp.models.site_policy import SitePolicy
from webapp.models.upload import Upload
from webapp.models.user import User

__all__ = [
    "ApiToken",
    "Batch",
    "Image",
    "ModelVersion",
    "Prediction",
    "Review",
    "ReviewQueue",
    "ShareLink",
    "SitePolicy",
    "Upload",
    "User",
]
