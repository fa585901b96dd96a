from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import path

from webapp.api import api
from webapp.exports import FORMATS
from webapp.views import account, answers, api_page, batch, drawing, hand_in, health, history, image, review

urlpatterns = [
    path("", hand_in.home, name="home"),
    path("batches/", hand_in.open_batch, name="open-batch"),
    path("batches/<int:pk>/", batch.page, name="batch"),
    path("batches/<int:pk>/live/", batch.live, name="batch-live"),
    path("batches/<int:pk>/dial/", batch.turn_dial, name="dial"),
    path("batches/<int:pk>/images/", hand_in.add_images, name="add-images"),
    path("batches/<int:pk>/close/", batch.close, name="close-batch"),
    path("batches/<int:pk>/cancel/", batch.cancel, name="cancel-batch"),
    path("batches/<int:pk>/retry/", batch.retry, name="retry-batch"),
    path("batches/<int:pk>/delete/", batch.delete, name="delete-batch"),
    *[path(f"batches/<int:pk>/answers.{k}", answers.of_batch, {"kind": k}, name=f"answers-{k}") for k in FORMATS],
    path("images/<int:pk>/", image.card, name="image"),
    path("images/<int:pk>/picture", image.picture, name="picture"),
    path("images/<int:pk>/glyphs.png", image.glyphs, name="glyphs"),
    path("images/<int:pk>/correct/", image.correct, name="correct"),
    path("review/", review.batches, name="reviews"),
    path("batches/<int:pk>/review/", review.page, name="review"),
    path("batches/<int:pk>/review/grid/", review.grid, name="review-grid"),
    path("images/<int:pk>/review/", review.answer, name="review-image"),
    path("images/<int:pk>/review/undo/", review.undo, name="review-undo"),
    path("draw/", drawing.page, name="draw"),
    path("history/", history.page, name="history"),
    *[path(f"history/answers.{kind}", answers.found, {"kind": kind}, name=f"found-{kind}") for kind in FORMATS],
    path("account/", account.page, name="account"),
    path("account/tokens/", account.make_token, name="make-token"),
    path("account/tokens/<int:pk>/revoke/", account.revoke_token, name="revoke-token"),
    path("account/data.zip", account.download_data, name="download-data"),
    path("account/delete/", account.delete_data, name="delete-data"),
    path("sign-up/", account.sign_up, name="sign-up"),
    path("sign-in/", account.SignIn.as_view(), name="login"),
    path("sign-out/", auth.LogoutView.as_view(), name="logout"),
    path("password/", account.ChangePassword.as_view(), name="password_change"),
    path("password/forgotten/", account.ForgottenPassword.as_view(), name="password_reset"),
    path("password/sent/", auth.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path("password/new/<uidb64>/<token>/", auth.PasswordResetConfirmView.as_view(), name="password_reset_confirm"),
    path("password/changed/", auth.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
    path("api/", api_page.page, name="api"),
    path("api/", api.urls),
    path("healthz", health.check, name="health"),
    path("admin/", admin.site.urls),
]

handler500 = "webapp.views.trouble.server_error"
