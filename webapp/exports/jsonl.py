import json
from collections.abc import Iterator

from django.core.serializers.json import DjangoJSONEncoder

from webapp.exports.row import rows
from webapp.models.images import ImageQuerySet


def export(images: ImageQuerySet) -> Iterator[bytes]:
    for row in rows(images):
        yield json.dumps(row._asdict(), cls=DjangoJSONEncoder, ensure_ascii=False).encode() + b"\n"
