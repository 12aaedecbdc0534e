"""check: errors and findings of documents, for people and for editors."""

import json
import unittest

from support import PLAIN, Case

SHORT_WARMUP = """\
tempo: 1
run:
  max_duration: 2000ba
optimizer:
  lr: 0.1
schedules:
  - type: composer.CosineAnnealingWithWarmupScheduler
    alpha_f: 0.01
    t_warmup: 0.0002dur
"""


class Text(Case):
    def findings(self, *arguments, **options):
        result = self.tempo("check", *arguments, **options)
        self.assertEqual((result.status, result.err), (1, ""))
        return result.lines

    def test_a_good_document_is_met_with_silence(self):
        self.assertEqual(self.ok("check", "-", stdin=PLAIN).out, "")

    def test_a_finding_looks_like_this(self):
        self.write("finetune.yaml", SHORT_WARMUP)
        lines = self.findings("finetune.yaml")
        self.assertRegex(lines[0], r"^finetune\.yaml:9:15: warning\[zero-warmup\]: t_warmup ")
        for word in ("0.0002dur", "2,000ba", "0ba"):
            self.assertIn(word, lines[0])
        self.assertEqual(lines[1:3], ["    t_warmup: 0.0002dur",
                                      "              ^^^^^^^^^"])
        self.assertRegex(lines[3], r"^    give it in \S")
        self.assertEqual(lines[4:], ["1 warning in 1 document"])

    def test_the_closing_line_counts_what_was_found_and_where(self):
        self.write("a.yaml", SHORT_WARMUP)
        self.write("b.yaml", SHORT_WARMUP)
        self.write("c.yaml", PLAIN)
        self.assertEqual(self.findings("a.yaml", "b.yaml", "c.yaml")[-1], "2 warnings in 2 documents")

    def test_a_finding_in_an_option_points_to_the_option(self):
        lines = self.findings("-", "--set", "schedules[0].t_warmup=0.0001dur", stdin=SHORT_WARMUP)
        self.assertRegex(lines[0], r"^--set:1:1: warning\[zero-warmup\]: ")
        self.assertEqual(lines[1:3], ["    0.0001dur", "    ^^^^^^^^^"])

    def test_a_finding_in_an_expression_points_into_it(self):
        lines = self.findings("-e", "composer.LinearWithWarmupScheduler t_warmup=0.0002dur", "--max-duration", "2000ba")
        self.assertRegex(lines[0], r"^-e:1:45: warning\[zero-warmup\]: ")

    def test_an_error_is_worth_more_than_a_finding(self):
        self.write("a.yaml", SHORT_WARMUP)
        self.write("b.yaml", PLAIN.replace("step_size", "step_sice"))
        result = self.tempo("check", "b.yaml", "a.yaml")
        self.assertEqual(result.status, 2)
        self.assertRegex(result.err, r"^b\.yaml:8:5: error: .*step_sice")
        self.assertRegex(result.lines[0], r"^a\.yaml:9:15: warning")
        self.assertEqual(result.lines[-1], "1 error and 1 warning in 2 documents")

    def test_a_misspelt_type_is_one_error(self):
        self.write("a.yaml", PLAIN.replace("StepScheduler", "StepSheduler"))
        result = self.tempo("check", "a.yaml")
        self.assertEqual((result.status, result.out), (2, "1 error in 1 document\n"))
        self.assertIn("did you mean composer.StepScheduler?", result.err)


class Json(Case):
    def entries(self, *arguments, status, **options):
        result = self.tempo("check", *arguments, "--format", "json", **options)
        self.assertEqual((result.status, result.err), (status, ""))
        return json.loads(result.out)

    def test_nothing_found_is_an_empty_array(self):
        self.assertEqual(self.entries("-", stdin=PLAIN, status=0), [])

    def test_findings_and_errors_are_one_array(self):
        self.write("a.yaml", SHORT_WARMUP)
        self.write("b.yaml", PLAIN.replace("step_size", "step_sice"))
        entries = self.entries("a.yaml", "b.yaml", status=2)
        self.assertEqual([(e["document"], e["line"], e["column"], e["length"], e["severity"], e["code"], e["path"])
                          for e in entries],
                         [("a.yaml", 9, 15, 9, "warning", "zero-warmup", "schedules[0].t_warmup"),
                          ("b.yaml", 8, 5, 9, "error", "unknown-name", "schedules[0].step_sice")])
        for entry in entries:
            self.assertTrue(entry["message"])
            self.assertTrue(entry["advice"])

    def test_an_unreadable_document_is_an_entry(self):
        entries = self.entries("nosuch.yaml", status=2)
        self.assertEqual([(e["document"], e["line"], e["code"]) for e in entries], [("nosuch.yaml", 0, "io")])

    def test_awkward_names_are_escaped(self):
        name = 'a "b"\n.yaml'
        self.write(name, SHORT_WARMUP)
        self.assertEqual(self.entries(name, status=1)[0]["document"], name)


class Explain(Case):
    def test_a_code_has_a_longer_story(self):
        lines = self.ok("check", "--explain", "zero-warmup").lines
        self.assertRegex(lines[0], r"^zero-warmup    \S")
        self.assertGreaterEqual(len(lines), 3)
        for line in lines[1:]:
            self.assertRegex(line, r"^    \S")
            self.assertLessEqual(len(line), 80)

    def test_a_misspelt_code_names_the_nearest(self):
        self.refused("check", "--explain", "zero-warmpu", words=["zero-warmpu", "did you mean zero-warmup?"])


if __name__ == "__main__":
    unittest.main()
