"""Earshot: a portal in which a company hears its customers and talks with them."""
