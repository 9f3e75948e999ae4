DROP TRIGGER accounting_booked_company_stays ON erp_company;
DROP FUNCTION accounting_booked_company_stays();
DROP TRIGGER accounting_numbers_used ON erp_numberseries;
DROP FUNCTION accounting_numbers_used();
