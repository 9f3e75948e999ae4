"""A stand-in for the CRM of UISP. `python -m tests.standins.uisp --help` starts it alone, or writes its history as files."""
