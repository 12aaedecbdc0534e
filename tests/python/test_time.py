"""Time, TimeUnit, Timestamp and Clock. What they answer is what Composer 0.32.1's classes of these names answer."""

import copy
import datetime
import math
import pickle
import types
import unittest
import warnings

import tempo
from tempo import Clock, Time, Timestamp, TimeUnit

SECOND = datetime.timedelta(seconds=1)


class Units(unittest.TestCase):
    def test_a_unit_goes_by_name_or_suffix_in_any_case(self):
        for text in ("EPOCH", "epoch", "ep", "Ep"):
            self.assertIs(TimeUnit(text), TimeUnit.EPOCH)
        self.assertIs(TimeUnit(TimeUnit.BATCH), TimeUnit.BATCH)

    def test_what_is_no_unit_is_a_value_error_and_what_is_no_text_a_type_error(self):
        self.assertRaises(ValueError, TimeUnit, "eons")
        self.assertRaises(TypeError, TimeUnit, 3)

    def test_comparing_with_text_works_with_a_warning(self):
        with self.assertWarns(UserWarning):
            self.assertTrue(TimeUnit.EPOCH == "ep")
        with self.assertWarns(UserWarning):
            self.assertFalse(TimeUnit.EPOCH == "eons")

    def test_units_are_those_of_the_core(self):
        self.assertEqual([Time(1, unit).unit for unit in TimeUnit], list(TimeUnit))


class Making(unittest.TestCase):
    def test_a_number_and_a_unit(self):
        time = Time(5, "ep")
        self.assertEqual((time.value, time.unit), (5, TimeUnit.EPOCH))
        self.assertEqual((Time("0.5", "dur").value, Time(1, "dur").value), (0.5, 1.0))

    def test_text_alone_is_tempo_s_own_grammar(self):
        self.assertEqual(str(Time("300Btok")), "300000000000tok")
        self.assertRaises(tempo.BadSyntax, Time, "5")

    def test_from_timestring_is_composer_s_grammar(self):
        expected = {"1h20m40s": "4840sec", "5": "50sec", "1h5": "3650sec", "": "0sec", "3e4tok": "30000tok",
                    "5 ep": "5ep", "0.5dur": "0.5dur", "9007199254740993tok": "9007199254740992tok"}  # fmt: skip
        self.assertEqual({text: str(Time.from_timestring(text)) for text in expected}, expected)
        self.assertRaises(TypeError, Time.from_timestring, "1.5ep")
        self.assertRaises(OverflowError, Time.from_timestring, "infep")
        for text in ("x", "ep", "5epoch", "90m", "1H"):
            self.assertRaises(ValueError, Time.from_timestring, text)

    def test_from_timedelta_takes_wall_clocks_only(self):
        self.assertEqual(Time.from_timedelta("1h30m"), Time(5400, "sec"))
        self.assertRaises(ValueError, Time.from_timedelta, "6sec")
        self.assertRaises(ValueError, Time.from_timedelta, "5ep")

    def test_by_unit(self):
        made = [Time.from_iteration(1), Time.from_epoch(2), Time.from_batch(3), Time.from_sample(4), Time.from_token(5),
                Time.from_duration(0.5)]  # fmt: skip
        self.assertEqual([str(time) for time in made], ["1iter", "2ep", "3ba", "4sp", "5tok", "0.5dur"])

    def test_from_input_needs_a_unit_for_numbers(self):
        time = Time(5, "ep")
        self.assertIs(Time.from_input(time), time)
        self.assertEqual(str(Time.from_input(5, "ba")), "5ba")
        self.assertEqual(str(Time.from_input("5ep", "ba")), "5ep")
        self.assertRaises(RuntimeError, Time.from_input, 5)
        self.assertRaises(RuntimeError, Time.from_input, None, "ba")

    def test_counts_are_ints_of_64_bits(self):
        self.assertRaises(TypeError, Time, 1.0, "ep")
        self.assertRaises(TypeError, Time, "1", "ep")
        self.assertRaises(OverflowError, Time, 2**63, "tok")
        self.assertEqual(Time(2**63 - 1, "tok").value, 2**63 - 1)

    def test_an_object_with_a_value_and_a_unit_is_a_time_too(self):
        unit = types.SimpleNamespace(value="ep")
        other = types.SimpleNamespace(value=5, unit=unit, to_timestring=lambda: "5ep")
        self.assertEqual(Time(5, "ep"), other)
        self.assertEqual(str(Time(1, "ep") + other), "6ep")


