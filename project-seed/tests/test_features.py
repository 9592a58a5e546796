"""What must hold of the labelled rows."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from features import labelled

RAW = {"left": "yes", "age": "42", "visits": "3", "name": "somebody"}
FEATURES = {"age": "numeric", "visits": "numeric"}


def rows(*changes):
    return list(labelled([{**RAW, **change} for change in changes], FEATURES, "left"))


class Labelled(unittest.TestCase):
    def test_a_row_has_the_label_first_and_the_features_alone(self):
        assert list(rows({})[0].items()) == [("left", "1"), ("age", "42"), ("visits", "3")]

    def test_the_label_is_zero_or_one(self):
        assert [row["left"] for row in rows({}, {"left": "No"}, {"left": "0"})] == ["1", "0", "0"]

    def test_rows_that_are_not_complete_are_left_out(self):
        assert rows({"age": ""}, {"visits": "many"}, {"left": "perhaps"}) == []

    def test_a_value_is_of_its_feature_s_kind(self):
        kinds = {"member": "boolean", "note": "text", "face": "embedding 2"}
        good = {"left": "1", "member": "true", "note": "late, again", "face": "[1, 2.5]"}
        bad = [{**good, "member": "maybe"}, {**good, "note": ""}, {**good, "face": "[1]"}, {**good, "face": "1"}]
        assert list(labelled([good, *bad], kinds, "left")) == [good]


if __name__ == "__main__":
    unittest.main()
