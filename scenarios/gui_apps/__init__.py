"""The kinds of app, each a state machine with a face."""

from ..gui_app import App
from .form import FormApp
from .hotels import HotelsApp
from .mail import MailApp
from .messages import MessagesApp
from .news import NewsApp
from .photos import PhotosApp
from .planner import PlannerApp
from .player import PlayerApp
from .settings import SettingsApp
from .shop import ShopApp
from .tasks import TasksApp

__all__ = ["APPS"]

APPS: dict[str, App] = {
    app.kind: app
    for app in (
        FormApp(),
        HotelsApp(),
        MailApp(),
        MessagesApp(),
        NewsApp(),
        PhotosApp(),
        PlannerApp(),
        PlayerApp(),
        SettingsApp(),
        ShopApp(),
        TasksApp(),
    )
}
