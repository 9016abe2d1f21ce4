"""What was said about Nordwell and to it in thirty days, where it belonged, and what became of it."""

from portal.demo.telling import Heard, Listening, Mention, Rule, Step

SOURCES = (
    Listening(
        "forum",
        "Kitchen forum",
        "feed",
        "https://forum.kitchentalk.example/search.atom?q=nordwell",
        "https://forum.kitchentalk.example/t/{key}",
        'nordwell OR "pump x2" OR "filter f3" OR "filter f2"',
    ),
    Listening(
        "mastodon",
        "#nordwell on Mastodon",
        "feed",
        "https://social.example/tags/nordwell.rss",
        "https://social.example/@{author}/{key}",
    ),
    Listening("reviews", "App reviews", "file"),
    Listening("employers", "Employer reviews", "file"),
)

RULES = (
    Rule(
        "damaged parcel",
        "(parcel OR carton* OR pallet* OR karton* OR palette* OR paket) (wet OR soaked OR crushed OR dented OR damaged OR nass OR feucht OR durchnässt OR zerdrückt)",
        "logistics",
        "lena",
    ),
    Rule(
        "leaks and repairs",
        "(pump* OR x2 OR filter OR f3 OR f2) (leak* OR drip* OR tropf* OR leckt OR seal OR dichtung OR technician OR techniker OR error OR stuck OR hums OR pfeift OR druckabfall OR blinkt OR red)",
        "service",
        "nadia",
    ),
    Rule(
        "working here",
        '(apprentic* OR "job interview" OR bewerb* OR ausbildung OR vorstellungsgespräch)',
        "hr",
        "carmen",
    ),
    Rule("offers and prices", '("price list" OR quote OR preisliste OR angebot OR rabatt) nordwell', "sales", "marcus"),
)


def answered(by: str, after: str, words: str, outcome: str = "answered") -> tuple[Step, ...]:
    """Claimed, answered at the place itself, and resolved."""
    return (Step("claim", by, after), Step("answer", by, "+12m", words), Step("resolve", by, "+1m", outcome))


def taken_in(by: str, after: str, note: str, outcome: str = "learned") -> tuple[Step, ...]:
    """Claimed, noted for colleagues, and resolved without a word outside."""
    return (Step("claim", by, after), Step("note", by, "+8m", note), Step("resolve", by, "+2m", outcome))


def claimed(by: str, after: str, note: str = "") -> tuple[Step, ...]:
    """Claimed, perhaps noted, and still open."""
    return (Step("claim", by, after), *((Step("note", by, "+6m", note),) if note else ()))


def waiting(by: str, after: str, words: str) -> tuple[Step, ...]:
    """Answered with a question, and waiting for them."""
    return (Step("claim", by, after), Step("answer", by, "+9m", words), Step("wait", by, "+1m"))


def dismissed(by: str, after: str, reason: str) -> tuple[Step, ...]:
    """Nothing to do about it, with the reason."""
    return (Step("dismiss", by, after, reason),)


