"""What Nordwell's customers accept before they come in, as it was first and as it is now."""

FIRST = """\
# How we talk here

This is short, because we would like you to read it.

1. **Who reads along** stands above each space. Nobody else does, at your company or at ours.
2. **What you tell us** about your kitchens and machines stays between us. We use it to help you, and for nothing else.
3. **We answer** on working days between seven and six. When water stands on the floor, ring us: this page is no alarm.
4. **Your words stay yours.** You can change and delete them, take them along, and leave whenever you like.
"""

NOW = (
    FIRST
    + """\
5. **Pictures from kitchens** are welcome. Please send none in which guests can be recognised.
"""
)

NOT_ACCEPTED_YET = ("mateo",)
"""Who has not been here since the terms changed, and is asked at the door."""
