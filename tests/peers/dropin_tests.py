"""The tests of the Python package where every system is that it stands in for: `make test` skips what needs one."""

import os
import pathlib
import sys
import unittest

TESTS = pathlib.Path(__file__).parents[1] / "python"

if __name__ == "__main__":
    os.environ.setdefault("TEMPO_SOURCE", str(TESTS.parents[1]))
    os.chdir(TESTS)
    suite = unittest.defaultTestLoader.discover(".")
    result = unittest.TextTestRunner().run(suite)
    for test, reason in result.skipped:
        print(f"skipped: {test}: {reason}")
    sys.exit(not result.wasSuccessful())
