"""Recorded outputs of the real systems, through the program: one document on standard input for each row."""

import csv
import io
import json
import os
import unittest

from support import SOURCE, tempo

GOLDEN = os.path.join(SOURCE, "tests", "golden")


def rows(name):
    with open(os.path.join(GOLDEN, name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class Composer(unittest.TestCase):
    """Bit for bit: Tempo and Composer compute the same doubles."""

    @classmethod
    def setUpClass(cls):
        cls.rows = rows("composer.jsonl")

    def test_there_are_rows_of_both_kinds(self):
        self.assertGreaterEqual(sum("lr" in row for row in self.rows), 200)
        self.assertGreaterEqual(sum("error" in row for row in self.rows), 5)

    def test_every_value_is_the_same_to_the_last_bit(self):
        for row in self.rows:
            if "lr" not in row:
                continue
            with self.subTest(row["id"]):
                at = ",".join(f"{batch}ba" for batch in row["at"])
                result = tempo("table", "-", "--at", at, "--format", "csv", stdin=json.dumps(row["document"]))
                self.assertEqual((result.status, result.err), (0, ""))
                table = list(csv.DictReader(io.StringIO(result.out)))
                self.assertEqual([int(line["batch"]) for line in table], row["at"])
                self.assertEqual([repr(float(line["lr"])) for line in table], [repr(float(lr)) for lr in row["lr"]])

    def test_every_document_that_composer_refuses_is_refused(self):
        for row in self.rows:
            if "error" not in row:
                continue
            with self.subTest(row["id"]):
                result = tempo("table", "-", "--at", "0ba", "--format", "csv", stdin=json.dumps(row["document"]))
                self.assertEqual((result.status, result.out), (2, ""))
                self.assertRegex(result.err, r"^<stdin>:\d+:\d+: error: ")


if __name__ == "__main__":
    unittest.main()
