"""A single-page client served from the same port: the files of WEB_CLIENT_DIR, and its page for the rest.

Only what no route of ours answers is the client's, with one exception: ``/``, which otherwise leads to the console. Files
are known from the start, by their paths, so no path leads out of the folder.
"""

import re
from collections.abc import Callable

from csp.constants import SELF
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from whitenoise.base import WhiteNoise
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

PAGE = "/index.html"
OURS = frozenset({"api", "console", "health", "metrics"})
"""First words of paths under which nothing is ever the client's: what is unknown there is answered as unknown."""

# As bundlers name what they build: a hash of the content before the extension, so that a new build has a new name.
_HASHED = re.compile(
    r"[.-](?=[0-9A-Za-z_-]*[0-9A-Z])[0-9A-Za-z_-]{8,}\.(?:m?js|css|woff2?|ttf|png|jpe?g|svg|webp|gif|avif|map)\Z"
)
_A_SHORT_WHILE_S = 60

_DATA, _BLOB, _STYLES = "data:", "blob:", "'unsafe-inline'"


class WebClientMiddleware:
    """Outside of the static files' and the routes' turn: looks at what they did not find."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._files: dict[str, StaticFile] = {}
        if settings.WEB_CLIENT_DIR:
            self._files = _files_of(settings.WEB_CLIENT_DIR)
        others = list(settings.WEB_CLIENT_SOURCES)
        # The client may load what lies here and what was named; styles may stand in the page, scripts may not.
        self._policy = {
            "default-src": [SELF],
            "script-src": [SELF],
            "style-src": [SELF, _STYLES, *others],
            "font-src": [SELF, _DATA, *others],
            "img-src": [SELF, _DATA, _BLOB, *others],
            "connect-src": [SELF, *others],
            "worker-src": [SELF, _BLOB],
            "base-uri": [SELF],
            "form-action": [SELF],
        }

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if self._files and request.path_info == "/" and request.method in {"GET", "HEAD"}:
            return self._serve(PAGE, request)
        response = self._get_response(request)
        if self._files and response.status_code == 404 and request.resolver_match is None:
            found = self._path_of(request)
            if found is not None:
                response.close()
                return self._serve(found, request)
        return response

    def _path_of(self, request: HttpRequest) -> str | None:
        """The client's file that this path names, or its page for whoever opens a path of the client's in a browser."""
        path = request.path_info
        first_word = path.split("/", 2)[1] if "/" in path else ""
        if request.method not in {"GET", "HEAD"} or first_word.lower() in OURS:
            return None
        if path in self._files:
            return path
        opens_a_page = "text/html" in request.headers.get("Accept", "")
        return PAGE if opens_a_page and not path.startswith(settings.STATIC_URL) else None

    def _serve(self, path: str, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = WhiteNoiseMiddleware.serve(self._files[path], request)
        response._csp_replace = self._policy  # type: ignore[attr-defined]  # where django-csp looks for it
        return response


def _files_of(directory: str) -> dict[str, StaticFile]:
    """The files by their paths. One with a hash in its name is kept for good, the page is asked for anew each time."""

    def kept(headers: dict[str, str], path: str, url: str) -> None:
        if url.endswith(".html"):
            headers["Cache-Control"] = "no-cache"

    files = WhiteNoise(
        None,
        root=directory,
        max_age=_A_SHORT_WHILE_S,
        allow_all_origins=False,
        immutable_file_test=lambda path, url: bool(_HASHED.search(url)),
        add_headers_function=kept,
    ).files
    found: dict[str, StaticFile] = files
    return found
