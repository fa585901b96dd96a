from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.views.signed_in import SignedInRequest


@require_safe
def page(request: SignedInRequest) -> HttpResponse:
    return render(request, "webapp/account.html")
