"""The examples in docs/python*.md and in the docstrings of the package are what happens."""

import doctest
import importlib
import os
import pkgutil
import re
import unittest
from pathlib import Path

import tempo

SOURCE = Path(os.environ["TEMPO_SOURCE"])
FLAGS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
PAGES = sorted(SOURCE.glob("docs/python*.md"))


def without_fences(text):
    """A fence ends what an example prints, as an empty line does."""
    return re.sub(r"(?m)^```.*$", "", text)


def absent(name):
    """The module that importing another one needs and that is not there, or None."""
    try:
        importlib.import_module(name)
    except ImportError as error:
        missing = error.name or ""
        if missing.split(".")[0] in ("", "tempo"):
            raise
        return missing
    return None


def needed(text):
    """Modules that the page's examples import and that are not there."""
    names = re.findall(r"(?m)^(?:>>> |\.\.\. +)(?:import|from) ([\w.]+)", text)
    return sorted(filter(None, map(absent, {*names})))


def modules():
    """Those of the package, but for what needs another system that is not there."""
    for info in pkgutil.iter_modules(tempo.__path__, "tempo."):
        if not absent(info.name):
            yield importlib.import_module(info.name)


class Examples(unittest.TestCase):
    maxDiff = None

    def hold(self, test):
        lines = []
        doctest.DocTestRunner(optionflags=FLAGS, verbose=False).run(test, out=lines.append)
        self.assertEqual("".join(lines), "")

    def test_those_of_the_pages(self):
        self.assertTrue(PAGES)
        for page in PAGES:
            text = without_fences(page.read_text(encoding="utf-8"))
            with self.subTest(page=page.name):
                if needed(text):
                    self.skipTest(f"needs {', '.join(needed(text))}")
                self.hold(doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0))

    def test_those_of_the_docstrings(self):
        for module in [tempo, *modules()]:
            for test in doctest.DocTestFinder().find(module):
                with self.subTest(test.name):
                    self.hold(test)


if __name__ == "__main__":
    unittest.main()
