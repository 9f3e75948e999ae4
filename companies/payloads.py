"""How companies and what belongs to them are shown. Pure."""

from uuid import UUID

from msgspec import Struct

from accounting.gst import STATES
from erp.clock import instant_text
from erp.models import Company, Currency, Membership, Registration
from erp.policies import (
    BatchMismatch,
    CourierHandover,
    CreditCheck,
    ImportCreatesItems,
    ImportTax,
    NumberDateOrder,
    OnConflict,
    PackingQuantityCheck,
    PostRequires,
    PurchaseMatch,
    ReimportInProgress,
    SellExpired,
    TotalMismatch,
)


class CompanyRowPayload(Struct, kw_only=True, frozen=True):
    """A company as its member sees it."""

    id: UUID
    code: str
    name: str
    role: str
    is_active_company: bool


class CompanyPayload(Struct, kw_only=True, frozen=True):
    """A company as it describes itself."""

    id: UUID
    code: str
    name: str
    legal_name: str
    address: str
    phone: str
    email: str
    base_currency: str
    timezone: str
    fiscal_year_start: int
    books_start_date: str | None
    version: int
    created_at: str


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
    valid_to: str | None
    version: int


class CurrencyPayload(Struct, kw_only=True, frozen=True):
    id: UUID
    code: str
    name: str
    symbol: str
    decimal_places: int


class PoliciesPayload(Struct, kw_only=True, frozen=True):
    """What the company decides for itself."""

    total_mismatch: TotalMismatch
    on_conflict: OnConflict
    reimport_in_progress: ReimportInProgress
    jwt_import_roles: list[str]
    confirm_requires_stock: bool
    invoice_requires_stock: bool
    credit_check: CreditCheck
    shared_terminal: bool
    courier_handover: CourierHandover
    session_lease_minutes: int
    packing_quantity_check: PackingQuantityCheck
    enable_bulk_picking: bool
    enable_manual_picking_completion: bool
    number_date_order: NumberDateOrder
    round_total_to_rupee: bool
    rate_max_age_days: int
    batch_mismatch: BatchMismatch
    sell_expired: SellExpired
    import_creates_items: ImportCreatesItems
    import_tax: ImportTax
    post_requires: PostRequires
    purchase_match: PurchaseMatch
    version: int


def company_row_payload(membership: Membership, *, active: UUID | None) -> CompanyRowPayload:
    company = membership.company
    return CompanyRowPayload(
        id=company.id,
        code=company.code,
        name=company.name,
        role=membership.role,
        is_active_company=company.id == active,
    )


def company_payload(company: Company) -> CompanyPayload:
    return CompanyPayload(
        id=company.id,
        code=company.code,
        name=company.name,
        legal_name=company.legal_name,
        address=company.address,
        phone=company.phone,
        email=company.email,
        base_currency=company.base_currency.code,
        timezone=company.timezone,
        fiscal_year_start=company.fiscal_year_start,
        books_start_date=company.books_start_date.isoformat() if company.books_start_date else None,
        version=company.version,
        created_at=instant_text(company.created_at),
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
        valid_to=registration.valid_to.isoformat() if registration.valid_to else None,
        version=registration.version,
    )


def policies_payload(company: Company) -> PoliciesPayload:
    return PoliciesPayload(**{name: getattr(company, name) for name in PoliciesPayload.__struct_fields__})


def currency_payload(currency: Currency) -> CurrencyPayload:
    return CurrencyPayload(
        id=currency.id,
        code=currency.code,
        name=currency.name,
        symbol=currency.symbol,
        decimal_places=currency.decimal_places,
    )
