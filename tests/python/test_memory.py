"""What happens when memory is out, at every single allocation, and that nothing is kept of what is dropped."""

import copy
import gc
import os
import pathlib
import sys
import unittest

import tempo
from tempo import _tempo, schedules
from tempo._tempo import Driver

try:
    import _testcapi  # CPython's own, which can make the n-th allocation fail
except ImportError:
    _testcapi = None

EVERY_BATCH = tempo.Run(step_schedulers_every_batch=True)
RUN = tempo.Run("90ep", batches_per_epoch=1251)
COSINE = "composer.CosineAnnealingWithWarmupScheduler t_warmup=5ep"
DATA = {"tempo": 1, "optimizer": {"lr": 0.1}, "schedules": {"type": "torch.StepLR", "step_size": 3}}
DOCUMENT = tempo.Document(DATA)
PLAN = tempo.Plan(COSINE, RUN)
STEP = tempo.Schedule("torch.StepLR step_size=3")
WSD = tempo.Plan("accelerated.WSDLrScheduler total_steps=1001 num_checkpoints=4")
CYCLES = tempo.Plan("timm.CosineLRScheduler t_initial=10 cycle_mul=2", tempo.Run(batches_per_epoch=1))


def halve(step):
    return 0.5**step


LAMBDA = schedules.torch.LambdaLR(halve)
EPOCHS = tempo.Time(5, "ep")
NOW = tempo.Timestamp(epoch=3, batch=4000)
FUNCTION = {"type": "composer.ComposerScheduler", "function": lambda state, ratio: float(state.timestamp.batch) * ratio}
LINE = tempo.Plan("optax.linear_schedule init_value=1 end_value=0 transition_steps=10")
DRAWN = tempo.Document({**DATA, "run": {"max_duration": "9ep", "batches_per_epoch": 10}})
CONFIG = {"lr": 0.1, "name": "cosine_decay", "decay_steps": 100}
LISTENING = tempo.Plan("torch.ReduceLROnPlateau", EVERY_BATCH, stepped=True)

GROUPS = [tempo.Group("a", lr=1.0), tempo.Group("b", lr=2.0)]
STEPPER = tempo.Stepper(STEP, RUN, GROUPS, start=3)
STATE = STEPPER.state_dict()


OTHER = tempo.Stepper("torch.StepLR step_size=4", EVERY_BATCH, GROUPS)


def refused():
    try:
        OTHER.load_state_dict(STATE)
    except tempo.Conflict:
        pass


def joined():
    tempo.Stepper(STEP, RUN, GROUPS).add_group(tempo.Group("c", lr=3.0))


class Fills:
    def fill_(self, value):
        return self


class Optimizer:
    def __init__(self):
        self.param_groups = [{"lr": 1.0, "betas": (0.9, 0.99)}, {"lr": Fills(), "betas": [0.9, 0.99]}]


def driven():
    optimizer = Optimizer()
    fields = {"lr": 1.0, "betas[0]": 0.9}
    groups = [tempo.Group("a", fields), tempo.Group("b", fields)]
    schedule = "torch.StepLR step_size=1 every=1ba * torch.StepLR step_size=1 every=1ba field=\"betas[0]\""
    stepper = tempo.Stepper(schedule, RUN, groups)
    places = ((0, "lr", -1), (0, "betas", 0), (1, "lr", -1), (1, "betas", 0))
    driver = Driver(stepper, (optimizer,), tuple(optimizer.param_groups), places, True)
    optimizer.param_groups[0]["lr"] = 7.0
    driver.step(3, 4, 5.0)
    driver.step_to(tempo.Timestamp(batch=3))
    driver.epoch_end()
    driver.read()
    driver.write()
    return driver.is_current(), driver.listens


def moved():
    clock = tempo.Clock("5ep")
    clock.epoch_end()
    clock.iteration_end()
    clock.load(clock.save())
    return clock.done, clock.now.to_next_iteration()


