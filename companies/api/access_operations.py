"""The operations on members and API keys under ``/api/companies/``."""

from companies.access_payloads import ApiKeyPayload, IssuedKeyPayload, MembershipPayload
from companies.api.access_filters import ApiKeyFilter, MembershipFilter
from companies.keying import ApiKeyEnded
from companies.owners import LastOwner
from erp.api.describing import changes, lists, makes, shows
from erp.changing import AlreadyExists

_MEMBERSHIP = {"membership_id": "Id of the membership."}
_KEY = {"key_id": "Id of the API key."}

LIST_MEMBERSHIPS = lists(
    "list_memberships",
    "The company's members, the latest taken in first.",
    MembershipPayload,
    filters=MembershipFilter,
    purposes={
        "search": "E-mail address or name contains this.",
        "role": "Members with one of these roles.",
        "is_active": "Whether they may still work for the company.",
    },
)
ADD_MEMBERSHIP = makes(
    "add_membership",
    "Make a person with an account a member; only an OWNER appoints an OWNER.",
    MembershipPayload,
    refusals=(AlreadyExists,),
)
GET_MEMBERSHIP = shows("get_membership", "One membership.", MembershipPayload, ids=_MEMBERSHIP)
CHANGE_MEMBERSHIP = changes(
    "change_membership",
    "Give a member another role, let him go, or take him back; it holds from his next request on. Only an OWNER touches an"
    " OWNER.",
    MembershipPayload,
    refusals=(LastOwner,),
    ids=_MEMBERSHIP,
)
LIST_API_KEYS = lists(
    "list_api_keys",
    "The company's API keys, the latest first, without the keys themselves.",
    ApiKeyPayload,
    filters=ApiKeyFilter,
    purposes={"search": "Name or prefix contains this.", "revoked": "Whether it was revoked."},
)
ISSUE_API_KEY = makes(
    "issue_api_key", "Give another system a key. It is shown this once; a repeat shows all but the key.", IssuedKeyPayload
)
GET_API_KEY = shows("get_api_key", "One API key, without the key itself.", ApiKeyPayload, ids=_KEY)
ROTATE_API_KEY = makes(
    "rotate_api_key",
    "Give the same system another key that may do the same; the old one ends after `overlap_hours`.",
    IssuedKeyPayload,
    refusals=(ApiKeyEnded,),
    ids=_KEY,
    checks_version=True,
)
REVOKE_API_KEY = changes(
    "revoke_api_key",
    "End an API key for good; within a second nobody takes it any more.",
    ApiKeyPayload,
    ids=_KEY,
)