SERVICE = (
    Mention(
        "forum",
        "HafenkantineKiel",
        "29d 07:35",
        "service",
        "Our Nordwell Pump X2 hums since yesterday but gives no pressure. Who do I call on a weekend?",
        answered(
            "nadia",
            "+50m",
            "Close the inlet, open the tap, press reset for five seconds: it lost its prime. If it hums on, call me at the number on the lid.",
        ),
    ),
    Mention(
        "mastodon",
        "teresa_kocht",
        "28d 18:20",
        "service",
        "Filter F3 gewechselt, Licht blinkt weiter gelb. Was mache ich falsch, @nordwell?",
        answered(
            "mara", "+14h", "Nichts, das Licht zählt Liter. Den Ring fünf Sekunden halten, dann beginnt es von vorn."
        ),
        language="de",
    ),
    Mention(
        "forum",
        "bakery_sam",
        "25d 09:10",
        "service",
        "Water tastes of plastic after changing the Nordwell Filter F3 cartridge. Second one already. Is that dangerous?",
        answered(
            "mara",
            "+2h",
            "Not dangerous: rinse for two minutes instead of one, then it is gone. If it is not, I send you another one and want this one back.",
        ),
    ),
    Mention(
        "reviews",
        "Pension Seeblick",
        "22d 21:40",
        "service",
        "The app says my pump is offline although it is running. Support answered within an hour and it works again. Two stars back.",
        answered(
            "mara",
            "+11h",
            "Thank you for telling us. It was the router's guest network, and we wrote that into the help.",
            "thanked",
        ),
    ),
    Mention(
        "forum",
        "kantine_am_markt",
        "19d 12:05",
        "service",
        "Has anybody managed to open the housing of the Nordwell Filter F2 after ten years? Mine is stuck like concrete.",
        answered(
            "ben",
            "+3h",
            "Warm water round the ring for five minutes, then the long key. If you write me your town, I lend you mine.",
        ),
    ),
    Mention(
        "forum",
        "backfisch_bo",
        "16d 08:10",
        "service",
        "Rang the Nordwell hotline three times, was promised a call back three times, and got none. The water has been off since yesterday.",
        answered(
            "nadia",
            "+25m",
            "All three notes lay on my desk, under a fourth. I ring you now, and Tomasz is with you before the lunch guests.",
            "fixed",
        ),
    ),
    Mention(
        "mastodon",
        "nils_on_tap",
        "13d 20:15",
        "service",
        "Updated the #nordwell Pump X2 last night, woke up to a puddle under it. Never had a drop before. Anyone else?",
        (
            Step("claim", "tomasz", "+11h"),
            Step(
                "discuss",
                "tomasz",
                "+10m",
                "Another X2 that drips after the update, this time at a private address. Same seal?",
            ),
            Step(
                "answer",
                "tomasz",
                "+2h",
                "You are not alone, and it is ours: an update skipped the soft start. The next one comes this week; I send you the better seal free of charge.",
            ),
            Step("resolve", "tomasz", "+20h", "fixed"),
        ),
        repeated_by=(("mastodon", "brewster", "13d 21:02"), ("forum", "pumpen_paul", "12d 08:40")),
    ),
    Mention(
        "forum",
        "gasthof_linde",
        "12d 11:25",
        "service",
        "X2 von Nordwell leckt am Ausgang seit Version 2.8. Am Telefon war nach 20 Minuten immer noch besetzt.",
        answered(
            "mara",
            "+1h",
            "Das tut mir leid, an dem Tag riefen sehr viele an. Ich rufe Sie heute bis 15 Uhr an und bringe den Termin gleich mit.",
            "fixed",
        ),
        language="de",
    ),
    Mention(
        "forum",
        "vegan_diner_hh",
        "11d 16:50",
        "service",
        "Pump X2 dripping here too after 2.8, Nordwell support told me to put a cup under it and wait. A cup!",
        answered(
            "nadia",
            "+40m",
            "A cup was the right first word and the wrong last one. Tomasz can be with you tomorrow at eight with the new seal, if that suits you.",
            "fixed",
        ),
    ),
    Mention(
        "mastodon",
        "cafe_klar",
        "10d 09:05",
        "service",
        "Kleines Lob: Techniker von #nordwell war um sieben da, um zehn nach sieben war die Pumpe dicht. So geht das.",
        (
            Step("claim", "mara", "+1h"),
            Step("answer", "mara", "+5m", "Das geben wir Tomasz weiter, er wird rot."),
            Step("resolve", "mara", "+1m", "thanked"),
        ),
        language="de",
    ),
    Mention(
        "forum",
        "hostel_manager",
        "8d 10:45",
        "service",
        "How often should the O-ring of a Nordwell Pump X2 be greased, and with what? The manual says nothing.",
        answered(
            "tomasz",
            "+4h",
            "Once a year with silicone grease for drinking water, never with Vaseline. We add it to the manual.",
        ),
    ),
    Mention(
        "forum",
        "eis_und_heiss",
        "7d 13:30",
        "service",
        "Seit heute Druckabfall im ganzen Haus, wenn der Geschirrspüler läuft. Nordwell X2, zwei Jahre alt. Woran kann das liegen?",
        waiting(
            "ben",
            "+2h",
            "Meist am Sieb vor der Pumpe. Können Sie mir schreiben, was das Manometer zeigt, wenn die Maschine läuft und wenn sie steht?",
        ),
        language="de",
    ),
    Mention(
        "reviews",
        "Thea's Deli",
        "6d 19:10",
        "service",
        "Alarm went off three times at night for a leak that was not there. I switched it off, which cannot be the idea.",
        waiting(
            "mara",
            "+13h",
            "Agreed, it cannot. Is the sensor on a cold floor? Then dew sets it off, and a small foot helps; I can send you one.",
        ),
    ),
    Mention(
        "forum",
        "kiosk_ole",
        "4d 08:20",
        "service",
        "Nordwell filter light went red over night, not yellow before. Can I still use the water today?",
        answered(
            "mara",
            "+30m",
            "Yes, you can. Red means that the cartridge is 500 litres over. Change it within a week and it is fine.",
        ),
    ),
    Mention(
        "mastodon",
        "leuchtturmwirtin",
        "2d 17:45",
        "service",
        "Ersatzdichtung für die #nordwell Pumpe X2: kann ich die selbst wechseln oder braucht es jemanden von euch?",
        claimed("tomasz", "+15h", "She is on the island. I look for a video of the seal first, then I answer."),
        language="de",
    ),
    Mention(
        "forum",
        "schulkueche_nord",
        "1d 10:15",
        "service",
        "Second visit of a Nordwell technician, same pump, same noise. Nobody could tell us what it is. We feed 400 children a day with this.",
        claimed("nadia", "+1h 20m", "Both visits were before the update. I call the school myself at two."),
    ),
    Mention(
        "reviews",
        "R. Petersen",
        "7h 40m",
        "service",
        "Pump shows error E14 and stops every two hours. The help page knows E1 to E13.",
    ),
    Mention(
        "forum",
        "kombuesenkoch",
        "5h 10m",
        "service",
        "Our Nordwell Pump X2 has been leaking for four days, two calls, one promise, nobody came. The kitchen floor is warped by now. I cook for 120 people and I am writing this next to a bucket.",
    ),
    Mention(
        "mastodon",
        "anna_roestet",
        "3h 25m",
        "service",
        "Rang the #nordwell hotline twice, was promised a call back twice, and got none. My parcel was to be here last week. Where is it?",
    ),
)

