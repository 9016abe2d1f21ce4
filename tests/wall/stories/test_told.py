"""Each leak that is known from elsewhere has its story, and the page tells them all."""

from tests.wall.stories.told import BEGIN, END, PAGE, stories, table

RECORDS = """
CVE-2026-24692 CVE-2025-11776 CVE-2026-33425 #3061 PR#13330 CVE-2026-3115 CVE-2022-2408 CVE-2025-41443 CVE-2024-10241
CVE-2025-1792 GHSA-3qh8-xw23-cq4x CVE-2026-23743 CVE-2021-22249 CVE-2019-12743 CVE-2024-23488 CVE-2022-31134
CVE-2026-48616 GHSA-478x-rfqr-w4jf GHSA-c9wc-65fh-9x8p CVE-2026-2458 CVE-2022-31017 CVE-2026-2578 CVE-2020-14457
CVE-2026-44786 CVE-2023-48732 CVE-2025-55074 CVE-2021-37703 CVE-2021-32788 CVE-2026-27162 CVE-2026-44785
CVE-2026-44782 CVE-2024-47003 CVE-2024-21848 CVE-2026-3590 CVE-2025-13324 CVE-2025-3230 CVE-2024-4195 CVE-2025-10545
CVE-2026-102893 CVE-2022-1002 CVE-2021-32689
"""

WITHOUT_A_RECORD = (
    "feeds and leaked feed tokens", "titles in backlinks", "titles in system notes", "aggregates",
    "cached summaries and cached errors", "webhook redelivery", "raw mail source",
    "notifications and queued mail after losing access", "a disabled feature that turns guests into members",
    "unread counts", "digest subjects", "ICS", "thumbnails", "tombstones", "previews of links to internal things",
    "side notes", "customers waiting", "rerouting into a restricted department",
)  # fmt: skip


def test_every_leak_has_a_number_and_a_story() -> None:
    told = stories()
    assert list(told) == list(range(1, len(told) + 1))
    assert [number for number, story in told.items() if not (story.leak and story.why)] == []
    sources = [story.source for story in told.values()]
    assert {source.rpartition(" ")[2] for source in sources} >= set(RECORDS.split())
    assert set(sources) >= set(WITHOUT_A_RECORD)
    assert len(sources) == len(RECORDS.split()) + len(WITHOUT_A_RECORD)


def test_the_page_tells_them() -> None:
    """``python -m tests.wall.stories.told`` writes it."""
    assert f"{BEGIN}\n{table()}\n{END}" in PAGE.read_text()
