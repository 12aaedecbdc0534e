"""The programs of examples/python run, and say what they must."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

FOLDER = Path(os.environ["TEMPO_SOURCE"], "examples/python")


class Examples(unittest.TestCase):
    def says(self, name, *lines):
        with tempfile.TemporaryDirectory() as directory:
            out = subprocess.run([sys.executable, "-B", FOLDER / name], capture_output=True, check=True, text=True,
                                 cwd=directory).stdout
            for line in lines:
                self.assertIn(f"{line}\n", out)
            return os.listdir(directory)

    def test_plan_and_plot(self):
        # Composer's CosineAnnealingWithWarmupScheduler at 0, 5 and 90 of 90 epochs.
        files = self.says("plan_and_plot.py", " 0ep  lr 0.0000  weight_decay 0.0001", " 5ep  lr 0.4000  weight_decay 9.5e-05",
                          "90ep  lr 0.0040  weight_decay 1e-05")
        self.assertEqual(files, ["plan.svg"])

    def test_plain_loop(self):
        self.says("plain_loop.py", "weight 2.9995 after 4 epochs")  # as the program in C

    def test_custom_function(self):
        self.says("custom_function.py", "  0  0.500000  by hand 0.500000", "100  0.183016  by hand 0.183016")


if __name__ == "__main__":
    unittest.main()
