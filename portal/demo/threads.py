"""What Nordwell talks about, among colleagues and with its customers."""

from portal.demo.telling import Said, Shared, Thread

SERVICE = (
    Thread(
        "service",
        "nadia",
        "29d 08:15",
        """From today each of us takes the inbox for one day, in this order: Mara, Ben, Tomasz, me.

Whoever has the day looks at what is new before nine, claims what they can answer, and sends on what is not ours. The rest
of us do not look over their shoulder. If it is too much, say so before noon and we share it.""",
        title="Who has the inbox when",
        thanked_by=("mara", "tomasz"),
        comments=(
            Said("mara", "+25m", "Fine with me. Can we swap when I am on the road with Ben?"),
            Said("nadia", "+10m", "Of course. Write it here, so that nobody has to ask."),
            Said("ben", "+3h", "I would rather have the day after a driving day, not the same. So Thursday for me."),
            Said("nadia", "+20m", "Thursday it is, @Ben Osei.", thanked_by=("ben",)),
        ),
    ),
    Thread(
        "service",
        "tomasz",
        "12d 09:40",
        """Third Pump X2 this week that drips at the outlet after updating to 2.8. Same picture each time:

- dry before the update, pressure 3.1 bar
- after it, short peaks above 4 bar when the pump starts
- the **old flat seal** (part 4471-A) gives way first; those with the O-ring (4471-B) stay dry

Is anybody else seeing this, or is it only my round?""",
        title="Pump X2 leaks after the update",
        is_question=True,
        comments=(
            Said(
                "mara", "+22m", "Two on the phone since Monday, both with the flat seal. I told them to close the tap."
            ),
            Said("ben", "+1h 5m", "One in Kiel. I changed the seal and it has been dry since. I have two 4471-B left."),
            Said(
                "nadia",
                "+30m",
                "That makes six. @Tomasz Zieliński can you write up the pressure readings? I take it to Elif now.",
            ),
            Said(
                "tomasz",
                "+50m",
                "Readings are in the drive, *X2 outlet 2.8*. The peaks last 0.2 s, so gauges miss them.",
            ),
            Said(
                "nadia",
                "11d 14:10",
                """From Jonas: 2.8 starts the motor without the soft ramp when the tank is nearly empty. **2.8.1 brings it back**, and it
goes out tomorrow. Until then:

1. Offer the O-ring, free of charge, to everybody with a serial number below 30 000.
2. Do not tell anybody to go back to 2.7, because it loses the leak alarm.""",
                accepted_by="tomasz",
                thanked_by=("tomasz", "mara", "ben"),
            ),
            Said("ben", "+15m", "Below 30 000 is 412 pumps in our region. Who orders the seals?"),
            Said("nadia", "+5m", "I do. 600 are on their way from Lena's shelf, she found a box nobody had counted."),
        ),
    ),
    Thread(
        "service",
        "mara",
        "8d 11:05",
        """I wrote down how I explain the filter light over the phone, because I say it six times a day:

> The light counts litres, not dirt. At 6,000 litres it turns yellow, and you have two weeks. Hold the ring for five seconds after you
> changed the cartridge, or it goes on counting from where it was.

Use it as it is, or tell me what is wrong with it.""",
        title="The filter light, in four sentences",
        thanked_by=("nadia", "ben", "tomasz"),
        changed=Said(
            "mara",
            "8d 11:52",
            """I wrote down how I explain the filter light over the phone, because I say it six times a day:

> The light counts litres, not dirt. At 4,000 litres here in the north it turns yellow, and you have two weeks. Hold the ring for five seconds after you
> changed the cartridge, or it goes on counting from where it was.

Use it as it is, or tell me what is wrong with it.""",
        ),
        comments=(
            Said("tomasz", "+40m", "In hard water it is 4,000 litres. In Lübeck everybody has hard water."),
            Said("mara", "+6m", 'True. Changed: "at 4,000 litres here in the north".'),
            Said("ben", "+2h", "I read it to a chef this morning. He did it alone while we were on the phone."),
        ),
    ),
    Thread(
        "service",
        "ben",
        "2d 16:20",
        """A canteen in Eutin wants to know if the F3 takes the iron out of well water. I said I would call back. What do we say?
Their reading is 0.9 mg/l.""",
        title="Does the F3 hold back iron from a well?",
        is_question=True,
        comments=(
            Said(
                "tomasz", "+35m", "Up to 0.3 it does. At 0.9 it clogs within a month. They need the softener in front."
            ),
            Said("nadia", "+20m", "Ask Elif before you quote the 0.3. I have seen 0.5 on an older sheet."),
        ),
    ),
    Thread(
        "service",
        "nadia",
        "1d 08:30",
        """Last week in figures that mean something: 31 people wrote to us or about us, 27 have an answer, and half of them had it within
three hours. The four that wait are all about wet cartons; Lena has a date for those.

Thank you. Two weeks ago it was nine hours.""",
        title="How last week went",
        thanked_by=("ben", "mara", "tomasz"),
        comments=(
            Said("ben", "+1h", "It helps that logistics gets theirs directly now."),
            Said("mara", "+12m", "And that nobody answers the same person twice any more."),
        ),
    ),
)

