"""Bad input, of every kind: status 2, one message at a place, and what to do about it."""

import os
import signal
import subprocess
import unittest

from support import PLAIN, STEP, TEMPO, Case

STDIN = r"<stdin>:\d+:\d+"


def plain(old, new):
    """The plain document with one thing changed."""
    assert PLAIN.count(old) == 1
    return PLAIN.replace(old, new)


class Form(Case):
    """What a message looks like."""

    def test_a_missing_fact_looks_like_this(self):
        self.write("finetune.yaml", "tempo: 1\n"
                                    "run:\n"
                                    "  max_duration: 1ep\n"
                                    "schedules:\n"
                                    "  type: composer.LinearScheduler\n")
        lines = self.refused("table", "finetune.yaml", at="finetune.yaml:3:17")
        self.assertEqual(lines, ["finetune.yaml:3:17: error: max_duration is 1ep but nothing says how many batches "
                                 "an epoch has",
                                 "    max_duration: 1ep",
                                 "                  ^^^",
                                 "    give --batches-per-epoch N, or run.batches_per_epoch in the document"])

    def test_a_document_is_called_as_it_was_given(self):
        os.mkdir(self.path("sub"))
        self.write("sub/bad.yaml", plain("lr: 0.1", "lr: no"))
        self.refused("table", "sub/bad.yaml", at=r"sub/bad\.yaml:5:7")
        self.refused("table", "./sub//bad.yaml", at=r"\./sub//bad\.yaml:5:7")

    def test_the_caret_is_under_what_is_wrong(self):
        for line in ("lr: no", '"lr": no', "weight_decay: 0.1\n  lr: no", "lr: no # not 0.1"):
            shown = self.refused("table", "-", stdin=plain("lr: 0.1", line))[1:3]
            self.assertEqual(shown[0], "    " + line.splitlines()[-1].strip())
            self.assertEqual(shown[1].index("^"), shown[0].index("no"))
            self.assertEqual(shown[1].count("^"), 2)

    def test_wide_and_combined_characters_keep_the_caret_in_its_column(self):
        # Two columns each for the three characters of Japanese, one for an e with its accent apart.
        for text, columns in (("日本語", 6), ("e\u0301", 1), ("naïve", 5)):
            lines = self.refused("table", "-e", f'composer.StepScheduler step_size=5ba field="{text}" gama=1',
                                 "--max-duration", "10ba")
            before = len('    composer.StepScheduler step_size=5ba field="') + columns + len('" ')
            self.assertEqual(lines[2], " " * before + "^^^^")

    def test_tabs_are_one_column_wide(self):
        lines = self.refused("table", "-e", "composer.StepScheduler\t\tgama=1")
        self.assertEqual(lines[1:3], ["    composer.StepScheduler  gama=1",
                                      "                            ^^^^"])

    def test_a_long_line_is_shown_around_the_place(self):
        many = ", ".join(f"{n}ba" for n in range(1, 400))
        lines = self.refused("table", "-e", f"composer.MultiStepScheduler milestones=[{many}, x, {many}]")
        self.assertLessEqual(len(lines[1]), 110)
        self.assertTrue(lines[1].startswith("    …") and lines[1].endswith("…"), lines[1])
        self.assertEqual(lines[1][lines[2].index("^")], "x")

    def test_nothing_is_sent_to_the_terminal_but_text(self):
        name = self.write("e\x1b[31mvil.yaml", plain("lr: 0.1", "l\u009br: 0.1"))
        result = self.tempo("table", name)
        self.assertEqual(result.status, 2)
        self.assertNotRegex(result.err, "[\x00-\x09\x0b-\x1f\x7f-\x9f]")

    def test_an_option_is_called_by_its_name(self):
        lines = self.refused("table", "-", "--max-duration", "10xp", at=r"--max-duration:1:\d", words=["'xp'"],
                             stdin=PLAIN)
        self.assertEqual(lines[1], "    10xp")
        self.refused("table", "-", "--set", "schedules[0].step_size=no", at="--set:1:1", words=["no"], stdin=PLAIN)
        self.refused("table", "-", "--set", "run.max_duratoin=3ep", at="--set:1:1", words=["max_duration"], stdin=PLAIN)
        self.refused("table", "-", "--lr", "nan", at="--lr:1:1", words=["number"], stdin=PLAIN)
        self.refused("table", "-", "--lr", ".inf", at="--lr:1:1", words=["finite"], stdin=PLAIN)

    def test_an_expression_is_called_e(self):
        self.refused("table", "-e", "composer.StepScheduler step_size=no", at="-e:1:34", words=["no"])
        self.refused("table", "-e", "", at="-e:1:1")


