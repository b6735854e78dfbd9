"""Slides for tests: one of each layout, and the shortest and longest that each takes."""

HEADLINE = "Northern stores grew by 6.8%, but promotions cost margin"
LONG_HEADLINE = "Revenue of the forty-two northern stores rose by 6.8% although promotions cost a lot"
SENTENCE = "Garden furniture was cleared with heavy promotions in July, which cost 0.7 points. "

USUAL = {
    "title": (
        "Trading results and footfall in the northern stores",
        ["Growth is back; two stores need a decision", "For the board, Q3 2026", "Pellworth Stores"],
    ),
    "section": ("Why two stores lose money", ["Part 2"]),
    "agenda": (
        "What we cover",
        ["Results", "Footfall and conversion", "Stores that lose money", "Next steps"],
    ),
    "bullets": (
        HEADLINE,
        [
            "Revenue: rose by 6.8% on last year to £58.1 million",
            "Margin: slipped from 31.9% to 31.2% because of promotions on garden furniture",
            "Conversion: improved to 27.4% of visitors",
        ],
    ),
    "two_columns": (
        "Leaving saves £412,000 a quarter",
        ["# For", "Five quarters of losses", "No penalty", "# Against", "The car park at Garsby reopens"],
    ),
    "cards": (
        "The quarter in four numbers",
        [
            "£58.1 million | revenue | 6.8% more than last year",
            "31.2% | gross margin | down from 31.9%",
            "9,640 | visitors per store and week",
            "-£412,000 | result of two stores",
        ],
    ),
    "bars": (
        "Saturday brings almost a quarter of all visits",
        [
            "Monday | 10",
            "Friday | 17",
            "Saturday | 23",
            "Sunday | 17",
            "unit: %",
            "note: Queues are worst then",
        ],
    ),
    "line": (
        "Revenue peaked in August",
        ["July | 18.9", "August | 20.3", "September | 18.9", "unit: £ million", "source: Trading report"],
    ),
    "timeline": (
        "From notice to closure in seven months",
        [
            "October 2026 | The board decides",
            "30 November 2026 | Last day to give notice",
            "May 2027 | Closure",
        ],
    ),
    "table": (
        "Garsby loses more than Thornlea",
        ["Store | Revenue | Result", "Garsby | £1.2 million | -£238,000", "Total | £2.3 million | -£412,000"],
    ),
    "quote": ("Customers say it plainly", ["Ten minutes for a tin of paint is too long.", "Exit survey"]),
    "closing": (
        "What we ask the board to decide",
        ["Give notice on both leases.", "Add two staffed tills.", "contact: Jane Marlow"],
    ),
}
SHORTEST = {
    "title": ("Results", [""]),
    "section": ("Results", []),
    "agenda": ("Agenda", ["One", "Two"]),
    "bullets": ("Two things", ["Revenue: up", "Margin: down"]),
    "two_columns": ("Now and next", ["# Now", "One", "# Next", "Two"]),
    "cards": ("Two numbers", ["6.8% | growth", "31.2% | margin"]),
    "bars": ("Three bars", ["May | 1", "June | 2", "July | 3"]),
    "line": ("Three points", ["2024 | 10", "2025 | 10", "2026 | 10"]),
    "timeline": ("Three dates", ["May | Start", "June | Pilot", "July | Done"]),
    "table": ("Two rows", ["Store | Result", "Garsby | -238"]),
    "quote": ("A short quote", ["Too slow."]),
    "closing": ("One step", ["Approve the plan."]),
}
LONGEST = {
    "title": (
        "Investment case for self-checkout in sixty-four city shops of both regions",
        [
            "We recommend the roll-out in three waves, since the pilot pays back within nineteen months",
            "For the leadership team, January 2027 to December 2029, 64 city shops",
            "Marrowgate Grocers",
        ],
    ),
    "section": ("Why two stores of the northern region have lost money for five quarters", ["Part 2 of 4"]),
    "agenda": (LONG_HEADLINE, ["What drove the results of the third quarter", *["Stores under review"] * 7]),
    "bullets": (LONG_HEADLINE, [f"Gross margin after promotions: {SENTENCE}"] * 6),
    "two_columns": (
        LONG_HEADLINE,
        ["# Where the stores stand", *[SENTENCE] * 5, "# What we do", *[SENTENCE] * 5],
    ),
    "cards": (LONG_HEADLINE, ["£58.1 million | revenue of the quarter | more than a year ago"] * 6),
    "bars": (
        LONG_HEADLINE,
        [*[f"Northern region {n} | -{n},412.5" for n in range(1, 9)], "unit: EUR m", f"note: {SENTENCE}"],
    ),
    "line": (
        LONG_HEADLINE,
        [
            *[f"{month} | 1,{n}0{n}" for n, month in enumerate(("January", "February", "March", "April"))],
            *[f"{month} | 1,{n}9{n}" for n, month in enumerate(("May", "September", "October", "December"))],
            "unit: thousand visitors",
            f"note: {SENTENCE}",
            "source: Door counters at all entrances",
        ],
    ),
    "timeline": (LONG_HEADLINE, [f"30 September 2027 | {SENTENCE}"] * 6),
    "table": (
        LONG_HEADLINE,
        [
            "Region and channel | Revenue Q3 2026 | Change | Margin | Comment",
            *["Northern stores in towns | £58.1 million | +6.8% | 31.2% | Promotions on garden furniture"]
            * 6,
        ],
    ),
    "quote": (
        LONG_HEADLINE,
        [SENTENCE * 4, "Customer in the exit survey of 2,150 customers, September 2026"],
    ),
    "closing": (
        "What we ask the board to decide today, and what follows from it",
        [
            *["Give notice on the leases of Garsby and Thornlea before the deadline of November."] * 4,
            "contact: Jane",
        ],
    ),
}
