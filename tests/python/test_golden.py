"""Recorded outputs of the real systems, through the package: every row, to the last bit."""

import glob
import json
import os
import unittest

import tempo

GOLDEN = os.path.join(os.environ["TEMPO_SOURCE"], "tests", "golden")

# What documents of the rows call a function: tests/support/functions.h has the same in C.
FUNCTIONS = {
    "fall": lambda step: 1 / (1 + step),
    "wave": lambda step: 0.5 + 0.25 * (step % 5),
    "fade": lambda step: 1.0 - step / 500.0,
    "step_decay": lambda step: 0.9 if step % 3 else 0.8,
}


def rows():
    for path in sorted(glob.glob(os.path.join(GOLDEN, "*.jsonl"))):
        with open(path, encoding="utf-8") as file:
            yield from map(json.loads, file)


ROWS = list(rows())
PLANNED = [row for row in ROWS if "at" in row and not {"stepper", "tolerance"} & row.keys()]
FIELDS = ("lr", "weight_decay", "momentum", "betas[0]")


def document(row):
    return tempo.Document(row["document"], None, FUNCTIONS)


class Golden(unittest.TestCase):
    def test_there_are_rows_enough(self):
        self.assertGreater(len(PLANNED), 2000)

    def test_every_value_has_the_bits_of_the_real_system(self):
        for row in PLANNED:
            with self.subTest(row["id"]):
                plan = document(row).plan(row.get("metrics"))
                for field in row.keys() & FIELDS:
                    values = [plan.value(batch, field) for batch in row["at"]]
                    self.assertEqual(list(map(repr, values)), [repr(float(value)) for value in row[field]])

    def test_what_the_real_system_refuses_is_refused(self):
        for row in ROWS:
            if "error" in row:
                with self.subTest(row["id"]), self.assertRaises(tempo.Error):
                    # Some schedules end: they are refused where they are asked for more.
                    plan = document(row).plan(row.get("metrics"))
                    plan.value(plan.batches)


class RoundTrips(unittest.TestCase):
    def test_a_document_is_its_dict_its_json_and_its_yaml(self):
        for row in PLANNED[::5]:
            with self.subTest(row["id"]):
                first = document(row)
                self.assertEqual(tempo.Document(first.to_dict(), None, FUNCTIONS), first)
                self.assertEqual(tempo.Document(first.to_json(), None, FUNCTIONS), first)
                self.assertEqual(tempo.Document(first.to_yaml(), None, FUNCTIONS), first)
                if not first.schedule.functions:
                    self.assertEqual(tempo.from_dict(first.to_dict()), first)

    def test_json_is_what_other_programs_read(self):
        for row in PLANNED[::50]:
            self.assertEqual(json.loads(document(row).to_json()), document(row).to_dict())


if __name__ == "__main__":
    unittest.main()