def run_in_shell(script):
    """Runs a shell's line in which $0 is the program."""
    return subprocess.run(["sh", "-c", script, TEMPO], capture_output=True, text=True, check=False)


def run_into(output, *arguments):
    """Runs the program with its standard output sent to a file or descriptor."""
    return subprocess.run([TEMPO, *arguments], stdout=output, stderr=subprocess.PIPE, text=True, check=False)


class Content(Case):
    """Documents that are none, or say what cannot be."""

    def refuse(self, text, at=STDIN, words=(), options=()):
        return self.refused("table", "-", *options, at=at, words=words, stdin=text)

    def test_empty(self):
        for text in ("", " \n\n", "# nothing but a comment\n", "---\n", "\ufeff"):
            self.refuse(text, at="<stdin>:1:1", words=["empty"] if not text.startswith("-") else [])

    def test_binary(self):
        for data in (bytes(range(256)), b"\x89PNG\r\n\x1a\n" + bytes(64), b"tempo: 1\x00\n",
                     b"\x1f\x8b\x08" + bytes(99)):
            self.refuse(data)

    def test_text_that_is_not_utf_8(self):
        self.refuse(b"tempo: 1\nrun: {max_duration: \xe9}\n", at="<stdin>:2:21")

    def test_truncated(self):
        self.refuse("tempo: 1\nrun: {max_duration: 10ba")
        self.refuse('{"tempo": 1, "run": {"max_duration": "10')
        self.refuse("tempo: 1\nrun:\n  max_duration: \"10ba\n")

    def test_huge(self):
        self.refuse(b"#" * (17 << 20), words=["16"])

    @unittest.skipUnless(os.path.exists("/dev/zero"), "there is no /dev/zero")
    def test_endless(self):
        self.refused("table", "/dev/zero", at=r"/dev/zero:\d+:\d+")

    def test_deeply_nested(self):
        for text in ("[" * 100000, "tempo: 1\nrun: " + "[" * 1000 + "]" * 1000, "- " * 5000 + "x",
                     '{"a":' * 500 + "1" + "}" * 500):
            self.refuse(text)
        self.refused("table", "-e", "(" * 100000, at=r"-e:1:\d+")

    def test_exponential_aliases(self):
        text = "a: &a [x, x, x, x, x, x, x, x, x]\n"
        for upper, lower in zip("bcdefghijk", "abcdefghij"):
            text += f"{upper}: &{upper} [{', '.join(['*' + lower] * 9)}]\n"
        self.refuse(text)

    def test_duplicate_keys(self):
        self.refuse(PLAIN + "run:\n  max_duration: 5ba\n", at="<stdin>:9:1", words=["run"])
        self.refuse('{"tempo": 1, "tempo": 1}', words=["tempo"])
        self.refused("table", "-e", "composer.StepScheduler step_size=1ba step_size=2ba", at="-e:1:38",
                     words=["step_size"])

    def test_several_documents(self):
        self.refuse(PLAIN + "---\n" + PLAIN)
        self.refuse('{"tempo": 1}\n{"tempo": 1}\n')

    def test_unknown_keys_name_the_nearest(self):
        self.refuse(plain("optimizer:", "optimiser:"), at="<stdin>:4:1", words=["optimiser", "optimizer"])
        self.refuse(plain("max_duration:", "max_duratoin:"), at="<stdin>:3:3", words=["max_duration"])
        self.refuse(plain("step_size:", "stepsize:"), at="<stdin>:8:5", words=["step_size"])

    def test_an_unknown_type_names_the_nearest(self):
        self.refuse(plain("StepScheduler", "StepSheduler"), at="<stdin>:7:11",
                    words=["did you mean composer.StepScheduler?"])

    def test_an_unknown_kind_of_document(self):
        self.refuse("name: something else\nvalues: [1, 2]\n", words=["tempo: 1"])

    def test_an_unknown_version(self):
        self.refuse(plain("tempo: 1", "tempo: 2"), at="<stdin>:1:8", words=["2"])

    def test_a_missing_parameter(self):
        self.refuse(plain("    step_size: 100ba\n", ""), words=["step_size"])

    def test_wrong_types(self):
        for old, new in (("  max_duration: 1000ba\n", "  max_duration: [1000ba]\n"),
                         ("  max_duration: 1000ba\n", "  - 3\n"),
                         ("lr: 0.1", "lr: much"), ("lr: 0.1", "lr: [0.1]"), ("lr: 0.1", "lr: {a: 1}"),
                         ("lr: 0.1", "lr: true"), ("step_size: 100ba", "step_size: true"),
                         ("step_size: 100ba", "step_size: 100"), ("step_size: 100ba", "step_size: {}"),
                         ("composer.StepScheduler", "7"),
                         ("  - type: composer.StepScheduler\n    step_size: 100ba\n", "  7\n")):
            with self.subTest(new):
                self.refuse(plain(old, new))

    def test_numbers_that_are_none(self):
        for number in (".nan", ".inf", "-.inf", "1e999"):
            with self.subTest(number):
                self.refuse(plain("lr: 0.1", f"lr: {number}"), at="<stdin>:5:7")
                self.refuse(PLAIN + f"    gamma: {number}\n", at="<stdin>:9:12")
                self.refuse(plain("max_duration: 1000ba", f"scale_schedule_ratio: {number}"), at="<stdin>:3:25")

    def test_negative_times(self):
        self.refuse(plain("100ba", "-100ba"), at="<stdin>:8:16", words=["-100ba", "> 0"])
        self.refuse(plain("1000ba", "-1000ba"), at="<stdin>:3:17", words=["-1000ba", "> 0"])

    def test_times_that_overflow(self):
        for time in ("1e30ba", "9223372036854775808ba", "9_223_372_036_855Ttok", "99999999999999Tba"):
            with self.subTest(time):
                self.refuse(plain("1000ba", time), at=r"<stdin>:3:\d+")
                self.refuse(plain("100ba", time), at=r"<stdin>:8:\d+")
        self.refuse(plain("1000ba", "9223372036854775807ba"), options=["--ssr", "2", "--at", "0ba"], words=["64 bits"])
        self.refuse(plain("1000ba", "9223372036854775807ep"), options=["--batches-per-epoch", "2"], words=["64 bits"])

    def test_times_without_a_unit(self):
        self.refuse(plain("100ba", "\"100\""), at="<stdin>:8:16", words=["unit"])

    def test_times_that_become_zero_say_which_and_why(self):
        self.refuse(plain("100ba", "0.0002dur"), at="<stdin>:8:16", words=["step_size", "0.0002dur", "1,000ba", "0ba"])
        self.refuse(plain("100ba", "3ba"), options=["--ssr", "0.1"], words=["step_size", "3ba", "0.1", "0ba"])
        self.refuse(plain("1000ba", "3ba"), options=["--ssr", "0.1"], words=["max_duration", "3ba", "0.1", "0ba"])

    def test_times_that_are_zero(self):
        self.refuse(plain("100ba", "0ba"), at="<stdin>:8:16", words=["> 0"])
        self.refuse(plain("1000ba", "0ba"), at="<stdin>:3:17", words=["> 0"])

    def test_facts_that_are_impossible(self):
        for value in ("-1", "1.5", "many", "9223372036854775808"):
            with self.subTest(value):
                self.refuse(plain("max_duration: 1000ba", f"batches_per_epoch: {value}"), at="<stdin>:3:22")

    def test_missing_facts_name_the_fact_and_the_option(self):
        for step, fact, option in (("2ep", "batches_per_epoch", "--batches-per-epoch N"),
                                   ("9sp", "samples_per_batch", "--samples-per-batch N"),
                                   ("9tok", "tokens_per_batch", "--tokens-per-batch N")):
            self.refuse(plain("100ba", step), words=[f"give {option}, or run.{fact} in the document"])
        self.refuse(plain("  max_duration: 1000ba\n", "  batches_per_epoch: 5\n").replace("100ba", "0.1dur"),
                    words=["give --max-duration T, or run.max_duration in the document"])

    def test_an_expression_has_no_document_to_put_a_fact_in(self):
        lines = self.refused("table", "-e", "composer.LinearScheduler", at="-e:1:1", words=["give --max-duration T"])
        self.assertNotIn("document", lines[-1])

    def test_one_lr_for_several_groups_is_refused(self):
        text = plain("  lr: 0.1\n", "  groups: [{name: a, lr: 1}, {name: b, lr: 2}]\n")
        self.refuse(text, at="--lr:1:1", words=["groups", "--set optimizer.groups[0].lr="], options=["--lr", "3"])

    def test_a_config_of_another_system_is_told_of_the_option_alone(self):
        text = ("max_duration: 2ep\nglobal_train_batch_size: 8\nmax_seq_len: 16\noptimizer: {name: adam, lr: 0.1}\n"
                "scheduler: {name: cosine_with_warmup, t_warmup: 1ba, alpha_f: 0.1}\n")
        lines = self.refuse(text, at="<stdin>:1:15")
        self.assertEqual(lines[-1], "    give --batches-per-epoch N")


