"""What `make peers` calls a difference between a golden row and what a system computes today. No system is needed."""

import os
import sys
import types
import unittest

from support import SOURCE

sys.path.insert(0, os.path.join(SOURCE, "tests", "peers"))

import common  # noqa: E402
import record  # noqa: E402

ROW = {
    "id": "x-0001",
    "peer": "system 1.0",
    "document": {"run": {"max_duration": "3ba"}},
    "at": [0, 5],
    "lr": [1.0, 0.5],
    "tolerance": 1e-9,
}


def system(version, columns):
    """A peer that answers with `columns(row, at)`."""
    return types.SimpleNamespace(peer_of=lambda row: f"system {version}", columns=columns)


def differences(row, version="1.0", columns=lambda row, at: {"at": at, "lr": [1.0, 0.5]}):
    return list(record.differences(row, common.recorded(system(version, columns), row)))


def fail(row, at):
    raise ValueError(f"<thing at 0x7f00> after {max(at)}")


class Recording(unittest.TestCase):
    def test_the_same_values_are_no_difference(self):
        self.assertEqual(differences(ROW), [])
        self.assertEqual(list(common.recorded(system("1.0", lambda row, at: {"at": at, "lr": [1, 0]}), ROW)), list(ROW))

    def test_the_last_bit_is_one_and_is_named_with_its_batch(self):
        found = differences(ROW, columns=lambda row, at: {"at": at, "lr": [1.0, 0.5000000000000001]})
        self.assertEqual(found, ["lr at 5 was 0.5, is 0.5000000000000001"])

    def test_the_sign_of_zero_is_one(self):
        row = {**ROW, "lr": [1.0, 0.0]}
        found = differences(row, columns=lambda row, at: {"at": at, "lr": [1.0, -0.0]})
        self.assertEqual(found, ["lr at 5 was 0.0, is -0.0"])

    def test_another_version_is_one(self):
        self.assertEqual(differences(ROW, "1.1"), ["peer was system 1.0, is system 1.1"])

    def test_an_error_in_place_of_values_is_one(self):
        self.assertEqual(differences(ROW, columns=fail)[-1], "error was None, is ValueError: <thing> after 5")

    def test_a_refused_document_is_asked_at_every_batch_of_its_run(self):
        row = {"id": "x", "peer": "system 1.0", "document": ROW["document"], "error": "ValueError: <thing> after 3"}
        self.assertEqual(differences(row, columns=fail), [])
        row["error"] = "ValueError: other"
        self.assertEqual(differences(row, columns=fail), ["error was ValueError: other, is ValueError: <thing> after 3"])


if __name__ == "__main__":
    unittest.main()
