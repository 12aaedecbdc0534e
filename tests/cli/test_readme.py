"""The README shows what the program prints: every `$ build/tempo ...` block of it is run."""

import os
import pathlib
import re
import shlex
import unittest

from support import tempo

ROOT = pathlib.Path(os.environ["TEMPO_SOURCE"])


def shown_commands():
    """Each command in the README with the lines that follow it, up to the next text."""
    lines = (ROOT / "README.md").read_text().split("\n")
    for number, line in enumerate(lines):
        if not line.startswith("    $ build/tempo "):
            continue
        output = []
        for shown in lines[number + 1 :]:
            if shown and not shown.startswith("    ") or shown.startswith("    $ "):
                break
            output.append(shown[4:])
        while output and not output[-1]:
            output.pop()
        yield shlex.split(line)[2:], output


class Readme(unittest.TestCase):
    def test_every_command_prints_what_is_shown(self):
        commands = list(shown_commands())
        self.assertGreaterEqual(len(commands), 3)
        for arguments, expected in commands:
            with self.subTest(" ".join(arguments)):
                result = tempo(*arguments, cwd=ROOT, env={"COLUMNS": "80"})
                printed = (result.out + result.err).rstrip("\n").split("\n")
                self.assertEqual([line.rstrip() for line in printed], expected)

    def test_every_example_is_sound(self):
        examples = sorted((ROOT / "examples").glob("*.yaml"))
        self.assertGreaterEqual(len(examples), 8)
        result = tempo("check", *examples)
        self.assertEqual((result.status, result.out, result.err), (0, "", ""))

    def test_every_document_is_accepted(self):
        for page in ("README.md", "docs/documents.md"):
            documents = re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
            self.assertGreaterEqual(len(documents), 1)
            for document in documents:
                with self.subTest(page):
                    result = tempo("check", "-", stdin=document)
                    self.assertEqual((result.err, result.out), ("", ""))


if __name__ == "__main__":
    unittest.main()
