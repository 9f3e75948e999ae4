"""What a browser may do with an answer: nothing, unless its view says otherwise.

django-csp builds the header. A page names what it needs with `csp_update`, on top of CONTENT_SECURITY_POLICY.
"""

from functools import cached_property

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponseBase

_WISHES = ("_csp_config", "_csp_update", "_csp_replace", "_csp_exempt")


class ContentSecurityMiddleware(CSPMiddleware):
    """django-csp's, except that the policy of the many answers that ask for nothing is made once, not for each."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if any(hasattr(response, wish) for wish in _WISHES):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._unchanged)
        return response

    @cached_property
    def _unchanged(self) -> str:
        return build_policy()
