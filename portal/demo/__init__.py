"""The demo company: Nordwell, which makes water filters and pumps. Its past is told through the real actions."""
