"""Numbers and quantities as a person writes them, read strictly.

One grammar, no guessing: thousands commas must be well formed, a decimal comma, a fraction or a second
number is refused, and a unit counts only when the closed table below knows it.
"""

__all__ = ["Quantity", "find_unit", "read_integer", "read_pair", "read_quantity", "unit_names"]

import re
from dataclasses import dataclass
from math import isfinite

_DIGITS = r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)"
_NUMBER = rf"[+-]?(?:{_DIGITS}(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{{1,3}})?"
_PLAIN_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_UNIT = r"[^0-9\s.,;:()\[\]+-][^\s,;()\[\]]*(?:\s[^0-9\s,;()\[\]]+){0,2}"
_CURRENCY = "[$€£¥]"

_INTEGER = re.compile(rf"[+-]?{_DIGITS}")
_QUANTITY = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<unit>{_UNIT})?")
_PRICE = re.compile(rf"(?P<sign>[+-]?)(?P<unit>{_CURRENCY})\s*(?P<number>{_NUMBER})")
_PAIR = re.compile(
    rf"(?:between\s+|from\s+)?(?P<low>{_NUMBER})\s*(?P<low_unit>[^0-9\s.,;:()\[\]+-][^\s0-9,;()\[\]-]*)?"
    rf"\s*(?:-|\bto\b|\band\b|\.\.)\s*(?P<high>{_NUMBER})\s*(?P<unit>{_UNIT})?",
    re.IGNORECASE,
)
_BRACKETED_PAIR = re.compile(
    rf"[\[(]\s*(?P<low>{_PLAIN_NUMBER})\s*[,;]\s*(?P<high>{_PLAIN_NUMBER})\s*[\])]\s*(?P<unit>{_UNIT})?"
)

