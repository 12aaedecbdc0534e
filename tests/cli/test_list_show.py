"""list and show: the registry as a person sees it."""

import re
import shlex
import unittest

from support import Case


class List(Case):
    def test_every_type_is_a_line_with_its_summary(self):
        lines = self.ok("list").lines
        self.assertGreaterEqual(len(lines), 14)
        for line in lines:
            self.assertRegex(line, r"^\w+\.\w+ {4,}\S")

    def test_summaries_stand_in_one_column(self):
        starts = {re.match(r"\S+ +", line).end() for line in self.ok("list").lines}
        self.assertEqual(len(starts), 1)

    def test_a_pattern_is_looked_for_in_names_in_any_case(self):
        lines = self.ok("list", "stepscheduler").lines
        self.assertEqual([line.split()[0] for line in lines],
                         ["composer.StepScheduler", "composer.MultiStepScheduler"])

    def test_a_pattern_is_looked_for_in_summaries(self):
        names = [line.split()[0] for line in self.ok("list", "square root").lines]
        self.assertEqual(names, ["llmfoundry.InverseSquareRootWithWarmupScheduler", "hf.get_inverse_sqrt_schedule"])

    def test_a_pattern_without_a_match_is_said(self):
        self.refused("list", "zebra", at="tempo list", words=["zebra"])

    def test_a_near_miss_is_helped(self):
        self.refused("list", "composer.StepSheduler", words=["did you mean composer.StepScheduler?"])


class Show(Case):
    def test_a_type_looks_like_this(self):
        lines = self.ok("show", "composer.StepScheduler").lines
        self.assertEqual(lines[0], "composer.StepScheduler    multiply by gamma at a fixed interval")
        self.assertEqual(lines[1], "    α(t) = gamma ^ floor(t / step_size)")
        self.assertRegex(lines[2], r"^    step_size   time   required   > 0   \S")
        self.assertTrue(any(re.match(r"^    gamma       real   0.1 {8,}factor of each drop$", line) for line in lines))
        self.assertTrue(any(line.startswith("    from   Composer 0.33, composer/optim/scheduler.py") for line in lines))

    def test_the_curve_is_six_rows(self):
        lines = self.ok("show", "composer.StepScheduler").lines
        self.assertEqual(len([line for line in lines if re.search("[\u2801-\u28ff]", line)]), 6)

    def test_the_line_to_try_works_as_it_stands(self):
        self.write("losses.txt", "".join(f"{max(0.5, 1 - n / 40)}\n" for n in range(90)))  # what --metrics names
        for name in (line.split()[0] for line in self.ok("list").lines):
            with self.subTest(name):
                attempts = re.findall(r"(?m)^    try    tempo (.*)$", self.ok("show", name).out)
                for attempt in attempts:
                    self.assertRegex(self.ok(*shlex.split(attempt)).out, r"^lr .*· (peak .*· end .*· mean |constant )")

    def test_every_type_can_be_shown_and_says_where_it_comes_from(self):
        for name in (line.split()[0] for line in self.ok("list").lines):
            with self.subTest(name):
                out = self.ok("show", name).out
                self.assertRegex(out, r"(?m)^    from   \S")

    def test_what_is_wrapped_stays_within_80_columns(self):
        for name in (line.split()[0] for line in self.ok("list").lines):
            lines = self.ok("show", name).lines
            notes = [i for i, line in enumerate(lines) if line.startswith("    note   ")]
            for first in notes:
                for line in lines[first:]:
                    if line.startswith("    from"):
                        break
                    self.assertLessEqual(len(line), 80)

    def test_a_misspelt_name_names_the_nearest(self):
        for name in ("composer.StepSchedulr", "StepScheduler", "composer.stepscheduler"):
            self.refused("show", name, at="tempo show", words=[name, "did you mean composer.StepScheduler?"])

    def test_an_unknown_name_points_to_the_list(self):
        self.refused("show", "zebra", at="tempo show", words=["zebra", "tempo list"])


if __name__ == "__main__":
    unittest.main()
