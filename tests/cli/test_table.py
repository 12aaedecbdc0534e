"""table: values that a program can rely on, and that a person can read."""

import csv
import io
import json
import os
import pty
import subprocess
import unittest

from support import PLAIN, STEP, TEMPO, Case

# A language model of 7B parameters: 63,900 batches of 1024 sequences of 2048 tokens.
LARGE = """\
tempo: 1
run:
  max_duration: 63900ba
  samples_per_batch: 1024
  tokens_per_batch: 2097152
optimizer:
  lr: 1.2e-4
schedules:
  type: composer.CosineAnnealingWithWarmupScheduler
  t_warmup: 100ba
  alpha_f: 0.1
"""

GROUPS = """\
tempo: 1
run: {max_duration: 10ba}
optimizer:
  groups:
    - {name: decay, lr: 0.1, weight_decay: 0.5}
    - {name: "rest, and \\"more\\"", lr: 0.2}
schedules:
  - {type: composer.StepScheduler, step_size: 5ba, gamma: 0.5}
  - {type: composer.StepScheduler, step_size: 5ba, gamma: 0.25, field: weight_decay}
"""


def batches(result):
    return [int(row["batch"]) for row in csv.DictReader(io.StringIO(result.out))]


class Rows(Case):
    def test_the_screen_is_what_comes_out(self):
        out = self.ok("table", "-", "--at", "0ba,50ba,100ba,63900ba", stdin=LARGE).out
        self.assertEqual(out, "batch,epoch,sample,token,lr\n"
                              "0,,0,0,0\n"
                              "50,,51200,104857600,6e-05\n"
                              "100,,102400,209715200,0.00012\n"
                              "63900,,65433600,134008012800,1.2e-05\n")

    def test_times_may_be_in_any_unit(self):
        out = self.ok("table", "-", "--at", "2ep,300sp,4000tok,0.5dur,7ba", "--batches-per-epoch", "10",
                      "--samples-per-batch", "100", "--tokens-per-batch", "1000", stdin=PLAIN)
        self.assertEqual(batches(out), [20, 3, 4, 500, 7])

    def test_a_time_inside_a_batch_is_reached_when_the_batch_ends(self):
        out = self.ok("table", *STEP, "--samples-per-batch", "100", "--at", "100sp,101sp,199sp,200sp,201sp")
        self.assertEqual(batches(out), [1, 2, 2, 2, 3])

    def test_order_and_repetitions_are_kept(self):
        self.assertEqual(batches(self.ok("table", *STEP, "--at", "5ba, 3ba,5ba")), [5, 3, 5])

    def test_times_past_the_end_are_allowed(self):
        self.assertEqual(batches(self.ok("table", *STEP, "--at", "1000ba,5000ba,2dur")), [1000, 5000, 2000])

    def test_every_counts_from_the_start_to_the_end(self):
        self.assertEqual(batches(self.ok("table", *STEP, "--every", "300ba")), [0, 300, 600, 900])
        self.assertEqual(batches(self.ok("table", *STEP, "--every", "500ba")), [0, 500, 1000])

    def test_every_keeps_its_multiples_when_zoomed(self):
        self.assertEqual(batches(self.ok("table", *STEP, "--every", "300ba", "--from", "301ba", "--to", "1200ba")),
                         [600, 900, 1200])

    def test_every_fraction_of_the_run_is_exact(self):
        self.assertEqual(batches(self.ok("table", *STEP, "--every", "0.1dur")), list(range(0, 1001, 100)))
        self.assertEqual(batches(self.ok("table", *STEP, "--every", "0.01dur")), list(range(0, 1001, 10)))

    def test_every_token_is_one_row_a_batch(self):
        out = self.ok("table", *STEP, "--tokens-per-batch", "4000000000", "--every", "1tok", "--to", "4ba")
        self.assertEqual(batches(out), [0, 1, 2, 3, 4])

    def test_every_may_fall_between_batches(self):
        out = self.ok("table", *STEP, "--samples-per-batch", "10", "--every", "25sp", "--to", "10ba")
        self.assertEqual(batches(out), [0, 3, 5, 8, 10])

    def test_every_epoch(self):
        out = self.ok("table", *STEP, "--batches-per-epoch", "400", "--every", "1ep")
        self.assertEqual(out.out, "batch,epoch,sample,token,lr\n0,0,,,0.1\n400,1,,,1.0000000000000003e-05\n"
                                  "800,2,,,1.0000000000000005e-09\n")

    def test_without_a_choice_there_are_twenty_steps_and_the_joints(self):
        out = self.ok("table", "-e", "composer.MultiStepScheduler milestones=[33ba, 77ba]", "--max-duration", "100ba")
        self.assertEqual(batches(out), sorted([*range(0, 101, 5), 33, 77]))

    def test_without_a_choice_a_range_is_still_one(self):
        out = self.ok("table", *STEP, "--from", "990ba", "--to", "1010ba")
        self.assertEqual(batches(out), list(range(990, 1011)))

    def test_a_run_shorter_than_the_steps_has_every_batch_once(self):
        self.assertEqual(batches(self.ok("table", *STEP, "--max-duration", "3ba")), [0, 1, 2, 3])

    def test_rows_in_bulk_are_the_rows_one_by_one(self):
        many = self.ok("table", "-", "--every", "1ba", "--to", "5000ba", stdin=LARGE).lines
        self.assertEqual(len(many), 5002)
        chosen = [0, 1, 99, 100, 101, 1023, 1024, 1025, 2047, 2048, 5000]
        few = self.ok("table", "-", "--at", ",".join(f"{b}ba" for b in chosen), stdin=LARGE).lines
        self.assertEqual([many[0], *(many[b + 1] for b in chosen)], few)