# dimension -> {"spellings": size in the dimension's base unit, or (size, offset)}; base = size * x + offset
_TABLE: dict[str, dict[str, float | tuple[float, float]]] = {
    "length": {
        "m metre metres meter meters": 1.0,
        "km kilometre kilometres kilometer kilometers": 1e3,
        "cm centimetre centimetres centimeter centimeters": 1e-2,
        "mm millimetre millimetres millimeter millimeters": 1e-3,
        "μm um micrometre micrometres micrometer micrometers": 1e-6,
        "nm nanometre nanometres nanometer nanometers": 1e-9,
        "mi mile miles": 1609.344,
        "yd yard yards": 0.9144,
        "ft foot feet": 0.3048,
        "in inch inches": 0.0254,
    },
    "area": {
        "m² m2 m^2 sqm": 1.0,
        "km² km2 km^2": 1e6,
        "cm² cm2 cm^2": 1e-4,
        "mm² mm2 mm^2": 1e-6,
        "ha hectare hectares": 1e4,
        "ft² ft2 ft^2 sqft": 0.09290304,
        "acre acres": 4046.8564224,
    },
    "volume": {
        "l L litre litres liter liters": 1.0,
        "ml mL millilitre millilitres milliliter milliliters": 1e-3,
        "cl cL": 1e-2,
        "dl dL": 1e-1,
        "m³ m3 m^3": 1e3,
        "cm³ cm3 cm^3": 1e-3,
        "gal gallon gallons": 3.785411784,
    },
    "mass": {
        "kg kilogram kilograms": 1.0,
        "g gram grams": 1e-3,
        "mg milligram milligrams": 1e-6,
        "t tonne tonnes": 1e3,
        "lb lbs pound pounds": 0.45359237,
        "oz ounce ounces": 0.028349523125,
    },
    "duration": {
        "s sec secs second seconds": 1.0,
        "ms millisecond milliseconds": 1e-3,
        "min mins minute minutes": 60.0,
        "h hr hrs hour hours": 3600.0,
        "d day days": 86400.0,
        "week weeks": 604800.0,
    },
    "temperature": {
        "K kelvin": 1.0,
        "°C C celsius": (1.0, 273.15),
        "°F F fahrenheit": (5 / 9, 459.67 * 5 / 9),
    },
    "speed": {"m/s": 1.0, "km/h kmh kph": 1 / 3.6, "mph mi/h": 0.44704, "kn knot knots": 1852 / 3600},
    "angle": {"° deg degree degrees": 1.0, "rad radian radians": 57.29577951308232},
    "energy": {
        "J": 1.0,
        "kJ": 1e3,
        "MJ": 1e6,
        "Wh": 3.6e3,
        "kWh": 3.6e6,
        "MWh": 3.6e9,
        "cal": 4.184,
        "kcal": 4184,
    },
    "power": {"mW": 1e-3, "W watt watts": 1.0, "kW": 1e3, "MW": 1e6, "GW": 1e9},
    "voltage": {"mV": 1e-3, "V volt volts": 1.0, "kV": 1e3},
    "current": {"mA": 1e-3, "A amp amps ampere amperes": 1.0},
    "frequency": {"Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9, "rpm": 1 / 60},
    "pressure": {
        "Pa": 1.0,
        "hPa": 1e2,
        "kPa": 1e3,
        "MPa": 1e6,
        "mbar": 1e2,
        "bar": 1e5,
        "psi": 6894.757293168361,
    },
    "data": {
        "bit bits": 0.125,
        "kb": 125.0,
        "Mb": 1.25e5,
        "Gb": 1.25e8,
        "B byte bytes": 1.0,
        "kB KB": 1e3,
        "MB": 1e6,
        "GB": 1e9,
        "TB": 1e12,
        "KiB": 1024.0,
        "MiB": 1024.0**2,
        "GiB": 1024.0**3,
    },
    "share": {"% percent": 1.0, "‰": 0.1},
    "pixels": {"px pixel pixels": 1.0},
    "level": {"dB": 1.0},
    "dollars": {"$ USD dollar dollars": 1.0},
    "euros": {"€ EUR euro euros": 1.0},
    "pounds sterling": {"£ GBP": 1.0},
    "yen": {"¥ JPY yen": 1.0},
}


@dataclass(frozen=True)
class Unit:
    """A unit: base value = size * x + offset.

    Args:
        name: its first spelling.
        dimension: units of one dimension convert into each other.
        size: in the dimension's base unit.
        offset: zero but for temperatures.
    """

    name: str
    dimension: str
    size: float
    offset: float = 0.0


@dataclass(frozen=True)
class Quantity:
    """A number and the unit that was written with it, if any."""

    value: float
    unit: Unit | None

    def within(self, unit: Unit | None) -> float | None:
        """The number in another unit: as it stands when none was written, None when it does not convert.

        >>> Quantity(2.0, find_unit("km")).within(find_unit("m"))
        2000.0
        >>> Quantity(2.0, find_unit("km")).within(find_unit("kg")) is None
        True
        """
        if self.unit is None or self.unit == unit:
            return self.value
        if unit is None or unit.dimension != self.unit.dimension:
            return None
        return (self.value * self.unit.size + self.unit.offset - unit.offset) / unit.size


def _spell() -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for dimension, rows in _TABLE.items():
        for spellings, measure in rows.items():
            size, offset = measure if isinstance(measure, tuple) else (measure, 0.0)
            names = spellings.split()
            for name in names:
                units[name] = Unit(names[0], dimension, float(size), offset)
    return units


def _fold(units: dict[str, Unit]) -> dict[str, Unit]:
    folded: dict[str, set[Unit]] = {}
    for name, unit in units.items():
        folded.setdefault(name.casefold(), set()).add(unit)
    # one letter is never folded: M is no metre; mW and MW differ, so neither is found as "Mw"
    return {name: next(iter(found)) for name, found in folded.items() if len(found) == 1 and len(name) > 1}


_UNITS = _spell()
_FOLDED = _fold(_UNITS)


def unit_names() -> list[str]:
    """All spellings of units that are understood, sorted."""
    return sorted(_UNITS)


def find_unit(text: str) -> Unit | None:
    """The unit that a spelling means; case counts where units differ by case only (mW, MW).

    >>> find_unit("KM").name, find_unit("parsec")
    ('km', None)
    """
    bare = "".join(text.split())
    return _UNITS.get(bare) or _FOLDED.get(bare.casefold())


def read_integer(text: str) -> int | None:
    """An integer in plain digits or with thousands commas; anything else is None.

    >>> read_integer("1,234"), read_integer("0042"), read_integer("1,23"), read_integer("5 apples")
    (1234, 42, None, None)
    """
    return int(text.replace(",", "")) if _INTEGER.fullmatch(text) else None


def read_quantity(text: str) -> Quantity | None:
    """One number, with or without one unit of the table; anything else is None.

    >>> read_quantity("1,234.5"), read_quantity("3/4"), read_quantity("5 apples")
    (Quantity(value=1234.5, unit=None), None, None)
    >>> read_quantity("$12.50").unit.name
    '$'
    """
    price = _PRICE.fullmatch(text)
    if price:
        return _quantity(price["sign"] + price["number"], price["unit"])
    found = _QUANTITY.fullmatch(text)
    return _quantity(found["number"], found["unit"]) if found else None


def read_pair(text: str) -> tuple[Quantity, Quantity] | None:
    """Two ends of a range: `10-20`, `10 to 20 s`, `between 10 and 20`, `[10, 20]`; anything else is None.

    A unit after the second number belongs to both; the first number may carry its own.

    >>> [end.value for end in read_pair("10 to 20 s")]
    [10.0, 20.0]
    """
    bracketed = _BRACKETED_PAIR.fullmatch(text)
    found = bracketed or _PAIR.fullmatch(text)
    if not found:
        return None
    own = None if bracketed else found["low_unit"]
    low, high = _quantity(found["low"], own or found["unit"]), _quantity(found["high"], found["unit"])
    return (low, high) if low and high else None


def _quantity(number: str, unit: str | None) -> Quantity | None:
    value, known = float(number.replace(",", "")), find_unit(unit) if unit else None
    return None if not isfinite(value) or (unit and known is None) else Quantity(value, known)