PRODUCT = (
    Thread(
        "product",
        "jonas",
        "11d 10:30",
        """Cause of the outlet leaks: in 2.8 the soft ramp is skipped when the tank sensor reads below 5 %. I had moved the check
below the early return. My mistake, and our bench never runs the tank that low.

**2.8.1** puts the ramp first. It has been running on the bench since six this morning, 200 dry starts, highest peak 3.3 bar.""",
        title="2.8 starts without the ramp",
        thanked_by=("elif", "hanna"),
        comments=(
            Said("elif", "+15m", "Thank you for saying it straight. What keeps it from coming back?"),
            Said("jonas", "+25m", "A dry start in the nightly run, with the fast sensor. Added already."),
            Said(
                "hanna", "+1h", "I can show the pressure peak in the app, so that service need not drive out to see it."
            ),
            Said(
                "elif",
                "+5m",
                "Yes please, but after 2.8.1. Decision: **2.8.1 goes out tomorrow at six**, to all, not in steps.",
            ),
        ),
    ),
    Thread(
        "product",
        "hanna",
        "19d 13:10",
        """Five people in two weeks wrote that they cannot find the filter status since the new start page. In the old app it was the first
thing you saw; now it is two taps away.

I put it back at the top: one line for each device, yellow only if you have to do something. Screens are in the files. Objections?""",
        title="Filter status goes back to the top",
        comments=(
            Said("elif", "+2h", "None. What goes down instead?", thanked_by=("hanna",)),
            Said("hanna", "+9m", "The tip of the day. Nobody has ever opened it twice."),
            Said("jonas", "+30m", "Then let us take it out altogether."),
            Said("elif", "+20h", "Out. Ships with 5.1, and we tell the five people who wrote."),
            Said("hanna", "9d 15:00", "5.1 is out, and four of the five have an answer. The fifth left no address."),
        ),
    ),
    Thread(
        "product",
        "elif",
        "6d 09:20",
        """What we heard about the F3 cartridge this month, from 14 people: it is hard to twist off with wet hands (9), the arrow for "open"
is hard to see (4), it smells in the first week (3).

I would like to change the grip with the Compact and print the arrow in relief for both. Cost: 11 cents apiece.""",
        title="Grip and arrow of the F3 cartridge",
        thanked_by=("hanna",),
        comments=(
            Said("hanna", "+45m", "The relief also helps people who read no German."),
            Said("jonas", "+2h", "And the smell?"),
            Said(
                "elif",
                "+15m",
                "Rinsing for two minutes instead of one takes it away. That belongs on the first page of the leaflet.",
            ),
        ),
    ),
    Thread(
        "product",
        "jonas",
        "20h",
        """Should the leak alarm call out when the phone is set to silent? Three restaurants slept through it; two people told us never to
make their phone ring at night.""",
        title="May the leak alarm be loud at night?",
        is_question=True,
        comments=(
            Said(
                "hanna",
                "+1h 10m",
                "Both phones allow it for critical alerts, if people say yes once. So ask at set-up, and default to off.",
            ),
            Said("elif", "+2h", "Off at home, on for businesses? A flooded kitchen costs more than one bad night."),
        ),
    ),
)

