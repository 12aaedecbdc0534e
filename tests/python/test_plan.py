"""Plans: what is bound, and its values. Expected numbers are Composer's and PyTorch's own."""

import copy
import pickle
import unittest

import tempo
from tempo import schedules

# Composer 0.32.1: CosineAnnealingWithWarmupScheduler(t_warmup="10ba", alpha_f=0.1) at 0, 5, 10, 55, 100 of 100 batches.
COSINE = "composer.CosineAnnealingWithWarmupScheduler t_warmup=10ba alpha_f=0.1"
RUN = tempo.Run("100ba", batches_per_epoch=20)


class Values(unittest.TestCase):
    def test_a_plan_is_a_function_of_completed_batches(self):
        plan = tempo.Plan(COSINE, RUN, tempo.Group(lr=1.0))
        self.assertEqual([plan(b) for b in (0, 5, 10, 55, 100)], [0.0, 0.5, 1.0, 0.55, 0.1])

    def test_a_time_may_be_given_in_any_unit_that_the_run_knows(self):
        plan = tempo.Plan(COSINE, RUN)
        self.assertEqual(plan("0.55dur"), plan(55))
        self.assertEqual(plan("2ep"), plan(40))

    def test_many_values_have_the_bits_of_single_ones(self):
        plan = tempo.Plan(COSINE, RUN)
        self.assertEqual(list(plan.values(0, 101)), [plan(b) for b in range(101)])

    def test_a_track_goes_by_index_or_name(self):
        groups = [tempo.Group("body", lr=0.1), tempo.Group("head", lr=1.0)]
        plan = tempo.Plan(COSINE, RUN, groups)
        self.assertEqual(plan.value(5, track=1), 0.5)
        self.assertEqual(plan.value(5, "head.lr"), 0.5)
        self.assertEqual([(t.group, t.field, t.base) for t in plan.tracks], [("body", "lr", 0.1), ("head", "lr", 1.0)])

    def test_a_track_that_is_not_there_is_an_error(self):
        plan = tempo.Plan(COSINE, RUN)
        for track, kind in ((1, IndexError), (-1, IndexError), ("weight_decay", KeyError), (0.5, TypeError)):
            with self.subTest(track=track), self.assertRaises(kind):
                plan.value(0, track)

    def test_what_is_no_time_is_an_error(self):
        plan = tempo.Plan(COSINE, RUN)
        for at, kind in ((-1, tempo.BadValue), ("5", tempo.BadSyntax), (0.5, TypeError), (None, TypeError), (2**70, OverflowError)):
            with self.subTest(at=at), self.assertRaises(kind):
                plan(at)


class OtherNumbers(unittest.TestCase):
    """PyTorch 2.13: CosineAnnealingLR(T_max=7, eta_min=0.01) after three steps, and ReduceLROnPlateau."""

    every_batch = tempo.Run(step_schedulers_every_batch=True)

    def test_one_plan_serves_every_base(self):
        plan = tempo.Plan(schedules.torch.CosineAnnealingLR(7, eta_min=0.01), self.every_batch)
        values = [0.06501344202803415, 0.18726553542366559, 1.2264083292865329]
        self.assertEqual(plan.from_base(3, [0.1, 0.3, 2.0]), values)
        self.assertEqual(plan.from_base(3, 0.1), values[0])

    def test_the_next_value_comes_from_the_one_before(self):
        plan = tempo.Plan(schedules.torch.CosineAnnealingLR(7, eta_min=0.01), self.every_batch)
        bases = values = [0.1, 0.3, 2.0]
        for step in (1, 2, 3):
            values = plan.next(step, bases, values)
        self.assertEqual(values, [0.06501344202803415, 0.18726553542366556, 1.2264083292865329])

    def test_there_are_as_many_bases_as_values(self):
        plan = tempo.Plan(schedules.torch.ExponentialLR(0.5), self.every_batch)
        with self.assertRaises(ValueError):
            plan.next(1, [1.0, 2.0], [1.0])

    def test_a_schedule_without_a_closed_form_wants_a_stepped_plan(self):
        product = schedules.torch.MultiplicativeLR(lambda step: 0.5)
        with self.assertRaises(tempo.Conflict):
            tempo.Plan(product, self.every_batch)
        plan = tempo.Plan(product, self.every_batch, stepped=True)
        self.assertEqual(plan.next(1, 1.0, 8.0), 4.0)
        with self.assertRaises(tempo.Conflict):
            plan.from_base(1, 8.0)

    def test_a_metric_is_heard_with_what_is_remembered(self):
        plan = tempo.Plan("torch.ReduceLROnPlateau factor=0.5 patience=1 cooldown=1", self.every_batch, stepped=True)
        self.assertEqual(plan.memory(), ("best", "num_bad_epochs", "cooldown_counter"))
        value, memory = plan.listen(0, 0.0, 0.1, 0.1, [0, 0, 0])
        heard = []
        for step, metric in enumerate([1.0, 0.9, 0.95, 0.97, 0.8], start=1):
            value, memory = plan.listen(step, metric, 0.1, value, memory)
            heard.append((value, *memory))
        expected = [(0.1, 1.0, 0, 0), (0.1, 0.9, 0, 0), (0.1, 0.9, 1, 0), (0.05, 0.9, 0, 1), (0.05, 0.8, 0, 0)]
        self.assertEqual(heard, expected)

    def test_a_stepped_plan_survives_a_pickle(self):
        plan = tempo.Plan("torch.ReduceLROnPlateau", self.every_batch, stepped=True)
        self.assertEqual(pickle.loads(pickle.dumps(plan)), plan)


