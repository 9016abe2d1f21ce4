"""Measures the pages that matter: ``make bench``. It asserts nothing; it prints figures to compare."""
