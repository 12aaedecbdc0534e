"""Importing Tempo is cheap, and brings nothing along."""

import subprocess
import sys
import unittest


def modules_after(statement):
    text = f"import sys; before = set(sys.modules); {statement}; print(*sorted(set(sys.modules) - before))"
    return subprocess.run([sys.executable, "-c", text], capture_output=True, check=True, text=True).stdout.split()


class Import(unittest.TestCase):
    def test_it_imports_nothing_but_itself(self):
        self.assertEqual(modules_after("import tempo"), ["__future__", "tempo", "tempo._tempo"])

    def test_schedules_are_made_when_they_are_looked_at(self):
        heavy = {"numpy", "torch", "jax", "matplotlib", "inspect", "typing"}
        self.assertFalse(heavy & set(modules_after("import tempo; tempo.schedules.torch.StepLR(3)")))

    def test_what_is_public_is_what_it_says_is_public(self):
        import tempo
        there = {name for name, what in vars(tempo).items() if callable(what) and not name.startswith("_")}
        self.assertEqual(there - set(tempo.__all__), set())
        self.assertEqual([name for name in tempo.__all__ if not hasattr(tempo, name)], [])

    def test_what_is_not_there_is_an_attribute_error(self):
        import tempo
        with self.assertRaisesRegex(AttributeError, "no attribute 'Sedule'"):
            tempo.Sedule


if __name__ == "__main__":
    unittest.main()
