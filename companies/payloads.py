"""How companies and what belongs to them are shown. Pure."""

from uuid import UUID

from msgspec import Struct

from accounting.gst import STATES
from erp.models import Company, Currency, Membership, Registration


class CompanyRowPayload(Struct, kw_only=True, frozen=True):
    """A company as its member sees it."""

    id: UUID
    code: str
    name: str
    role: str
    is_active_company: bool


class ActiveCompanyPayload(Struct, kw_only=True, frozen=True):
    id: UUID
    name: str
    code: str


class SwitchedPayload(Struct, kw_only=True, frozen=True):
    detail: str
    active_company: ActiveCompanyPayload


class RegistrationPayload(Struct, kw_only=True, frozen=True):
    id: UUID
    state_code: str
    state: str
    gstin: str
    is_default: bool


class CurrencyPayload(Struct, kw_only=True, frozen=True):
    id: UUID
    code: str
    name: str
    symbol: str
    decimal_places: int


def company_row_payload(membership: Membership, *, active: Membership | None) -> CompanyRowPayload:
    company = membership.company
    return CompanyRowPayload(
        id=company.id,
        code=company.code,
        name=company.name,
        role=membership.role,
        is_active_company=active is not None and membership.id == active.id,
    )


def switched_payload(company: Company) -> SwitchedPayload:
    return SwitchedPayload(
        detail=f"Active company is now {company.name}",
        active_company=ActiveCompanyPayload(id=company.id, name=company.name, code=company.code),
    )


def registration_payload(registration: Registration) -> RegistrationPayload:
    return RegistrationPayload(
        id=registration.id,
        state_code=registration.state_code,
        state=next(iter(STATES.get(registration.state_code, ())), ""),
        gstin=registration.gstin,
        is_default=registration.is_default,
    )


def currency_payload(currency: Currency) -> CurrencyPayload:
    return CurrencyPayload(
        id=currency.id,
        code=currency.code,
        name=currency.name,
        symbol=currency.symbol,
        decimal_places=currency.decimal_places,
    )
