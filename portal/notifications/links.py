"""Where a notice leads."""

from typing import Any

from portal.notifications.wording import CUSTOMERS_ENDINGS
from portal.posts import address

PEOPLE = (
    "joined",
    "declined",
    "renewal",
    "hosting",
    "passed_on",
    "left",
    "left_company",
    "cohost",
    "colleague_asked",
    "colleague_approved",
    "colleague_declined",
)


def target(row: Any) -> str:
    """The path of the page that a described notice is about."""
    if row.post_id:
        return address.of_words(row.post_id, row.comment_id)
    if row.case_id:
        return f"/cases/{row.case_id}"
    if row.kind == "new_case":
        return f"/inbox/{row.group_id}"
    if row.kind == "source_failing":
        return "/admin/sources"
    if row.kind in ("join_request", "lead_named", "lead_ended", "lead_no_more"):
        return f"/groups/{row.group_id}/members"
    if row.kind == "emergency":
        return f"/groups/{row.group_id}/emergencies"
    if row.kind == "request_declined":
        return f"/groups/{row.group_id}"
    if row.kind == "inbox_right":
        return f"/inbox/{row.group_id}"
    if row.kind in CUSTOMERS_ENDINGS:
        return "/my-customers#ends-soon"
    if row.kind == "reported":
        return f"/spaces/{row.paired_with}/reports"
    if row.kind in PEOPLE:
        return f"/spaces/{row.paired_with or row.space_id}/members"
    return f"/spaces/{row.space_id}" if row.space_id else "/notices"
