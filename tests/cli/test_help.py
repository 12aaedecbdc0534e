"""--help, --version, the manual page, and what the program says when it is called wrongly."""

import re
import shutil
import subprocess
import unittest

from support import Case

COMMANDS = ["plot", "table", "check", "list", "show", "schema", "help", "completion", "man"]


class Help(Case):
    def test_version_is_one_line(self):
        self.assertRegex(self.ok("--version").out, r"\Atempo \d+\.\d+\.\d+\n\Z")

    def test_help_names_every_command(self):
        for arguments in (["--help"], ["-h"], ["help"]):
            out = self.ok(*arguments).out
            for command in COMMANDS:
                self.assertRegex(out, rf"(?m)^  {command}\b.*  \S")

    def test_help_opens_with_something_to_paste(self):
        self.assertIn("tempo plot", self.ok("--help").lines[2])

    def test_every_command_has_help_with_a_usage_line(self):
        for command in COMMANDS:
            with self.subTest(command):
                out = self.ok(command, "--help").out
                self.assertIn(f"usage: tempo {command}", out)
                self.assertEqual(out, self.ok("help", command).out)

    def test_help_fits_in_80_columns(self):
        for command in COMMANDS:
            lines = self.ok(command, "--help").lines
            example = lines[2]
            for line in lines:
                if line != example:
                    self.assertLessEqual(len(line), 80, line)

    def test_help_lists_only_the_options_a_command_takes(self):
        table, plot = self.ok("table", "--help").out, self.ok("plot", "--help").out
        self.assertIn("--at T,T,...", table)
        self.assertNotIn("--svg", table)
        self.assertIn("--svg FILE", plot)
        self.assertNotIn("--at", plot)

    def test_help_wins_over_what_else_is_missing(self):
        self.ok("show", "--help")
        self.ok("table", "--at", "1ba", "--help")


class Usage(Case):
    def test_no_command_is_bad_usage(self):
        self.refused(at="tempo", words=["--help"])

    def test_a_misspelt_command_names_the_nearest(self):
        self.refused("tabel", at="tempo", words=["unknown command tabel", "did you mean table?"])

    def test_a_command_unlike_any_other_names_none(self):
        lines = self.refused("frobnicate", at="tempo", words=["unknown command frobnicate"])
        self.assertNotIn("did you mean", lines[0])

    def test_a_misspelt_option_names_the_nearest(self):
        self.refused("plot", "--widht", "3", "x", at="tempo plot", words=["--widht", "did you mean --width?"])

    def test_an_option_of_another_command_says_whose_it_is(self):
        self.refused("plot", "--at", "3ba", "x", at="tempo plot", words=["--at is an option of table"])

    def test_an_option_without_its_value_says_what_it_wants(self):
        self.refused("table", "--every", at="tempo table", words=["--every needs a value", "T"])

    def test_a_flag_takes_no_value(self):
        self.refused("plot", "--log=3", "x", at="tempo plot", words=["--log takes no value", "3"])

    def test_a_choice_lists_what_there_is(self):
        self.refused("table", "--format", "xml", "x", at="tempo table", words=["xml", "text|json|csv|tsv"])

    def test_a_count_must_be_a_whole_number_above_zero(self):
        for value in ("0", "-3", "1.5", "ten", "", "99999999999999999999"):
            self.refused("plot", "--width", value, "x", at="tempo plot", words=["--width", "whole number"])

    def test_a_setting_needs_a_path_and_a_value(self):
        for value in ("run.max_duration", "=3", ""):
            self.refused("table", "--set", value, "x", at="tempo table", words=["PATH=VALUE"])

    def test_a_document_is_asked_for(self):
        for command in ("plot", "table", "check"):
            self.refused(command, at=f"tempo {command}", words=["no document", "-e"])

    def test_table_takes_one_document(self):
        self.refused("table", "a", "b", at="tempo table", words=["one DOC", "'b'"])

    def test_a_command_without_operands_takes_none(self):
        self.refused("schema", "x", at="tempo schema", words=["'x'"])

    def test_what_follows_two_dashes_is_no_option(self):
        self.refused("table", "--", "--at", at="--at", words=["cannot read"])


@unittest.skipUnless(shutil.which("mandoc") or shutil.which("groff"), "neither mandoc nor groff is installed")
class ManualPage(Case):
    def test_the_page_is_well_formed(self):
        page = self.ok("man").out
        if shutil.which("mandoc"):
            command = ["mandoc", "-T", "lint", "-W", "warning"]
        else:
            command = ["groff", "-man", "-ww", "-z"]
        process = subprocess.run(command, input=page, capture_output=True, text=True, check=False)
        self.assertEqual((process.returncode, process.stdout, process.stderr), (0, "", ""))

    def test_the_page_shows_every_command_and_option(self):
        page = self.ok("man").out
        if shutil.which("mandoc"):
            command = ["mandoc", "-T", "utf8"]
        else:
            command = ["groff", "-man", "-T", "utf8"]
        shown = subprocess.run(command, input=page, capture_output=True, text=True, check=True).stdout
        shown = re.sub("\x1b\\[[0-9;]*m|.\b", "", shown)
        for command in COMMANDS:
            self.assertRegex(shown, rf"(?m)^ +{command}\b")
            for option in re.findall(r"(?m)^  (?:-\w, )?(--[\w-]+)", self.ok(command, "--help").out):
                self.assertIn(option, shown)


if __name__ == "__main__":
    unittest.main()