PRODUCT = (
    Mention(
        "reviews",
        "Linnea B.",
        "28d 22:10",
        "product",
        "Where did the filter status go? Since the new start page I need two taps to see the one thing I open this app for.",
        answered(
            "hanna",
            "+12h",
            "You are right, and you are the first of five. It goes back to the top with 5.1; I write to you when it is there.",
            "learned",
        ),
    ),
    Mention(
        "reviews",
        "Gerhard",
        "26d 20:05",
        "product",
        "Die App ist seit der neuen Startseite unübersichtlich. Filterstand bitte wieder nach oben.",
        answered("hanna", "+14h", "Kommt mit 5.1 zurück nach oben. Danke, dass Sie es so genau sagen.", "learned"),
        language="de",
    ),
    Mention(
        "mastodon",
        "patio_kitchen",
        "24d 15:30",
        "product",
        "Wish my #nordwell app had a dark mode. Checking the tank at 4 am is like staring into a fridge.",
        dismissed("hanna", "+3h", "asked the same in October and has our answer: with the spring release"),
    ),
    Mention(
        "forum",
        "lab_rat_42",
        "21d 11:15",
        "product",
        "Does the Nordwell Pump X2 have an interface? I would like to read pressure and flow into our own monitoring.",
        answered(
            "jonas",
            "+5h",
            "It speaks Modbus on the service port. The table is not published yet; I send it to you if you tell me what you miss in it.",
            "learned",
        ),
    ),
    Mention(
        "forum",
        "grete_gartencafe",
        "18d 14:40",
        "product",
        "Kartusche vom Nordwell F3 lässt sich mit nassen Händen kaum drehen. Ein gröberer Griff würde helfen.",
        taken_in("elif", "+2h", "Ninth person. Goes into the grip of the Compact."),
        language="de",
    ),
    Mention(
        "reviews",
        "Moritz K.",
        "16d 08:55",
        "product",
        "Pump notifications arrive twice on Android since the last version. Everything else is great.",
        answered(
            "hanna",
            "+1h",
            "Found it: the old version registered itself a second time. Sign out and in once, and 5.1 does it by itself.",
            "fixed",
        ),
    ),
    Mention(
        "mastodon",
        "drinkwater_dan",
        "15d 19:25",
        "product",
        "I love that the Filter F3 counts litres and not weeks. Every filter should.",
        taken_in("elif", "+15h", "For the Compact's leaflet, if he agrees.", "thanked"),
    ),
    Mention(
        "forum",
        "tante_emma_eck",
        "13d 09:00",
        "product",
        "Bei der neuen Kartusche von Nordwell sieht man den Pfeil zum Öffnen kaum, grau auf grau. Unsere Aushilfe hat sie deshalb überdreht.",
        answered(
            "elif", "+1h", "Danke, der Pfeil wird fühlbar und dunkel. Die überdrehte Kartusche ersetzen wir.", "learned"
        ),
        language="de",
    ),
    Mention(
        "reviews",
        "Chef Obi",
        "9d 23:30",
        "product",
        "Status is back on top in version 5.1, thank you for listening. Now please let me name my pumps.",
        answered(
            "hanna",
            "+10h",
            "Names are in the settings of each device, below the serial number. Well hidden, I admit; I move them up.",
            "learned",
        ),
        repeated_by=(("mastodon", "chef_obi", "9d 23:41"),),
    ),
    Mention(
        "reviews",
        "waschsalon_west",
        "6d 12:35",
        "product",
        "Could the app show consumption per hour? I want to know when we use the most water, not only how much.",
        taken_in("elif", "+4h", "Fits Yuki's laundries. Considered for summer."),
    ),
    Mention(
        "forum",
        "mixologist_mia",
        "3d 21:15",
        "product",
        "An app widget for the Nordwell filter would be lovely. Opening it ten times a day to see a percentage is silly.",
        claimed("hanna", "+12h", "Small thing for iOS, bigger on Android. I look at both this week."),
    ),
    Mention(
        "reviews",
        "J. Sørensen",
        "11h",
        "product",
        "After 5.1 the app crashes when I open the history of a pump with more than two years of data.",
    ),
    Mention(
        "mastodon",
        "hofladen_hella",
        "6h 20m",
        "product",
        "Die #nordwell App könnte die Kartusche automatisch auf die Einkaufsliste setzen, wenn das Licht gelb wird. Nur so ein Wunsch.",
        language="de",
    ),
)