class Columns(Case):
    def test_groups_name_their_columns(self):
        rows = list(csv.reader(io.StringIO(self.ok("table", "-", "--at", "0ba,5ba", stdin=GROUPS).out)))
        self.assertEqual(rows[0][4:], ["decay.lr", "decay.weight_decay", 'rest, and "more".lr'])
        self.assertEqual(rows[2][4:], ["0.05", "0.125", "0.1"])

    def test_counters_whose_fact_is_unknown_are_empty(self):
        self.assertEqual(self.ok("table", *STEP, "--at", "3ba").lines[1], "3,,,,0.1")
        self.assertEqual(self.ok("table", *STEP, "--at", "3ba", "--format", "tsv").lines[1], "3\t\t\t\t0.1")
        row = json.loads(self.ok("table", *STEP, "--at", "3ba", "--format", "json").out)
        self.assertEqual(row, [{"batch": 3, "epoch": None, "sample": None, "token": None, "lr": 0.1}])

    def test_numbers_read_back_to_the_same_double_in_every_format(self):
        expected = 0.1 * 0.1 * 0.1 * 3
        arguments = ["table", "-e", "composer.ConstantScheduler alpha=3", "--lr", repr(0.1 * 0.1 * 0.1),
                     "--max-duration", "10ba", "--at", "0ba", "--format"]
        self.assertEqual(float(self.ok(*arguments, "csv").lines[1].split(",")[4]), expected)
        self.assertEqual(float(self.ok(*arguments, "tsv").lines[1].split("\t")[4]), expected)
        self.assertEqual(json.loads(self.ok(*arguments, "json").out)[0]["lr"], expected)

    def test_json_of_many_rows_is_one_array(self):
        rows = json.loads(self.ok("table", "-", "--every", "1ba", "--to", "3000ba", "--format", "json",
                                  stdin=LARGE).out)
        self.assertEqual([row["batch"] for row in rows], list(range(3001)))

    def test_json_names_groups_exactly(self):
        row = json.loads(self.ok("table", "-", "--at", "0ba", "--format", "json", stdin=GROUPS).out)[0]
        self.assertEqual(row['rest, and "more".lr'], 0.2)

    def test_the_locale_changes_nothing(self):
        plain = self.ok("table", "-", "--every", "5000ba", stdin=LARGE, env={"LC_ALL": "C"}).out
        for locale in ("de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"):
            self.assertEqual(self.ok("table", "-", "--every", "5000ba", stdin=LARGE, env={"LC_ALL": locale}).out, plain)


class ForPeople(Case):
    def test_text_is_aligned_and_groups_thousands(self):
        out = self.ok("table", "-", "--at", "0ba,50ba,63900ba", "--format", "text", stdin=LARGE).out
        self.assertEqual(out, " batch      sample            token           lr\n"
                              "     0           0                0            0\n"
                              "    50      51,200      104,857,600         6e-5\n"
                              "63,900  65,433,600  134,008,012,800       1.2e-5\n")

    def test_text_leaves_out_what_is_unknown(self):
        self.assertEqual(self.ok("table", *STEP, "--at", "0ba", "--format", "text").lines[0].split(), ["batch", "lr"])

    def test_a_terminal_gets_text(self):
        try:
            master, slave = pty.openpty()
        except OSError as error:  # a container without /dev/pts
            self.skipTest(f"no terminal can be made here: {error}")
        self.addCleanup(os.close, master)
        with subprocess.Popen([TEMPO, "table", *STEP, "--at", "0ba,1000ba"], stdout=slave) as process:
            os.close(slave)
            shown = os.read(master, 65536).decode()
        self.assertEqual(process.returncode, 0)
        self.assertEqual(shown.split(), ["batch", "lr", "0", "0.1", "1,000", "1e-11"])

    def test_a_pipe_gets_csv(self):
        self.assertEqual(self.ok("table", *STEP, "--at", "0ba").lines[0], "batch,epoch,sample,token,lr")


