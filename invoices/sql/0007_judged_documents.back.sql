DROP TRIGGER invoices_order_line_adds_up ON sales_salesorderline;
DROP FUNCTION invoices_order_line_adds_up();
DROP FUNCTION invoices_content_hash(uuid, uuid);
DROP TRIGGER invoices_payment_numbers_used ON erp_numberseries;
DROP FUNCTION invoices_payment_numbers_used();
DROP TRIGGER invoices_numbers_used ON erp_numberseries;
DROP FUNCTION invoices_numbers_used();
