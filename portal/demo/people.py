"""Who works at Nordwell, and who its customers are."""

from portal.demo.telling import Colleague, Company, Customer

COMPANY_NAME = "Nordwell"

COLLEAGUES = (
    Colleague(
        "ruth",
        "Ruth Keller",
        "IT",
        "",
        "Runs our machines and this portal. If you cannot get in, call me rather than writing.",
        is_admin=True,
    ),
    Colleague("anders", "Anders Holm", "Managing director", "", "Started Nordwell in a boathouse in 2004."),
    Colleague("greta", "Greta Simons", "Finance", "", "Refunds, invoices and credit notes. Answers before noon."),
    Colleague(
        "nadia",
        "Nadia Weiss",
        "Head of service",
        "Service",
        "Eleven years at Nordwell, nine of them on the phone. I still take the first call of each day myself.",
        leads=True,
    ),
    Colleague("ben", "Ben Osei", "Field technician", "Service", "Kitchens from Kiel to Hamburg. Mostly in the van."),
    Colleague("mara", "Mara Lindqvist", "Service", "Service", "Answers in Swedish, German and English."),
    Colleague("tomasz", "Tomasz Zieliński", "Service technician", "Service", "Pumps. Ask me about seals."),
    Colleague("elif", "Elif Kaya", "Head of product", "Product", "Decides late and explains early.", leads=True),
    Colleague("jonas", "Jonas Brandt", "Firmware engineer", "Product", "What runs inside the Pump X2."),
    Colleague("hanna", "Hanna Virtanen", "Designer", "Product", "The Nordwell app, on both phones."),
    Colleague("carmen", "Carmen Ruiz", "Head of HR", "HR", "My door is open on two mornings a week.", leads=True),
    Colleague("oskar", "Oskar Blom", "HR", "HR", "Applications, contracts, apprentices."),
    Colleague("lena", "Lena Vogt", "Head of logistics", "Logistics", "Everything that has wheels.", leads=True),
    Colleague("samuel", "Samuel Adeyemi", "Dispatch", "Logistics", "Pallets out, returns in."),
    Colleague("piotr", "Piotr Nowak", "Warehouse", "Logistics", "Early shift. Knows where it is."),
    Colleague("marcus", "Marcus Hale", "Head of sales", "Sales", "Restaurants and hotels.", leads=True),
    Colleague("ines", "Inês Costa", "Key accounts", "Sales", "Looks after our oldest customers."),
    Colleague("yuki", "Yuki Tanaka", "Sales, small plants", "Sales", "Breweries, dairies, laundries."),
    Colleague("sofia", "Sofia Marin", "Head of marketing", "Marketing", "Tells it as it is.", leads=True),
    Colleague("daniel", "Daniel Okafor", "Marketing", "Marketing", "Words, fairs and the newsletter."),
)

COMPANIES = (
    Company("harbour", "Harbour Foods", "gold", "harbourfoods.example", "ines"),
    Company("lindenhof", "Lindenhof Hotels", "silver", "lindenhof-hotels.example", "marcus"),
)

CUSTOMERS = (
    Customer(
        "jo",
        "Jo Reyes",
        "Kitchen operations",
        "jo.reyes@harbourfoods.example",
        "harbour",
        "nadia",
        "Jo, after the two soaked pallets you should have a straight line to us. This is it.",
    ),
    Customer(
        "priya",
        "Priya Nair",
        "Purchasing",
        "priya.nair@harbourfoods.example",
        "harbour",
        "mara",
        "Jo suggested that you join us, so that invoices and orders need no second round of mails.",
        days_left=24,
    ),
    Customer(
        "katrin",
        "Katrin Albrecht",
        "Haustechnik",
        "katrin.albrecht@lindenhof-hotels.example",
        "lindenhof",
        "ben",
        "Wie besprochen: hier laufen ab jetzt alle Termine für Ihre sechs Häuser zusammen.",
    ),
    Customer(
        "mateo",
        "Mateo Silva",
        "Head chef, Travemünde",
        "mateo.silva@lindenhof-hotels.example",
        "lindenhof",
        "ben",
        "You asked who to call when the ice machine stops. Write here, one of us is always awake.",
    ),
)

INVITED = (
    Customer(
        "robin",
        "Robin Falk",
        "Kitchen 7, Lübeck",
        "robin.falk@harbourfoods.example",
        "harbour",
        "nadia",
        "You open at five and we start at seven: write here when something stands still, somebody of us reads first.",
        invited="3d 16:20",
    ),
)
"""Who was invited and has not come yet."""
