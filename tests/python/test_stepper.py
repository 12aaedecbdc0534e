"""Steppers. Expected numbers are those of PyTorch's schedulers (2.13) where a schedule is one of these."""

import copy
import gc
import pickle
import unittest
import weakref

import tempo
from tempo import schedules

HALVE_EVERY_TWO = "torch.StepLR step_size=2 gamma=0.5"
COSINE = "composer.CosineAnnealingScheduler t_max=1dur"


def walk(stepper, steps, track=0):
    values = [stepper.value(track)]
    for _ in range(steps):
        stepper.step()
        values.append(stepper.value(track))
    return values


class Steps(unittest.TestCase):
    def test_the_first_value_is_there_before_the_first_step(self):
        self.assertEqual(tempo.Stepper("torch.ConstantLR factor=0.5", groups={"lr": 0.1}).values, (0.05,))

    def test_a_step_is_what_the_schedule_counts(self):
        self.assertEqual(walk(tempo.Stepper(HALVE_EVERY_TWO), 4), [1.0, 1.0, 0.5, 0.5, 0.25])

    def test_a_step_may_be_something_else(self):
        stepper = tempo.Stepper(HALVE_EVERY_TWO, tempo.Run(batches_per_epoch=2), step="1ba")
        self.assertEqual(walk(stepper, 4), [1.0, 1.0, 1.0, 1.0, 0.5])

    def test_starting_later_is_stepping_there(self):
        stepped = tempo.Stepper("torch.ExponentialLR gamma=0.9")
        walk(stepped, 33)
        self.assertEqual(tempo.Stepper("torch.ExponentialLR gamma=0.9", start=33).values, stepped.values)

    def test_recursive_multiplies_and_closed_form_computes(self):
        recursive = tempo.Stepper("torch.ExponentialLR gamma=0.9", groups={"lr": 0.1})
        closed = tempo.Stepper("torch.ExponentialLR gamma=0.9", groups={"lr": 0.1}, mode="closed_form")
        value = 0.1
        for _ in range(4):
            value *= 0.9
        self.assertEqual(walk(recursive, 4)[-1], value)
        self.assertEqual(walk(closed, 4)[-1], 0.1 * 0.9**4)

    def test_a_number_written_by_hand_counts_where_pytorch_multiplies(self):
        stepper = tempo.Stepper(HALVE_EVERY_TWO)
        stepper.set("lr", 64.0)
        self.assertEqual(stepper.value(), 64.0)
        self.assertEqual(walk(stepper, 2)[-1], 32.0)

    def test_a_metric_is_heard(self):
        stepper = tempo.Stepper("torch.ReduceLROnPlateau patience=0 factor=0.5")
        heard = []
        for metric in (1.0, 1.0, 0.5, 0.7):
            stepper.step(metric)
            heard.append(stepper.value())
        self.assertEqual(heard, [1.0, 0.5, 0.5, 0.25])

    def test_a_metric_that_is_missing_is_an_error(self):
        stepper = tempo.Stepper("torch.ReduceLROnPlateau")
        with self.assertRaises(tempo.Missing):
            stepper.step()

    def test_a_clock_can_tell_the_time(self):
        stepper = tempo.Stepper("composer.LinearScheduler t_max=100sp")
        stepper.step_to(tempo.Timestamp(batch=1, sample=25))
        self.assertEqual(stepper.values, (0.75,))
        self.assertEqual(stepper.timestamp.sample, 25)

    def test_a_recursive_schedule_cannot_go_back(self):
        stepper = tempo.Stepper(HALVE_EVERY_TWO, start=3)
        with self.assertRaises(tempo.Conflict):
            stepper.step_to(tempo.Timestamp(epoch=1))
        self.assertEqual(stepper.steps, 3)

    def test_a_plan_can_be_stepped(self):
        plan = tempo.Plan(COSINE, tempo.Run("100ba"), tempo.Group(lr=0.1))
        self.assertEqual(walk(tempo.Stepper.of_plan(plan), 9), list(plan.values(0, 10)))

    def test_counting_needs_the_facts(self):
        stepper = tempo.Stepper("composer.LinearScheduler t_max=100sp")
        with self.assertRaises(tempo.MissingFact) as caught:
            stepper.step()
        self.assertEqual(caught.exception.fact, "samples_per_batch")