HR = (
    Thread(
        "hr",
        "carmen",
        "16d 09:00",
        """Three places for apprentices next autumn: warehouse, service, electronics. Oskar visits the vocational school on the 9th.
Please send anyone who asks to him rather than to the form; the form loses every second CV.""",
        title="Apprentices for next autumn",
        comments=(
            Said("oskar", "+50m", "Two have asked already, one of them at the door. I have both names."),
            Said("carmen", "+10m", "Good. And tell IT about the form, with an example they can try."),
            Said(
                "oskar",
                "9d 11:30",
                "IT found it: files above 5 MB were dropped without a word. It is mended, and I wrote to everybody who fell through.",
            ),
        ),
    ),
    Thread(
        "hr",
        "oskar",
        "5d 14:45",
        """A review of us as an employer says that nobody gets an answer after the interview. I looked: since summer, 7 of 23 people waited
more than three weeks. I suggest that whoever leads an interview answers within five working days, in person.""",
        title="Answers after interviews",
        thanked_by=("carmen",),
        comments=(Said("carmen", "+1h", "Agreed. I tell the leads, and you remind me on the fourth day."),),
    ),
)

LOGISTICS = (
    Thread(
        "logistics",
        "lena",
        "14d 07:50",
        """Five reports of soaked cartons in ten days, all on the route through Neumünster. Piotr's photos show water from above, not from the
floor, so it is the trailer or the yard, not our packing.

@Samuel Adeyemi asks the carrier for the trailer numbers. Until we know, everything on that route gets a **pallet hood**.""",
        title="Wet cartons on the Neumünster route",
        thanked_by=("piotr",),
        comments=(
            Said("samuel", "+40m", "Asked. They say it takes three days. I said one."),
            Said("piotr", "+15m", "Hoods: we have 80. That is four days."),
            Said("lena", "+10m", "200 more come the day after tomorrow."),
            Said(
                "samuel",
                "12d 10:20",
                "All five were in the same trailer. Its roof has a seam the length of my arm. They have taken it off the road.",
            ),
            Said(
                "lena",
                "+20m",
                "Then we can tell people what happened. I write two sentences for service to use.",
                thanked_by=("samuel",),
            ),
        ),
    ),
    Thread(
        "logistics",
        "piotr",
        "7d 06:40",
        """When the lift truck is being charged between six and seven, three of us stand and wait. If the second battery came at noon
instead of at night, that would be over. Can we try it for a week?""",
        title="Second battery at noon",
        comments=(
            Said("lena", "+1h 20m", "Yes. From tomorrow, until the end of next week."),
            Said(
                "piotr",
                "1d 06:30",
                "It works. 40 minutes more a day, and nobody had to hurry.",
                thanked_by=("lena", "samuel"),
            ),
        ),
    ),
    Thread(
        "logistics",
        "samuel",
        "4d 15:30",
        """Two customers had their F3 cartridges delivered to the hotel's laundry instead of the kitchen, because the label shows only the street.
Can we print the delivery note's second line on the label?""",
        title="Second address line on labels",
        is_question=True,
        comments=(
            Said(
                "lena",
                "+25m",
                "The printer can. The field is called *place* and has been empty since we moved.",
                accepted_by="samuel",
            ),
            Said("samuel", "+3h", "Filled it for all hotels. First labels went out at four."),
        ),
    ),
)

