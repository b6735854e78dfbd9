"""Eight kinds of company and the words of their operations rooms.

Units are those that `rewards.quantity` reads. Names are invented.
"""

__all__ = ["SECTORS", "SURNAMES", "Measure", "Sector", "Sheet"]

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """A quantity: name, unit, range of plausible values, decimals; `adds` when a total makes sense."""

    name: str
    unit: str
    low: float
    high: float
    decimals: int = 1
    adds: bool = False


@dataclass(frozen=True)
class Sheet:
    """A table: title, what a row is, the prefix of its labels, its measures, its states (good ones first)."""

    title: str
    noun: str
    prefix: str
    measures: tuple[Measure, ...]
    states: tuple[str, str, str]


@dataclass(frozen=True)
class Sector:
    """A kind of company.

    Args:
        name: the trade.
        companies: invented names.
        sheets: tables.
        trends: line charts: title and measure.
        bars: bar charts: title, prefix of the bars' labels, measure.
        shares: donuts: title, noun of a numbered part.
        heat: title of the heat map.
        dials: title of the gauges, and their names.
        site: title of the map, prefix of its pins, measure.
        figures: tiles: title and measure.
        events: what the log tells.
    """

    name: str
    companies: tuple[str, ...]
    sheets: tuple[Sheet, ...]
    trends: tuple[tuple[str, Measure], ...]
    bars: tuple[str, str, Measure]
    shares: tuple[str, str]
    heat: str
    dials: tuple[str, tuple[str, str, str]]
    site: tuple[str, str, Measure]
    figures: tuple[tuple[str, Measure], ...]
    events: tuple[str, ...]


# Families in which every name is easily taken for another.
SURNAMES = (
    ("Meyer", "Meier", "Mayer", "Maier"),
    ("Hansen", "Hanson", "Jansen", "Janson"),
    ("Larsen", "Larson", "Lassen", "Lorsen"),
    ("Keller", "Koller", "Kellor", "Kelter"),
    ("Novak", "Nowak", "Novik", "Nevak"),
    ("Moreau", "Moreno", "Morena", "Moraux"),
    ("Schmid", "Schmit", "Schmidt", "Schmied"),
    ("Peters", "Peeters", "Petters", "Pieters"),
)

_RUN = ("Running", "Standby", "Fault")
_OK = ("In order", "Watch", "Alarm")
_GO = ("On time", "Delayed", "Held")

_T = Measure("Temperature", "°C", 3.0, 88.0)
_KW = Measure("Power", "kW", 110.0, 980.0, 1, True)
_LOAD = Measure("Load", "%", 21.0, 97.0)
_BAR = Measure("Pressure", "bar", 1.2, 9.8, 2)