LOGISTICS = (
    Mention(
        "mastodon",
        "jo_r",
        "29d 08:50",
        "logistics",
        "Two pallets from Nordwell arrived soaked, cartons falling apart in our hands. Photos sent, nobody answers.",
        (
            Step("claim", "lena", "+2h"),
            Step("note", "lena", "+20m", "This is Jo Reyes of Harbour Foods. Both pallets came through Neumünster."),
            Step(
                "answer",
                "lena",
                "+26h",
                "We have your photos now and are ashamed of the silence. New pallets leave today, with a driver of ours.",
            ),
            Step("resolve", "lena", "+20h", "fixed"),
        ),
        repeated_by=(("mastodon", "port_of_food", "29d 09:30"), ("forum", "kitchen4", "29d 11:10")),
    ),
    Mention(
        "forum",
        "noodle_house",
        "23d 10:20",
        "logistics",
        "Carton of Nordwell cartridges came wet on one side. The bags inside are dry. Use them or send them back?",
        answered(
            "samuel",
            "+2h",
            "Use none of them: damp cardboard is enough to spoil the carbon. New ones are on the way, keep the old for the compost.",
        ),
    ),
    Mention(
        "forum",
        "strandhaus_sylt",
        "20d 15:15",
        "logistics",
        "Paket von Nordwell zum zweiten Mal zerdrückt angekommen, diesmal ist der Schlauch geknickt.",
        answered(
            "lena",
            "+3h",
            "Der Schlauch kommt morgen in einer Röhre statt im Karton. Den geknickten bitte nicht mehr benutzen.",
            "fixed",
        ),
        language="de",
    ),
    Mention(
        "mastodon",
        "tavern_tess",
        "17d 08:30",
        "logistics",
        "My #nordwell order says delivered. It is not here, not at the neighbour's, not at the depot.",
        answered(
            "samuel",
            "+1h",
            "It stands in the laundry of the hotel next door. The driver takes it over to you before noon.",
            "fixed",
        ),
    ),
    Mention(
        "forum",
        "altes_zollhaus",
        "15d 13:40",
        "logistics",
        "Palette von Nordwell war oben durchnässt, unten trocken. Hat es bei euch reingeregnet?",
        answered(
            "samuel",
            "+50m",
            "Nicht bei uns, aber im Auflieger: ein Riss im Dach. Er fährt nicht mehr, und Ihr Ersatz kommt unter einer Haube.",
            "fixed",
        ),
        language="de",
        repeated_by=(("mastodon", "zollhaus", "15d 14:10"),),
    ),
    Mention(
        "reviews",
        "Bistro Nova",
        "12d 17:20",
        "logistics",
        "Delivery window was 8 to 18 and they came at 18:40. For a restaurant that is the worst minute of the day.",
        taken_in(
            "lena",
            "+15h",
            "Told the carrier: restaurants before eleven or after three. It is a field in the order now.",
        ),
    ),
    Mention(
        "forum",
        "roastery_nine",
        "9d 09:35",
        "logistics",
        "Ordered two Nordwell cartridges, got twelve and an invoice for twelve. How do I send ten back?",
        answered(
            "samuel",
            "+40m",
            "Leave them by the door tomorrow, our driver brings two papers and takes ten cartridges. The invoice is corrected.",
        ),
    ),
    Mention(
        "forum",
        "imbiss_ida",
        "5d 11:05",
        "logistics",
        "Lieferung von Nordwell wieder ohne Lieferschein. Meine Buchhaltung fragt mich jedes Mal.",
        waiting(
            "samuel",
            "+3h",
            "Er klebt jetzt außen auf dem Karton. Können Sie mir sagen, bei welcher Bestellung er fehlte? Dann schicke ich ihn nach.",
        ),
        language="de",
    ),
    Mention(
        "mastodon",
        "harbour_grill",
        "2d 09:50",
        "logistics",
        "Carton from #nordwell soaked again. Second time this month, and I was told the trailer was gone.",
        claimed("lena", "+1h", "Not the same trailer. I want the photos and the number before I say anything."),
    ),
    Mention(
        "forum",
        "muehle_mai",
        "8h 30m",
        "logistics",
        "Karton mit Nordwell Filtern kam feucht an, Etikett unlesbar. Sendungsnummer habe ich noch.",
        language="de",
    ),
)

