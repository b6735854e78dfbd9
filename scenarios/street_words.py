"""Words of a shopping street: names, goods, and the wordings of questions.

Nothing but text; what is drawn from it is drawn elsewhere.
"""

__all__ = ["DAYS", "GOODS", "HOP_BELLS", "HOP_NUMBER", "LOOKUPS", "NAMES", "ORDINALS", "SEARCHES", "YES_NO"]

NAMES = (
    "Keller",
    "Novak",
    "Moser",
    "Brandt",
    "Hansen",
    "Marin",
    "Costa",
    "Duval",
    "Rossi",
    "Weber",
    "Lindt",
    "Petri",
    "Sorel",
    "Moreau",
    "Ortega",
    "Larsen",
    "Fabre",
    "Tanner",
    "Silva",
    "Renner",
    "Baron",
    "Castel",
    "Damen",
    "Gruber",
)
# pairs that differ in a digit: one is on the card, the other is what is missing
GOODS: dict[str, tuple[tuple[str, str], ...]] = {
    "books": (
        ("atlas 2", "atlas 3"),
        ("map 1:50", "map 1:60"),
        ("novel 1", "novel 4"),
        ("card A6", "card A5"),
        ("notes A5", "notes A6"),
    ),
    "bakery": (
        ("tart 20", "tart 26"),
        ("rye 750", "rye 780"),
        ("2 buns", "3 buns"),
        ("pie 22", "pie 27"),
        ("6 rusks", "8 rusks"),
    ),
    "wine": (
        ("merlot 1", "merlot 7"),
        ("rose 0.2", "rose 0.3"),
        ("olives 80", "olives 90"),
        ("soda 0.2", "soda 0.5"),
        ("port 5", "port 8"),
    ),
    "flowers": (
        ("3 roses", "5 roses"),
        ("5 tulips", "9 tulips"),
        ("fern 12", "fern 17"),
        ("3 lilies", "6 lilies"),
        ("ivy 30", "ivy 50"),
    ),
    "tailor": (
        ("hem 2", "hem 3"),
        ("6 buttons", "8 buttons"),
        ("tie 140", "tie 150"),
        ("patch 6", "patch 9"),
        ("zip 15", "zip 18"),
    ),
    "ceramics": (
        ("mug 0.2", "mug 0.3"),
        ("bowl 14", "bowl 18"),
        ("plate 18", "plate 16"),
        ("tile 10", "tile 15"),
        ("vase 20", "vase 26"),
    ),
    "tea": (
        ("assam 50", "assam 80"),
        ("oolong 20", "oolong 50"),
        ("mint 30", "mint 80"),
        ("sencha 1", "sencha 7"),
        ("chai 60", "chai 50"),
    ),
    "art": (
        ("print A3", "print A2"),
        ("frame 30", "frame 36"),
        ("mat A4", "mat A3"),
        ("etching 3", "etching 8"),
        ("poster 5", "poster 6"),
    ),
}
DAYS = {
    "Mo": "Monday",
    "Tu": "Tuesday",
    "We": "Wednesday",
    "Th": "Thursday",
    "Fr": "Friday",
    "Sa": "Saturday",
    "Su": "Sunday",
}
ORDINALS = ("first", "second", "third", "fourth", "fifth")

LOOKUPS: dict[str, tuple[str, ...]] = {
    "hours": (
        "According to the notice on the door of {place}, at what time does the shop open on {key}?",
        "Read the hours on the door of {place}. When does it open on {key}?",
        "You want to be first at {place} on {key}. What opening time does the notice on its door give?",
    ),
    "prices": (
        "What does the price card in the window of {place} ask for '{key}', in EUR?",
        "In the window of {place} hangs a price card. How many EUR does '{key}' cost there?",
        "How much is '{key}' according to the card in the window of {place} (in EUR)?",
    ),
    "bells": (
        "Whose name stands beside bell {key} on the bell panel of {place}?",
        "On the bell panel next to the door of {place}, which name belongs to bell {key}?",
        "You ring bell {key} at {place}. What name does the bell panel show for it?",
    ),
    "lamp": (
        "What inspection code does the plate on {place} give for {key}?",
        "Read the inspection plate of {place}: which code was entered for {key}?",
        "Which code stands beside {key} on the inspection plate of {place}?",
    ),
    "permit": (
        "Which permit code does the card on the side of {place} show for zone {key}?",
        "Look at the permit card on {place}. What is its code for zone {key}?",
        "A warden checks {place} in zone {key}. What code is on its permit card for that zone?",
    ),
    "tag": (
        "What code does the plate in the frame of {place} give for bay {key}?",
        "Read the small plate on {place}: which code belongs to bay {key}?",
        "Which code stands beside bay {key} on the frame plate of {place}?",
    ),
}
YES_NO = (
    "According to the notice on the door of {place}, does the shop open at {value} on {key}?",
    "Do the hours on the door of {place} say that it opens at {value} on {key}?",
)
SEARCHES: dict[str, tuple[str, ...]] = {
    "hours": (
        "Going by the notices on the doors, which shop opens at {value} on {key}?",
        "It is {key}. Which of the shops says on its door that it opens at {value}?",
    ),
    "lamp": (
        "Counted from the left, which lamp post has the code {value} for {key} on its inspection plate?",
        "One lamp post's inspection plate has the code {value} for {key}. Which one, counted from the left?",
    ),
    "number": (
        "Which shop is in the house with the number plate {value}?",
        "A parcel is for house number {value}. Which shop is in that house?",
    ),
}
HOP_NUMBER = "the house whose number plate reads {number}"
HOP_BELLS = (
    "The last line of the bell panel of '{shop}' names the colour of a bicycle. {question}",
    "Find out from the last line of the bell panel of '{shop}' which bicycle is meant. {question}",
)
