"""python -m tempo is the command: its arguments, streams, statuses and signals.

Much of tests/cli runs through it too; here is what is special about Python.
"""

import os
import signal
import subprocess
import sys
import tempfile
import unittest

import tempo

COMMAND = [sys.executable, "-m", "tempo"]
LONG = ["table", "-e", "composer.LinearScheduler", "--max-duration", "1000000000ba", "--every", "1ba"]


def run(*arguments, **options):
    return subprocess.run([*COMMAND, *arguments], capture_output=True, check=False, **options)


class Command(unittest.TestCase):
    def test_it_is_the_command_of_the_same_version(self):
        result = run("--version")
        self.assertEqual((result.returncode, result.stdout), (0, f"tempo {tempo.__version__}\n".encode()))

    def test_statuses_are_those_of_the_command(self):
        fine = b"{tempo: 1, run: {max_duration: 30ba}, schedules: {type: composer.MultiStepScheduler, milestones: [20ba]}}"
        late = fine.replace(b"30ba", b"10ba")
        self.assertEqual([run("check", "-", input=text).returncode for text in (fine, late, b"{")], [0, 1, 2])
        self.assertEqual(run().returncode, 2)

    def test_a_name_of_a_file_may_be_any_bytes(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(os.fsencode(directory), b"\xff.yaml")
            with open(path, "wb") as file:
                file.write(b"{tempo: 1, run: {max_duration: 10ba}, schedules: {type: composer.LinearScheduler}}")
            self.assertEqual(run("check", path).returncode, 0)

    def test_a_closed_pipe_is_nobodys_fault(self):
        child = subprocess.Popen([*COMMAND, *LONG], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with child:
            child.stdout.readline()
            child.stdout.close()
            self.assertEqual((child.stderr.read(), child.wait()), (b"", 0))

    def test_ctrl_c_ends_it_without_a_word(self):
        child = subprocess.Popen([*COMMAND, *LONG], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with child:
            child.stdout.readline()
            child.send_signal(signal.SIGINT)
            child.stdout.read()
            self.assertEqual((child.stderr.read(), child.wait()), (b"", -signal.SIGINT))

    def test_pictures_other_than_svg_need_cairo_and_say_so(self):
        with tempfile.TemporaryDirectory() as directory:
            picture = os.path.join(directory, "a.png")
            result = run("plot", "-e", "composer.LinearScheduler", "--max-duration", "9ba", "--png", picture)
            if result.returncode == 0:
                with open(picture, "rb") as file:
                    self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")
            else:
                self.assertIn(b"libcairo2", result.stderr)
                self.assertEqual(os.listdir(directory), [])


class Function(unittest.TestCase):
    def program(self, text):
        return subprocess.run([sys.executable, "-c", text], capture_output=True, check=True, text=True).stdout

    def test_what_python_printed_before_comes_before(self):
        out = self.program("from tempo.__main__ import main; print('first'); main(['--version'])")
        self.assertEqual(out, f"first\ntempo {tempo.__version__}\n")

    def test_it_may_be_called_again(self):
        out = self.program("from tempo.__main__ import main; print(main(['--version']), main(['nothing']), flush=True);"
                           "main(['--version'])")
        self.assertEqual(out, f"tempo {tempo.__version__}\n0 2\ntempo {tempo.__version__}\n")

    def test_other_threads_run_meanwhile(self):
        out = self.program("import os, threading\n"
                           "from tempo._tempo import main\n"
                           "stdout = os.dup(1)\n"
                           "os.dup2(os.open(os.devnull, os.O_WRONLY), 1)\n"
                           f"threading.Thread(target=main, args=({LONG!r},), daemon=True).start()\n"
                           "os.write(stdout, b'alive')\n"
                           "os._exit(0)\n")
        self.assertEqual(out, "alive")

    def test_arguments_are_texts(self):
        from tempo._tempo import main
        for wrong in ([1], None, ["a\0b"]):
            with self.subTest(wrong=wrong), self.assertRaises((TypeError, ValueError)):
                main(wrong)


if __name__ == "__main__":
    unittest.main()