SALES = (
    Thread(
        "sales",
        "ines",
        "18d 10:15",
        """I was at Harbour Foods this morning. They are not angry about the water any more; they are angry that nobody called back for
four days. Jo said: "I do not need a discount, I need a name."

Nadia opened a space for them, so they have five names now. **Please offer nothing** until their second kitchen is running again.""",
        title="Harbour Foods after the soaked pallets",
        thanked_by=("marcus", "yuki"),
        comments=(
            Said("marcus", "+30m", "Clear. I had a draft for a better rate in the drawer, and it stays there."),
            Said("yuki", "+2h", "The same holds for two of my breweries. They ask for a name, not a price."),
        ),
    ),
    Thread(
        "sales",
        "yuki",
        "10d 13:25",
        """A laundry in Schwerin needs 40 l/min at 5 bar. Is that one X2 and a tank, or two X2 side by side?""",
        title="40 litres a minute at 5 bar",
        is_question=True,
        comments=(
            Said("marcus", "+1h", "Side by side I have never sold. Ask Jonas."),
            Said(
                "yuki",
                "+3h",
                "Jonas says: two, with one controller, and a tank only if they start more than 20 times an hour. They start 6 times.",
                accepted_by="yuki",
                thanked_by=("marcus",),
            ),
        ),
    ),
    Thread(
        "sales",
        "marcus",
        "3d 09:10",
        """Lindenhof Hotels renovate two more houses in spring and asked for one offer for both. I would like to go there with Ben rather than with
slides, because they know him.""",
        title="Lindenhof: two more houses",
        comments=(Said("ines", "+35m", "Do that. And take the service report of the last visit; they liked it."),),
    ),
)

MARKETING = (
    Thread(
        "marketing",
        "sofia",
        "21d 09:30",
        """The newsletter goes out once a month from now on, not once a week. In the last survey 60 % said that they delete it unread; the ones
they kept were about maintenance.

So each issue answers one question that customers really asked. I take them from what service hears.""",
        title="Fewer newsletters, and useful ones",
        thanked_by=("daniel",),
        comments=(
            Said("daniel", "+20m", "First one: why the filter light counts litres. Mara has the text already."),
            Said("sofia", "+2h", "With her name below it, if she likes that."),
            Said(
                "daniel",
                "15d 16:00",
                "She does. It went to 2,140 people, and 38 wrote back. That never happened before.",
            ),
        ),
    ),
    Thread(
        "marketing",
        "daniel",
        "9d 10:50",
        """A food writer praised the F3 on her channel and asks if she may show our drawings. She wants no money. May she?""",
        title="May a food writer show our drawings?",
        is_question=True,
        comments=(
            Said(
                "sofia",
                "+45m",
                "Yes, those in the leaflet. And send her the one of the cartridge in section.",
                accepted_by="daniel",
            ),
            Said("daniel", "+30m", "Sent. She answered within the hour, with a better question than I had."),
        ),
    ),
)

