"""What people and programs send, one file a noun."""

from webapp.forms.account import AccountForm, LeaveForm, SignUpForm, TokenForm
from webapp.forms.batch import BatchForm, DialForm, RulesForm, ShareForm
from webapp.forms.files import limits, refuse_too_big
from webapp.forms.hand_in import DrawingForm, HandInForm, OpenBatchForm
from webapp.forms.hints import HintsForm, ProgramHintsForm
from webapp.forms.review import CorrectionForm, GridForm, PicturesForm, ReviewForm
from webapp.forms.search import BatchSearchForm, SearchForm
from webapp.forms.selection import SelectionForm

__all__ = [
    "AccountForm",
    "BatchForm",
    "BatchSearchForm",
    "CorrectionForm",
    "DialForm",
    "DrawingForm",
    "GridForm",
    "HandInForm",
    "HintsForm",
    "LeaveForm",
    "OpenBatchForm",
    "PicturesForm",
    "ProgramHintsForm",
    "ReviewForm",
    "RulesForm",
    "SearchForm",
    "SelectionForm",
    "ShareForm",
    "SignUpForm",
    "TokenForm",
    "limits",
    "refuse_too_big",
]
