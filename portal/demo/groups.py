"""The groups of Nordwell beside its departments, and the spaces that were opened to customers."""

from portal.demo.telling import Circle, Opening

CIRCLES = (
    Circle(
        "field",
        "Field service",
        "Who drives where, what they found, and what the next one should bring along.",
        "open",
        "ben",
        ("tomasz", "mara", "jonas", "piotr", "samuel", "nadia"),
    ),
    Circle(
        "launch",
        "Spring launch",
        "Bring the Filter F3 Compact to kitchens by 15 March, and tell the truth about what it can do.",
        "request",
        "sofia",
        ("daniel", "elif", "hanna", "marcus", "lena", "nadia"),
    ),
    Circle(
        "pricing",
        "Pricing 2027",
        "Agree on next year's prices before they are printed. What is said here stays here until then.",
        "invite",
        "marcus",
        ("greta", "anders", "ines", "yuki"),
    ),
)

OPENINGS = (
    Opening(
        "harbour",
        "Harbour Foods",
        "Eleven kitchens, one line to us: deliveries, filters, and what went wrong.",
        "service",
        "harbour",
        "nadia",
        ("ben", "mara", "tomasz"),
        "27d 10:05",
    ),
    Opening(
        "lindenhof",
        "Lindenhof Hotels",
        "Service visits and spare parts for six houses between Lübeck and Travemünde.",
        "field",
        "lindenhof",
        "ben",
        ("tomasz", "jonas", "nadia"),
        "24d 08:40",
    ),
)

DEPUTIES = (("nadia", "mara"), ("mara", "nadia"), ("ben", "tomasz"))
"""Who stands in for whom as a host."""