CIRCLES = (
    Thread(
        "field",
        "ben",
        "22d 17:40",
        """What was missing in the van this week: flat seals 22 mm, the long filter key, a second towel. What was never used: the big pump
puller (14 kg). Can it live in the workshop?""",
        title="What to carry in the van",
        comments=(
            Said("tomasz", "+15h", "I used the puller twice since summer. Both times I knew the day before. So yes."),
            Said("piotr", "+1h", "I keep it beside the door in row C, with a list of who has it."),
            Said("ben", "+10m", "That is 14 kg less uphill. Thank you.", thanked_by=("tomasz",)),
        ),
    ),
    Thread(
        "field",
        "tomasz",
        "13d 18:05",
        """Besuch bei der Bäckerei in Plön: Der X2 lief heiß, weil jemand Mehlsäcke vor das Lüftungsgitter gestellt hatte. Nach fünf Minuten war
alles gut. Ich lege jetzt überall einen Zettel mit **30 cm frei lassen** dazu.""",
        title="Mehl vor dem Lüfter",
        thanked_by=("ben", "mara"),
        comments=(
            Said("mara", "+14h", "Kann ich den Zettel haben? Das fragen mich die Leute am Telefon auch."),
            Said("tomasz", "+20m", "Liegt in den Dateien, in drei Sprachen."),
        ),
    ),
    Thread(
        "field",
        "jonas",
        "6d 12:00",
        """2.8.1 has reached 96 % of the pumps. If you meet one that still says 2.8: hold both keys for ten seconds while it is connected, and
it fetches the update itself. If it does not, I want to see its log, please do not reset it.""",
        title="Pumps that are still on 2.8",
        comments=(
            Said("ben", "+5h", "Met one in Eutin. Fetched it in two minutes."),
            Said("tomasz", "+18h", "One in Bad Schwartau does not. Log is on its way to you, @Jonas Brandt."),
            Said(
                "jonas",
                "+2h",
                "Found it: their router blocks us. I wrote down what to tell them.",
                thanked_by=("tomasz", "ben"),
            ),
        ),
    ),
    Thread(
        "launch",
        "sofia",
        "23d 11:00",
        """What we claim for the Compact, and what we do not:

| we say | we do not say |
|---|---|
| fits below a 30 cm sink | fits everywhere |
| 4,000 litres in hard water | "up to 8,000 litres" |
| one hand is enough to change it | changes itself |

If a number is not in here, it is not in the leaflet either.""",
        title="What we promise, and what we leave out",
        thanked_by=("elif", "nadia"),
        comments=(
            Said("marcus", "+2h", "The competition prints 8,000. I will be asked."),
            Said(
                "elif", "+30m", "Theirs is measured with soft water at 15 degrees. Say that, and show ours with both."
            ),
            Said("marcus", "+10m", "Fair. I take both numbers along.", thanked_by=("sofia",)),
            Said("nadia", "+1h", 'Service thanks you in advance. "Up to" costs us ten calls a week.'),
        ),
    ),
    Thread(
        "launch",
        "lena",
        "10d 08:20",
        """First pallets of the Compact can be here on 2 March if the cartons are ordered by 12 December. After that it is 20 March, and the launch
is on the 15th. So: are the cartons final?""",
        title="Are the cartons final?",
        is_question=True,
        comments=(
            Said("daniel", "+50m", "The text is. The arrow in relief is a new drawing, from Elif on the 1st."),
            Said(
                "elif",
                "+1h",
                "It does not change the size. Order them.",
                accepted_by="lena",
                thanked_by=("lena", "daniel"),
            ),
            Said("lena", "+15m", "Ordered: 4,000, on paper tape, no plastic."),
        ),
    ),
    Thread(
        "launch",
        "hanna",
        "3d 14:30",
        """Try-out in the canteen: eight people who had never seen a Compact changed the cartridge. Seven needed less than a minute, and all of them
looked for the arrow on the wrong side first. I turn the drawing in the leaflet round and try again with eight others.""",
        title="Eight people change a cartridge",
        thanked_by=("sofia", "elif"),
        comments=(Said("sofia", "+1h", "May I watch? I would like to write it the way they said it."),),
    ),
    Thread(
        "pricing",
        "marcus",
        "15d 15:10",
        """Cartridges cost us 6 % more from January. Three ways: raise all by 4 %, raise single cartridges by 9 % and leave the yearly box alone, or
leave everything and give up margin. I am for the second: whoever plans ahead pays the same as before.""",
        title="Cartridges in 2027",
        comments=(
            Said(
                "greta", "+1h", "The second brings in as much as the first, if a third of the buyers move to the box."
            ),
            Said("ines", "+2h", "Harbour Foods buys boxes. For them it would be good news."),
            Said(
                "yuki", "+40m", "Small plants buy singly because they have no shelf. Could the box be sent in quarters?"
            ),
            Said(
                "anders",
                "+18h",
                "**Decided: the second way, and the box in four deliveries at the same price.** We tell customers on 1 December, by name where we can.",
            ),
            Said(
                "greta",
                "+20m",
                "I change the price list, and Lena needs to know about the quarters.",
                thanked_by=("marcus",),
            ),
        ),
    ),
    Thread(
        "pricing",
        "greta",
        "4d 10:05",
        """Do we credit the broken pallets at the old price or the new? Two of them will be settled after New Year.""",
        title="Credit notes across the year",
        is_question=True,
        comments=(
            Said(
                "marcus",
                "+30m",
                "At what they paid. Anything else needs a letter that nobody wants to write.",
                accepted_by="greta",
            ),
        ),
    ),
)