class Groups(unittest.TestCase):
    def test_a_track_goes_by_index_or_name(self):
        stepper = tempo.Stepper(HALVE_EVERY_TWO, groups=[tempo.Group("a", lr=1), tempo.Group("b", lr=2)], start=2)
        self.assertEqual((stepper.value("b.lr"), stepper.value(1), stepper.values), (1.0, 1.0, (0.5, 1.0)))
        self.assertEqual([(t.group, t.field, t.base) for t in stepper.tracks], [("a", "lr", 1.0), ("b", "lr", 2.0)])

    def test_a_group_joins_the_curve_where_it_is(self):
        stepper = tempo.Stepper(HALVE_EVERY_TWO, groups=tempo.Group("a", lr=1.0), start=2)
        stepper.add_group(tempo.Group("b", lr=8.0))
        self.assertEqual(stepper.values, (0.5, 4.0))
        self.assertEqual(walk(stepper, 2, "b.lr"), [4.0, 4.0, 2.0])

    def test_a_name_that_is_taken_is_an_error(self):
        stepper = tempo.Stepper(HALVE_EVERY_TWO, groups=tempo.Group("a", lr=1.0))
        with self.assertRaises(tempo.Conflict):
            stepper.add_group(tempo.Group("a", lr=8.0))
        self.assertEqual(stepper.values, (1.0,))


class Functions(unittest.TestCase):
    def test_what_a_function_raises_arrives_and_nothing_is_written(self):
        def fail_at_two(step):
            if step == 2:
                raise KeyError("two")
            return 1 / (step + 1)

        for groups in ({"lr": 1.0}, [tempo.Group("a", lr=1), tempo.Group("b", lr=2)]):
            stepper = tempo.Stepper(schedules.torch.LambdaLR(fail_at_two), groups=groups)
            stepper.step()
            before = stepper.values
            with self.assertRaises(KeyError):
                stepper.step()
            self.assertEqual((stepper.values, stepper.steps), (before, 1))

    def test_a_function_cannot_move_the_stepper_that_calls_it(self):
        def meddle(step):
            if step:
                stepper.load_state_dict(state)
            return 1.0

        stepper = tempo.Stepper(schedules.torch.LambdaLR(meddle))
        state = stepper.state_dict()
        with self.assertRaises(RuntimeError):
            stepper.step()
        self.assertEqual(stepper.steps, 0)

    def test_a_function_that_refers_to_its_stepper_is_collected(self):
        class Counts:
            def __call__(self, step):
                return 1.0

        counts = Counts()
        counts.stepper = tempo.Stepper(schedules.torch.LambdaLR(counts))
        seen = weakref.ref(counts)
        del counts
        gc.collect()
        self.assertIsNone(seen())


