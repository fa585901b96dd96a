from django.http import StreamingHttpResponse

from webapp.exports import FORMATS
from webapp.exports.wanted import ALL
from webapp.models.images import ImageQuerySet


def as_csv(images: ImageQuerySet) -> StreamingHttpResponse:
    """Answers of what staff have picked out."""
    form = FORMATS["csv"]
    response = StreamingHttpResponse(form.export(images, ALL), content_type=form.content_type)
    response["Content-Disposition"] = 'attachment; filename="answers.csv"'
    return response
