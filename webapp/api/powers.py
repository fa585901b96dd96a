"""Who may ask for what: a token as far as its scopes reach, a browser's session only to look."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from webapp.models import ApiToken, User
from webapp.refusals import NoToken, Refusal


class BeyondScope(Refusal):
    status = 403


def granted(request: HttpRequest, scope: ApiToken.Scope) -> User:
    """A session may only look, since other sites can make browsers send forms.

    Raises:
        NoToken: where nobody asks, or a session does more.
        BeyondScope: where the token is good, but not for this.
    """
    token: ApiToken | None = getattr(request, "token", None)
    if not isinstance(request.user, User) or not (token or request.method in ("GET", "HEAD")):
        raise NoToken
    if token and scope not in token.scopes:
        said = _("This token may not do that (%(scope)s). Make another one on your account page.")
        raise BeyondScope(said % {"scope": scope.label})
    return request.user


def may_ask(request: HttpRequest) -> User:
    """What nobody has thought about needs the most."""
    looks = request.method in ("GET", "HEAD")
    return granted(request, ApiToken.Scope.READ if looks else ApiToken.Scope.MANAGE)


def may_hand_in(request: HttpRequest) -> User:
    return granted(request, ApiToken.Scope.HAND_IN)
