"""The law of the books as the database judges it: bodies of the triggers in `accounting.models`. Pure text.

Each refusal is an error with the name of its rule, so that a caller, a test and an administrator read the same word.
"""

ACCOUNT_FROZEN = """
    IF ROW(OLD.id, OLD.company_id, OLD.code, OLD.type, OLD.role, OLD.owner_id, OLD.is_group, OLD.is_control, OLD.currency_id)
        IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.code, NEW.type, NEW.role, NEW.owner_id, NEW.is_group,
            NEW.is_control, NEW.currency_id) THEN
        RAISE EXCEPTION 'account_frozen: of an account only name, parent and activity change'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'account_frozen';
    END IF;
    RETURN NEW;
"""

YEAR_FROZEN = """
    IF TG_OP = 'DELETE' OR ROW(OLD.id, OLD.company_id, OLD.year, OLD.start_date, OLD.end_date)
        IS DISTINCT FROM ROW(NEW.id, NEW.company_id, NEW.year, NEW.start_date, NEW.end_date) THEN
        RAISE EXCEPTION 'year_frozen: a fiscal year is closed and reopened, nothing else'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'year_frozen';
    END IF;
    RETURN NEW;
"""

VOUCHER_BALANCES = """
    SELECT count(*), coalesce(sum(debit), 0), coalesce(sum(credit), 0)
    INTO entries, debits, credits
    FROM accounting_ledgerentry WHERE company_id = NEW.company_id AND voucher_id = NEW.id;
    IF debits <> credits OR debits <> NEW.total OR entries <> NEW.entry_count
       OR (entries < 2 AND NOT (entries = 0 AND NEW.total = 0)) THEN
        RAISE EXCEPTION 'voucher_balances: voucher % has % entries, debit %, credit %, total %',
            NEW.number, entries, debits, credits, NEW.total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_balances';
    END IF;
    IF NEW.reverses_id IS NOT NULL AND (
        EXISTS (
            SELECT 1 FROM accounting_voucher o
            WHERE o.company_id = NEW.company_id AND o.id = NEW.reverses_id
                AND (o.reverses_id IS NOT NULL OR o.voucher_date > NEW.voucher_date OR o.entry_count <> NEW.entry_count
                    OR ROW(o.source_kind, o.source_id, o.source_revision)
                        <> ROW(NEW.source_kind, NEW.source_id, NEW.source_revision)))
        OR EXISTS (
            SELECT 1 FROM accounting_ledgerentry e
            WHERE e.company_id = NEW.company_id AND e.voucher_id IN (NEW.id, NEW.reverses_id)
            GROUP BY e.account_id, e.role, e.currency_id
            HAVING sum(e.debit - e.credit) <> 0 OR sum(e.amount_currency) <> 0)) THEN
        RAISE EXCEPTION 'reversal_mirrors: a reversal has the legs of its voucher with the sides changed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reversal_mirrors';
    END IF;
    RETURN NULL;
"""
"""At commit, once per voucher. Further entries cannot follow this judgement: their line numbers are used up."""

ENTRY_FITS_VOUCHER = """
    IF EXISTS (
        SELECT 1 FROM written e
        LEFT JOIN accounting_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
        WHERE v.tx IS DISTINCT FROM pg_current_xact_id() OR v.voucher_date <> e.voucher_date
            OR e.line_no NOT BETWEEN 1 AND v.entry_count) THEN
        RAISE EXCEPTION 'entry_with_its_voucher: entries come with their voucher, in its transaction, 1…n'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_with_its_voucher';
    END IF;
    IF EXISTS (
        SELECT 1 FROM written e
        JOIN accounting_ledgeraccount a ON a.company_id = e.company_id AND a.id = e.account_id
        JOIN erp_company c ON c.id = e.company_id
        WHERE a.is_group OR NOT a.is_active OR a.role <> e.role
            OR (a.currency_id IS NOT NULL AND a.currency_id <> e.currency_id)
            OR (c.base_currency_id = e.currency_id AND e.amount_currency <> e.debit - e.credit)) THEN
        RAISE EXCEPTION 'entry_account_takes_it: a group, an inactive account, another role or currency takes none'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_account_takes_it';
    END IF;
    IF EXISTS (
        SELECT 1 FROM written e
        JOIN accounting_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
        JOIN accounting_ledgeraccount a ON a.company_id = e.company_id AND a.id = e.account_id
        WHERE a.is_control AND (v.kind = 'JOURNAL' OR (v.kind = 'GST_SETTLEMENT'
            AND a.role NOT LIKE 'INPUT\\_%' AND a.role NOT LIKE 'OUTPUT\\_%'))) THEN
        RAISE EXCEPTION 'control_account: control accounts take no journals'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'control_account';
    END IF;
    RETURN NULL;
"""