class Documents(Case):
    def test_a_document_comes_from_a_file_or_standard_input_or_an_expression(self):
        self.write("run.yaml", PLAIN)
        expected = self.ok("table", "run.yaml", "--at", "0ba,100ba").out
        self.assertEqual(self.ok("table", "-", "--at", "0ba,100ba", stdin=PLAIN).out, expected)
        self.assertEqual(self.ok("table", *STEP, "--at", "0ba,100ba").out, expected)

    def test_options_may_stand_before_and_after_the_document(self):
        self.write("run.yaml", PLAIN)
        self.assertEqual(self.ok("table", "--at", "0ba", "run.yaml", "--lr=7").lines[1], "0,,,,7")

    def test_short_forms_replace_what_the_document_says(self):
        out = self.ok("table", "-", "--at", "1ep", "--lr", "0.5", "--batches-per-epoch", "3",
                      "--samples-per-batch", "5", "--tokens-per-batch", "7", stdin=PLAIN)
        self.assertEqual(out.lines[1], "3,1,15,21,0.5")

    def test_the_scale_schedule_ratio_stretches(self):
        out = self.ok("table", *STEP, "--ssr", "0.5", "--at", "49ba,50ba,1dur")
        self.assertEqual(batches(out), [49, 50, 500])
        self.assertEqual([row.split(",")[4] for row in out.lines[1:3]], ["0.1", "0.010000000000000002"])

    def test_set_replaces_any_value(self):
        out = self.ok("table", "-", "--set", "schedules[0].gamma=0.5", "--set", "optimizer.lr=8", "--at", "100ba",
                      stdin=PLAIN)
        self.assertEqual(out.lines[1], "100,,,,4")

    def test_the_last_of_two_settings_wins(self):
        self.assertEqual(self.ok("table", *STEP, "--lr", "1", "--lr", "2", "--at", "0ba").lines[1], "0,,,,2")

    def test_without_a_base_values_are_multiples_of_it(self):
        out = self.ok("table", "-e", "composer.StepScheduler step_size=5ba", "--at", "0ba,5ba")
        self.assertEqual(out.lines[1:], ["0,,,,1", "5,,,,0.1"])


class Refusals(Case):
    def test_two_choices_of_rows_exclude_each_other(self):
        self.refused("table", *STEP, "--at", "1ba", "--every", "1ba", words=["--at and --every"])
        self.refused("table", *STEP, "--at", "1ba", "--from", "1ba", words=["--at", "--from"])

    def test_a_bad_time_is_pointed_at(self):
        lines = self.refused("table", *STEP, "--at", "1ba, 2xx", at="--at:1:7", words=["'xx'"])
        self.assertEqual(lines[1:3], ["    1ba, 2xx", "          ^^"])

    def test_an_empty_time_is_no_time(self):
        for at in ("", "1ba,", ",1ba"):
            self.refused("table", *STEP, "--at", at, at=r"--at:1:\d+")

    def test_a_time_before_the_start_is_refused(self):
        self.refused("table", *STEP, "--at=-5ba", at="--at:1:1", words=["before the start"])
        self.refused("table", *STEP, "--from=-5ba", at="--from:1:1", words=["before the start"])

    def test_a_unit_without_its_fact_names_the_option(self):
        self.refused("table", *STEP, "--at", "1ep", at="--at:1:1",
                     words=["batches_per_epoch", "give --batches-per-epoch N"])
        self.refused("table", *STEP, "--every", "1tok", at="--every:1:1", words=["give --tokens-per-batch N"])

    def test_a_period_must_be_above_zero(self):
        for every in ("0ba", "-1ba", "0dur"):
            self.refused("table", *STEP, f"--every={every}", words=["--every", "above 0"])

    def test_an_empty_range_is_refused(self):
        self.refused("table", *STEP, "--from", "7ba", "--to", "5ba", words=["7ba", "5ba"])

    def test_a_run_of_unknown_length_needs_an_end(self):
        self.refused("table", "-e", "composer.StepScheduler step_size=5ba",
                     words=["how long", "--max-duration", "--to"])

    def test_counters_that_do_not_fit_are_refused_before_the_first_row(self):
        self.refused("table", *STEP, "--tokens-per-batch", "1000000", "--at", "0ba,9e18ba", at="--at:1:5")
        self.refused("table", *STEP, "--tokens-per-batch", "1000000", "--to", "9e18ba", at="--to:1:1")


if __name__ == "__main__":
    unittest.main()
