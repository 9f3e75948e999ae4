"""The door to an address that came over HTTP: the name is resolved once, judged, and connected to as it was judged."""

from collections.abc import Sequence
from functools import lru_cache
from ssl import SSLContext, create_default_context

import httpx

from erp.problems import Conflict
from erp.webhooks.addresses import AddressRefused, Network, read_url, resolve_here


class AddressForbidden(Conflict):
    """The address of the connection leads where we may not go. CONNECTOR_ALLOWED_NETWORKS lists what is not public."""

    code = "address-forbidden"
    message = "The address of the connection leads where we may not go."


class JudgedDoor(httpx.BaseTransport):
    """Connects to public addresses over HTTPS, and to the networks that the environment allows. Raises AddressForbidden."""

    def __init__(self, *, allowed: Sequence[Network]) -> None:
        self._allowed = allowed
        self._inner = httpx.HTTPTransport(
            verify=_trusted(), trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            url = read_url(str(request.url), allowed=self._allowed)
            address = resolve_here(url, allowed=self._allowed)
        except AddressRefused as refused:
            raise AddressForbidden(f"The address of the connection leads where we may not go: {refused}") from None
        except OSError as problem:
            raise httpx.ConnectError(str(problem), request=request) from problem
        # The Host header was made of the name before; the certificate has to be of the name as well.
        request.extensions = {**request.extensions, "sni_hostname": url.raw_host.decode("ascii")}
        request.url = request.url.copy_with(host=str(address))
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


@lru_cache(maxsize=1)
def _trusted() -> SSLContext:
    """Whom the machine trusts; reading the certificates takes a while."""
    return create_default_context()
