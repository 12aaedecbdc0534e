"""The completion scripts, in the shells they are for."""

import shlex
import shutil
import subprocess
import unittest

from support import Case


@unittest.skipUnless(shutil.which("bash"), "bash is not installed")
class Bash(Case):
    def complete(self, *words):
        """What bash offers for the last word; as on a command line, `=` is a word of its own."""
        script = self.ok("completion", "bash").out
        script += f"COMP_WORDS=({' '.join(map(shlex.quote, words))})\nCOMP_CWORD={len(words) - 1}\n"
        script += "_tempo\n((${#COMPREPLY[@]})) && printf '%s\\n' \"${COMPREPLY[@]}\"\ntrue\n"
        process = subprocess.run(["bash", "--norc", "-u"], input=script, capture_output=True, text=True,
                                 cwd=self.directory, check=False)
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        return process.stdout.splitlines()

    def test_commands_come_first(self):
        self.assertEqual(self.complete("tempo", "pl"), ["plot"])
        self.assertIn("--version", self.complete("tempo", "--"))

    def test_options_are_those_of_the_command(self):
        self.assertEqual(self.complete("tempo", "table", "--a"), ["--at"])
        self.assertEqual(self.complete("tempo", "plot", "--a"), [])

    def test_choices_are_offered(self):
        self.assertEqual(self.complete("tempo", "table", "--format", ""), ["text", "json", "csv", "tsv"])
        self.assertEqual(self.complete("tempo", "check", "--format", ""), ["text", "json"])

    def test_choices_are_offered_after_an_equals_sign(self):
        self.assertEqual(self.complete("tempo", "plot", "--color", "=", "al"), ["always"])
        self.assertEqual(self.complete("tempo", "plot", "--color", "="), ["auto", "always", "never"])

    def test_types_are_offered(self):
        self.assertEqual(self.complete("tempo", "show", "composer.St"), ["composer.StepScheduler"])
        self.assertEqual(self.complete("tempo", "plot", "-e", "composer.St"), ["composer.StepScheduler"])

    def test_codes_of_findings_are_offered(self):
        self.assertEqual(self.complete("tempo", "check", "--explain", "zero-w"), ["zero-warmup"])

    def test_documents_are_files(self):
        self.write("with space.yaml", "")
        self.write("run.yaml", "")
        self.assertEqual(self.complete("tempo", "plot", "r"), ["run.yaml"])
        self.assertEqual(self.complete("tempo", "plot", "w"), ["with space.yaml"])
        self.assertEqual(self.complete("tempo", "plot", "--svg", "r"), ["run.yaml"])

    def test_free_text_is_left_alone(self):
        self.write("10ep", "")
        self.assertEqual(self.complete("tempo", "plot", "--max-duration", ""), [])

    def test_the_function_is_registered(self):
        script = self.ok("completion", "bash").out + "complete -p tempo\n"
        process = subprocess.run(["bash", "--norc"], input=script, capture_output=True, text=True, check=True)
        self.assertEqual(process.stdout, "complete -F _tempo tempo\n")


@unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
class Zsh(Case):
    def zsh(self, script):
        process = subprocess.run(["zsh", "-f"], input=script, capture_output=True, text=True, cwd=self.directory,
                                 check=False)
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        return process.stdout.splitlines()

    def arguments_of(self, *words):
        """What the function hands to zsh's own completion functions."""
        script = "compdef() {}; _describe() { print -rl -- \"${(@P)2}\" }; _arguments() { print -rl -- \"$@\" }\n"
        script += self.ok("completion", "zsh").out
        script += f"words=({' '.join(map(shlex.quote, words))}); CURRENT={len(words)}; _tempo\n"
        return self.zsh(script)

    def test_the_script_parses(self):
        self.write("_tempo", self.ok("completion", "zsh").out)
        self.zsh("zsh -n _tempo\n")

    def test_the_completion_system_takes_it(self):
        self.write("_tempo", self.ok("completion", "zsh").out)
        for load in ("fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D\n",
                     "autoload -Uz compinit; compinit -u -D; source ./_tempo\n"):
            self.assertEqual(self.zsh(load + "print $_comps[tempo]\n"), ["_tempo"])

    def test_commands_come_first(self):
        self.assertIn("plot:draw the curves, in the terminal or as a picture", self.arguments_of("tempo", ""))

    def test_options_are_those_of_the_command(self):
        table = self.arguments_of("tempo", "table", "")
        self.assertTrue(any(line.startswith("--at=[") for line in table))
        self.assertTrue(any(line.endswith(":FORMAT:(text json csv tsv)") for line in table))
        self.assertIn("*:document:_files", table)
        self.assertFalse(any(line.startswith("--at") for line in self.arguments_of("tempo", "plot", "")))

    def test_brackets_in_help_are_escaped(self):
        line = next(line for line in self.arguments_of("tempo", "plot", "") if line.startswith("*--set="))
        self.assertIn(r"schedules\[0\]", line)

    def test_types_are_offered(self):
        self.assertIn("composer.StepScheduler", self.arguments_of("tempo", "show", "")[-1])


class Shells(Case):
    def test_another_shell_is_refused(self):
        self.refused("completion", "fish", at="tempo completion", words=["fish", "bash|zsh"])


if __name__ == "__main__":
    unittest.main()
