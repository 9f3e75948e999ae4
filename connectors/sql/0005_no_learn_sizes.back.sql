-- A migration fills tables in minutes that were empty, while autovacuum looks once in a minute. Until somebody has counted, the
-- planner takes them for empty, and triggers read them from end to end, for each row. Counting is the owner's right.
CREATE FUNCTION connectors_learn_sizes() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE connectors_importrow, connectors_externalref, sales_customer, accounting_ledgeraccount, accounting_voucher,
        accounting_ledgerentry, invoices_invoice, invoices_invoiceitem, invoices_payment, invoices_paymentallocation,
        invoices_contentseal, erp_auditentry;
END
$$;