# Every entry point of the extension, by name.
JOBS = {
    "Stepper": lambda: tempo.Stepper(COSINE, RUN, GROUPS, mode="closed_form", step="2ba", start=3),
    "Stepper of a plan": lambda: tempo.Stepper.of_plan(PLAN, start=2),
    "Stepper of functions": lambda: tempo.Stepper(LAMBDA).step(),
    "Stepper, moved": lambda: (STEPPER.step(), STEPPER.step_to(STEPPER.timestamp, 1.0), STEPPER.set("b.lr", 1.0)),
    "Stepper, shown": lambda: (repr(STEPPER), STEPPER.values, STEPPER.value("a.lr"), STEPPER.tracks, STEPPER.steps),
    "Stepper, saved": lambda: (STEPPER.state_dict(), STEPPER.__getnewargs_ex__()),
    "Stepper, loaded over its own": lambda: copy.copy(OTHER).load_state_dict(STATE, "config"),
    "Stepper, loaded": lambda: copy.copy(OTHER).load_state_dict(STATE, "checkpoint"),
    "Stepper, refused": refused,
    "Stepper, a group more": joined,
    "Driver": driven,
    "Run": lambda: tempo.Run("90ep", 1251),
    "Group": lambda: tempo.Group("a", {"lr": 1}, weight_decay=3),
    "Schedule of text": lambda: tempo.Schedule("torch.StepLR step_size=30 * torch.ExponentialLR gamma=0.9"),
    "Schedule of data": lambda: tempo.Schedule([{"type": "torch.StepLR", "step_size": 3}, STEP]),
    "Schedule of functions": lambda: schedules.torch.LambdaLR(halve),
    "Schedule, shown": lambda: (str(STEP), repr(STEP), STEP.to_list(), STEP.types, hash(STEP)),
    "Schedule, compared": lambda: (STEP == tempo.Schedule("torch.StepLR step_size=3"), STEP.__reduce__()),
    "Schedule, stacked": lambda: STEP * STEP,
    "Plan": lambda: tempo.Plan(COSINE, RUN, [tempo.Group("a", lr=1), {"lr": 2}]),
    "Plan with a finding": lambda: tempo.Plan("composer.LinearScheduler t_max=1ep", RUN).findings,
    "Plan of functions": lambda: tempo.Plan(LAMBDA, EVERY_BATCH)(3),
    "Plan with metrics": lambda: tempo.Plan("torch.ReduceLROnPlateau", EVERY_BATCH, metrics=[1, 2, 3])(2),
    "Plan, evaluated": lambda: (PLAN("3ep"), PLAN(7), PLAN.value(3, "lr"), PLAN.joints()),
    "Plan, from other numbers": lambda: (PLAN.from_base(7, [1.0, 2.0]), PLAN.next(7, (1.0, 2.0), [1.0, 2.0])),
    "Plan, hearing a metric": lambda: LISTENING.listen(1, 0.5, 1.0, 1.0, [0.0] * len(LISTENING.memory())),
    "Plan, stepped": lambda: (repr(LISTENING), LISTENING.__reduce__()),
    "Plan, shown": lambda: (repr(PLAN), hash(PLAN), PLAN.tracks, PLAN.max_duration, PLAN.batches),
    "Plan, compared": lambda: (PLAN == tempo.Plan(COSINE, RUN), PLAN.__reduce__()),
    "Document of data": lambda: tempo.Document(DATA, {"optimizer.lr": 3}),
    "Document of text": lambda: tempo.loads("tempo: 1\nschedules: {type: torch.StepLR, step_size: 3}"),
    "Document, bound": lambda: DOCUMENT.plan(),
    "Document, shown": lambda: (DOCUMENT.to_dict(), DOCUMENT.to_json(), DOCUMENT.to_yaml(), repr(DOCUMENT)),
    "Document, compared": lambda: (DOCUMENT == tempo.Document(DATA), hash(DOCUMENT), DOCUMENT.__reduce__()),
    "Time": lambda: (tempo.Time("5ep"), tempo.Time.from_timestring("1h30m"), EPOCHS.unit, hash(EPOCHS), repr(EPOCHS)),
    "Time, calculated": lambda: (EPOCHS + "3ep", 2 * EPOCHS, EPOCHS / EPOCHS, EPOCHS % 2, -EPOCHS, EPOCHS < 9),
    "Timestamp": lambda: (tempo.Timestamp(batch=3), NOW.copy(epoch=4), NOW.batch, NOW.get("sp"), NOW == NOW.copy()),
    "Timestamp, moved on": lambda: (NOW.to_next_batch(3, "5tok"), NOW.to_next_epoch(), NOW < "5ep"),
    "Clock": lambda: (tempo.Clock("5ep").now, tempo.Clock().batch_end(3), tempo.Clock("5ep").save()),
    "Plan, at times": lambda: (PLAN(EPOCHS), PLAN(NOW)),
    "Plan of a function of the state": lambda: tempo.Plan(FUNCTION, RUN)(3),
    "wsd": lambda: (_tempo.wsd(WSD), _tempo.wsd_checkpoints(1001, 4)),
    "timm_cycle_length": lambda: _tempo.timm_cycle_length(CYCLES, 3),
    "Plan, as operations": lambda: LINE.expression(),
    "Plan, drawn": lambda: (PLAN.svg(), PLAN._repr_svg_()),
    "Document, drawn": lambda: (DRAWN.svg(), DRAWN._repr_svg_(), DRAWN.kind, DRAWN.has_lr),
    "Time, of a unit": lambda: [
        make(3)
        for make in (
            tempo.Time.from_iteration,
            tempo.Time.from_epoch,
            tempo.Time.from_batch,
            tempo.Time.from_sample,
            tempo.Time.from_token,
            tempo.Time.from_duration,
        )
    ],
    "Time, of anything": lambda: (tempo.Time.from_input(3, "ep").to_timestring(), tempo.Time.from_timedelta("1h")),
    "Clock, moved on": moved,
    "config_to_dict": lambda: _tempo.config_to_dict(CONFIG),
    "config_from_dict": lambda: _tempo.config_from_dict(CONFIG),
    "types": lambda: tempo.types(),
    "find_type": lambda: tempo.find_type("torch.StepLR"),
    "ScheduleType": lambda: (schedules.torch.StepLR.__doc__, schedules.torch.StepLR.parameters),
    "ScheduleType, its texts": lambda: [
        getattr(schedules.torch.StepLR, name) for name in ("summary", "formula", "source", "notes", "example")
    ],
}