SECTORS = (
    Sector(
        "Energy grid",
        ("Nordlicht Netz", "Aurel Grid", "Halden Power"),
        (
            Sheet(
                "Substations", "substation", "SU", (Measure("Power", "MW", 11, 96, 1, True), _LOAD, _T), _RUN
            ),
            Sheet(
                "Transformers", "transformer", "TX", (_T, _LOAD, Measure("Current", "A", 210, 960, 0)), _OK
            ),
            Sheet("Wind turbines", "turbine", "WT", (_KW, Measure("Wind", "m/s", 4, 17), _T), _RUN),
            Sheet("Battery banks", "bank", "BB", (_KW, Measure("Charge", "%", 12, 99), _T), _RUN),
        ),
        (
            ("Grid load", Measure("Load", "MW", 280, 720)),
            ("Wind forecast", Measure("Output", "MW", 90, 380)),
            ("Spot price", Measure("Price", "€", 31, 118, 2)),
        ),
        ("Feeder output", "F", Measure("Output", "MW", 12, 88)),
        ("Generation mix", "Unit"),
        "Demand by hour",
        ("Reserve margins", ("Primary", "Secondary", "Tertiary")),
        ("Transmission map", "N", Measure("Voltage", "kV", 108, 389)),
        (
            ("Frequency", Measure("", "Hz", 49.96, 50.04, 2)),
            ("Load now", Measure("", "MW", 420, 690)),
            ("Imports", Measure("", "MW", 18, 96)),
            ("Losses", Measure("", "%", 1.2, 4.8)),
            ("Wind share", Measure("", "%", 21, 58)),
            ("Open faults", Measure("", "", 1, 14, 0)),
        ),
        (
            "breaker closed",
            "tap position changed",
            "load shed cancelled",
            "relay test passed",
            "line re-energised",
        ),
    ),
    Sector(
        "Logistics",
        ("Mercato Freight", "Lindqvist Logistik", "Portolan"),
        (
            Sheet("Dock doors", "door", "DK", (Measure("Pallets", "t", 4, 28, 1, True), _LOAD), _GO),
            Sheet("Cold storage", "cooler", "CS", (_T, Measure("Humidity", "%", 41, 93), _KW), _OK),
            Sheet("Line haul", "truck", "LH", (Measure("Speed", "km/h", 42, 96), _LOAD, _T), _GO),
            Sheet("Sorters", "sorter", "SR", (Measure("Belt speed", "m/s", 1.1, 3.8, 2), _KW, _T), _RUN),
        ),
        (
            ("Parcels per hour", Measure("Volume", "t", 210, 870)),
            ("Fleet speed", Measure("Speed", "km/h", 38, 92)),
            ("Fuel use", Measure("Fuel", "l", 310, 940)),
        ),
        ("Lane volume", "L", Measure("Volume", "t", 11, 86)),
        ("Freight by hall", "Hall"),
        "Arrivals by hour",
        ("Hall capacity", ("Inbound", "Storage", "Outbound")),
        ("Route map", "R", Measure("Distance", "km", 14, 486)),
        (
            ("On time", Measure("", "%", 88, 99)),
            ("In transit", Measure("", "t", 310, 890)),
            ("Dwell time", Measure("", "min", 18, 64, 0)),
            ("Cold chain", Measure("", "°C", 2.1, 4.9)),
            ("Fill rate", Measure("", "%", 71, 96)),
            ("Open claims", Measure("", "", 2, 19, 0)),
        ),
        ("trailer sealed", "manifest corrected", "door released", "scanner re-paired", "driver checked in"),
    ),
    Sector(
        "Hospital",
        ("St. Alma Clinic", "Klinikum Birkenau", "Lakeside General"),
        (
            Sheet("Ventilators", "ventilator", "VN", (Measure("Flow", "%", 31, 92), _BAR, _T), _RUN),
            Sheet("Blood fridges", "fridge", "BF", (_T, Measure("Humidity", "%", 28, 71), _LOAD), _OK),
            Sheet("Theatres", "theatre", "TH", (Measure("Delay", "min", 12, 96, 0), _T, _LOAD), _GO),
            Sheet("Infusion pumps", "pump", "IP", (Measure("Volume", "ml", 110, 940, 0, True), _LOAD), _RUN),
        ),
        (
            ("Admissions", Measure("Waiting", "min", 12, 94)),
            ("Oxygen demand", Measure("Demand", "m³", 210, 760)),
            ("Air handling", Measure("Power", "kW", 110, 480)),
        ),
        ("Ward occupancy", "W", Measure("Occupancy", "%", 41, 98)),
        ("Beds by ward", "Ward"),
        "Visits by hour",
        ("Supply levels", ("Plasma", "Oxygen", "Linen")),
        ("Campus map", "C", Measure("Temperature", "°C", 17, 26)),
        (
            ("Beds free", Measure("", "", 11, 84, 0)),
            ("Waiting", Measure("", "min", 12, 58, 0)),
            ("Occupancy", Measure("", "%", 71, 97)),
            ("Oxygen", Measure("", "bar", 3.9, 5.4, 2)),
            ("Theatre use", Measure("", "%", 58, 93)),
            ("Open calls", Measure("", "", 2, 17, 0)),
        ),
        ("alarm acknowledged", "filter replaced", "transfer confirmed", "self test passed", "stock counted"),
    ),
    Sector(
        "Brewery",
        ("Hopfengold", "Brauhaus Lerche", "Kestrel & Sons"),
        (
            Sheet("Fermentation", "tank", "FV", (_T, _BAR, Measure("Volume", "l", 410, 980, 0, True)), _RUN),
            Sheet("Bright tanks", "tank", "BT", (_BAR, _T, Measure("Volume", "l", 310, 890, 0, True)), _OK),
            Sheet("Bottling line", "filler", "FL", (_LOAD, Measure("Speed", "rpm", 210, 860, 0), _T), _RUN),
            Sheet("Glycol pumps", "pump", "GP", (_KW, _BAR, _T), _RUN),
        ),
        (
            ("Steam demand", Measure("Steam", "kg", 180, 720)),
            ("Mash profile", Measure("Temperature", "°C", 44, 78)),
            ("Water use", Measure("Water", "m³", 110, 480)),
        ),
        ("Output by kettle", "K", Measure("Output", "l", 110, 870, 0)),
        ("Energy by line", "Line"),
        "Packaging by hour",
        ("Tank reserves", ("Malt", "Hops", "Yeast")),
        ("Pipework map", "V", Measure("Pressure", "bar", 1.1, 6.8, 2)),
        (
            ("Brewed today", Measure("", "l", 610, 980)),
            ("Yield", Measure("", "%", 84, 97)),
            ("Glycol loop", Measure("", "°C", -4.8, -2.1)),
            ("Steam header", Measure("", "bar", 5.1, 7.9, 2)),
            ("Water ratio", Measure("", "l", 3.1, 4.9, 2)),
            ("Open orders", Measure("", "", 8, 46, 0)),
        ),
        ("cleaning finished", "yeast pitched", "valve cycled", "sample taken", "dry hop added"),
    ),
    Sector(
        "Port",
        ("Havn Terminals", "Porto Sereno", "Kattegat Quay"),
        (
            Sheet("Quay cranes", "crane", "QC", (_KW, Measure("Wind", "m/s", 3, 19), _LOAD), _RUN),
            Sheet("Reefer stacks", "reefer", "RF", (_T, _KW, Measure("Humidity", "%", 52, 94)), _OK),
            Sheet(
                "Berth plan",
                "berth",
                "BE",
                (Measure("Draught", "m", 6.1, 15.8), Measure("Cargo", "t", 110, 980, 0, True)),
                _GO,
            ),
            Sheet("Yard tractors", "tractor", "YT", (Measure("Speed", "km/h", 8, 34), _LOAD, _T), _RUN),
        ),
        (
            ("Tide gauge", Measure("Level", "cm", 110, 480)),
            ("Crane moves", Measure("Cargo", "t", 180, 760)),
            ("Shore power", Measure("Power", "MW", 11, 48)),
        ),
        ("Moves by crane", "M", Measure("Cargo", "t", 110, 870, 0)),
        ("Cargo by yard", "Yard"),
        "Gate traffic by hour",
        ("Yard fill", ("North", "Centre", "South")),
        ("Harbour map", "H", Measure("Depth", "m", 6.2, 18.9)),
        (
            ("Ships in port", Measure("", "", 11, 38, 0)),
            ("Wind", Measure("", "m/s", 3.1, 14.8)),
            ("Crane rate", Measure("", "t", 210, 480)),
            ("Yard fill rate", Measure("", "%", 58, 94)),
            ("Gate wait", Measure("", "min", 8, 41, 0)),
            ("Tide", Measure("", "m", 0.4, 3.9, 2)),
        ),
        ("vessel alongside", "hatch opened", "spreader swapped", "pilot on board", "seal inspected"),
    ),
    Sector(
        "Rail",
        ("Transalp Rail", "Blue Ridge Lines", "Vesterbane"),
        (
            Sheet("Locomotives", "locomotive", "LC", (Measure("Speed", "km/h", 42, 186, 0), _T, _KW), _GO),
            Sheet("Switch heaters", "heater", "SH", (_T, _KW, Measure("Current", "A", 11, 68)), _RUN),
            Sheet("Rectifiers", "rectifier", "RC", (Measure("Current", "A", 310, 980, 0), _T, _LOAD), _OK),
            Sheet("Axle counters", "counter", "AX", (Measure("Speed", "km/h", 38, 142), _T), _OK),
        ),
        (
            ("Traction power", Measure("Power", "MW", 41, 186)),
            ("Rail temperature", Measure("Temperature", "°C", 11, 48)),
            ("Passengers", Measure("Load", "%", 18, 96)),
        ),
        ("Delay by line", "S", Measure("Delay", "min", 11, 88)),
        ("Traffic by line", "Line"),
        "Departures by hour",
        ("Depot stock", ("Ready", "Service", "Repair")),
        ("Network map", "J", Measure("Speed", "km/h", 41, 198, 0)),
        (
            ("Punctuality", Measure("", "%", 84, 98)),
            ("Trains running", Measure("", "", 41, 128, 0)),
            ("Mean delay", Measure("", "min", 1.1, 7.8)),
            ("Line voltage", Measure("", "kV", 14.6, 15.4, 2)),
            ("Seats sold", Measure("", "%", 51, 94)),
            ("Restrictions", Measure("", "", 2, 18, 0)),
        ),
        ("route set", "door fault cleared", "speed limit lifted", "crew relieved", "point detected"),
    ),
    Sector(
        "Data centre",
        ("Granit Hosting", "Northfield Compute", "Lumen Vault"),
        (
            Sheet("Rack rows", "rack", "RK", (_KW, _T, _LOAD), _RUN),
            Sheet("Chillers", "chiller", "CH", (_T, _BAR, _KW), _RUN),
            Sheet("UPS strings", "string", "UP", (_LOAD, Measure("Voltage", "V", 386, 432), _T), _OK),
            Sheet("Core switches", "switch", "SW", (Measure("Latency", "ms", 1.1, 9.8, 2), _LOAD, _T), _OK),
        ),
        (
            ("Facility power", Measure("Power", "MW", 11, 38)),
            ("Cold aisle", Measure("Temperature", "°C", 18, 27)),
            ("Edge latency", Measure("Latency", "ms", 4, 38)),
        ),
        ("Load by pod", "P", Measure("Load", "kW", 110, 870, 0)),
        ("Power by hall", "Hall"),
        "Requests by hour",
        ("Capacity left", ("Power", "Cooling", "Space")),
        ("Fabric map", "X", Measure("Latency", "ms", 1.2, 48.9)),
        (
            ("Efficiency", Measure("", "%", 81, 94)),
            ("Load", Measure("", "MW", 12, 34)),
            ("Inlet air", Measure("", "°C", 19, 25)),
            ("Uptime", Measure("", "%", 99.91, 99.99, 2)),
            ("Egress", Measure("", "GB", 310, 890, 0)),
            ("Open tickets", Measure("", "", 3, 38, 0)),
        ),
        (
            "failover rehearsed",
            "fan tray replaced",
            "link restored",
            "snapshot verified",
            "leak sensor reset",
        ),
    ),
    Sector(
        "Water works",
        ("Quellwasser", "Rivière Claire", "Stonebrook Water"),
        (
            Sheet(
                "Pumping stations",
                "station",
                "PS",
                (_KW, _BAR, Measure("Flow", "m³", 110, 780, 0, True)),
                _RUN,
            ),
            Sheet("Filter beds", "filter", "FB", (Measure("Head loss", "cm", 11, 186), _LOAD, _T), _OK),
            Sheet(
                "Reservoirs",
                "reservoir",
                "RV",
                (Measure("Level", "m", 2.1, 9.8, 2), Measure("Volume", "m³", 210, 980, 0, True)),
                _OK,
            ),
            Sheet("Dosing skids", "skid", "DS", (Measure("Dose", "mg", 1.1, 9.8, 2), _BAR, _T), _RUN),
        ),
        (
            ("Network flow", Measure("Flow", "m³", 310, 870)),
            ("River level", Measure("Level", "cm", 110, 420)),
            ("Pump energy", Measure("Power", "kW", 180, 640)),
        ),
        ("Zone demand", "Z", Measure("Demand", "m³", 110, 780, 0)),
        ("Supply by zone", "Zone"),
        "Consumption by hour",
        ("Storage", ("Upper", "Middle", "Lower")),
        ("Mains map", "B", Measure("Pressure", "bar", 2.1, 8.8, 2)),
        (
            ("Delivered", Measure("", "m³", 410, 920, 0)),
            ("Pressure", Measure("", "bar", 3.8, 6.2, 2)),
            ("Leakage", Measure("", "%", 4.1, 11.8)),
            ("Raw water", Measure("", "°C", 6.1, 14.8)),
            ("Storage level", Measure("", "%", 58, 96)),
            ("Open jobs", Measure("", "", 4, 36, 0)),
        ),
        ("valve exercised", "filter backwashed", "sample cleared", "pump rotated", "burst isolated"),
    ),
)