class Functions(unittest.TestCase):
    every_batch = tempo.Run(step_schedulers_every_batch=True)

    def test_a_python_function_is_a_schedule(self):
        plan = tempo.Plan(schedules.torch.LambdaLR(lambda step: 0.5**step), self.every_batch, tempo.Group(lr=8.0))
        self.assertEqual(list(plan.values(0, 4)), [8.0, 4.0, 2.0, 1.0])

    def test_what_it_raises_arrives(self):
        plan = tempo.Plan(schedules.torch.LambdaLR(lambda step: 1 / 0), self.every_batch)
        for evaluate in (lambda: plan(0), lambda: plan.values(0, 3)):
            with self.assertRaises(ZeroDivisionError):
                evaluate()

    def test_a_schedule_names_it_in_text(self):
        def halve(step):
            return 0.5**step

        schedule = schedules.torch.LambdaLR(halve)
        self.assertEqual(str(schedule), "torch.LambdaLR lr_lambda=halve")
        self.assertEqual(schedule, tempo.Schedule(str(schedule), {"halve": halve}))
        self.assertNotEqual(schedule, tempo.Schedule(str(schedule), {"halve": abs}))


class Errors(unittest.TestCase):
    def test_an_error_says_what_where_and_what_to_do(self):
        with self.assertRaises(tempo.MissingFact) as caught:
            tempo.Plan("composer.StepScheduler step_size=3ep")
        self.assertEqual(caught.exception.fact, "batches_per_epoch")
        self.assertEqual(caught.exception.path, "schedules[0].step_size")
        self.assertIn("give batches_per_epoch of the run", str(caught.exception))

    def test_an_error_of_a_text_has_its_place(self):
        with self.assertRaises(tempo.BadSyntax) as caught:
            tempo.Schedule("torch.StepLR step_size=[1")
        self.assertEqual((caught.exception.line, caught.exception.column), (1, 26))

    def test_a_plan_of_a_schedule_that_does_not_hold_says_so(self):
        with self.assertRaises(tempo.BadValue) as caught:
            tempo.Plan({"type": "torch.StepLR", "step_size": 0})
        self.assertEqual(caught.exception.path, "schedules[0].step_size")

    def test_an_error_is_also_the_builtin_one(self):
        for status, builtin in (
            (tempo.BadType, TypeError),
            (tempo.BadValue, ValueError),
            (tempo.UnitMismatch, RuntimeError),
            (tempo.OutOfRange, OverflowError),
            (tempo.ZeroDuration, ZeroDivisionError),
            (tempo.IoError, OSError),
        ):
            self.assertTrue(issubclass(status, builtin) and issubclass(status, tempo.Error))


class RoundTrips(unittest.TestCase):
    objects = [
        RUN,
        tempo.Run(),
        tempo.Group("decay", {"lr": 0.1, "betas[0]": 0.9}, fixed=True),
        tempo.Schedule("torch.StepLR step_size=30 * torch.ExponentialLR gamma=0.9 groups=[a]"),
        tempo.Plan(COSINE, RUN, [tempo.Group("a", lr=1), tempo.Group("b", lr=2)]),
        tempo.Plan("torch.ReduceLROnPlateau patience=1", tempo.Run(batches_per_epoch=2), metrics=[1, 1, 1, 1]),
        tempo.Document({"tempo": 1, "optimizer": {"lr": 0.1}, "schedules": {"type": "torch.StepLR", "step_size": 3}}),
        tempo.find_type("torch.StepLR"),
    ]

    def test_pickle_and_copy_give_an_equal_object(self):
        for thing in self.objects:
            with self.subTest(thing=thing):
                for other in (pickle.loads(pickle.dumps(thing)), copy.copy(thing), copy.deepcopy(thing)):
                    self.assertEqual(str(other), str(thing))
                    if not isinstance(thing, tempo.ScheduleType):
                        self.assertEqual(other, thing)
                        self.assertEqual(hash(other), hash(thing))

    def test_repr_is_python_that_makes_an_equal_object(self):
        for thing in self.objects:
            if not isinstance(thing, (tempo.ScheduleType, tempo.Plan)):
                with self.subTest(thing=thing):
                    self.assertEqual(eval(repr(thing), vars(tempo)), thing)


if __name__ == "__main__":
    unittest.main()
