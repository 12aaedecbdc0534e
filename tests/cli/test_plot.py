"""`tempo plot`: what it says, what it draws, in the terminal and as pictures."""

import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import unittest
import xml.etree.ElementTree as xml

from support import TEMPO, Case, tempo

# Where leaks are looked for: fontconfig keeps what it has read, beyond the reach of whoever draws with cairo.
os.environ.setdefault("LSAN_OPTIONS", "print_suppressions=0:suppressions=" +
                      os.path.join(os.path.dirname(os.path.abspath(__file__)), "test_plot.leaks"))

SVG = "{http://www.w3.org/2000/svg}"
MARKERS = "●▲■◆○△□◇"

COSINE = "composer.CosineAnnealingWithWarmupScheduler t_warmup=100ba alpha_f=0.1"
LLM = ("-e", COSINE, "--lr", "1.2e-4", "--max-duration", "63900ba", "--samples-per-batch", "1024",
       "--tokens-per-batch", "2097152")
EPOCHS = ("--max-duration", "90ep", "--batches-per-epoch", "1251", "--lr", "2")
STEPS = ("-e", "composer.MultiStepScheduler milestones=[30ep, 60ep, 80ep]", *EPOCHS)
SHORT = ("--lr", "1", "--max-duration", "1000ba")

LR = """\
tempo: 1
run: {max_duration: 1000ba}
optimizer: {lr: 0.1}
schedules: {type: composer.LinearScheduler}
"""
LR_AND_DECAY = """\
tempo: 1
run: {max_duration: 1000ba}
optimizer: {lr: 0.1, weight_decay: 1e-4}
schedules:
  - type: composer.LinearScheduler
  - {type: composer.LinearScheduler, alpha_f: 0.5, field: weight_decay}
"""
GROUPS = """\
tempo: 1
run: {max_duration: 1000ba}
optimizer: {groups: [{name: body, lr: 0.1}, {name: head, lr: 0.3}]}
schedules: {type: composer.LinearScheduler}
"""


class Panel:
    """The rows of one panel of a plot in the terminal."""

    def __init__(self, rows):
        self.labels = [re.split("[┤│]", row)[0].strip() for row in rows]
        self.cells = [re.split("[┤│]", row)[1] for row in rows]

    def column(self, x):
        """The characters of a column, from the top."""
        return [row[x] if x < len(row) else "⠀" for row in self.cells]

    def filled(self, x):
        return [cell not in "⠀ " for cell in self.column(x)]


def panels(result):
    found, rows = [], []
    for line in result.lines:
        if "┤" in line or "│" in line:
            rows.append(line)
        elif rows:
            found.append(Panel(rows))
            rows = []
    return found


def time_labels(result):
    return result.lines[-1].split()


