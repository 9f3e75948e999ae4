DROP FUNCTION erp_spelled_number(text, int, int);