HR = (
    Mention(
        "employers",
        "former colleague, warehouse",
        "24d 20:00",
        "hr",
        "I worked in the Nordwell warehouse for two years. Fair pay and good people, but nobody told us about shifts before Thursday evening.",
        taken_in("carmen", "+14h", "Lena posts the shifts two weeks ahead from now on."),
    ),
    Mention(
        "employers",
        "applicant, electronics",
        "17d 11:20",
        "hr",
        "Good job interview at Nordwell, interesting questions, and then silence. Four weeks now. A no would be fine.",
        (
            Step("claim", "oskar", "+2h"),
            Step(
                "note",
                "oskar",
                "+30m",
                "Only one person fits the date. I call her today and say sorry, whatever the answer is.",
            ),
            Step("answer", "oskar", "+3h", "Called her. She comes for a second talk."),
            Step("resolve", "oskar", "+1m", "answered"),
        ),
    ),
    Mention(
        "forum",
        "azubi_2027",
        "12d 18:30",
        "hr",
        "Bildet Nordwell in Lübeck aus? Ich suche für nächstes Jahr eine Ausbildung in der Elektronik.",
        answered(
            "oskar",
            "+15h",
            "Ja, drei Plätze, einer davon in der Elektronik. Rufen Sie mich an, das geht schneller als das Formular.",
        ),
        language="de",
    ),
    Mention(
        "employers",
        "current employee",
        "3d 22:15",
        "hr",
        "Team is great at Nordwell, but my manager reads messages on Sundays and expects answers. It wears me out and I do not know whom to tell.",
        claimed(
            "carmen",
            "+11h",
            "Nobody shall try to find out who wrote this. I offer open hours to all teams and talk with the leads about Sundays in general.",
        ),
    ),
)