class Calculating(unittest.TestCase):
    def test_times_of_one_unit_are_added_and_subtracted_with_numbers_and_text(self):
        time = Time(5, "ep")
        results = [time + 1, 1 + time, time + "2ep", time - 1, 7 - time, time - Time(9, "ep"), -time, +time]
        self.assertEqual([r.value for r in results], [6, 6, 7, 4, 2, -4, -5, 5])

    def test_a_product_keeps_the_unit_and_truncates(self):
        time = Time(7, "ba")
        results = [time * 2, 2 * time, time * 0.5, time * Time(0.5, "dur"), Time(0.5, "dur") * time, time * "0.5dur"]
        self.assertEqual([str(r) for r in results], ["14ba", "14ba", "3ba", "3ba", "3ba", "3ba"])
        self.assertRaises(RuntimeError, lambda: time * Time(2, "ba"))

    def test_a_count_times_an_int_is_exact(self):
        self.assertEqual((Time(2**53 + 1, "tok") * 3).value, 3 * 2**53 + 3)

    def test_over_a_number_a_time_keeps_its_unit_and_over_a_time_it_is_a_dur(self):
        self.assertEqual(str(Time(-7, "ba") / 2), "-3ba")
        self.assertEqual(str(Time(7, "ba") / 2.0), "3ba")
        self.assertEqual(str(Time(1, "ba") / Time(3, "ba")), "0.3333333333333333dur")
        self.assertRaises(ZeroDivisionError, lambda: Time(1, "ba") / 0)
        self.assertRaises(ZeroDivisionError, lambda: Time(1, "ba") / Time(0, "ba"))
        self.assertRaises(TypeError, lambda: 1 / Time(1, "ba"))

    def test_modulo_has_the_sign_of_the_divisor(self):
        self.assertEqual((Time(-7, "ba") % 3).value, 2)
        self.assertEqual((Time(-7.5, "dur") % 2).value, 0.5)

    def test_units_do_not_mix(self):
        for operation in ("__add__", "__sub__", "__mod__", "__truediv__", "__eq__", "__ne__", "__lt__"):
            self.assertRaises(RuntimeError, getattr(Time(1, "ep"), operation), Time(1, "ba"))

    def test_what_does_not_fit_is_an_error(self):
        self.assertRaises(OverflowError, lambda: Time(2**62, "tok") * 2)
        self.assertRaises(OverflowError, lambda: Time(2**62, "tok") + 2**62)
        self.assertRaises(OverflowError, lambda: Time(1, "tok") * math.inf)

    def test_int_and_float_are_of_the_value_and_a_time_is_true(self):
        self.assertEqual((int(Time(2.5, "dur")), float(Time(3, "ep"))), (2, 3.0))
        self.assertTrue(Time(0, "ep"))


