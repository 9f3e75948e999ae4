"""The default chart of accounts, as a table, how it is planted, and how accounts are looked up."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from accounting.kinds import AccountRole as Role
from accounting.kinds import AccountType as Type
from accounting.models import FoldMark, LedgerAccount
from erp.access import Actor
from erp.models import Within
from erp.problems import FieldErrors, NotFound, ValidationFailed


class ChartRow(NamedTuple):
    code: str
    name: str
    type: Type
    role: Role
    is_control: bool = False
    is_group: bool = False


DEFAULT_CHART = (
    ChartRow("1000", "Cash", Type.ASSET, Role.CASH),
    ChartRow("1010", "Bank", Type.ASSET, Role.BANK),
    ChartRow("1100", "Trade receivables", Type.ASSET, Role.RECEIVABLE, is_control=True, is_group=True),
    ChartRow("1200", "Inventory", Type.ASSET, Role.INVENTORY, is_control=True),
    ChartRow("1300", "Input CGST", Type.ASSET, Role.INPUT_CGST, is_control=True),
    ChartRow("1301", "Input SGST", Type.ASSET, Role.INPUT_SGST, is_control=True),
    ChartRow("1302", "Input UTGST", Type.ASSET, Role.INPUT_UTGST, is_control=True),
    ChartRow("1303", "Input IGST", Type.ASSET, Role.INPUT_IGST, is_control=True),
    ChartRow("1304", "Input other tax", Type.ASSET, Role.INPUT_OTHER, is_control=True),
    ChartRow("2000", "Trade payables", Type.LIABILITY, Role.PAYABLE, is_control=True, is_group=True),
    ChartRow("2100", "Goods received, not invoiced", Type.LIABILITY, Role.GRNI, is_control=True),
    ChartRow("2200", "Output CGST", Type.LIABILITY, Role.OUTPUT_CGST, is_control=True),
    ChartRow("2201", "Output SGST", Type.LIABILITY, Role.OUTPUT_SGST, is_control=True),
    ChartRow("2202", "Output UTGST", Type.LIABILITY, Role.OUTPUT_UTGST, is_control=True),
    ChartRow("2203", "Output IGST", Type.LIABILITY, Role.OUTPUT_IGST, is_control=True),
    ChartRow("2204", "Output other tax", Type.LIABILITY, Role.OUTPUT_OTHER, is_control=True),
    ChartRow("2300", "GST payable after set-off", Type.LIABILITY, Role.GST_SETTLEMENT),
    ChartRow("2900", "Suspense", Type.LIABILITY, Role.SUSPENSE),
    ChartRow("3000", "Capital", Type.EQUITY, Role.CAPITAL),
    ChartRow("3100", "Retained earnings", Type.EQUITY, Role.RETAINED_EARNINGS),
    ChartRow("3900", "Opening balances", Type.EQUITY, Role.OPENING_BALANCE),
    ChartRow("4000", "Sales", Type.INCOME, Role.SALES),
    ChartRow("4100", "Sales returns and allowances", Type.INCOME, Role.SALES_RETURNS),
    ChartRow("4900", "Rounding", Type.INCOME, Role.ROUNDING),
    ChartRow("4910", "Exchange difference, realised", Type.INCOME, Role.FX_REALISED),
    ChartRow("4911", "Exchange difference, unrealised", Type.INCOME, Role.FX_UNREALISED),
    ChartRow("5000", "Cost of goods sold", Type.EXPENSE, Role.COGS),
    ChartRow("5100", "Purchases and expenses", Type.EXPENSE, Role.PURCHASES),
    ChartRow("5200", "Purchase price difference", Type.EXPENSE, Role.PRICE_VARIANCE),
    ChartRow("5300", "Stock differences", Type.EXPENSE, Role.STOCK_DIFFERENCE),
    ChartRow("5310", "Stock write-off", Type.EXPENSE, Role.STOCK_WRITE_OFF),
)


def plant_chart(company_id: UUID) -> None:
    """Insert the default chart for a company that is being founded, and the mark its balances are folded up to."""
    LedgerAccount.objects.of(Within(company_id)).bulk_create(
        LedgerAccount(
            company_id=company_id,
            code=row.code,
            name=row.name,
            type=row.type.value,
            role=row.role.value,
            is_control=row.is_control,
            is_group=row.is_group,
        )
        for row in DEFAULT_CHART
    )
    FoldMark.objects.of(Within(company_id)).create(company_id=company_id)


def find_accounts(actor: Actor, codes: Sequence[str]) -> dict[str, LedgerAccount]:
    """The accounts that lines name by code and that entries may stand on; '' names none.

    Raises NotFound, or ValidationFailed for groups and for what is no longer active, saying in which lines.
    """
    named = {code for code in codes if code}
    if not named:
        return {}
    found = {account.code: account for account in LedgerAccount.objects.of(actor).filter(code__in=named)}
    if named - found.keys():
        unknown = [{"account_code": ["Account not found."]} if code and code not in found else {} for code in codes]
        raise NotFound("Account not found", errors={"lines": unknown})
    faults: list[FieldErrors] = [_account_fault(found[code]) if code else {} for code in codes]
    if any(faults):
        raise ValidationFailed(errors={"lines": faults})
    return found


def _account_fault(account: LedgerAccount) -> FieldErrors:
    if account.is_group:
        return {"account_code": [f"{account.code} is a group; book one of its accounts."]}
    return {} if account.is_active else {"account_code": [f"{account.code} is no longer active."]}


def accounts_by_role(company_id: UUID, roles: Iterable[Role]) -> dict[Role, UUID]:
    """The one account of each role (not of parties): role → id. A missing one is a KeyError for whoever asks it."""
    accounts = LedgerAccount.objects.of(Within(company_id)).filter(owner_id=None, is_active=True)
    rows = accounts.filter(role__in=[role.value for role in roles]).values_list("role", "id")
    return {Role(role): account for role, account in rows if role}
