"""One plan in many threads, and Tempo in many interpreters of one process."""

import random
import sys
import threading
import time
import unittest

import tempo
from tempo import schedules

COSINE = "composer.CosineAnnealingWithWarmupScheduler t_warmup=5ep"
RUN = tempo.Run("90ep", batches_per_epoch=1251)


def together(*jobs):
    """Runs the jobs in a thread each, and raises what one of them raised."""
    errors = []

    def run(job):
        try:
            job()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


class Threads(unittest.TestCase):
    def setUp(self):
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        self.addCleanup(sys.setswitchinterval, interval)

    def test_eight_threads_evaluate_a_plan_while_others_make_and_drop_theirs(self):
        plan = tempo.Plan(COSINE, RUN, tempo.Group(lr=0.4))
        expected = list(plan.values(0, 2000))

        def evaluate():
            for _ in range(20):
                self.assertEqual(list(plan.values(0, 2000)), expected)
                batch = random.randrange(2000)
                self.assertEqual(plan(batch), expected[batch])

        def build():
            for _ in range(300):
                other = tempo.Plan(COSINE, RUN, [tempo.Group("a", lr=0.4), tempo.Group("b", lr=0.1)])
                self.assertEqual(other.value(10, "a.lr"), expected[10])
                tempo.loads("tempo: 1\nschedules: {type: torch.StepLR, step_size: 3}").to_yaml()

        together(*[evaluate] * 8, *[build] * 4)

    def test_a_bulk_evaluation_lets_other_threads_run(self):
        plan = tempo.Plan(COSINE, RUN)
        sys.setswitchinterval(1000)  # nobody is interrupted: others run only if they are let
        counted = 0
        done = threading.Event()

        def count():
            nonlocal counted
            while not done.is_set():
                counted += 1
                time.sleep(1e-5)

        counter = threading.Thread(target=count)
        counter.start()
        while not counted:
            time.sleep(1e-3)
        before = counted
        plan.values(0, 5_000_000)
        during = counted - before
        done.set()
        counter.join()
        self.assertGreater(during, 0)

    def test_a_python_function_is_called_in_whatever_thread_evaluates(self):
        seen = set()

        def remember(step):
            seen.add(threading.current_thread())
            return 1.0

        plan = tempo.Plan(schedules.torch.LambdaLR(remember), tempo.Run(step_schedulers_every_batch=True))
        together(*[lambda: plan.values(0, 500)] * 4)
        self.assertEqual(len(seen), 4)


# Python 3.12 has only the private module; its name and its run function differ by version.
try:
    import _interpreters as interpreters
except ImportError:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        interpreters = None

PROGRAM = """
import pickle, tempo
plan = tempo.Plan("composer.CosineAnnealingScheduler", tempo.Run("100ba"))
assert plan(50) == 0.5, plan(50)
assert pickle.loads(pickle.dumps(plan)) == plan
try:
    tempo.Schedule("torch.StepL step_size=3")
except tempo.UnknownName as error:
    assert error.advice
else:
    raise AssertionError("no error")
del plan
"""


@unittest.skipUnless(interpreters, "this Python has no subinterpreters")
class Subinterpreters(unittest.TestCase):
    def run_in(self, interpreter, program):
        run = getattr(interpreters, "exec", None) or interpreters.run_string
        failure = run(interpreter, f"import sys; sys.path[:] = {sys.path!r}\n{program}")
        self.assertIsNone(failure)

    def test_each_interpreter_has_a_tempo_of_its_own(self):
        plan = tempo.Plan("composer.CosineAnnealingScheduler", tempo.Run("100ba"))
        for _ in range(3):
            first, second = interpreters.create(), interpreters.create()
            self.run_in(first, PROGRAM)
            self.run_in(second, PROGRAM)
            interpreters.destroy(first)
            self.run_in(second, PROGRAM)
            interpreters.destroy(second)
        self.assertEqual(plan(50), 0.5)
        with self.assertRaises(tempo.UnknownName):
            tempo.find_type("x")

    def test_a_module_imported_afresh_takes_over(self):
        interpreter = interpreters.create()
        self.run_in(
            interpreter,
            PROGRAM + "import gc\nfor name in [n for n in sys.modules if n.startswith('tempo')]: del sys.modules[name]\n"
            "del tempo\ngc.collect()\n" + PROGRAM,
        )
        interpreters.destroy(interpreter)


if __name__ == "__main__":
    unittest.main()
