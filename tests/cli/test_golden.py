"""Recorded outputs of the real systems, through the program: one document on standard input for each row."""

import csv
import glob
import io
import json
import os
import unittest

from support import SOURCE, tempo

GOLDEN = os.path.join(SOURCE, "tests", "golden")


def rows(name):
    with open(os.path.join(GOLDEN, name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def is_for_the_program(row):
    """Rows for a stepper, with metrics or with functions are not."""
    text = json.dumps(row["document"])
    return not ("stepper" in row or "metrics" in row or "lr_lambda" in text or "scale_fn" in text)


def table(row):
    at = ",".join(f"{batch}ba" for batch in row.get("at", [0]))
    return tempo("table", "-", "--at", at, "--format", "csv", stdin=json.dumps(row["document"]))


class Golden(unittest.TestCase):
    """Of Composer every row, of the others every tenth: spec.document_golden compares all of them."""

    @classmethod
    def setUpClass(cls):
        cls.rows = rows("composer.jsonl")
        for path in sorted(glob.glob(os.path.join(GOLDEN, "*.jsonl"))):
            if not path.endswith("composer.jsonl"):
                cls.rows += list(filter(is_for_the_program, rows(os.path.basename(path))))[::10]

    def test_there_are_rows_of_both_kinds(self):
        self.assertGreaterEqual(sum("lr" in row for row in self.rows), 250)
        self.assertGreaterEqual(sum("error" in row for row in self.rows), 10)

    def test_every_value_is_the_same_to_the_last_bit(self):
        for row in self.rows:
            if "lr" not in row or "tolerance" in row:
                continue
            with self.subTest(row["id"]):
                result = table(row)
                self.assertEqual((result.status, result.err), (0, ""))
                lines = list(csv.DictReader(io.StringIO(result.out)))
                self.assertEqual([int(line["batch"]) for line in lines], row["at"])
                for field in lines[0].keys() & row.keys():
                    self.assertEqual([repr(float(line[field])) for line in lines],
                                     [repr(float(value)) for value in row[field]])

    def test_every_document_that_the_system_refuses_is_refused(self):
        for row in self.rows:
            if "error" not in row:
                continue
            with self.subTest(row["id"]):
                result = table(row)
                self.assertEqual((result.status, result.out), (2, ""))
                self.assertRegex(result.err, r"^(<stdin>|--at):\d+:\d+: error: ")


if __name__ == "__main__":
    unittest.main()
