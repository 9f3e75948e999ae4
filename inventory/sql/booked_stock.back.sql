DROP TRIGGER inventory_number_of_its_series ON inventory_stockdocument;
DROP TRIGGER inventory_stock_is_booked ON accounting_voucher;
DROP FUNCTION inventory_stock_is_booked();
DROP TRIGGER inventory_numbers_used ON erp_numberseries;
DROP FUNCTION inventory_numbers_used();
