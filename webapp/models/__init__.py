"""The tables, one file a noun. Each knows only those below it, which an import contract holds (pyproject.toml):

    adapter   certifying   lesson_news
    review_queue   rereading   second_look
    certificate
    upload
    review
    image, images
    share_link   earlier
    batch
    training_run   prediction   hand
    model_version   api_token
    user   lesson_count
    claimable   rules   hints   site_policy

What is above stands in foreign keys by name ("webapp.Image") and is reached by what these bring: `batch.images`. Where
a batch or an image is handed a row from above, or answers with one, its type is imported for the checker alone.
"""

from webapp.models.adapter import Adapter
from webapp.models.addition import Addition
from webapp.models.api_token import ApiToken
from webapp.models.batch import Batch
from webapp.models.certificate import Certificate, Look
from webapp.models.certifying import CertifyingQueue
from webapp.models.earlier import EarlierValue
from webapp.models.image import Image
from webapp.models.lesson_count import LessonCount
from webapp.models.model_version import ModelChange, ModelVersion
from webapp.models.prediction import Prediction
from webapp.models.rereading import Rereading, RereadingOrder
from webapp.models.review import Review
from webapp.models.review_queue import ReviewQueue
from webapp.models.second_look import SecondLook
from webapp.models.share_link import ShareLink
from webapp.models.site_policy import SitePolicy
from webapp.models.training_run import TrainingRun
from webapp.models.upload import Upload
from webapp.models.user import User

__all__ = [
    "Adapter",
    "Addition",
    "ApiToken",
    "Batch",
    "Certificate",
    "CertifyingQueue",
    "EarlierValue",
    "Image",
    "LessonCount",
    "Look",
    "ModelChange",
    "ModelVersion",
    "Prediction",
    "Rereading",
    "RereadingOrder",
    "Review",
    "ReviewQueue",
    "SecondLook",
    "ShareLink",
    "SitePolicy",
    "TrainingRun",
    "Upload",
    "User",
]
