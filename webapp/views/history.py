from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.models import Batch, Image
from webapp.views.signed_in import SignedInRequest

PER_PAGE = 40


@require_safe
def page(request: SignedInRequest) -> HttpResponse:
    """Everything of this person, newest first: batches, drawings, or picture by picture."""
    mine = Batch.objects.owned_by(request.user).newest_first()
    views = {
        "batches": mine.handed_in(),
        "drawings": Image.objects.owned_by(request.user).drawings().with_answers().newest_first(),
        "pictures": Image.objects.owned_by(request.user).with_answers().select_related("batch").newest_first(),
    }
    tab = request.GET.get("tab")
    tab = tab if tab in views else "batches"
    rows = Paginator(views[tab], PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "webapp/history.html", {"rows": rows, "tab": tab, "tabs": list(views)})