class Summary(Case):
    def test_it_says_how_long_how_high_when_where_it_ends_and_how_much(self):
        self.assertEqual(self.ok("plot", *LLM).lines[0],
                         "lr · 63,900ba = 134Gtok · peak 1.2e-4 at 100ba · end 1.2e-5 · mean 6.6e-5")

    def test_a_run_in_epochs_is_told_in_epochs_and_batches(self):
        # Mean: 30 epochs at 2, 30 at 0.2, 20 at 0.02, 10 at 0.002.
        self.assertEqual(self.ok("plot", *STEPS).lines[0],
                         "lr · 90ep = 112,590ba · peak 2 at 0ep · end 2e-3 · mean 0.738")

    def test_a_run_in_tokens_is_told_in_tokens_and_batches(self):
        result = self.ok("plot", "-e", "composer.LinearScheduler", "--lr", "1", "--max-duration", "300Btok",
                         "--tokens-per-batch", "2000000")
        self.assertEqual(result.lines[0], "lr · 300Gtok = 150,000ba · peak 1 at 0tok · end 0 · mean 0.5")

    def test_values_without_a_base_are_multiples_of_it(self):
        result = self.ok("plot", "-e", "composer.LinearScheduler alpha_f=0.2", "--max-duration", "100ba")
        self.assertEqual(result.lines[0], "lr × base · 100ba · peak 1 at 0ba · end 0.2 · mean 0.604")

    def test_a_constant_is_called_one(self):
        result = self.ok("plot", "-e", "composer.LinearScheduler alpha_f=1", *SHORT)
        self.assertEqual(result.lines[0], "lr · 1,000ba · constant 1")

    def test_the_end_is_the_value_after_the_last_update(self):
        result = self.ok("plot", "-e", "composer.ConstantScheduler alpha=0.5", *SHORT)
        self.assertEqual(result.lines[0], "lr · 1,000ba · peak 1 at 1,000ba · end 1 · mean 0.5")

    def test_a_run_of_unknown_length_is_drawn_past_its_last_joint(self):
        result = self.ok("plot", "-e", "composer.MultiStepScheduler milestones=[100ba, 800ba]", "--lr", "1")
        self.assertRegex(result.lines[0], "^lr · drawn to 1,000ba · peak 1 at 0ba · end 0.01 · ")
        self.assertEqual(time_labels(result)[-1], "1,000ba")

    def test_a_zoom_does_not_change_what_the_run_comes_to(self):
        whole = self.ok("plot", *LLM)
        part = self.ok("plot", *LLM, "--from", "50ba", "--to", "150ba")
        self.assertEqual(whole.lines[0], part.lines[0])

    def test_the_mean_of_a_very_long_run_is_not_fooled_by_its_period(self):
        result = self.ok("plot", "-e", "composer.CosineAnnealingWarmRestartsScheduler t_0=100ba", "--lr", "1",
                         "--max-duration", "1_000_000_000ba")
        self.assertRegex(result.lines[0], r"mean 0\.50[0-9]$")


class Curve(Case):
    def test_a_warmup_narrower_than_a_column_is_an_upright_stroke(self):
        panel = panels(self.ok("plot", *LLM))[0]
        self.assertTrue(all(panel.filled(0)), panel.column(0))
        self.assertEqual(sum(panel.filled(1)), 1)

    def test_a_jump_is_an_upright_line(self):
        result = self.ok("plot", "-e", "composer.MultiStepScheduler milestones=[500ba] gamma=0", *SHORT)
        panel = panels(result)[0]
        full = [x for x in range(len(panel.cells[0])) if all(panel.filled(x))]
        self.assertEqual(len(full), 1)

    def test_a_spike_of_one_update_in_a_hundred_thousand_is_drawn(self):
        spike = ("composer.MultiStepScheduler milestones=[40000ba] gamma=10 * "
                 "composer.MultiStepScheduler milestones=[40001ba] gamma=0.1")
        result = self.ok("plot", "-e", spike, "--lr", "1", "--max-duration", "100000ba")
        self.assertIn("peak 10 at 40,000ba", result.lines[0])
        panel = panels(result)[0]
        self.assertEqual(len(panel.cells[0].replace("⠀", "").strip()), 1, "the top row holds the spike alone")

    def test_restarts_denser_than_the_columns_fill_their_range(self):
        result = self.ok("plot", "-e", "composer.CosineAnnealingWarmRestartsScheduler t_0=10ba", "--lr", "1",
                         "--max-duration", "100000ba")
        panel = panels(result)[0]
        for row in panel.cells[:-1]:
            self.assertLessEqual(set(row), {"⣿"})

    def test_a_curve_ends_at_the_right_edge(self):
        panel = panels(self.ok("plot", *LLM, "--width", "80"))[0]
        self.assertEqual(max(len(row) for row in panel.cells), 80 - len("  1.2e-4 ┤"))

    def test_joints_without_end_are_no_endless_work(self):
        result = self.ok("plot", "-e", "composer.StepScheduler step_size=1ba gamma=1", "--lr", "1",
                         "--max-duration", "1_000_000_000_000ba")
        self.assertIn("constant 1", result.lines[0])


