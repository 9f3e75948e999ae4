"""The CRM of UISP: reading it, and moving its billing history."""
