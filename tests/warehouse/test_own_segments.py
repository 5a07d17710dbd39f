"""A shop with a preset and segments of its own is built and tested as any other."""

from __future__ import annotations

import csv
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEY = re.compile(r"\b(?:rfm|tier):(\w+)")


def test_tests_of_the_package_name_no_segment_that_a_shop_may_lack() -> None:
    """With a preset without champions the package's own tests asked for them: nothing was published."""
    with (ROOT / "seeds" / "segment_states.csv").open(newline="", encoding="utf-8") as lines:
        always = {row["segment"] for row in csv.DictReader(lines)}
    with (ROOT / "seeds" / "segment_definitions.csv").open(newline="", encoding="utf-8") as lines:
        own = {row["segment_key"] for row in csv.DictReader(lines)}
    for path in sorted((ROOT / "functions").rglob("*.yml")):
        for example in re.findall(r"\bexample: \"?([^\",}]+)", path.read_text("utf-8")):
            assert set(KEY.findall(example)) <= always, (path.name, example)
            assert example not in own, (path.name, example)
    for path in sorted((ROOT / "tests" / "data").glob("*.sql")):
        text = path.read_text("utf-8")
        assert set(KEY.findall(text)) <= always, path.name
        asked = re.findall(r"'(\w+)'", text) if "'audience'" in text else []
        assert not own & set(asked), path.name