HARBOUR = (
    Thread(
        "harbour",
        "nadia",
        "27d 10:20",
        """Welcome. Here you reach the people who look after your eleven kitchens:

- **Mara** for questions, every day from eight to five
- **Ben** and **Tomasz** for anything that has to be repaired
- me, when it takes too long

You need not sort it. Write what happened, and we find out whose it is.""",
        title="Who is here for you",
        thanked_by=("jo",),
        comments=(
            Said(
                "jo",
                "26d 09:15",
                "Good to have names. First thing: the two soaked pallets. I sent photos twice and heard nothing.",
            ),
            Said(
                "mara",
                "+35m",
                "I have them here, and I am sorry that they went unanswered. Can we replace the 14 dry-looking cartons too? They are not safe either.",
            ),
            Said("jo", "+10m", "Please do. Kitchen 4 is out of cartridges on Thursday."),
            Said("nadia", "+20m", "They leave today with a driver of ours, and are with you tomorrow before ten."),
            Said("jo", "25d 10:02", "Arrived at 9:40, dry. Thank you.", thanked_by=("nadia", "mara")),
            Said("nadia", "+30m", "Good. I look at the next two deliveries myself before they leave."),
        ),
        side_notes=(
            Said(
                "ben",
                "26d 09:30",
                "The refund for both pallets is approved by finance. Let us not name the carrier until Lena has the trailer.",
            ),
            Said("nadia", "26d 09:40", "Agreed. Samuel drives himself tonight; he offered."),
        ),
    ),
    Thread(
        "harbour",
        "jo",
        "17d 14:10",
        """We read that the F2 cartridge ends this year. Kitchens 7 and 9 have tiles in front of the housing, and we cannot rebuild before Easter.
Can we keep the old filter until spring?""",
        settled_by="nadia",
        title="Can we keep the old filter until spring?",
        is_question=True,
        comments=(
            Said(
                "ben",
                "+25m",
                "I know both kitchens, and you are right about the tiles. I ask what is left on the shelf.",
            ),
            Said(
                "mara",
                "+2h",
                """Yes. We put **12 cartridges for the F2** aside in your name. That takes both kitchens to the end of May, at the usual price. When you
rebuild, Ben comes a day earlier and sets the new housing, so that the tiler knows where to stop.""",
                accepted_by="jo",
                thanked_by=("jo", "priya"),
            ),
            Said("priya", "+1h", "Do we order them one by one, or are they billed together?"),
            Said("mara", "+15m", "One by one, as you use them. Nothing is billed before."),
            Said("jo", "+10m", "That is more than I hoped for."),
        ),
        side_notes=(
            Said(
                "mara", "17d 15:30", "Piotr counted 31 on the shelf, 12 are theirs now. The other 19 go to Lindenhof."
            ),
            Said("tomasz", "17d 16:10", "Kitchen 9 has no valve in front. Whoever goes should bring one."),
        ),
    ),
    Thread(
        "harbour",
        "priya",
        "9d 11:45",
        """Our accounting asks for the order number on each invoice, in the field *reference*. At the moment it stands in the text below.""",
        title="Order number on invoices",
        is_question=True,
        comments=(
            Said("mara", "+1h 30m", "I passed it on to Greta in finance. You will have an answer tomorrow."),
            Said(
                "mara",
                "8d 09:20",
                "Done, from the next invoice on. If one comes without it, send it back to me, and you need not pay it.",
                accepted_by="priya",
                thanked_by=("priya",),
            ),
        ),
    ),
    Thread(
        "harbour",
        "tomasz",
        "5d 16:30",
        """Report of today's round, kitchens 1 to 6:

1. All pumps are on 2.8.1 and dry.
2. Kitchen 3: seal changed, the old one would have lasted another month at most.
3. Kitchen 5: the filter light had never been reset. It is now, and the cook knows how.

Kitchens 7 to 11 follow next week, same time.""",
        title="Report: kitchens 1 to 6",
        thanked_by=("jo",),
        comments=(
            Said("jo", "+40m", "Thank you. The cook of kitchen 5 told me about the light himself."),
            Said("tomasz", "+2h", "He asked better questions than I had answers."),
        ),
        side_notes=(
            Said(
                "tomasz",
                "5d 17:00",
                "Kitchen 3 runs 18 hours a day. We should offer them the yearly check, but not this month.",
            ),
        ),
    ),
    Thread(
        "harbour",
        "jo",
        "2h 35m",
        """Kitchen 2 has had pressure drops since this morning, about every ten minutes, for a few seconds. The app shows nothing. We can work, but
the dishwasher stops each time. Is it the pump or the mains?""",
        title="Pressure drops in kitchen 2",
        is_question=True,
        side_notes=(
            Said(
                "ben",
                "1h 50m",
                "The utility is working in that street until tomorrow, it is on their site. I would look at the pump anyway.",
            ),
        ),
    ),
)

