"""Why somebody should look at a row: what makes its answer doubtful, why it failed, why it has no value.

What is taken away is the same in every language, so these are no words of the site's catalogue.
"""

from webapp.exports.parts import Part
from webapp.models import Image, Prediction
from webapp.notation import NoValue

STATES = {"sure": "accepted", "doubtful": "to check", "reviewed": "checked"}
FOUND_NOTHING: dict[str, str] = {
    Prediction.Outcome.BLANK: "It seems to be blank.",
    Prediction.Outcome.UNCLEAR: "No number was found.",
}


def reason(image: Image, text: str, part: Part | None = None) -> str:
    said = [why_doubted(image, part), why_no_value(image, text)]
    return " ".join(dict.fromkeys(filter(None, said)))  # a rule may be broken for having no value


def why_no_value(image: Image, text: str) -> str:
    why = image.batch.noted.why_none(text)
    return str(NoValue(why).label) if why else ""


def why_doubted(image: Image, part: Part | None) -> str:
    said = image.prediction
    if image.standing != "doubtful":
        return image.error if image.standing == "failed" else ""
    if image.broken_rule:
        return image.broken_sentence
    if said is None or said.outcome in FOUND_NOTHING:
        return FOUND_NOTHING[said.outcome if said else Prediction.Outcome.UNCLEAR]
    if image.batch.precision >= 1:
        return "At 100 % everything is to check."
    which = "Less" if part is None or part.doubtful else "Another number of its picture is less"
    return f"{which} sure than your {round(100 * image.batch.precision, 4):g} %."