class Axes(Case):
    def test_values_have_short_round_labels_from_zero_up(self):
        panel = panels(self.ok("plot", *LLM))[0]
        self.assertEqual([label for label in panel.labels if label], ["1.2e-4", "8e-5", "4e-5", "0"])
        self.assertEqual((panel.labels[0], panel.labels[-1]), ("1.2e-4", "0"))

    def test_no_label_is_repeated(self):
        for lr in ("1", "0.1", "0.017", "3e-4", "6.02e-4", "1e-30", "12345", "9.99e-5"):
            for extra in ((), ("--log",), ("--height", "3"), ("--height", "7"), ("--from", "990ba"),
                          ("--from", "5ba", "--to", "7ba")):
                with self.subTest(lr=lr, extra=extra):
                    result = self.ok("plot", "-e", "composer.CosineAnnealingScheduler alpha_f=0.1", "--lr", lr,
                                     "--max-duration", "1000ba", *extra)
                    labels = [label for label in panels(result)[0].labels if label]
                    self.assertGreaterEqual(len(labels), 2)
                    self.assertEqual(len(labels), len(set(labels)))
                    self.assertEqual(len(time_labels(result)), len(set(time_labels(result))))

    def test_a_narrow_range_far_from_zero_is_shown_without_zero(self):
        document = LR_AND_DECAY.replace("alpha_f: 0.5", "alpha_f: 0.9").replace("1e-4", "0.95")
        panel = panels(self.ok("plot", "-", "--field", "weight_decay", stdin=document))[0]
        labels = [label for label in panel.labels if label]
        self.assertNotIn("0", labels)
        self.assertGreaterEqual(float(labels[-1]), 0.8)

    def test_time_is_in_the_unit_that_is_asked_for(self):
        run = (*STEPS, "--samples-per-batch", "1000", "--tokens-per-batch", "50000")
        self.assertEqual(time_labels(self.ok("plot", *run)), ["0ep", "30ep", "60ep", "90ep"])
        self.assertEqual(time_labels(self.ok("plot", *run, "--x", "ba"))[-1], "112,590ba")
        self.assertEqual(time_labels(self.ok("plot", *run, "--x", "sp"))[-1], "113Msp")
        self.assertEqual(time_labels(self.ok("plot", *run, "--x", "tok"))[:2], ["0tok", "2Gtok"])
        self.assertEqual(time_labels(self.ok("plot", *run, "--x", "dur")),
                         ["0dur", "0.25dur", "0.5dur", "0.75dur", "1dur"])

    def test_thousands_are_grouped(self):
        self.assertEqual(time_labels(self.ok("plot", *LLM)), ["0ba", "20,000ba", "40,000ba", "63,900ba"])

    def test_an_end_that_is_not_round_is_labelled_all_the_same(self):
        result = self.ok("plot", "-e", "composer.LinearScheduler", "--lr", "1", "--max-duration", "1017ba")
        self.assertEqual(time_labels(result)[-1], "1,017ba")

    def test_a_zoom_shows_the_stretch_that_is_asked_for(self):
        result = self.ok("plot", *LLM, "--from", "50ba", "--to", "150ba")
        self.assertEqual((time_labels(result)[0], time_labels(result)[-1]), ("50ba", "150ba"))

    def test_a_zoom_takes_any_unit_and_may_go_past_the_end(self):
        result = self.ok("plot", *STEPS, "--from", "0.5dur", "--to", "100ep")
        self.assertEqual((time_labels(result)[0], time_labels(result)[-1]), ("45ep", "100ep"))

    def test_less_than_an_epoch_is_measured_in_batches(self):
        result = self.ok("plot", *STEPS, "--from", "1000ba", "--to", "1010ba")
        self.assertEqual((time_labels(result)[0], time_labels(result)[-1]), ("1,000ba", "1,010ba"))

    def test_a_logarithmic_axis_has_the_decades(self):
        panel = panels(self.ok("plot", *STEPS, "--log"))[0]
        labels = [label for label in panel.labels if label]
        self.assertEqual(labels, ["1", "0.1", "0.01"])

    def test_on_a_logarithmic_axis_zero_is_at_the_bottom_and_labelled_as_below(self):
        panel = panels(self.ok("plot", "-e", "composer.LinearScheduler", *SHORT, "--log"))[0]
        self.assertTrue(panel.labels[-1].startswith("≤"), panel.labels)
        self.assertTrue(panel.filled(len(panel.cells[-1]) - 1)[-1])

    def test_a_height_is_kept(self):
        self.assertEqual(len(panels(self.ok("plot", *LLM, "--height", "17"))[0].labels), 17)


