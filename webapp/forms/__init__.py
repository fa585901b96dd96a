"""What people and programs send, one file a noun."""

from webapp.forms.account import (
    AccountForm,
    ForgottenForm,
    LeaveForm,
    NewPasswordForm,
    OtherPasswordForm,
    SignUpForm,
    TokenForm,
)
from webapp.forms.batch import AdaptingForm, BatchForm, DialForm, RulesForm, ShareForm
from webapp.forms.earlier import EarlierForm
from webapp.forms.files import limits, refuse_too_big
from webapp.forms.hand_in import DrawingForm, HandInForm, OpenBatchForm
from webapp.forms.hints import HintsForm, ProgramHintsForm
from webapp.forms.notation import NotationForm
from webapp.forms.promise import BlindForm, GoalForm
from webapp.forms.review import CorrectionForm, GridForm, PicturesForm, ReviewForm
from webapp.forms.search import BatchSearchForm, SearchForm
from webapp.forms.selection import SelectionForm

__all__ = [
    "AccountForm",
    "AdaptingForm",
    "BatchForm",
    "BatchSearchForm",
    "BlindForm",
    "CorrectionForm",
    "DialForm",
    "DrawingForm",
    "EarlierForm",
    "ForgottenForm",
    "GoalForm",
    "GridForm",
    "HandInForm",
    "HintsForm",
    "LeaveForm",
    "NewPasswordForm",
    "NotationForm",
    "OpenBatchForm",
    "OtherPasswordForm",
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
