"""The first start without demo data: the administrator, the six departments, and three questions."""