class Lines(Case):
    def test_no_line_is_longer_than_the_width(self):
        run = ("plot", "-e", COSINE + " * composer.LinearScheduler", "-e", "composer.LinearScheduler", *SHORT)
        for width in (40, 60, 61, 80, 100, 200):
            for line in self.ok(*run, "--width", str(width)).lines:
                self.assertLessEqual(len(line), width, line)

    def test_without_a_terminal_the_width_is_that_of_the_environment_or_eighty(self):
        self.assertEqual(max(map(len, self.ok("plot", *LLM, env={"COLUMNS": ""}).lines)), 80)
        self.assertEqual(max(map(len, self.ok("plot", *LLM, env={"COLUMNS": "66"}).lines)), 66)

    def test_a_pipe_gets_no_escapes(self):
        self.assertNotIn("\033", self.ok("plot", *LLM).out)
        self.assertNotIn("\033", self.ok("plot", *LLM, "--color", "never").out)

    def test_colour_can_be_asked_for(self):
        coloured = self.ok("plot", *LLM, "--color", "always", env={"NO_COLOR": "1"}).out
        self.assertIn("\033[", coloured)
        self.assertEqual(re.sub("\033\\[[0-9]*m", "", coloured), self.ok("plot", *LLM).out)

    def test_a_locale_that_names_another_charset_gets_ascii(self):
        result = self.ok("plot", *LLM, env={"LC_ALL": "de_DE.ISO-8859-1"})
        self.assertTrue(result.out.isascii())
        self.assertIn("peak 1.2e-4 at 100ba", result.lines[0])

    def test_control_characters_of_a_document_do_not_reach_the_terminal(self):
        name = self.write("a\033[31mb.yaml", LR)
        result = self.ok("plot", name, "-e", "composer.LinearScheduler", "--max-duration", "10ba")
        self.assertNotIn("\033", result.out)


class Several(Case):
    def test_documents_are_told_apart_by_marker_and_name(self):
        first = self.write("first.yaml", LR)
        second = self.write("second.yaml", LR.replace("Linear", "CosineAnnealing").replace("0.1", "0.3"))
        result = self.ok("plot", first, second)
        self.assertEqual(result.lines[0], "● first.yaml   lr · 1,000ba · peak 0.1 at 0ba · end 0 · mean 0.0501")
        self.assertEqual(result.lines[1], "▲ second.yaml  lr · 1,000ba · peak 0.3 at 0ba · end 0 · mean 0.15")
        canvas = "".join("".join(row) for row in panels(result)[0].cells)
        self.assertGreaterEqual(canvas.count("●"), 2)
        self.assertGreaterEqual(canvas.count("▲"), 2)

    def test_each_curve_has_a_colour(self):
        result = self.ok("plot", "-e", "composer.LinearScheduler", "-e", COSINE, *SHORT, "--color", "always")
        self.assertIn("\033[36m●", result.lines[0])
        self.assertTrue(any("\033[33m▲" in line for line in result.lines))

    def test_files_of_the_same_name_are_called_by_their_paths(self):
        os.mkdir(self.path("a"))
        os.mkdir(self.path("b"))
        self.write("a/run.yaml", LR)
        self.write("b/run.yaml", LR)
        result = self.ok("plot", "a/run.yaml", "b/run.yaml")
        self.assertTrue(result.lines[0].startswith("● a/run.yaml  lr"), result.lines[0])

    def test_groups_share_a_panel(self):
        result = self.ok("plot", "-", stdin=GROUPS)
        self.assertTrue(result.lines[0].startswith("● body.lr · "))
        self.assertTrue(result.lines[1].startswith("▲ head.lr · "))
        self.assertEqual(len(panels(result)), 1)

    def test_two_fields_have_two_panels_over_one_time_axis(self):
        result = self.ok("plot", "-", stdin=LR_AND_DECAY)
        self.assertEqual(len(panels(result)), 2)
        summaries = [line for line in result.lines if "peak" in line]
        self.assertTrue(summaries[0].startswith("lr · ") and summaries[1].startswith("weight_decay · "))
        self.assertEqual(result.out.count("1,000ba\n"), 1)

    def test_values_and_multiples_of_a_base_have_two_panels(self):
        name = self.write("with-base.yaml", LR)
        result = self.ok("plot", name, "-", stdin=LR.replace("optimizer: {lr: 0.1}\n", ""))
        self.assertEqual(len(panels(result)), 2)

    def test_a_shorter_run_ends_earlier(self):
        long = self.write("long.yaml", LR)
        short = self.write("short.yaml", LR.replace("1000ba", "500ba"))
        result = self.ok("plot", long, short)
        self.assertEqual(time_labels(result)[-1], "1,000ba")
        self.assertNotIn("▲", "".join(row[40:] for row in panels(result)[0].cells))

    def test_field_and_group_choose(self):
        self.assertEqual(len(panels(self.ok("plot", "-", "--field", "weight_decay", stdin=LR_AND_DECAY))), 1)
        self.assertTrue(self.ok("plot", "-", "--group", "head", stdin=GROUPS).lines[0].startswith("head.lr · "))


