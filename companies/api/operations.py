"""The operations on companies under ``/api/companies/``."""

from accounting.parties import BadGstin
from companies.payloads import CompanyRowPayload, CurrencyPayload, PoliciesPayload, RegistrationPayload, SwitchedPayload
from erp.api.describing import changes, lists, makes, shows
from erp.api.filtering import ListFilter
from erp.changing import AlreadyExists

LIST_COMPANIES = lists(
    "list_companies",
    "The companies one is an active member of, the latest joined first.",
    CompanyRowPayload,
    filters=ListFilter,
)
SWITCH_COMPANY = changes(
    "switch_company", "Work for another of one's companies from now on.", SwitchedPayload, checks_version=False
)
LIST_REGISTRATIONS = lists("list_registrations", "The company's GST registrations.", RegistrationPayload, filters=ListFilter)
ADD_REGISTRATION = makes(
    "add_registration",
    "Register the company for GST in one more state; the first registration is the default one.",
    RegistrationPayload,
    refusals=(BadGstin, AlreadyExists),
    located=False,
)
GET_POLICIES = shows("get_policies", "What the company decides for itself.", PoliciesPayload)
SET_POLICIES = changes(
    "set_policies", "Change the policies that are named; the others stay.", PoliciesPayload, checks_version=False
)
LIST_CURRENCIES = lists("list_currencies", "The currencies documents may be in.", CurrencyPayload, filters=ListFilter)