NOT_IN_LOCKED_PERIOD = """
    IF EXISTS (
        SELECT 1 FROM erp_company c
        WHERE c.id = NEW.company_id AND (NEW.voucher_date <= c.hard_lock_date
            OR NEW.voucher_date < c.books_start_date))
       OR EXISTS (
        SELECT 1 FROM accounting_fiscalyear y
        WHERE y.company_id = NEW.company_id AND y.id = NEW.fiscal_year_id
            AND (NEW.voucher_date NOT BETWEEN y.start_date AND y.end_date
                OR (y.closed_at IS NOT NULL AND NEW.kind <> 'YEAR_CLOSE'))) THEN
        RAISE EXCEPTION 'period_closed: nothing is booked on %', NEW.voucher_date
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_closed';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM erp_numberseries s
        JOIN accounting_fiscalyear y ON y.company_id = s.company_id AND y.year = s.year
        WHERE s.company_id = NEW.company_id AND s.series = 'JV' AND y.id = NEW.fiscal_year_id
            AND NEW.number = 'JV-' || y.year || '-' || substring(NEW.number FROM '[0-9]{5,8}$')
            AND substring(NEW.number FROM '[0-9]{5,8}$')::int <= s.last_number) THEN
        RAISE EXCEPTION 'number_of_its_series: % was not taken from the series of its year', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'number_of_its_series';
    END IF;
    RETURN NEW;
"""

FOLDED_ONLY = """
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'folded_only: account days are written by moving the mark, by nothing else'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'folded_only';
    END IF;
    RETURN coalesce(NEW, OLD);
"""

FOLD_BEGINS = """
    NEW.tx := '0';
    NEW.cluster := (SELECT system_identifier FROM pg_control_system());
    RETURN NEW;
"""

FOLD = """
    since := OLD.tx;
    here := (SELECT system_identifier FROM pg_control_system());
    IF OLD.cluster <> here OR NEW.tx = '0' THEN
        DELETE FROM accounting_accountday WHERE company_id = OLD.company_id;
        since := '0';
    END IF;
    NEW.company_id := OLD.company_id;
    NEW.cluster := here;
    NEW.tx := pg_snapshot_xmin(pg_current_snapshot());
    INSERT INTO accounting_accountday AS d (company_id, account_id, day, debit, credit)
    SELECT e.company_id, e.account_id, e.voucher_date, sum(e.debit), sum(e.credit)
    FROM accounting_voucher v
    JOIN accounting_ledgerentry e ON e.company_id = v.company_id AND e.voucher_id = v.id
    WHERE v.company_id = OLD.company_id AND v.tx >= since AND v.tx < NEW.tx
    GROUP BY e.company_id, e.account_id, e.voucher_date
    ORDER BY e.account_id, e.voucher_date
    ON CONFLICT (company_id, account_id, day)
        DO UPDATE SET debit = d.debit + EXCLUDED.debit, credit = d.credit + EXCLUDED.credit;
    RETURN NEW;
"""
"""Whatever the update says, the mark moves to the oldest transaction still running, and the days follow in the same step.

Below the mark everything has committed or failed, so nothing can appear there later, in whatever order ids were given.
``tx = 0`` folds anew from the beginning; so does a database that was restored into another cluster, whose transaction ids
mean nothing here.
"""