def picture(case, *arguments, **options):
    case.ok("plot", *arguments, "--svg", "out.svg", **options)
    return xml.parse(case.path("out.svg")).getroot()


def paths(root, kind):
    """The points of the paths of a class."""
    found = []
    for element in root.iter(SVG + "path"):
        if kind not in element.get("class").split():
            continue
        x = y = 0.0
        points = []
        for command, numbers in re.findall("([MLHVZ])([-0-9. ]*)", element.get("d")):
            values = [float(number) for number in numbers.split()]
            x = values[0] if command in "MLH" else x
            y = values[-1] if command in "MLV" else y
            if command != "Z":
                points.append((x, y))
        found.append(points)
    return found


def time_frame(root):
    """Where the time axis begins and ends."""
    (x1, y1), (x2, y2) = max(paths(root, "axis"), key=lambda points: points[1][0] - points[0][0])
    assert y1 == y2
    return x1, x2


class Pictures(Case):
    def test_an_svg_has_title_description_and_text(self):
        root = picture(self, *LLM)
        self.assertEqual(root.get("role"), "img")
        self.assertEqual(root.find(SVG + "title").text, "lr of " + COSINE)
        self.assertEqual(root.find(SVG + "desc").text,
                         "lr: 63,900ba = 134Gtok · peak 1.2e-4 at 100ba · end 1.2e-5 · mean 6.6e-5")
        texts = [element.text for element in root.iter(SVG + "text")]
        for text in ("lr", "1.2e-4", "8e-5", "0", "0ba", "63,900ba",
                     "63,900ba = 134Gtok · peak 1.2e-4 at 100ba · end 1.2e-5 · mean 6.6e-5"):
            self.assertIn(text, texts)

    def test_an_svg_has_a_light_and_a_dark_style(self):
        style = picture(self, *LLM).find(SVG + "style").text
        self.assertIn("prefers-color-scheme:dark", style)
        self.assertIn("#FFFFFF", style)

    def test_a_smooth_curve_is_a_path_of_few_points(self):
        (curve,) = paths(picture(self, *LLM), "curve")
        self.assertLess(len(curve), 120)
        self.assertGreater(len(curve), 20)

    def test_a_joint_is_a_point_at_its_place(self):
        root = picture(self, *LLM)
        left, right = time_frame(root)
        (curve,) = paths(root, "curve")
        self.assertEqual(curve[0][0], left)
        self.assertAlmostEqual(curve[1][0], left + (right - left) * 100 / 63900, delta=0.011)
        self.assertEqual(curve[1][1], min(y for _, y in curve))

    def test_steps_are_horizontal_and_upright_lines_and_nothing_more(self):
        root = picture(self, *STEPS)
        left, right = time_frame(root)
        (curve,) = paths(root, "curve")
        self.assertEqual(len(curve), 8)
        for (x1, y1), (x2, y2) in zip(curve, curve[1:]):
            self.assertTrue(x1 == x2 or y1 == y2)
        for x, epoch in zip([point[0] for point in curve[1:7]], (30, 30, 60, 60, 80, 80)):
            self.assertAlmostEqual(x, left + (right - left) * epoch / 90, delta=0.011)

    def test_a_straight_decay_is_one_segment(self):
        (curve,) = paths(picture(self, "-e", "composer.LinearScheduler", *SHORT), "curve")
        self.assertEqual(len(curve), 2)

    def test_no_curve_has_thousands_of_points(self):
        (curve,) = paths(picture(self, "-e", "composer.CosineAnnealingWarmRestartsScheduler t_0=10ba", "--lr", "1",
                                 "--max-duration", "1_000_000ba"), "curve")
        self.assertLess(len(curve), 2100)

    def test_everything_is_on_the_paper(self):
        for run in (LLM, STEPS, (*STEPS, "--log"), (*LLM, "--width", "300", "--height", "200")):
            root = picture(self, *run)
            width, height = float(root.get("width")), float(root.get("height"))
            for points in paths(root, "curve") + paths(root, "grid") + paths(root, "axis"):
                for x, y in points:
                    self.assertTrue(0 <= x <= width and 0 <= y <= height)
            for text in root.iter(SVG + "text"):
                self.assertTrue(0 <= float(text.get("x")) <= width and 0 <= float(text.get("y")) <= height)

    def test_several_curves_differ_in_colour_and_dashes(self):
        root = picture(self, "-e", "composer.LinearScheduler", "-e", COSINE, *SHORT)
        # Each appears in the legend and in the frame.
        self.assertEqual(len(paths(root, "s0")), 2)
        self.assertEqual(len(paths(root, "s1")), 2)
        self.assertRegex(root.find(SVG + "style").text, r"\.s1\{stroke-dasharray:")

    def test_two_fields_have_two_frames(self):
        root = picture(self, "-", stdin=LR_AND_DECAY)
        self.assertEqual(len(paths(root, "curve")), 2)
        self.assertEqual([element.text for element in root.iter(SVG + "text")].count("1,000ba"), 1)

    def test_names_are_escaped(self):
        name = self.write("<&>\u00e9\U0001f680.yaml", LR)
        self.assertEqual(picture(self, name).find(SVG + "title").text, "lr of <&>\u00e9\U0001f680.yaml")

    def test_a_name_that_is_no_text_makes_no_broken_picture(self):
        name = os.path.join(os.fsencode(self.directory), b"\xff\x01\xe0\x81\x81\xed\xa0\x80.yaml")
        with open(name, "w", encoding="utf-8") as file:
            file.write(LR)
        result = tempo("plot", name, "--svg", self.path("a.svg"), "--png", self.path("a.png"),
                       "--pdf", self.path("a.pdf"))
        self.assertEqual((result.status, result.err), (0, ""))
        xml.parse(self.path("a.svg"))

    def test_a_png_has_two_pixels_to_a_point(self):
        self.ok("plot", *LLM, "--png", "out.png", "--width", "600", "--height", "300")
        with open(self.path("out.png"), "rb") as file:
            header = file.read(24)
        self.assertEqual(header[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(struct.unpack(">II", header[16:24]), (1200, 600))

    def test_the_dark_style_is_another_picture(self):
        self.ok("plot", *LLM, "--png", "light.png")
        self.ok("plot", *LLM, "--png", "dark.png", "--dark")
        with open(self.path("light.png"), "rb") as light, open(self.path("dark.png"), "rb") as dark:
            self.assertNotEqual(light.read(), dark.read())

    @unittest.skipUnless(shutil.which("pdftotext"), "needs pdftotext")
    def test_a_pdf_has_the_same_words(self):
        self.ok("plot", *LLM, "--pdf", "out.pdf")
        text = subprocess.run(["pdftotext", self.path("out.pdf"), "-"], capture_output=True, text=True,
                              check=True).stdout
        for word in ("63,900ba = 134Gtok · peak 1.2e-4 at 100ba", "8e-5", "20,000ba"):
            self.assertIn(word, text)

    def test_a_pdf_is_one(self):
        self.ok("plot", *LLM, "--pdf", "out.pdf")
        with open(self.path("out.pdf"), "rb") as file:
            self.assertEqual(file.read(5), b"%PDF-")

    def test_a_picture_is_all_that_is_made_of_it(self):
        result = self.ok("plot", *LLM, "--svg", "a.svg", "--png", "a.png", "--pdf", "a.pdf")
        self.assertEqual(result.out, "")
        self.assertEqual(sorted(os.listdir(self.directory)), ["a.pdf", "a.png", "a.svg"])

    def test_a_picture_can_go_to_standard_output(self):
        result = self.ok("plot", *LLM, "--svg", "-")
        self.assertEqual(xml.fromstring(result.out).tag, SVG + "svg")


class Refused(Case):
    def test_a_length_that_is_not_known_names_the_fact_and_the_option(self):
        self.refused("plot", "-e", "composer.LinearScheduler t_max=10ba", "--max-duration", "1ep",
                     at="--max-duration:1:1", words=("batches", "--batches-per-epoch"))

    def test_a_run_without_length_or_joints_is_asked_for_its_length(self):
        self.refused("plot", "-e", "composer.ExponentialScheduler gamma=0.9 decay_period=1ba", at="-e.*",
                     words=("how long", "--max-duration"))

    def test_a_unit_whose_fact_is_missing_names_the_option(self):
        for unit, option in (("ep", "--batches-per-epoch"), ("sp", "--samples-per-batch"),
                             ("tok", "--tokens-per-batch")):
            self.refused("plot", "-e", "composer.LinearScheduler", *SHORT, "--x", unit, words=(unit, option))

    def test_a_stretch_without_length(self):
        self.refused("plot", *LLM, "--from", "200ba", "--to", "100ba", words=("200", "100", "--from"))
        self.refused("plot", *LLM, "--from", "64000ba", words=("64000", "63900"))

    def test_values_that_have_no_logarithm(self):
        self.refused("plot", "-e", "composer.LinearScheduler alpha_i=0 alpha_f=0", *SHORT, "--log",
                     words=("lr", "--log", "above 0"))

    def test_a_field_or_group_that_is_not_driven(self):
        self.refused("plot", "-", "--field", "momentum", stdin=LR_AND_DECAY, words=("momentum", "lr, weight_decay"))
        self.refused("plot", "-", "--group", "tail", stdin=GROUPS, words=("tail", "body.lr, head.lr"))

    def test_a_size_that_cannot_hold_a_plot(self):
        self.refused("plot", *LLM, "--width", "5", words=("--width", "5", "40"))
        self.refused("plot", *LLM, "--height", "501", words=("--height", "500"))
        self.refused("plot", *LLM, "--width", "100000", "--png", "a.png", words=("--width", "8000"))

    def test_a_time_too_large_to_count(self):
        self.refused("plot", *LLM, "--to", "9_000_000_000_000_000_000ba", words=("token",))

    def test_a_picture_that_cannot_be_written_names_path_and_reason(self):
        for option in ("--svg", "--png", "--pdf"):
            self.refused("plot", *LLM, option, "nowhere/a.out", at="nowhere/a.out",
                         words=("No such file or directory",))
            self.refused("plot", *LLM, option, self.directory, words=("Is a directory",))
        self.assertEqual(os.listdir(self.directory), [])

    @unittest.skipUnless(os.path.exists("/dev/full"), "needs /dev/full")
    def test_a_full_disk_is_reported(self):
        for option in ("--svg", "--png", "--pdf"):
            self.refused("plot", *LLM, option, "/dev/full", at="/dev/full", words=("No space left on device",))
        with open("/dev/full", "wb") as full:
            process = subprocess.run([TEMPO, "plot", *LLM], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(process.returncode, 2)
        self.assertIn("No space left on device", process.stderr)

    def test_a_disk_that_fills_up_leaves_nothing_behind(self):
        def little_room():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

        for option in ("--svg", "--png", "--pdf"):
            self.write("kept", "as it was")
            for name in ("new", "kept"):
                process = subprocess.run([TEMPO, "plot", *LLM, option, name], capture_output=True, text=True,
                                         check=False, cwd=self.directory, preexec_fn=little_room,
                                         restore_signals=False)
                self.assertEqual(process.returncode, 2, option)
                self.assertRegex(process.stderr, f"^{name}: error: cannot write: ")
            self.assertEqual(os.listdir(self.directory), ["kept"])
            with open(self.path("kept"), encoding="utf-8") as file:
                self.assertEqual(file.read(), "as it was")

    def test_a_closed_pipe_is_nobodys_fault(self):
        read, write = os.pipe()
        os.close(read)
        process = subprocess.run([TEMPO, "plot", *LLM], stdout=write, stderr=subprocess.PIPE, text=True, check=False)
        os.close(write)
        self.assertEqual((process.returncode, process.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
