DROP TRIGGER sales_reserved_within_order ON inventory_reservation;
DROP FUNCTION sales_reserved_within_order();
DROP TRIGGER sales_number_of_its_series ON sales_salesorder;
DROP TRIGGER sales_numbers_used ON erp_numberseries;
DROP FUNCTION sales_numbers_used();
