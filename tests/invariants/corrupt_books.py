"""Corruptions of the books: vouchers, entries, accounts, years, balances."""

from tests.invariants.planting import Corruption, plant

OTHER = "'elsewhere', gen_random_uuid(), 1"
TAKE_JV = "UPDATE erp_numberseries SET last_number = last_number + 1 WHERE company_id = %(company)s AND series = 'JV'"


def voucher(
    total: str = "10",
    rows: int = 2,
    *,
    new: str = "new1",
    kind: str = "STOCK",
    day: str = "2025-12-28",
    source: str = OTHER,
    reverses: str = "NULL",
    number: str = "erp_spelled_number('JV', 2025, last_number)",
    year: str = "%(year)s",
) -> str:
    """A voucher's header with the number that was just taken."""
    return (
        "INSERT INTO accounting_voucher (id, company_id, kind, number, fiscal_year_id, voucher_date, source_kind, source_id,"
        " source_revision, reverses_id, total, entry_count, narration, posted_at)"
        f" SELECT %({new})s, company_id, '{kind}', {number}, {year}, '{day}', {source}, {reverses}, {total}, {rows}, '',"
        " now() FROM erp_numberseries WHERE company_id = %(company)s AND series = 'JV'"
    )


def entries(*legs: tuple[str, str, str, str], new: str = "%(new1)s", day: str = "2025-12-28", first: int = 1) -> str:
    """The legs (account, role, debit, credit) of a voucher, in one statement."""
    rows = ", ".join(
        f"(%(company)s, {new}, '{day}', {line_no}, %({account})s, {debit}, {credit}, %(currency)s, {debit} - {credit},"
        f" '{role}')"
        for line_no, (account, role, debit, credit) in enumerate(legs, start=first)
    )
    return (
        "INSERT INTO accounting_ledgerentry (company_id, voucher_id, voucher_date, line_no, account_id, debit, credit,"
        f" currency_id, amount_currency, role) VALUES {rows}"
    )


GOOD = (("cash", "CASH", "10", "0"), ("capital", "CAPITAL", "0", "10"))
BOOKED = (TAKE_JV, voucher(), entries(*GOOD))
"""A voucher that nothing is wrong with."""

_ENTRY = "UPDATE accounting_ledgerentry SET {} WHERE id = %(debit_entry)s"
_OLD_LEG = entries(("cash", "CASH", "10", "0"), new="%(voucher)s", day="2025-12-26", first=50)
_ACCOUNT = (
    "INSERT INTO accounting_ledgeraccount (id, company_id, code, name, type, role, is_group, is_control, is_active)"
    " VALUES (%(new2)s, %(company)s, '9999', 'Odd', '{}', {}, {}, {}, {})"
)
_SOURCE = "'elsewhere', %(new9)s, 1"
_ORIGINAL = (TAKE_JV, voucher(source=_SOURCE), entries(*GOOD))
_MIRRORED = (("cash", "CASH", "0", "10"), ("capital", "CAPITAL", "10", "0"))


def _reversed(*legs: tuple[str, str, str, str], day: str = "2025-12-28", source: str = _SOURCE) -> tuple[str, ...]:
    """A voucher of the ground's kind, and its reversal with these legs."""
    mirror = voucher("10", len(legs), new="new2", kind="REVERSAL", source=source, reverses="%(new1)s", day=day)
    return *_ORIGINAL, TAKE_JV, mirror, entries(*legs, new="%(new2)s", day=day)


