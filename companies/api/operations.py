"""The operations on companies under ``/api/companies/``."""

from accounting.parties import BadGstin
from companies.governing import BooksBegun
from companies.payloads import (
    CompanyPayload,
    CompanyRowPayload,
    CurrencyPayload,
    PoliciesPayload,
    RegistrationPayload,
    SwitchedPayload,
)
from companies.registering import RegistrationUsed
from erp.api.describing import changes, lists, makes, removes, shows
from erp.api.filtering import ListFilter
from erp.changing import AlreadyExists
from erp.problems import PermissionDenied

_COMPANY = {"company_id": "Id of the company that the request works for."}
LIST_COMPANIES = lists(
    "list_companies",
    "The companies one is an active member of, the latest joined first.",
    CompanyRowPayload,
    filters=ListFilter,
)
FOUND_COMPANY = makes(
    "found_company",
    "Found a company and own it. For superusers, or for everybody where the installation allows it.",
    CompanyPayload,
    refusals=(PermissionDenied, BadGstin, AlreadyExists),
)
GET_COMPANY = shows("get_company", "The company one works for, as it describes itself.", CompanyPayload, ids=_COMPANY)
CHANGE_COMPANY = changes(
    "change_company",
    "Change how the company is called and reached; its currency and its years until something is posted.",
    CompanyPayload,
    refusals=(BooksBegun,),
    ids=_COMPANY,
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
)
_REGISTRATION = {"registration_id": "Id of the registration."}
GET_REGISTRATION = shows("get_registration", "One GST registration.", RegistrationPayload, ids=_REGISTRATION)
CHANGE_REGISTRATION = changes(
    "change_registration",
    "Make a registration the default one, or end it: documents of days after `valid_to` do not name it.",
    RegistrationPayload,
    refusals=(AlreadyExists,),
    ids=_REGISTRATION,
)
REMOVE_REGISTRATION = removes(
    "remove_registration",
    "Take back a registration that no invoice names.",
    refusals=(RegistrationUsed,),
    ids=_REGISTRATION,
)
GET_POLICIES = shows("get_policies", "What the company decides for itself.", PoliciesPayload)
SET_POLICIES = changes("set_policies", "Change the policies that are named; the others stay.", PoliciesPayload)
LIST_CURRENCIES = lists("list_currencies", "The currencies documents may be in.", CurrencyPayload, filters=ListFilter)
