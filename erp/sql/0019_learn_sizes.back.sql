DROP FUNCTION erp_learn_sizes();