LINDENHOF = (
    Thread(
        "lindenhof",
        "ben",
        "24d 09:00",
        """Guten Tag zusammen. Hier stehen ab heute alle Termine für Ihre sechs Häuser. Nächster Rundgang: **Travemünde und Strandallee**, kommende
Woche, jeweils ab sieben, vor dem Frühstück. English is just as welcome here.""",
        title="Termine und wer kommt",
        thanked_by=("katrin",),
        comments=(
            Said("katrin", "+2h", "Sieben passt. In der Strandallee bitte über den Hof, vorne wird gebaut."),
            Said("mateo", "+4h", "In Travemünde I am in from six, coffee is on me."),
            Said("ben", "+15h", "Dann bin ich um zehn vor sieben da."),
        ),
    ),
    Thread(
        "lindenhof",
        "katrin",
        "11d 15:05",
        """Bei uns in der Strandallee tropft der X2 seit dem letzten Update am Ausgang, etwa eine Tasse am Tag. Ist das schlimm, und sollen wir ihn
abstellen?""",
        settled_by="ben",
        title="X2 tropft nach dem Update",
        is_question=True,
        comments=(
            Said(
                "tomasz",
                "+45m",
                "Nicht abstellen, bitte nur ein Gefäß darunter. Können Sie mir die Nummer auf dem Schild nennen?",
            ),
            Said("katrin", "+20m", "28 417."),
            Said(
                "tomasz",
                "+30m",
                """Das ist einer mit der alten Flachdichtung. Ich komme morgen um sieben und tausche sie gegen den O-Ring, das dauert zehn Minuten und kostet
Sie nichts. Das Update, das die Druckspitzen verhindert, kommt diese Woche von selbst.""",
                accepted_by="katrin",
                thanked_by=("katrin",),
            ),
            Said("katrin", "9d 09:10", "Erledigt und trocken. Danke, auch für die Erklärung."),
        ),
        side_notes=(
            Said(
                "tomasz",
                "11d 16:20",
                "Below 30 000, so flat seal. I check the other five houses on the same round, it saves a second trip.",
            ),
            Said(
                "jonas",
                "11d 17:00",
                "Please note the pressure before and after, I have no readings from houses with a roof tank.",
            ),
        ),
    ),
    Thread(
        "lindenhof",
        "mateo",
        "7d 19:20",
        """The ice machine behind our filter makes cloudy ice since the last change of cartridge. It tastes fine, but the bar complains. What can
I do myself?""",
        settled_by="ben",
        title="Cloudy ice",
        is_question=True,
        comments=(
            Said(
                "ben",
                "+13h",
                "Cloudy means air. Run the tap on the filter for two minutes, and throw away the first two loads of ice.",
                accepted_by="mateo",
                thanked_by=("mateo",),
            ),
            Said("mateo", "6d 11:00", "Clear as glass. The bar says sorry."),
        ),
    ),
    Thread(
        "lindenhof",
        "katrin",
        "1d 15:40",
        """Für die zwei Häuser, die wir im Frühjahr renovieren: Ab wann müssten wir die Anschlüsse festlegen, damit der F3 Compact passt?
Der Installateur fragt.""",
        title="Anschlüsse für die Renovierung",
        is_question=True,
        side_notes=(
            Said(
                "nadia",
                "1d 16:30",
                "Marcus wants to visit them with Ben anyway. @Ben Osei, can you give them a first answer today?",
            ),
        ),
    ),
)

THREADS = SERVICE + PRODUCT + HR + LOGISTICS + SALES + MARKETING + CIRCLES + HARBOUR + LINDENHOF

SHARED = (
    Shared(
        "The filter light, in four sentences",
        "harbour",
        "mara",
        "5d 17:10",
        "What the yellow light means",
        """Since the cook of kitchen 5 asked: the light counts litres, not dirt. At 4,000 litres it turns yellow, and you have two weeks.
Hold the ring for five seconds after you changed the cartridge, or it goes on counting from where it was.""",
    ),
)
