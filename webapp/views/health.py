from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET


@login_not_required
@require_GET
def check(request: HttpRequest) -> HttpResponse:
    """The web answers and reaches its database. Says nothing else, since anybody may ask."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


@require_GET
def may_send(request: HttpRequest) -> HttpResponse:
    """The front asks so before it takes in a long body: who has not signed in, and has no token, sends none."""
    return HttpResponse(status=204)
