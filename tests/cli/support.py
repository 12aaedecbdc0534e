"""What the tests of the command share: running it, and documents in a temporary directory."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

TEMPO = os.environ["TEMPO"]
SOURCE = os.environ["TEMPO_SOURCE"]

# A document with nothing special about it, for tests that are about something else.
PLAIN = """\
tempo: 1
run:
  max_duration: 1000ba
optimizer:
  lr: 0.1
schedules:
  - type: composer.StepScheduler
    step_size: 100ba
"""

# The same in one line, with the run as options.
STEP = ("-e", "composer.StepScheduler step_size=100ba", "--lr", "0.1", "--max-duration", "1000ba")


class Result:
    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    @property
    def lines(self):
        return self.out.splitlines()


def tempo(*arguments, stdin="", cwd=None, env=None, encoding="utf-8"):
    """Runs the program; text in, text out. `stdin` may be bytes."""
    if isinstance(stdin, str):
        stdin = stdin.encode()
    environment = {**os.environ, **(env or {})}
    process = subprocess.run([TEMPO, *map(os.fspath, arguments)], input=stdin, capture_output=True, cwd=cwd,
                             env=environment, check=False, timeout=120)
    process.stdout = process.stdout.decode(encoding)
    process.stderr = process.stderr.decode(encoding)
    return Result(process)


class Case(unittest.TestCase):
    """A test with a directory of its own, in which the program runs."""

    maxDiff = None

    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, content):
        """Writes a file and returns its name, as the program run here knows it."""
        data = content.encode() if isinstance(content, str) else content
        with open(self.path(name), "wb") as file:
            file.write(data)
        return name

    def tempo(self, *arguments, **options):
        return tempo(*arguments, cwd=self.directory, **options)

    def ok(self, *arguments, **options):
        """Runs the program, which must be content."""
        result = self.tempo(*arguments, **options)
        self.assertEqual((result.status, result.err), (0, ""))
        return result

    def refused(self, *arguments, at=None, words=(), **options):
        """Runs the program, which must refuse its input with one message at the place `at`, a pattern for
        "name:line:column", and the words in it; returns the lines of the message."""
        result = self.tempo(*arguments, **options)
        self.assertEqual(result.status, 2, result.err)
        self.assertEqual(result.out, "")
        lines = result.err.splitlines()
        self.assertTrue(lines, "nothing was said")
        if at is not None:
            self.assertRegex(lines[0], rf"^{at}: error: .+")
        self.assertEqual(len(re.findall(r"error: ", result.err)), 1, f"not one message:\n{result.err}")
        for word in words:
            self.assertIn(word, result.err)
        return lines
