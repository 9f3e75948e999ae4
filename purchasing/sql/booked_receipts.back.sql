DROP TRIGGER purchasing_receipt_is_booked ON accounting_voucher;
DROP TRIGGER purchasing_receipt_is_booked ON purchasing_goodsreceipt;
DROP FUNCTION purchasing_receipt_is_booked();
DROP TRIGGER purchasing_line_is_its_layer ON purchasing_goodsreceiptline;
DROP FUNCTION purchasing_line_is_its_layer();
DROP TRIGGER purchasing_number_of_its_series ON purchasing_goodsreceipt;
DROP TRIGGER purchasing_numbers_used ON erp_numberseries;
DROP FUNCTION purchasing_numbers_used();