class Files(Case):
    """What cannot be read or written."""

    def test_a_file_that_is_not_there(self):
        self.refused("table", "nosuch.yaml", at=r"nosuch\.yaml", words=["cannot read", "No such file"])

    def test_a_directory(self):
        self.refused("table", ".", at=r"\.", words=["cannot read", "Is a directory"])

    def test_a_path_through_a_file(self):
        self.write("file", "")
        self.refused("table", "file/x", at="file/x", words=["cannot read", "Not a directory"])

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_a_file_without_permission(self):
        self.write("secret.yaml", PLAIN)
        os.chmod(self.path("secret.yaml"), 0)
        self.refused("table", "secret.yaml", at=r"secret\.yaml", words=["cannot read", "Permission denied"])

    def test_standard_input_is_there_once(self):
        result = self.tempo("check", "-", "-", stdin=PLAIN)
        self.assertEqual(result.status, 2)
        self.assertIn("<stdin>: error: cannot read: standard input was read already", result.err)

    def test_standard_input_that_is_closed(self):
        process = run_in_shell('exec "$0" table - <&-')
        self.assertEqual(process.returncode, 2)
        self.assertRegex(process.stderr, "^<stdin>: error: cannot read: ")

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full")
    def test_a_full_disk_is_reported_by_every_command(self):
        for arguments in (["--version"], ["--help"], ["list"], ["show", "composer.StepScheduler"], ["schema"], ["man"],
                          ["completion", "bash"], ["plot", *STEP], ["table", *STEP], ["table", *STEP, "--every", "1ba"],
                          ["table", *STEP, "--format", "json"], ["check", "--explain", "zero-warmup"]):
            with self.subTest(arguments), open("/dev/full", "w", encoding="utf-8") as full:
                process = run_into(full, *arguments)
                self.assertEqual(process.returncode, 2)
                self.assertEqual(process.stderr,
                                 "tempo: error: cannot write standard output: No space left on device\n")

    def test_standard_output_that_is_closed_is_reported(self):
        process = run_in_shell('exec "$0" --version >&-')
        self.assertEqual(process.returncode, 2)
        self.assertIn("cannot write standard output", process.stderr)


class Pipes(Case):
    def reads_one_line_of(self, *arguments):
        """Runs the program into a pipe whose reader leaves after the first line."""
        with subprocess.Popen([TEMPO, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL)) as process:
            line = process.stdout.readline()
            process.stdout.close()
            errors = process.stderr.read()
        return process.returncode, line, errors

    def test_a_reader_that_leaves_ends_a_table_quietly(self):
        status, line, errors = self.reads_one_line_of("table", *STEP, "--every", "1ba", "--to", "1000000ba")
        self.assertEqual((status, line, errors), (0, "batch,epoch,sample,token,lr\n", ""))

    def test_a_reader_that_is_gone_ends_every_command_quietly(self):
        for arguments in (["--version"], ["list"], ["schema"], ["show", "composer.StepScheduler"], ["plot", *STEP],
                          ["table", *STEP]):
            with self.subTest(arguments):
                read, write = os.pipe()
                os.close(read)
                process = run_into(write, *arguments)
                os.close(write)
                self.assertEqual((process.returncode, process.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
