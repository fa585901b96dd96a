from django.apps import AppConfig
from django.core.checks import register

from webapp import checks


class WebappConfig(AppConfig):
    name = "webapp"
    verbose_name = "Handwritten digits"

    def ready(self) -> None:
        register(checks.unsafe_settings, "production")