SALES = (
    Mention(
        "forum",
        "brauhaus_bine",
        "26d 14:15",
        "sales",
        "Gibt es von Nordwell ein Angebot für eine kleine Brauerei, 2.000 Liter am Tag? Auf der Seite finde ich nur Restaurants.",
        answered(
            "yuki", "+2h", "Gibt es, und ich komme gern vorbei und messe zuerst das Wasser. Passt Ihnen kommende Woche?"
        ),
        language="de",
    ),
    Mention(
        "forum",
        "cloudkitchen_cph",
        "20d 09:50",
        "sales",
        "We open nine kitchens next year and want one supplier for filters. Who at Nordwell can quote for that?",
        answered("ines", "+1h", "I can, and I would like to see two of the nine first. I am in Copenhagen on the 3rd."),
    ),
    Mention(
        "mastodon",
        "oyster_bar",
        "14d 12:40",
        "sales",
        "Is there a rental for the #nordwell Pump X2? We need one for a summer market only, May to September.",
        answered(
            "marcus",
            "+3h",
            "Yes, by the month, with someone who sets it up and takes it down. I wrote you a message with the price.",
        ),
    ),
    Mention(
        "forum",
        "kloster_kueche",
        "7d 10:30",
        "sales",
        "Wir überlegen, von Einzelkartuschen auf die Jahresbox umzusteigen. Lohnt sich das bei Nordwell ab einer bestimmten Menge?",
        answered(
            "ines",
            "+2h",
            "Ab drei Kartuschen im Jahr. Warten Sie mit der Entscheidung bis Anfang Dezember, dann wird sie leichter.",
        ),
        language="de",
    ),
    Mention(
        "forum",
        "fitness_club_elbe",
        "1d 14:20",
        "sales",
        "Looking for a price list for the Nordwell Filter F3, 20 pieces, for drinking fountains in our clubs.",
        claimed(
            "yuki", "+1h", "Fountains need the F3 with the UV lamp. I ask about the number of visitors before I quote."
        ),
    ),
    Mention(
        "mastodon",
        "kaffee_karawane",
        "9h 15m",
        "sales",
        "Hat #nordwell ein Angebot für einen Foodtruck? 12 Volt, wenig Platz, viel Kaffee.",
        language="de",
    ),
)

MARKETING = (
    Mention(
        "mastodon",
        "tastes_of_north",
        "22d 17:10",
        "marketing",
        "Filming a series on kitchen water and the #nordwell F3 has the prettiest inside of them all. May I show your drawings?",
        answered(
            "daniel",
            "+16h",
            "With pleasure, and here is the one in section. Tell us when it is out, we will watch it at lunch.",
            "thanked",
        ),
    ),
    Mention(
        "mastodon",
        "fair_and_square",
        "16d 13:00",
        "marketing",
        "The Nordwell stand at the Hamburg fair had a tap, two glasses and no slogans. Best stand of the hall.",
        (
            Step("claim", "sofia", "+2h"),
            Step("answer", "sofia", "+20m", "Thank you. The tap was Daniel's idea, the missing slogans mine."),
            Step("resolve", "sofia", "+1m", "thanked"),
        ),
        repeated_by=(
            ("mastodon", "hall_b6", "16d 13:25"),
            ("forum", "messebummler", "16d 15:40"),
            ("mastodon", "gastro_gazette", "15d 09:05"),
        ),
    ),
    Mention(
        "forum",
        "leserbrief",
        "11d 07:55",
        "marketing",
        "Der neue Newsletter von Nordwell ist der erste seit Jahren, den ich zu Ende gelesen habe. Mehr davon, weniger Werbung.",
        taken_in("daniel", "+3h", "Asked for permission to quote. Yes, with first name.", "thanked"),
        language="de",
    ),
    Mention(
        "forum",
        "culinary_school",
        "2d 11:30",
        "marketing",
        "Would Nordwell speak about water at our cooking school? A talk, not an advertisement, 40 students.",
        claimed("sofia", "+2h", "Elif would be the right one. I ask her before I answer."),
    ),
)

