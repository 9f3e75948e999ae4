"""Structured logs: one JSON object a line, each with the id of the request that caused it."""

import logging
from contextvars import ContextVar
from typing import Any

from pythonjsonlogger.json import JsonFormatter

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id.get()
        return True


class JsonLines(JsonFormatter):
    """`{"at": …, "level": …, "logger": …, "message": …, "request_id": …}` and whatever `extra` carries."""

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
            rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
        )


def logging_settings(*, level: str) -> dict[str, Any]:
    """What Django configures logging with."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": "erp.logging.RequestIdFilter"}},
        "formatters": {"json": {"()": "erp.logging.JsonLines"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request_id"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            # At INFO it writes every URL, and in one of a webhook or a foreign system may be what nobody else should know.
            "httpx": {"level": "WARNING"},
            # They list the jobs at the start of every command.
            "procrastinate.blueprints": {"level": "WARNING"},
            "procrastinate.periodic": {"level": "WARNING"},
        },
    }
