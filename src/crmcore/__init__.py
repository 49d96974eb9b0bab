"""crmcore: the CRM and applicant-tracking core for Python."""