class Comparing(unittest.TestCase):
    def test_with_times_text_and_numbers(self):
        time = Time(5, "ep")
        self.assertTrue(time == "5ep" and time == 5 and time < 6 and time >= Time(5, "ep") and time != 4)

    def test_a_float_is_no_count_and_other_things_are_unequal(self):
        self.assertRaises(TypeError, lambda: Time(5, "ep") == 5.0)
        self.assertFalse(Time(5, "ep") == None)  # noqa: E711
        self.assertTrue(Time(5, "ep") != [5])
        self.assertRaises(TypeError, lambda: Time(5, "ep") < None)

    def test_equal_times_have_one_hash(self):
        self.assertEqual(len({Time(5, "ep"), Time.from_epoch(5)}), 1)

    def test_repr_pickle_and_copy_give_it_back(self):
        for time in (Time(5, "ep"), Time(0.5, "dur"), Time(-(2**63), "tok")):
            self.assertEqual(eval(repr(time)), time)
            self.assertEqual(pickle.loads(pickle.dumps(time)), time)
            self.assertEqual(copy.deepcopy(time), time)
        self.assertEqual(repr(Time(5, "ep")), "Time(5, TimeUnit.EPOCH)")

    def test_a_subclass_stays_one_when_it_is_pickled_and_made_from_text(self):
        self.assertIs(type(pickle.loads(pickle.dumps(Mine(5, "ep")))), Mine)
        self.assertIs(type(Mine.from_timestring("5ep")), Mine)


class Mine(Time):
    pass


class Timestamps(unittest.TestCase):
    def test_counters_are_times_and_clocks_are_timedeltas(self):
        now = Timestamp(epoch=1, batch="5ba", sample=Time(7, "sp"), total_wct=SECOND)
        self.assertEqual((now.epoch, now.batch, now.sample, now.token), (Time(1, "ep"), "5ba", 7, 0))
        self.assertEqual((now.total_wct, now.batch_wct), (SECOND, 0 * SECOND))

    def test_a_counter_must_have_its_unit(self):
        for name in ("iteration", "epoch", "batch", "sample", "token", "batch_in_epoch"):
            with self.assertRaisesRegex(ValueError, name):
                Timestamp(**{name: Time(1, "sec")})
        self.assertRaises(TypeError, Timestamp, batch=1.5)
        self.assertRaises(TypeError, Timestamp, total_wct=3)

    def test_a_batch(self):
        now = Timestamp(batch=2, batch_in_epoch=1).to_next_batch(3, "5tok", SECOND)
        self.assertEqual(
            now,
            Timestamp(batch=3, batch_in_epoch=2, sample=3, sample_in_epoch=3, token=5, token_in_epoch=5,
                      token_in_iteration=5, total_wct=SECOND, iteration_wct=SECOND, epoch_wct=SECOND, batch_wct=SECOND),
        )  # fmt: skip

    def test_an_epoch_and_an_iteration_start_their_counters_afresh(self):
        now = Timestamp().to_next_batch(3, 5, SECOND).to_next_epoch(SECOND)
        self.assertEqual((now.epoch, now.epoch_in_iteration, now.batch, now.batch_in_epoch), (1, 1, 1, 0))
        self.assertEqual((now.total_wct, now.iteration_wct, now.epoch_wct), (2 * SECOND, 2 * SECOND, 0 * SECOND))
        now = now.to_next_iteration()
        self.assertEqual((now.iteration, now.epoch, now.epoch_in_iteration, now.token_in_iteration), (1, 1, 0, 0))

    def test_comparisons_are_by_the_counter_of_the_other_s_unit(self):
        now = Timestamp(epoch=1, batch=10)
        self.assertTrue(now < "11ba" and now >= Time(1, "ep") and now == "10ba" and now != "3tok")
        self.assertTrue(now == now.copy() and now != now.copy(epoch=2))
        self.assertFalse(now == 10)
        for wrong in (10, now):
            self.assertRaises(TypeError, lambda wrong=wrong: now < wrong)
        self.assertRaises(ValueError, lambda: now < "0.5dur")

    def test_get_goes_by_unit(self):
        now = Timestamp(epoch=1, batch=10, total_wct=datetime.timedelta(seconds=90, milliseconds=999))
        self.assertEqual((now.get("ep"), now.get(TimeUnit.BATCH), now.get("sec")), ("1ep", "10ba", "1m30s"))
        self.assertRaises(ValueError, now.get, "dur")

    def test_it_is_a_snapshot_but_for_one_field(self):
        now = Timestamp()
        now.epoch_in_iteration = 3
        self.assertEqual(now.epoch_in_iteration, Time(3, "ep"))
        with self.assertRaises(AttributeError):
            now.epoch = 3
        self.assertRaises(TypeError, hash, now)

    def test_state_dict_repr_pickle_and_copy_give_it_back(self):
        now = Timestamp(epoch=1, batch=10, token=2**60, total_wct=SECOND)
        loaded = Timestamp()
        loaded.load_state_dict(now.state_dict())
        for other in (loaded, pickle.loads(pickle.dumps(now)), copy.deepcopy(now), eval(repr(now)), now.copy()):
            self.assertEqual(other, now)

    def test_old_checkpoints_have_fewer_fields(self):
        state = Timestamp(epoch=1, batch=10).state_dict()
        for name in ("iteration", "epoch_in_iteration", "token_in_iteration", "total_wct", "iteration_wct"):
            del state[name]
        now = Timestamp(iteration=5)
        now.load_state_dict(state)
        self.assertEqual((now.iteration, now.batch), (5, 10))
        del state["batch"]
        self.assertRaises(KeyError, now.load_state_dict, state)


