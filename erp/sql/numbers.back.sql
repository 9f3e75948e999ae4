DROP FUNCTION erp_number_of_its_series();
DROP FUNCTION erp_spelled_number(text, int, int);