NONE = (
    Mention(
        "forum",
        "watch_deals_247",
        "27d 03:12",
        "none",
        "BEST PRICE luxury watches and handbags, worldwide shipping, click now, limited offer nordwell xx",
    ),
    Mention(
        "mastodon",
        "stadtbibliothek",
        "21d 16:45",
        "none",
        "Heute Abend liest die Autorin Freya Nordwell aus ihrem neuen Roman über einen Leuchtturm. Eintritt frei.",
        language="de",
    ),
    Mention(
        "forum",
        "crypto_kai",
        "14d 04:40",
        "none",
        "Earn 900 dollars a day from home with this one coin, join our channel, no risk, nordwell followers get a bonus",
    ),
    Mention(
        "mastodon",
        "dorf_nordwell",
        "8d 18:00",
        "none",
        "Village fete in Nordwell on Saturday, cake from three, brass band at five. Bring chairs.",
    ),
    Mention(
        "forum",
        "casino_royal_bonus",
        "3d 02:25",
        "none",
        "Casino Bonus ohne Einzahlung, 100 Freispiele, jetzt klicken, nur heute, filter f2 gratis nordwell",
        language="de",
    ),
    Mention(
        "mastodon",
        "ahnenforschung",
        "1d 21:10",
        "none",
        "Suche Vorfahren der Familie Nordwell aus Eckernförde, um 1870. Wer hat Kirchenbücher?",
        language="de",
    ),
)

UNSORTED = (
    Mention("mastodon", "hmm_hanno", "4d 20:30", "", "Well, #nordwell. That was something."),
    Mention("forum", "zwischenruf", "2d 13:15", "", "Nordwell halt. Mal so, mal so.", language="de"),
    Mention(
        "mastodon", "ferry_to_oslo", "13h", "", "Saw a Nordwell van on the ferry this morning. Where are you off to?"
    ),
    Mention(
        "forum",
        "dritte_welle",
        "4h 45m",
        "",
        "Weiß hier jemand, ob das bei Nordwell inzwischen anders ist als früher?",
        language="de",
    ),
)

RECORDED = (
    Heard(
        "ben",
        "visit",
        "18d 10:05",
        "service",
        "Jo Reyes told me in kitchen 4: it is not the water that angers them but the four days of silence. She wants one name to call.",
        customer="jo",
        steps=taken_in("nadia", "+40m", "She has five names now, in a space of her own."),
    ),
    Heard(
        "ben",
        "visit",
        "15d 07:30",
        "product",
        "The cook at the school in Eutin holds the pump's display upside down to read it, because the pump hangs above her head. Could it be turned?",
        name="Cook at the school in Eutin",
        steps=taken_in("jonas", "+5h", "Turning it is one line. In 2.9."),
    ),
    Heard(
        "tomasz",
        "call",
        "10d 14:50",
        "sales",
        "Katrin Albrecht asked, in passing, if the yearly check could be paid once for all six houses.",
        customer="katrin",
        steps=answered("marcus", "+2h", "Called her: yes, as one line on one invoice, from January."),
    ),
    Heard(
        "yuki",
        "call",
        "9d 16:30",
        "service",
        "A dairy in Preetz says that the emergency number rang for ten minutes on a Sunday. They helped themselves in the end.",
        name="Dairy in Preetz",
        steps=taken_in(
            "nadia", "+1h", "The number led to a phone in a drawer. It now leads to whoever is on duty.", "fixed"
        ),
    ),
    Heard(
        "marcus",
        "mail",
        "6d 09:15",
        "logistics",
        "A caterer asks if we could deliver to a side street, because the market closes the main one on two days a week.",
        name="Caterer at the fish market",
        steps=answered("samuel", "+1h", "Yes, on both days. It is noted for the driver."),
    ),
    Heard(
        "samuel",
        "visit",
        "30h",
        "product",
        "The night porter at Lindenhof covers the pump's lamp with tape, since it shines into the breakfast room. He has done so for a year.",
        name="Night porter at Lindenhof",
    ),
)

MENTIONS = SERVICE + PRODUCT + LOGISTICS + HR + SALES + MARKETING + NONE + UNSORTED
