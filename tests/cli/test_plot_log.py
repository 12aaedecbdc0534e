"""`tempo plot` on the log of a training: loss, metric and schedules in panels under one x axis."""

import json
import re

from support import Case

HEADER = "batch,epoch,sample,token,loss,metric,lr,decay.weight_decay\n"


def rows(count, loss=lambda batch: 2.0, metric=lambda batch: ""):
    return "".join(f"{b},{(b - 1) // 10},{8 * b},{1024 * b},{loss(b)},{metric(b)},{0.001 * b},0.1\n"
                   for b in range(1, count + 1))


class PlotLogTest(Case):
    def csv(self, text, name="run.csv"):
        return self.write(name, HEADER + text)

    def svg(self, *arguments):
        result = self.tempo("plot", *arguments, "--svg", "-")
        self.assertEqual((0, ""), (result.status, result.err))
        return result.out

    def curves(self, svg):
        """The points of each line that is a curve, as pairs."""
        return [[tuple(map(float, point)) for point in re.findall(r"(-?[\d.]+)[ ,](-?[\d.]+)", path)]
                for path in re.findall(r'class="curve[^"]*" d="([^"]*)"', svg)]

    def refuse(self, text, message, name="run.csv"):
        self.write(name, text)
        result = self.tempo("plot", name)
        self.assertEqual((2, ""), (result.status, result.out))
        self.assertEqual(message, result.err.splitlines()[0])

    def test_every_column_has_a_panel(self):
        result = self.tempo("plot", self.csv(rows(40, lambda b: 1 / b, lambda b: 3 if b > 20 else "")))
        self.assertEqual((0, ""), (result.status, result.err))
        self.assertEqual(["loss · 40ba = 40,960tok · low 0.025 at 40ba · end 0.025",
                          "metric · 40ba = 40,960tok · low 3 at 21ba · end 3",
                          "lr · 40ba = 40,960tok · peak 0.04 at 40ba · end 0.04 · mean 0.0205",
                          "decay.weight_decay · 40ba = 40,960tok · constant 0.1"],
                         [line for line in result.lines if "·" in line])
        self.assertRegex(result.lines[-1], r"^ +0ba .* 40ba$")

    def test_a_log_is_known_by_how_it_begins(self):
        lines = "".join(json.dumps({"batch": b, "epoch": 0, "sample": 0, "token": 0, "loss": 1 / b, "a \"b\".lr": 0.1},
                                   separators=(",", ":")) + "\n" for b in range(1, 5))
        result = self.tempo("plot", self.write("run.yaml", lines), "--field", "lr")
        self.assertEqual(("", 'a "b".lr · 4ba · constant 0.1'), (result.err, result.lines[0]))

    def test_units_are_what_the_training_counted(self):
        self.csv(rows(40))
        for unit, last in (("ba", "40ba"), ("sp", "320sp"), ("tok", "40,960tok"), ("ep", "4ep"), ("dur", "1dur")):
            with self.subTest(unit):
                result = self.tempo("plot", "run.csv", "--field", "loss", "--x", unit)
                self.assertEqual(0, result.status, result.err)
                self.assertTrue(result.lines[-1].endswith(" " + last), result.lines[-1])

    def test_a_unit_that_was_not_counted_is_an_error(self):
        self.write("run.csv", "batch,epoch,sample,token,loss\n1,0,0,0,1\n2,0,0,0,1\n")
        result = self.tempo("plot", "run.csv", "--x", "tok")
        self.assertEqual((2, "run.csv: error: the x axis is in tok, but the training did not count any\n"),
                         (result.status, result.err))

    def test_what_is_no_number_leaves_a_gap(self):
        self.csv(rows(40, lambda b: "nan" if 10 <= b < 20 else "inf" if b == 30 else 1 + b % 2))
        curves = self.curves(self.svg("run.csv", "--field", "loss"))
        self.assertEqual(3, len(curves))
        self.assertIn("11 without a number", self.tempo("plot", "run.csv", "--field", "loss").out)

    def test_a_long_log_keeps_every_spike(self):
        spikes = (12_345, 77_777)
        self.csv(rows(100_000, lambda b: 50 if b in spikes else 1 + b % 3 / 10))
        (curve,) = self.curves(self.svg("run.csv", "--field", "loss"))
        self.assertLess(len(curve), 10_000)
        top = min(y for _, y in curve)
        places = sorted(x for x, y in curve if y == top)
        left, right = curve[0][0], curve[-1][0]
        self.assertEqual(2, len(places))
        for place, spike in zip(places, spikes):
            self.assertAlmostEqual(spike / 100_000, (place - left) / (right - left), 3)

    def test_from_and_to(self):
        self.csv(rows(100))
        result = self.tempo("plot", "run.csv", "--from", "20ba", "--to", "0.5dur", "--field", "lr")
        self.assertIn("peak 0.05 at 50ba", result.out)
        self.assertRegex(result.lines[-1], r"^ +20ba .* 50ba$")

    def test_a_document_beside_its_log(self):
        self.csv(rows(100))
        result = self.tempo("plot", "run.csv", "-e", "composer.LinearScheduler", "--lr", "0.1", "--max-duration", "100ba",
                            "--field", "lr")
        self.assertEqual((0, ""), (result.status, result.err))
        self.assertIn("● run.csv", result.out)
        self.assertIn("▲ composer.LinearScheduler", result.out)

    def test_a_line_that_is_being_written_does_not_count(self):
        self.csv(rows(4) + "5,0,40,51")
        self.assertIn("loss · 4ba = 4,096tok", self.tempo("plot", "run.csv").out)

    def test_damage_is_named_by_line_and_column(self):
        self.refuse(HEADER + rows(2) + "3,0,24,3072,oops,,0.003,0.1\n",
                    "run.csv:4:13: error: a number was expected, not 'oops,,0.003,0.1'")
        self.refuse(HEADER + rows(2) + "3,0,24,3072,2.0,,0.003\n",
                    "run.csv:4:23: error: a comma was expected, but the line ends")
        self.refuse(HEADER + rows(2) + "3,0,24,3072,2.0,,0.003,0.1,7\n",
                    "run.csv:4:27: error: the end of the line was expected, not ',7'")
        self.refuse(HEADER + rows(2) + "x,0,24,3072,2.0,,0.003,0.1\n",
                    "run.csv:4:1: error: a count was expected, not 'x,0,24,3072,2.0,,0.003,0.1'")
        self.refuse(HEADER + rows(2) + rows(2), "run.csv:4:1: error: batch 1 comes after batch 2")
        self.refuse(HEADER, "run.csv: error: the log has no updates yet")
        self.refuse('{"batch":1,"epoch":0,"sample":0,"token":0,"loss":1}\n{"batch":2,"loss":1}\n',
                    "run.jsonl:2:12: error: epoch was expected, not '\"loss\":1}'", "run.jsonl")

    def test_a_field_that_the_log_has_not(self):
        self.csv(rows(2))
        result = self.tempo("plot", "run.csv", "--field", "momentum")
        self.assertEqual(2, result.status)
        self.assertIn("what is driven: loss, metric, lr, decay.weight_decay", result.err)
