from django.http import StreamingHttpResponse

from webapp.exports import FORMATS
from webapp.models.images import ImageQuerySet


def as_csv(images: ImageQuerySet) -> StreamingHttpResponse:
    """Answers of what staff have picked out."""
    _, content_type, export = FORMATS["csv"]
    response = StreamingHttpResponse(export(images), content_type=content_type)
    response["Content-Disposition"] = 'attachment; filename="answers.csv"'
    return response
