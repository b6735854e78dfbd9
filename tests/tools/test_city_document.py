"""The page on city programs: its example is a valid city, its table is the table of faults."""

import json
import re
from pathlib import Path

import eyesmith
from eyesmith.tools.city import City
from eyesmith.tools.city_problems import FAULTS
from eyesmith.tools.city_program import parse_program
from eyesmith.tools.city_validity import check

PAGE = (Path(eyesmith.__file__).parent / "docs" / "city_program.md").read_text(encoding="utf-8")


def test_the_example_is_a_city_without_a_fault():
    data = json.loads(re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0])
    program, problems = parse_program(data)
    assert program is not None, problems
    assert check(City(program)).problems == ()


def test_the_table_is_the_table_of_faults():
    told = re.findall(r"^\| `(\w+)` \| (refused|lowers (\w+)) \| (.*) \|$", PAGE, re.MULTILINE)
    assert [row[0] for row in told] == list(FAULTS)
    for code, effect, lowers, what in told:
        fault = FAULTS[code]
        assert (effect == "refused") is (fault.severity == "structural")
        assert (lowers, what) == (fault.lowers, fault.what)
