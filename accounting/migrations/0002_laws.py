"""What the database enforces and Django cannot declare: companies kept apart, laws between tables, views of violations."""

from django.db import migrations

from erp.migrating import add_company_foreign_key, add_company_policy, create_audit_views, run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0001_tables"),
        ("erp", "0002_laws"),
    ]
    replaces = [("accounting", "0005_audit_views")]

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
        run_sql_file(__file__, "company_and_series"),
        create_audit_views(__file__, "audit_views"),
    ]
