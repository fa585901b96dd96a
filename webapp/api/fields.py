"""What tools are told of the fields that programs send (/api/openapi.json). What else comes is refused by the forms, in
words and in the language that is asked for, and so these check nothing themselves."""

import re
from typing import Annotated, Any

from django.conf import settings
from pydantic import WithJsonSchema

from webapp.forms.hints import MOST_DIGITS, NO_SIGNS
from webapp.notation import DateOrder, DecimalSign, Kind, ThousandsSign
from webapp.symbols import SIGNS
from webapp.views.hand_in import FILE_FIELD

Name = Annotated[str, WithJsonSchema({"type": "string", "maxLength": 200})]
Key = Annotated[str, WithJsonSchema({"type": "string", "maxLength": 64, "pattern": r"^[\w-]*$"})]
Signs = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^([{re.escape(SIGNS)}]*|{NO_SIGNS})$"})]
Digits = Annotated[int | None, WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_DIGITS})]
Expected = Annotated[int, WithJsonSchema({"type": "integer", "minimum": 0, "maximum": settings.MAX_FILES_PER_BATCH})]

Unit = Annotated[str, WithJsonSchema({"type": "string", "maxLength": 20})]
Year = Annotated[int | None, WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 9999})]
KindOf = Annotated[str, WithJsonSchema({"enum": Kind.values})]
Decimal = Annotated[str, WithJsonSchema({"enum": DecimalSign.values})]
Thousands = Annotated[str, WithJsonSchema({"enum": ThousandsSign.values})]
Order = Annotated[str, WithJsonSchema({"enum": DateOrder.values})]

FILE = {"type": "string", "format": "binary"}


def form(schema: dict[str, Any], **kinds: str) -> dict[str, Any]:
    """`kinds` are the content types of its fields."""
    described = {"schema": schema, "encoding": {field: {"contentType": kind} for field, kind in kinds.items()}}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": described}}}


PICTURES_OR_THEIR_NUMBER = form(
    {
        "anyOf": [
            {"required": ["pictures"], "properties": {"pictures": {"minItems": 1}}},
            {"required": ["expected"], "properties": {"expected": {"minimum": 1}}},
        ]
    }
)
FILES_BY_INDEX = form(
    {
        "type": "object",
        "properties": {"file-0": FILE},
        "patternProperties": {f"^{FILE_FIELD.pattern}$": FILE},
        "additionalProperties": False,
        "minProperties": 1,
    }
)
TABLE = form({"type": "object", "required": ["table"], "properties": {"table": FILE}}, table="text/csv")
