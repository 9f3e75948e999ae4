DROP FUNCTION connectors_learn_sizes();
