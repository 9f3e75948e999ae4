DROP TRIGGER sales_numbers_used ON erp_numberseries;
DROP FUNCTION sales_numbers_used();
