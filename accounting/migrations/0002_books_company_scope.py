from django.db import migrations

from erp.migrating import add_company_foreign_key, add_company_policy


class Migration(migrations.Migration):
    dependencies = [("accounting", "0001_books")]

    operations = [
        add_company_policy("accounting_ledgeraccount"),
        add_company_policy("accounting_fiscalyear"),
        add_company_policy("accounting_voucher"),
        add_company_policy("accounting_ledgerentry"),
        add_company_policy("accounting_accountday"),
        add_company_policy("accounting_foldmark"),
        add_company_foreign_key("accounting_ledgeraccount", "parent_id", "accounting_ledgeraccount"),
        add_company_foreign_key("accounting_voucher", "fiscal_year_id", "accounting_fiscalyear"),
        add_company_foreign_key("accounting_voucher", "reverses_id", "accounting_voucher"),
        add_company_foreign_key("accounting_ledgerentry", "voucher_id", "accounting_voucher"),
        add_company_foreign_key("accounting_ledgerentry", "account_id", "accounting_ledgeraccount"),
        add_company_foreign_key("accounting_accountday", "account_id", "accounting_ledgeraccount"),
    ]