class Clocks(unittest.TestCase):
    def test_a_clock_moves_until_it_is_done(self):
        clock = Clock("2ba")
        clock.batch_end(samples=4, tokens=8, duration=SECOND)
        before = clock.now
        self.assertFalse(clock.done)
        clock.batch_end()
        clock.epoch_end()
        clock.iteration_end()
        self.assertTrue(clock.done)
        self.assertEqual((before.batch, clock.now.batch, clock.now.token, clock.now.iteration), (1, 2, 8, 1))
        self.assertEqual(clock.now.total_wct, SECOND)

    def test_without_a_duration_it_is_never_done(self):
        clock = Clock()
        clock.batch_end()
        self.assertIsNone(clock.max_duration)
        self.assertFalse(clock.done)

    def test_a_duration_is_counted_work(self):
        for duration in ("0.5dur", "0ep", "-1ep"):
            self.assertRaises(ValueError, Clock, duration)
        self.assertEqual(Clock(Time(3, "ep")).max_duration, "3ep")

    def test_text_dict_pickle_and_copy_give_it_back(self):
        clock = Clock("9ep")
        clock.batch_end(4, 8, SECOND)
        loaded, from_dict = Clock("9ep"), Clock("9ep")
        loaded.load(clock.save())
        from_dict.load_state_dict(clock.now.state_dict())
        for other in (loaded, from_dict, pickle.loads(pickle.dumps(clock)), copy.copy(clock)):
            self.assertEqual((other.now, other.max_duration), (clock.now, clock.max_duration))

    def test_what_no_training_counts_is_refused_and_changes_nothing(self):
        clock = Clock()
        self.assertRaises(ValueError, clock.load_state_dict, Timestamp(batch=-1).state_dict())
        self.assertRaises(ValueError, clock.batch_end, -1)
        self.assertRaises(tempo.Error, clock.load, "no clock")
        self.assertEqual(clock.now, Timestamp())


class Plans(unittest.TestCase):
    def test_a_plan_is_evaluated_at_times_and_timestamps(self):
        plan = tempo.Plan("composer.LinearScheduler", tempo.Run("2ep", batches_per_epoch=5))
        for at in (5, "5ba", "1ep", Time(1, "ep"), Time(0.5, "dur"), Timestamp(batch=5), Clock().now.copy(batch=5)):
            self.assertEqual(plan(at), 0.5)

    def test_a_timestamp_says_what_was_really_counted(self):
        plan = tempo.Plan("composer.LinearScheduler t_max=100tok", tempo.Run("10ba", tokens_per_batch=10))
        self.assertEqual((plan(5), plan(Timestamp(batch=5, token=25))), (0.5, 0.75))

    def test_counters_of_a_training_are_not_negative(self):
        plan = tempo.Plan("composer.LinearScheduler", tempo.Run("10ba"))
        self.assertRaises(ValueError, plan, Timestamp(batch=-1))


if __name__ == "__main__":
    warnings.simplefilter("error")
    unittest.main()