BOOKS: list[Corruption] = [
    # Debit = credit
    plant("I01", "a debit changed", _ENTRY.format("debit = debit + 1"), by="append_only"),
    plant("I01", "a credit changed", _ENTRY.format("debit = 0, credit = debit"), by="append_only"),
    plant("I01", "a leg deleted", "DELETE FROM accounting_ledgerentry WHERE id = %(debit_entry)s", by="append_only"),
    plant("I01", "a third leg in an old voucher", _OLD_LEG, by="entry_with_its_voucher"),
    plant("I01", "a new voucher that does not balance", TAKE_JV, voucher(),
          entries(("cash", "CASH", "10", "0"), ("capital", "CAPITAL", "0", "9.99")), by="voucher_balances"),
    plant("I01", "a leg added after the voucher was judged", *BOOKED, "SET CONSTRAINTS ALL IMMEDIATE",
          entries(("cash", "CASH", "5", "0"), first=3), by="entry_with_its_voucher"),
    plant("I02", "a leg booked on another day", _ENTRY.format("voucher_date = '2025-12-27'"), by="append_only"),
    plant("I02", "legs of a new voucher on two days", TAKE_JV, voucher(), entries(GOOD[0]),
          entries(GOOD[1], day="2025-12-29", first=2), by="entry_with_its_voucher"),
    # Header and entries
    plant("I03", "a voucher without entries", TAKE_JV, voucher(), by="voucher_balances"),
    plant("I03", "a voucher of one leg", TAKE_JV, voucher("10", 1), entries(GOOD[0]), by="voucher_balances"),
    plant("I03", "a total that is not the debits", TAKE_JV, voucher("11"), entries(*GOOD), by="voucher_balances"),
    plant("I03", "an entry count that is none", TAKE_JV, voucher("10", 3), entries(*GOOD), by="voucher_balances"),
    plant("I03", "a total that is no number", TAKE_JV, voucher("'NaN'"), entries(*GOOD), by="voucher_total_in_range"),
    plant("I03", "a voucher's total changed", "UPDATE accounting_voucher SET total = total + 1 WHERE id = %(voucher)s",
          by="append_only"),
    # Balances
    plant("I04", "the mark moved without its days",
          "UPDATE accounting_accountday SET debit = debit + 1 WHERE company_id = %(company)s", by="folded_only"),
    plant("I04", "a folded day forgotten", "DELETE FROM accounting_accountday WHERE company_id = %(company)s",
          by="folded_only"),
    plant("I05", "a folded day invented",
          "INSERT INTO accounting_accountday (company_id, account_id, day, debit, credit)"
          " VALUES (%(company)s, %(cash)s, '2025-01-01', 5, 0)", by="folded_only"),
    plant("I05", "a folded day moved", "UPDATE accounting_accountday SET day = day - 1 WHERE company_id = %(company)s",
          by="folded_only"),
    plant("I05", "the mark deleted with its days kept", "DELETE FROM accounting_foldmark WHERE company_id = %(company)s",
          "UPDATE accounting_accountday SET debit = 0 WHERE company_id = %(company)s", by="folded_only"),
    # Entries and their voucher
    plant("I06", "a late entry, balanced", entries(("cash", "CASH", "10", "0"), ("capital", "CAPITAL", "0", "10"),
          new="%(voucher)s", day="2025-12-26", first=70), by="entry_with_its_voucher"),
    plant("I06", "a line number out of line", TAKE_JV, voucher(), entries(GOOD[0]), entries(GOOD[1], first=7),
          by="entry_with_its_voucher"),
    plant("I06", "a line number twice", TAKE_JV, voucher(), entries(GOOD[0]), entries(GOOD[1]), by="ledgerentry_line_no"),
    plant("I06", "a voucher's date changed",
          "UPDATE accounting_voucher SET voucher_date = '2025-12-27' WHERE id = %(voucher)s",
          by="append_only"),
    # One positive side
    plant("I07", "both sides", TAKE_JV, voucher("20"), entries(("cash", "CASH", "20", "10"), ("capital", "CAPITAL", "0",
          "10")),
          by="ledgerentry_one_positive_side"),
    plant("I07", "neither side", TAKE_JV, voucher("10", 3), entries(*GOOD, ("bank", "BANK", "0", "0")),
          by="ledgerentry_one_positive_side ledgerentry_currency_on_the_same_side"),
    plant("I07", "a negative side", TAKE_JV, voucher("10", 3),
          entries(("cash", "CASH", "15", "0"), ("capital", "CAPITAL", "0", "10"), ("bank", "BANK", "-5", "0")),
          by="ledgerentry_one_positive_side ledgerentry_currency_on_the_same_side"),
    plant("I07", "no number", TAKE_JV, voucher(), entries(("cash", "CASH", "'NaN'::numeric", "0"), GOOD[1]),
          by="ledgerentry_finite ledgerentry_currency_on_the_same_side"),
    plant("I07", "another side in the document's currency", TAKE_JV, voucher(),
          entries(*GOOD).replace("10 - 0", "0 - 10"), by="ledgerentry_currency_on_the_same_side"),
    plant("I07", "another amount in the company's own currency", TAKE_JV, voucher(), entries(*GOOD).replace("10 - 0",
          "9 - 0"),
          by="entry_account_takes_it"),
    # Accounts that take no entry
    plant("I08", "a leg on a group", TAKE_JV, voucher(), entries(("receivables", "RECEIVABLE", "10", "0"), GOOD[1]),
          by="entry_account_takes_it"),
    plant("I08", "a leg under a wrong role", TAKE_JV, voucher(), entries(("cash", "SALES", "10", "0"), GOOD[1]),
          by="entry_account_takes_it"),
    plant("I08", "a leg on an account of another currency",
          "INSERT INTO erp_currency (id, code, name, symbol, decimal_places) VALUES (%(new3)s, 'QQ1', 'Odd', '', 2)",
          _ACCOUNT.format("ASSET", "NULL", "false", "false", "true")
          .replace("is_active)", "is_active, currency_id)").replace("true)", "true, %(new3)s)"),
          TAKE_JV, voucher(), entries(("new2", "", "10", "0"), GOOD[1]), by="entry_account_takes_it"),
    plant("I08", "the account of an entry swapped", _ENTRY.format("account_id = %(cash)s"), by="append_only"),
    plant("I08", "an account made a group under its entries",
          "UPDATE accounting_ledgeraccount SET is_group = true WHERE id = %(sales)s", by="account_frozen"),
    plant("I08", "an account given another role",
          "UPDATE accounting_ledgeraccount SET role = 'COGS' WHERE id = %(sales)s", by="account_frozen"),
    # Numbers
    plant("I28", "a voucher number skipped", TAKE_JV, TAKE_JV, voucher(), entries(*GOOD), by="numbers_are_used"),
    plant("I28", "a voucher number from nowhere", voucher(number="'JV-2025-00999'"), entries(*GOOD),
          by="number_of_its_series"),
    plant("I28", "a voucher number twice", voucher(number="'JV-2025-00001'"), entries(*GOOD), by="voucher_number"),
    plant("I28", "a series set back", TAKE_JV.replace("+ 1", "- 1"), by="counts_up"),
    plant("I28", "a series deleted", "DELETE FROM erp_numberseries WHERE company_id = %(company)s AND series = 'JV'",
          by="never_deleted"),
    plant("I28", "a voucher deleted with its entries", "DELETE FROM accounting_ledgerentry WHERE voucher_id = %(voucher)s",
          "DELETE FROM accounting_voucher WHERE id = %(voucher)s", by="append_only"),
    plant("I48", "a voucher number of another year", TAKE_JV, voucher(number="'JV-2024-00001'"), entries(*GOOD),
          by="number_of_its_series"),
    plant("I48", "a voucher number of another form", TAKE_JV, voucher(number="'X-1'"), entries(*GOOD),
          by="number_of_its_series"),
    # Reversals
    plant("I33", "a reversal with another account", *_reversed(("bank", "BANK", "0", "10"), _MIRRORED[1]),
          by="reversal_mirrors"),
    plant("I33", "a reversal of a part", *[one.replace(", 10, 2, ''", ", 4, 2, ''") if "%(new2)s" in one else one
          for one in _reversed(("cash", "CASH", "0", "4"), ("capital", "CAPITAL", "4", "0"))], by="reversal_mirrors"),
    plant("I33", "a reversal of another document", *_reversed(*_MIRRORED, source=OTHER), by="reversal_mirrors"),
    plant("I33", "a second reversal", TAKE_JV, voucher("10", 2, kind="REVERSAL", source="'invoice', %(undone)s, 1",
          reverses="%(undone_voucher)s"), entries(*GOOD), by="voucher_reversed_once"),
    plant("I33", "a reversal of a reversal", TAKE_JV, voucher("10", 2, kind="REVERSAL", source="'invoice', %(undone)s, 1",
          reverses="%(undoing)s"), entries(*GOOD), by="reversal_mirrors"),
    plant("I33", "a reversal of nothing", TAKE_JV, voucher(kind="REVERSAL"), entries(*GOOD),
          by="voucher_only_reversals_reverse"),
    plant("I33", "a sale that reverses", TAKE_JV, voucher(kind="SALES", reverses="%(partial_voucher)s"), entries(*GOOD),
          by="voucher_only_reversals_reverse"),
    plant("I33", "a reversal before its voucher", *_reversed(*_MIRRORED, day="2025-12-25"), by="reversal_mirrors"),
    # Periods
    plant("I34", "a voucher before the books start",
          "UPDATE erp_company SET books_start_date = '2025-12-28' WHERE id = %(company)s", by="booked_company_stays"),
    plant("I34", "a voucher in a closed year",
          "UPDATE accounting_fiscalyear SET closed_at = now() - interval '1 hour' WHERE id = %(year)s", *BOOKED,
          by="period_closed"),
    plant("I34", "a voucher outside its year", TAKE_JV, voucher(day="2026-04-01"),
          entries(*GOOD, day="2026-04-01"), by="period_closed"),
    plant("I34", "a voucher on a locked day",
          "UPDATE erp_company SET hard_lock_date = '2025-12-31' WHERE id = %(company)s",
          "INSERT INTO erp_auditentry (company_id, at, actor_kind, actor_name, action, subject_kind, subject_id, changes,"
          " request_id) VALUES (%(company)s, now() - interval '1 hour', 'user', '', 'set_locks', 'company', %(company)s,"
          " '{\"hard_lock_date\":[null,\"2025-12-31\"]}', '')", *BOOKED, by="period_closed"),
    plant("I34", "a year cut short under its vouchers",
          "UPDATE accounting_fiscalyear SET start_date = '2025-12-28' WHERE id = %(year)s", by="year_frozen"),
    # Accounts and controls
    plant("I50", "a second account of a role", _ACCOUNT.format("INCOME", "'SALES'", "false", "false", "true"),
          by="ledgeraccount_one_per_role_and_owner"),
    plant("I50", "a journal on the stock account", TAKE_JV, voucher(kind="JOURNAL"),
          entries(("inventory", "INVENTORY", "10", "0"), GOOD[1]), by="control_account"),
    plant("I50", "a journal on a customer's account", TAKE_JV, voucher(kind="JOURNAL"),
          entries(("near_account", "RECEIVABLE", "10", "0"), GOOD[1]), by="control_account"),
    plant("I50", "a tax settlement on a customer's account", TAKE_JV, voucher(kind="GST_SETTLEMENT"),
          entries(("near_account", "RECEIVABLE", "10", "0"), GOOD[1]), by="control_account"),
    # Other companies
    plant("I32", "a leg on another company's account", TAKE_JV, voucher(), entries(("their_cash", "CASH", "10", "0"),
          GOOD[1]),
          by="accounting_ledgerentry_account_id_company_fk"),
    plant("I32", "a voucher of another company's year", TAKE_JV, voucher(year="%(their_year)s"), entries(*GOOD),
          by="accounting_voucher_fiscal_year_id_company_fk number_of_its_series"),
    plant("I32", "a reversal of another company's voucher", TAKE_JV, voucher(kind="REVERSAL", reverses="%(their_voucher)s"),
          entries(*GOOD), by="accounting_voucher_reverses_id_company_fk"),
    plant("I32", "an account below another company's", _ACCOUNT.format("ASSET", "NULL", "false", "false", "true")
          .replace("is_active)", "is_active, parent_id)").replace("true)", "true, %(their_receivables)s)"),
          by="accounting_ledgeraccount_parent_id_company_fk"),
]  # fmt: skip
