"""The company that listens, for these tests."""

from tests.company import company

__all__ = ["company"]