# These import a module, which no CPython survives without memory: 3.11 goes round for ever, 3.13 crashes.
IMPORTING = {
    "Plan, in bulk": lambda: (PLAN.values(0, 10), PLAN.points()),
    "Timestamp, saved": lambda: (NOW.state_dict(), repr(NOW), tempo.Timestamp().load_state_dict(NOW.state_dict())),
}


def failing(job, first, last):
    """The exception of a job whose allocations from `first` up to `last` (0: all) fail, or None."""
    _testcapi.set_nomemory(first, last)
    try:
        job()
    except BaseException as error:
        return error
    finally:
        _testcapi.remove_mem_hooks()
    return None


@unittest.skipUnless(_testcapi, "this Python cannot make allocations fail")
class OutOfMemory(unittest.TestCase):
    def test_every_entry_point_raises_memory_error_whichever_allocation_fails(self):
        for name, job in JOBS.items():
            with self.subTest(job=name):
                job()
                for first in range(100_000):
                    error = failing(job, first, 0)
                    if error is None:
                        break
                    self.assertIsInstance(error, MemoryError)

    def test_one_failure_alone_is_survived_or_reported(self):
        for name, job in JOBS.items():
            with self.subTest(job=name):
                for first in range(200):
                    error = failing(job, first, first + 1)
                    self.assertIsInstance(error, (MemoryError, type(None)))

    def test_every_method_is_among_them(self):
        text = pathlib.Path(__file__).read_text(encoding="utf-8")
        for name, kind in vars(_tempo).items():
            methods = [m for m, it in vars(kind).items() if callable(it)] if isinstance(kind, type) else [name]
            for method in methods:
                # main() is a program of its own, and plot() is matplotlib's work.
                if not method.startswith("__") and method not in ("main", "plot"):
                    with self.subTest(kind=name):
                        self.assertRegex(text, rf"\b{method}\b")

    def test_things_work_afterwards(self):
        self.assertEqual(PLAN("5ep"), 1.0)


class NothingIsKept(unittest.TestCase):
    @unittest.skipUnless(sys.platform == "linux", "reads /proc")
    @unittest.skipIf(os.environ.get("TEMPO_SANITIZE"), "a sanitizer keeps what is freed")
    def test_memory_does_not_grow_over_100_000_rounds_of_making_evaluating_and_dropping(self):
        def resident():
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1])

        def round_trip():
            plan = tempo.Plan("torch.StepLR step_size=3 * torch.ExponentialLR gamma=0.5", EVERY_BATCH, {"lr": 0.1})
            return plan(5)

        for _ in range(20_000):
            round_trip()
        before = resident()
        for _ in range(100_000):
            round_trip()
        self.assertLess(resident() - before, 100)  # pages of 4 KiB; one lost block a round were 1,000s

    def test_blocks_of_python_are_given_back_by_every_entry_point(self):
        if not hasattr(sys, "getallocatedblocks"):
            self.skipTest("this Python does not count its blocks")
        for name, job in {**JOBS, **IMPORTING}.items():
            with self.subTest(job=name):
                for _ in range(200):
                    job()
                gc.collect()
                before = sys.getallocatedblocks()
                for _ in range(500):
                    job()
                gc.collect()
                # Python's own caches make it vary by some dozens; one lost block a round were 500.
                self.assertLess(sys.getallocatedblocks() - before, 300)

    def test_a_cycle_through_a_function_is_collected(self):
        import weakref

        class Box:
            pass

        box = Box()
        box.schedule = schedules.torch.LambdaLR(lambda step, box=box: 1.0)
        box.plan = tempo.Plan(box.schedule, EVERY_BATCH)
        gone = weakref.ref(box)
        del box
        gc.collect()
        self.assertIsNone(gone())

    def test_errors_leave_nothing_behind(self):
        def fail():
            for bad in ({"type": "torch.StepLR"}, {"type": "torch.StepLR", "step_size": object()}, "x y"):
                try:
                    tempo.Schedule(bad)
                except (tempo.Error, TypeError):
                    pass

        fail()
        gc.collect()
        before = sys.getallocatedblocks()
        for _ in range(2000):
            fail()
        gc.collect()
        self.assertLess(sys.getallocatedblocks() - before, 1000)


if __name__ == "__main__":
    unittest.main()
