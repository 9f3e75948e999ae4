"""The operations on connections and on customers who are billed elsewhere."""

from dataclasses import replace

from connectors.api.filters import ConflictFilter, ConnectionFilter, SiteFilter
from connectors.doors import AddressForbidden
from connectors.invoice_ninja.conflicts import ConflictPayload, ResolvedPayload
from connectors.invoice_ninja.payloads import (
    ExternalInvoicesPayload,
    LinkedCustomerPayload,
    SeedClientPayload,
    SitePayload,
    StandingPayload,
    SyncPayload,
)
from connectors.payloads import CandidatePayload, ConnectionPayload, ConnectionTestPayload
from connectors.problems import (
    AlreadyLinked,
    AlreadyResolved,
    BadCredentials,
    BreakerOpen,
    ConnectorOff,
    NotLinked,
    OutcomeUnknown,
    RemoteBusy,
    RemoteFailed,
    RemoteNonsense,
    RemoteNotFound,
    RemoteRefused,
    RemoteUnfit,
    SeveralMatches,
    Unreachable,
)
from connectors.secrets import NoSecret
from erp.api.contracts import TEXT, Operation, Parameter, Reply
from erp.api.describing import FLAG, changes, lists, makes, path_ids, removes, shows
from erp.api.filtering import UnknownParameter
from erp.changing import AlreadyExists

OF_TALKING = (
    ConnectorOff, NoSecret, AddressForbidden, BadCredentials, BreakerOpen, RemoteNotFound, RemoteRefused, RemoteUnfit,
    Unreachable, RemoteFailed, RemoteBusy, RemoteNonsense,
)  # fmt: skip
"""What may become of asking a foreign system."""
_CONNECTION = {"connection_id": "Id of the connection."}
_CUSTOMER = {"customer_id": "Id of the customer."}
_EITHER = {"customer_id": "Id of a customer, or of a client there."}
_EMAIL = {"type": "string", "maxLength": 254, "pattern": "^[^@]+@[^@]+$"}
_REFRESH = Parameter("refresh", "Fetch it anew, however young the copy is.", FLAG)

LIST_CONNECTIONS = lists(
    "list_connections",
    "The foreign systems that the company is connected to, without their keys.",
    ConnectionPayload,
    filters=ConnectionFilter,
    purposes={"search": "Name or address contains this.", "kind": "Kind of system."},
)
CREATE_CONNECTION = makes(
    "create_connection",
    "Connect the company to an Invoice Ninja, by its address and a token of its API. There is one at most.",
    ConnectionPayload,
    refusals=(AlreadyExists,),
)
GET_CONNECTION = shows("get_connection", "One connection, without its key.", ConnectionPayload, ids=_CONNECTION)
CHANGE_CONNECTION = changes(
    "change_connection",
    "Another name, address or token; switch it off and on; `auto_create`: when customers are made known there by themselves."
    " Another address needs its token.",
    ConnectionPayload,
    refusals=(AlreadyExists,),
    ids=_CONNECTION,
)
TEST_CONNECTION = changes(
    "test_connection",
    "Ask the foreign system who we are there. What it does to us is told, not refused.",
    ConnectionTestPayload,
    ids=_CONNECTION,
    checks_version=False,
)
FIND_CLIENTS = Operation(
    name="find_clients",
    summary="Every active client there with an e-mail; if there are several, a person chooses.",
    replies={200: Reply("The clients.", list[CandidatePayload])},
    refusals=(UnknownParameter, *OF_TALKING),
    parameters=(
        *path_ids(_CONNECTION),
        Parameter("email", "E-mail of one of his contacts; without it nobody is found.", _EMAIL),
    ),
)


def _of_either(operation: Operation) -> Operation:
    """The id in its path may also be one of the foreign system's."""
    first, *others = operation.parameters
    return replace(operation, parameters=(replace(first, schema=TEXT), *others))


def _billing(name: str, summary: str, kind: type) -> Operation:
    return Operation(
        name=name,
        summary=summary,
        replies={200: Reply("From the copy here, an hour old at most.", kind)},
        refusals=(UnknownParameter,),
        parameters=(*path_ids(_CUSTOMER), _REFRESH),
    )


GET_LINKED_CUSTOMER = _billing(
    "get_linked_customer", "A customer, his client there, and how he stands.", LinkedCustomerPayload
)
GET_BILLING = _billing("get_billing", "How a customer stands there.", StandingPayload)
LIST_EXTERNAL_INVOICES = _billing(
    "list_external_invoices", "The invoices of a customer there, the newest first.", ExternalInvoicesPayload
)
LINK_CUSTOMER = changes(
    "link_customer",
    "Link a customer with a client there, and take over what is decided there.",
    SyncPayload,
    refusals=(AlreadyLinked, *OF_TALKING),
    ids=_CUSTOMER,
    checks_version=False,
)
UNLINK_CUSTOMER = removes(
    "unlink_customer",
    "Forget which client the customer is; both stay as they are.",
    refusals=(ConnectorOff, NotLinked),
    ids=_CUSTOMER,
    checks_version=False,
)
SYNC_CUSTOMER = _of_either(
    changes(
        "sync_customer",
        "Read the client anew. By the id of a client there, the customer is found, or made.",
        SyncPayload,
        refusals=(NotLinked, AlreadyLinked, SeveralMatches, AlreadyExists, *OF_TALKING),
        ids=_EITHER,
        checks_version=False,
    )
)
PUSH_CUSTOMER = changes(
    "push_customer",
    "Make a customer known there: the client with his code, else with his e-mail, else a new one, and linked.",
    SyncPayload,
    refusals=(AlreadyLinked, SeveralMatches, OutcomeUnknown, *OF_TALKING),
    ids=_CUSTOMER,
    checks_version=False,
)
GET_SEED_CLIENT = _billing(
    "get_client", "A customer with all that Invoice Ninja says of his client (`invoice_ninja_data`).", SeedClientPayload
)
SYNC_SEED_CLIENT = replace(
    SYNC_CUSTOMER,
    name="sync_invoice_ninja",
    summary="As `sync/` under `/api/connectors/customers/`, under the name that published clients know.",
)
_CONFLICT = {"conflict_id": "Id of the conflict."}
LIST_CONFLICTS = lists(
    "list_conflicts",
    "What a person has to decide of customers here and clients there, newest first: who may be several, or was refused.",
    ConflictPayload,
    filters=ConflictFilter,
    purposes={"code": "Why nobody but a person can."},
)
RESOLVE_CONFLICT = changes(
    "resolve_conflict",
    "Decide it: link the two (`external_id` for a customer here, `customer_id` for a client there), or dismiss it.",
    ResolvedPayload,
    refusals=(AlreadyResolved, AlreadyLinked, *OF_TALKING),
    ids=_CONFLICT,
    checks_version=False,
)
_SITE = {"site_id": "Id of the site."}
LIST_SITES = lists(
    "list_sites",
    "The customers' places and services, newest first, each with how its customer stands.",
    SitePayload,
    filters=SiteFilter,
    purposes={
        "search": "Name or address of the site, or name or code of its customer, contains this.",
        "customer": "Id of the customer.",
        "is_active": "Whether it is looked after.",
    },
)
CREATE_SITE = makes("create_site", "Add a place or service of a customer.", SitePayload, refusals=(AlreadyExists,))
GET_SITE = shows("get_site", "One site, with its customer and how he stands.", SitePayload, ids=_SITE)
CHANGE_SITE = changes("change_site", "Change a site.", SitePayload, refusals=(AlreadyExists,), ids=_SITE)
