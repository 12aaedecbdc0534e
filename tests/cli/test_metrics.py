"""--metrics: schedules that listen to a metric, on the command line."""

import unittest

import support

PLATEAU = ("-e", "torch.ReduceLROnPlateau patience=1 factor=0.5", "--lr", "0.8", "--batches-per-epoch", "10")


class Metrics(support.Case):
    def heard(self, metrics):
        """The options for what was heard."""
        return (*PLATEAU, "--metrics", self.write("loss.txt", metrics))

    def test_one_number_a_line_is_what_was_heard_at_each_step(self):
        result = self.ok("table", *self.heard("1.0\n0.9\n0.9\n0.95\nnan\n"), "--at", "0ep,3ep,4ep,5ep", "--format", "csv")
        self.assertEqual([line.split(",")[-1] for line in result.lines], ["lr", "0.8", "0.8", "0.4", "0.4"])

    def test_standard_input_is_a_file_too(self):
        result = self.ok("table", *PLATEAU, "--metrics", "-", "--at", "1ep", "--format", "csv", stdin="0.5\r\n")
        self.assertEqual(result.lines[-1], "10,1,,,0.8")

    def test_without_metrics_the_error_says_what_to_do(self):
        self.refused("table", *PLATEAU, "--at", "0ep", words=("listens to a metric, and none is given", "--metrics FILE"))

    def test_past_the_last_metric_there_is_no_value(self):
        self.refused("table", *self.heard("1.0\n0.9\n"), "--at", "3ep", words=("no value from batch 30 on",))

    def test_a_line_that_is_no_number_is_shown(self):
        lines = self.refused("table", *self.heard("1.0\n  high\n"), at="loss.txt:2:3", words=("this is no number",))
        self.assertEqual(lines[1:3], ["    high", "    ^^^^"])

    def test_a_line_without_a_number_is_an_error(self):
        self.refused("table", *self.heard("1.0\n\n2.0\n"), at="loss.txt:2:1", words=("there is no number in this line",))

    def test_a_file_that_cannot_be_read_is_named(self):
        lines = self.refused("table", *PLATEAU, "--metrics", "none.txt")
        self.assertRegex(lines[0], "^none.txt: error: cannot read")


if __name__ == "__main__":
    unittest.main()