class States(unittest.TestCase):
    RUN = tempo.Run("20ba")

    def test_a_loaded_stepper_goes_on_to_the_same_bits(self):
        whole = walk(tempo.Stepper("torch.ExponentialLR gamma=0.9"), 20)
        first, second = tempo.Stepper("torch.ExponentialLR gamma=0.9"), tempo.Stepper("torch.ExponentialLR gamma=0.9")
        walk(first, 7)
        second.load_state_dict(first.state_dict())
        self.assertEqual(walk(second, 13), whole[7:])

    def test_what_a_schedule_has_heard_is_part_of_it(self):
        first, second = (tempo.Stepper("torch.ReduceLROnPlateau patience=1 factor=0.5") for _ in range(2))
        for _ in range(2):
            first.step(1.0)
        second.load_state_dict(first.state_dict())
        second.step(1.0)
        self.assertEqual(second.value(), 0.5)

    def test_a_state_is_plain_values(self):
        def is_plain(value):
            if isinstance(value, dict):
                return all(isinstance(key, str) and is_plain(item) for key, item in value.items())
            if isinstance(value, list):
                return all(map(is_plain, value))
            return isinstance(value, (int, float, str, type(None)))

        self.assertTrue(is_plain(tempo.Stepper(COSINE, self.RUN).state_dict()))

    def test_a_mismatch_is_an_error_that_lists_it(self):
        state = tempo.Stepper(HALVE_EVERY_TWO, start=4).state_dict()
        for stepper, words in (
            (tempo.Stepper("torch.StepLR step_size=3 gamma=0.5"), "schedules[0].step_size: 3 here, 2 saved"),
            (tempo.Stepper(HALVE_EVERY_TWO, groups={"lr": 2.0}), "base of lr: 2 here, 1 saved"),
            (tempo.Stepper(HALVE_EVERY_TWO, self.RUN), "run.max_duration: '20ba' here, None saved"),
        ):
            with self.subTest(words=words):
                before = stepper.values
                with self.assertRaises(tempo.Conflict) as caught:
                    stepper.load_state_dict(state)
                self.assertIn(words, str(caught.exception))
                self.assertEqual((stepper.values, stepper.steps), (before, 0))

    def test_the_configuration_may_count(self):
        stepper = tempo.Stepper("torch.StepLR step_size=3 gamma=0.5", groups={"lr": 16.0})
        stepper.load_state_dict(tempo.Stepper(HALVE_EVERY_TWO, start=6).state_dict(), mismatch="config")
        self.assertEqual((stepper.steps, stepper.value()), (6, 4.0))

    def test_the_checkpoint_may_count(self):
        stepper = tempo.Stepper("torch.StepLR step_size=3 gamma=0.5", groups={"lr": 16.0})
        stepper.load_state_dict(tempo.Stepper(HALVE_EVERY_TWO, start=6).state_dict(), mismatch="checkpoint")
        self.assertEqual((stepper.steps, stepper.value()), (6, 0.125))
        self.assertEqual(str(stepper.schedule), HALVE_EVERY_TWO)

    def test_under_another_run_the_same_time_means_something_else(self):
        short = tempo.Stepper("composer.LinearScheduler t_max=1dur", tempo.Run("20ba"), start=10)
        for mismatch, value, duration in (("config", 0.75, "40ba"), ("checkpoint", 0.5, "20ba")):
            long = tempo.Stepper("composer.LinearScheduler t_max=1dur", tempo.Run("40ba"))
            long.load_state_dict(short.state_dict(), mismatch)
            self.assertEqual((long.value(), long.run.max_duration), (value, duration))

    def test_what_is_no_state_changes_nothing(self):
        stepper = tempo.Stepper(HALVE_EVERY_TWO, start=2)
        whole = stepper.state_dict()
        for broken in ({}, [], {**whole, "run": 3}, {**whole, "hash": "0"}, {**whole, "tempo_stepper": 99}):
            with self.subTest(broken=broken), self.assertRaises((tempo.Error, TypeError)):
                stepper.load_state_dict(broken)
            self.assertEqual(stepper.state_dict(), whole)

    def test_a_number_written_by_hand_is_saved(self):
        first, second = tempo.Stepper(HALVE_EVERY_TWO), tempo.Stepper(HALVE_EVERY_TWO)
        first.set("lr", 64.0)
        second.load_state_dict(first.state_dict())
        self.assertEqual(walk(second, 2), [64.0, 64.0, 32.0])

    def test_copies_go_their_own_way(self):
        stepper = tempo.Stepper(HALVE_EVERY_TWO, self.RUN, step="1ep")
        stepper.step()
        for other in (pickle.loads(pickle.dumps(stepper)), copy.copy(stepper), copy.deepcopy(stepper)):
            self.assertEqual(other.state_dict(), stepper.state_dict())
            other.step()
            self.assertEqual((other.value(), stepper.value()), (0.5, 1.0))

    def test_a_mode_or_mismatch_that_is_none_is_an_error(self):
        with self.assertRaises(ValueError):
            tempo.Stepper(HALVE_EVERY_TWO, mode="fast")
        with self.assertRaises(ValueError):
            tempo.Stepper(HALVE_EVERY_TWO).load_state_dict({}, mismatch="ignore")


if __name__ == "__main__":
    unittest.main()
