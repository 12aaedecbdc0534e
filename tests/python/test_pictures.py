"""Plans as pictures: SVG as `tempo plot` draws it, points for other means, matplotlib where it is there."""

import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

import tempo
from tempo import schedules

COSINE = "composer.CosineAnnealingWithWarmupScheduler t_warmup=10ba alpha_f=0.1"
RUN = tempo.Run("100ba", batches_per_epoch=20)
STEPS = "composer.StepScheduler step_size=30ba"
SVG = "{http://www.w3.org/2000/svg}"


def command(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "tempo", *arguments], capture_output=True, check=True, text=True,
                          **options).stdout


class Svg(unittest.TestCase):
    def test_it_is_what_the_command_draws(self):
        plan = tempo.Plan(COSINE, RUN, tempo.Group(lr=0.4))
        facts = ("--lr", "0.4", "--max-duration", "100ba", "--batches-per-epoch", "20")
        self.assertEqual(plan.svg(), command("plot", "-e", COSINE, *facts, "--svg", "-"))
        self.assertEqual(plan.svg(unit="ep", log=True, width=500, height=300),
                         command("plot", "-e", COSINE, *facts, "--svg", "-", "--x", "ep", "--log", "--width", "500",
                                 "--height", "300"))

    def test_a_document_without_a_base_shows_multiples_of_it(self):
        document = tempo.Document({"tempo": 1, "run": {"max_duration": "100ba"}, "schedules": {
            "type": "composer.LinearScheduler"}})
        with tempfile.TemporaryDirectory() as directory:
            Path(directory, "a.yaml").write_text(document.to_yaml(), encoding="utf-8")
            self.assertEqual(document.svg(title="a.yaml"), command("plot", "a.yaml", "--svg", "-", cwd=directory))
        self.assertIn("lr × base", document.svg())

    def test_every_track_is_in_it(self):
        groups = [tempo.Group("body", lr=0.1, weight_decay=0.01), tempo.Group("head", lr=1.0)]
        plan = tempo.Plan(f"{COSINE} * composer.LinearScheduler field=weight_decay", RUN, groups)
        texts = [text.text for text in xml.fromstring(plan.svg()).iter(f"{SVG}text")]
        for label in ("body.lr", "head.lr", "body.weight_decay"):
            self.assertIn(label, texts)

    def test_a_title_is_text_and_none_at_all_is_empty(self):
        plan = tempo.Plan(COSINE, RUN)
        for title, heading in (("a < b & c", "a < b & c"), (None, COSINE)):
            texts = [text.text for text in xml.fromstring(plan.svg(title=title)).iter(f"{SVG}text")]
            self.assertEqual(texts[0], heading)
        texts = [text.text for text in xml.fromstring(plan.svg(title="")).iter(f"{SVG}text")]
        self.assertEqual(texts[0], "lr")

    def test_what_cannot_be_drawn_is_an_error_and_for_a_notebook_none(self):
        endless = tempo.Plan("composer.ExponentialScheduler gamma=0.9 decay_period=1ba")
        with self.assertRaises(tempo.MissingFact) as caught:
            endless.svg()
        self.assertEqual(caught.exception.fact, "max_duration")
        self.assertIsNone(endless._repr_svg_())
        plan = tempo.Plan(COSINE, RUN)
        self.assertEqual(plan._repr_svg_(), plan.svg())
        for wrong, kind in (({"unit": "tok"}, tempo.MissingFact), ({"unit": "week"}, tempo.UnknownName),
                            ({"unit": 1}, TypeError), ({"width": 10}, ValueError), ({"height": 1e9}, ValueError)):
            with self.subTest(**wrong), self.assertRaises(kind):
                plan.svg(**wrong)
        with self.assertRaisesRegex(tempo.BadValue, "logarithmic"):
            tempo.Plan("composer.LinearScheduler alpha_i=0 alpha_f=0", RUN).svg(log=True)

    def test_what_a_python_function_raises_arrives(self):
        plan = tempo.Plan(schedules.torch.LambdaLR(lambda step: 1 / 0),
                          tempo.Run("100ba", step_schedulers_every_batch=True))
        for drawn in (plan.svg, plan.points, plan._repr_svg_):
            with self.assertRaises(ZeroDivisionError):
                drawn()


class Points(unittest.TestCase):
    def test_every_jump_is_at_its_own_batch(self):
        points = tempo.Plan(STEPS, RUN).points()
        self.assertEqual(points.unit, "ba")
        self.assertEqual(list(points.x), [0, 30, 30, 60, 60, 90, 90, 100])
        self.assertEqual([round(y, 9) for y in points.y], [1, 1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001])

    def test_lines_between_them_are_the_curve(self):
        plan = tempo.Plan(COSINE, RUN)
        x, y = plan.points()
        self.assertLess(len(x), 60)
        for batch in range(101):
            after = next(i for i in range(1, len(x)) if x[i] >= batch)
            share = (batch - x[after - 1]) / (x[after] - x[after - 1])
            self.assertAlmostEqual(y[after - 1] + share * (y[after] - y[after - 1]), plan(batch), delta=1e-3)

    def test_places_are_in_the_unit_of_the_run_or_in_the_one_given(self):
        plan = tempo.Plan(STEPS, tempo.Run("5ep", batches_per_epoch=20))
        self.assertEqual(plan.points().unit, "ep")
        self.assertEqual(list(plan.points().x)[-1], 5)
        self.assertEqual(list(plan.points(unit="dur").x)[-1], 1)

    def test_a_track_goes_by_name(self):
        plan = tempo.Plan(STEPS, RUN, [tempo.Group("body", lr=0.1), tempo.Group("head", lr=1.0)])
        self.assertEqual([plan.points("body.lr").y[0], plan.points(1).y[0]], [0.1, 1.0])


class Matplotlib(unittest.TestCase):
    def setUp(self):
        try:
            import matplotlib
        except ImportError:
            self.skipTest("matplotlib is not installed")
        matplotlib.use("agg")
        from matplotlib import pyplot
        self.addCleanup(pyplot.close, "all")

    def test_it_draws_the_points_of_every_track_of_a_field(self):
        groups = [tempo.Group("body", lr=0.1, weight_decay=0.01), tempo.Group("head", lr=1.0)]
        plan = tempo.Plan(f"{STEPS} * composer.LinearScheduler field=weight_decay", RUN, groups)
        axes = plan.plot(color="red")
        self.assertEqual([(line.get_label(), line.get_color()) for line in axes.lines],
                         [("body", "red"), ("head", "red")])
        self.assertEqual(list(axes.lines[1].get_xdata()), list(plan.points(2).x))
        self.assertEqual((axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()), ("batches", "lr", "linear"))
        self.assertEqual(len(plan.plot(field="weight_decay").lines), 1)

    def test_it_draws_where_it_is_told(self):
        from matplotlib import pyplot
        _, axes = pyplot.subplots()
        self.assertIs(tempo.Plan(COSINE, RUN).plot(axes, unit="ep", log=True), axes)
        self.assertEqual((axes.get_xlabel(), axes.get_yscale()), ("epochs", "log"))

    def test_a_field_that_nothing_drives_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "'momentum'.*lr"):
            tempo.Plan(COSINE, RUN).plot(field="momentum")


if __name__ == "__main__":
    unittest.main()
