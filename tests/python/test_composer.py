"""tempo.composer. Expected numbers are Composer 0.32.1's own."""

import ast
import copy
import inspect
import pickle
import types
import unittest
import warnings
from pathlib import Path

import tempo
import tempo.composer as composer
from tempo.composer import Time, Timestamp

try:
    import torch
except ImportError:
    torch = None

# Every scheduler with arguments, a max_duration (with the ratio in it), a ratio, and multipliers by batch. An epoch has 100
# batches of 4 samples.
EXPECTED = [
    ("StepScheduler", ("10ba",), "10ep", 1.0, {5: 1.0, 15: 0.1, 35: 0.1**3}),
    ("StepScheduler", ("10ba", 0.5), "10ep", 0.5, {3: 1.0, 8: 0.5, 18: 0.125}),
    ("MultiStepScheduler", (["1ep", "150ba", "0.2dur"], 0.5), "10ep", 1.0, {99: 1.0, 100: 0.5, 150: 0.25, 200: 0.125}),
    ("ConstantScheduler", (0.5, "50ba"), "10ep", 1.0, {49: 0.5, 50: 1.0}),
    ("LinearScheduler", (), "50ba", 0.5, {0: 1.0, 25: 0.5, 50: 0.0}),
    ("LinearScheduler", (1.0, 0.0, "100ba"), "50ba", 0.5, {25: 0.5, 60: 0.0}),
    ("ExponentialScheduler", (0.5,), "10ep", 1.0, {100: 0.5, 300: 0.125}),
    ("CosineAnnealingScheduler", ("40ba", 0.2), "10ep", 1.0, {0: 1.0, 20: 0.6000000000000001, 40: 0.2, 99: 0.2}),
    ("CosineAnnealingWarmRestartsScheduler", ("20ba", 2.0), "10ep", 1.0, {0: 1.0, 10: 0.5, 20: 1.0, 40: 0.5, 60: 1.0}),
    ("PolynomialScheduler", (2.0,), "100ba", 1.0, {50: 0.25, 100: 0.0}),
    ("MultiStepWithWarmupScheduler", ("10ba", ["20ba"]), "10ep", 1.0, {5: 0.5, 10: 1.0, 20: 0.1}),
    ("ConstantWithWarmupScheduler", ("10ba", 0.4), "10ep", 1.0, {5: 0.2, 10: 0.4, 1000: 0.4}),
    ("LinearWithWarmupScheduler", ("8ba",), "20ba", 2.0, {4: 0.5, 8: 1.0, 14: 0.5}),
    ("LinearWithWarmupScheduler", ("8ba", 1.0, 0.0, "1dur", True), "40ba", 2.0, {4: 0.25, 6: 0.375, 8: 1.0}),
    ("CosineAnnealingWithWarmupScheduler", ("100ba", "10ep"), "6ep", 0.7, {50: 0.5, 100: 1.0, 700: 0.0}),
    ("PolynomialWithWarmupScheduler", ("0.1dur",), "100ba", 1.0, {5: 0.5, 55: 0.25}),
]
NAMES = sorted({row[0] for row in EXPECTED})


def state_at(batch, max_duration="10ep", length=100):
    """What a scheduler sees of Composer's State."""
    now = Timestamp(batch=batch, epoch=batch // 100, sample=4 * batch)
    longest = max_duration and Time.from_timestring(max_duration)
    return types.SimpleNamespace(timestamp=now, max_duration=longest, dataloader_len=length and Time(length, "ba"))


class Values(unittest.TestCase):
    def test_every_scheduler_has_composer_s_multipliers(self):
        for name, arguments, longest, ratio, values in EXPECTED:
            scheduler = getattr(composer, name)(*arguments)
            with self.subTest(scheduler=scheduler):
                found = {batch: scheduler(state_at(batch, longest), ratio) for batch in values}
                self.assertEqual(found, {batch: values[batch] for batch in values})

    def test_every_scheduler_of_the_registry_is_there(self):
        self.assertEqual(sorted(n for n in composer.__all__ if n.endswith("Scheduler")), sorted([*NAMES, "ComposerScheduler"]))

    def test_the_state_may_hold_anything_that_looks_like_its_times(self):
        unit = types.SimpleNamespace(value="ba")
        longest = types.SimpleNamespace(value=100, unit=unit, to_timestring=lambda: "100ba")
        now = types.SimpleNamespace(batch=50, epoch=0, sample=0, token=0)
        state = types.SimpleNamespace(timestamp=now, max_duration=longest, dataloader_len=None)
        self.assertEqual(composer.LinearScheduler()(state), 0.5)
        state.max_duration = "200ba"
        self.assertEqual(composer.LinearScheduler()(state), 0.75)

    def test_times_may_be_times(self):
        scheduler = composer.StepScheduler(Time(10, "ba"))
        self.assertEqual(scheduler(state_at(10)), 0.1)
        self.assertEqual(composer.MultiStepScheduler([Time(10, "ba"), "20ba"])(state_at(20)), 0.1 * 0.1)

    def test_strings_are_read_as_composer_reads_them(self):
        self.assertEqual(composer.StepScheduler(" 10BA")(state_at(10)), 0.1)
        self.assertRaises(ValueError, composer.StepScheduler("10Kba"), state_at(10))

    def test_without_a_max_duration_what_needs_none_goes_on(self):
        self.assertEqual(composer.StepScheduler("10ba")(state_at(10, None)), 0.1)
        self.assertRaises(RuntimeError, composer.LinearScheduler(), state_at(10, None))


class Changes(unittest.TestCase):
    def test_the_state_may_change_between_calls(self):
        scheduler = composer.LinearScheduler()
        self.assertEqual(scheduler(state_at(50, "100ba")), 0.5)
        self.assertEqual(scheduler(state_at(50, "200ba")), 0.75)
        self.assertEqual(scheduler(state_at(50, "1ep", 200)), 0.75)
        self.assertEqual(scheduler(state_at(50, "100ba"), 2.0), 0.5)

    def test_attributes_are_the_arguments_and_may_change(self):
        scheduler = composer.MultiStepScheduler(["10ba"], gamma=0.5)
        self.assertEqual((scheduler.milestones, scheduler.gamma), (["10ba"], 0.5))
        self.assertEqual(scheduler(state_at(30)), 0.5)
        scheduler.milestones.append("20ba")
        self.assertEqual(scheduler(state_at(30)), 0.25)
        scheduler.gamma = 0.1
        self.assertEqual(scheduler(state_at(30)), 0.1 * 0.1)

    def test_only_the_linear_scheduler_keeps_a_time(self):
        self.assertIsInstance(composer.LinearScheduler().t_max, Time)
        self.assertEqual(composer.CosineAnnealingScheduler().t_max, "1dur")

    def test_pickle_and_copy_give_it_back(self):
        scheduler = composer.CosineAnnealingWithWarmupScheduler("10ba", alpha_f=0.5)
        scheduler(state_at(5))
        for other in (pickle.loads(pickle.dumps(scheduler)), copy.deepcopy(scheduler)):
            self.assertEqual(other(state_at(70)), scheduler(state_at(70)))


class Signatures(unittest.TestCase):
    def test_they_are_composer_s(self):
        expected = {
            "StepScheduler": "(step_size, gamma=0.1)",
            "MultiStepScheduler": "(milestones, gamma=0.1)",
            "MultiStepWithWarmupScheduler": "(t_warmup, milestones, gamma=0.1, scale_warmup=False)",
            "ConstantScheduler": "(alpha=1.0, t_max='1dur')",
            "LinearScheduler": "(alpha_i=1.0, alpha_f=0.0, t_max='1dur')",
            "ExponentialScheduler": "(gamma, decay_period='1ep')",
            "CosineAnnealingScheduler": "(t_max='1dur', alpha_f=0.0)",
            "CosineAnnealingWarmRestartsScheduler": "(t_0, t_mult=1.0, alpha_f=0.0)",
            "PolynomialScheduler": "(power, t_max='1dur', alpha_f=0.0)",
            "ConstantWithWarmupScheduler": "(t_warmup, alpha=1.0, t_max='1dur', scale_warmup=False)",
            "LinearWithWarmupScheduler": "(t_warmup, alpha_i=1.0, alpha_f=0.0, t_max='1dur', scale_warmup=False)",
            "CosineAnnealingWithWarmupScheduler": "(t_warmup, t_max='1dur', alpha_f=0.0, scale_warmup=False)",
            "PolynomialWithWarmupScheduler": "(t_warmup, power=2.0, t_max='1dur', alpha_f=0.0, scale_warmup=False)",
        }
        self.assertEqual({name: str(inspect.signature(getattr(composer, name))) for name in NAMES}, expected)
        self.assertRaises(TypeError, composer.StepScheduler)
        self.assertRaises(TypeError, composer.StepScheduler, "1ep", gama=0.1)

    def test_the_stub_says_the_same(self):
        tree = ast.parse(Path(composer.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
        stubs = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        for name in NAMES:
            init = next(node for node in stubs[name].body if isinstance(node, ast.FunctionDef))
            parameters = list(inspect.signature(getattr(composer, name)).parameters.values())
            self.assertEqual([a.arg for a in init.args.args[1:]], [p.name for p in parameters])
            defaults = [p.default for p in parameters if p.default is not p.empty]
            self.assertEqual([ast.literal_eval(d) for d in init.args.defaults], defaults)

    def test_a_subclass_has_its_own(self):
        class Doubled(composer.CosineAnnealingScheduler):
            def __init__(self, factor):
                super().__init__(alpha_f=0.5)
                self.factor = factor

            def __call__(self, state, ssr=1.0):
                return self.factor * super().__call__(state, ssr)

        self.assertEqual(str(inspect.signature(Doubled)), "(factor)")
        self.assertEqual(Doubled(2)(state_at(1000)), 1.0)

    def test_the_base_class_is_abstract(self):
        self.assertRaises(NotImplementedError, composer.ComposerScheduler(), state_at(0))


class Refused(unittest.TestCase):
    def assert_refused(self, error, words, scheduler, *state, ratio=1.0):
        with self.assertRaisesRegex(error, words):
            scheduler(state_at(5, *state), ratio)

    def test_errors_have_composer_s_types_and_known_words(self):
        linear, cosine = composer.LinearWithWarmupScheduler, composer.CosineAnnealingWithWarmupScheduler
        self.assert_refused(ValueError, "Cannot use warmup scheduler", linear("30tok"))
        self.assert_refused(ValueError, "greater than or equal to max_duration", cosine("3ba", "99ba"), "100ba")
        self.assert_refused(RuntimeError, "Cannot convert time", composer.StepScheduler("1ep"), "10ba", None)
        self.assert_refused(ValueError, "seconds", composer.StepScheduler("30sec"))
        self.assert_refused(TypeError, "whole number", composer.StepScheduler("1.5ep"))
        self.assert_refused(ZeroDivisionError, "0ba", composer.LinearScheduler(t_max="0.001dur"), "100ba")
        self.assert_refused(ValueError, "decayed to 0", composer.CosineAnnealingWarmRestartsScheduler("9ba", 0.5))

    def test_a_bad_warmup_is_refused_by_the_constructor(self):
        self.assertRaises(ValueError, composer.CosineAnnealingWithWarmupScheduler, "soon")
        self.assertRaises(ValueError, composer.LinearScheduler, t_max="later")

    def test_a_ratio_is_positive(self):
        for ratio in (0, -1.0, float("nan")):
            self.assert_refused(ValueError, "ssr", composer.StepScheduler("1ep"), ratio=ratio)

    def test_a_warmup_of_0_is_warned_of_at_every_call(self):
        scheduler = composer.ConstantWithWarmupScheduler("0.001dur")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            scheduler(state_at(5, "100ba"))
            scheduler(state_at(6, "100ba"))
        self.assertEqual([warning.category for warning in caught], [UserWarning] * 2)


class Functions(unittest.TestCase):
    def test_a_schedule_can_be_a_function_of_the_state(self):
        def fraction(state, ssr=1.0):
            return state.timestamp.batch.value / state.max_duration.value * ssr

        schedule = tempo.Schedule({"type": "composer.ComposerScheduler", "function": fraction})
        plan = tempo.Plan(schedule, tempo.Run("10ba", batches_per_epoch=4, scale_schedule_ratio=2.0), {"lr": 3.0})
        self.assertEqual([plan(batch) for batch in (0, 5)], [0.0, 3.0 * 0.5])

    def test_one_without_a_ratio_needs_a_ratio_of_1(self):
        schedule = tempo.Schedule({"type": "composer.ComposerScheduler", "function": lambda state: 0.5})
        self.assertEqual(tempo.Plan(schedule, tempo.Run("10ba"))(3), 0.5)
        self.assertRaises(tempo.Conflict, tempo.Plan, schedule, tempo.Run("10ba", scale_schedule_ratio=2.0))

    def test_what_it_raises_comes_out(self):
        schedule = tempo.Schedule({"type": "composer.ComposerScheduler", "function": lambda state, ssr: 1 / 0})
        self.assertRaises(ZeroDivisionError, tempo.Plan(schedule, tempo.Run("10ba")), 3)

    def test_a_scheduler_is_such_a_function(self):
        schedule = {"type": "composer.ComposerScheduler", "function": composer.LinearScheduler()}
        self.assertEqual(tempo.Plan(schedule, tempo.Run("10ba"))(5), 0.5)


@unittest.skipUnless(torch, "needs torch")
class Compiled(unittest.TestCase):
    def compiled(self, scheduler, ssr=1.0, optimizers=1):
        self.state = state_at(0)
        self.state.optimizers = [torch.optim.SGD([torch.zeros(1)], lr=0.5) for _ in range(optimizers)]
        return composer.compile_composer_scheduler(scheduler, self.state, ssr)

    def test_it_is_a_lambda_lr_driven_by_the_state(self):
        compiled = self.compiled(composer.LinearScheduler(t_max="100ba"))
        self.assertIsInstance(compiled, torch.optim.lr_scheduler.LambdaLR)
        self.state.timestamp = Timestamp(batch=50)
        self.state.optimizers[0].step()
        compiled.step()
        self.assertEqual(self.state.optimizers[0].param_groups[0]["lr"], 0.25)

    def test_functions_with_and_without_a_ratio(self):
        self.assertEqual(self.compiled(lambda state, ssr=1.0: 0.1 * ssr, 2.0).get_last_lr(), [0.5 * (0.1 * 2.0)])
        self.assertEqual(self.compiled(lambda state: 0.1).get_last_lr(), [0.5 * 0.1])
        self.assertRaises(ValueError, self.compiled, lambda state: 0.1, 2.0)

    def test_there_must_be_one_optimizer(self):
        for count in (0, 2):
            self.assertRaises(NotImplementedError, self.compiled, composer.LinearScheduler(), optimizers=count)


class ConvertTime(unittest.TestCase):
    """What schedulers of users are written with; llm-foundry's are."""

    @staticmethod
    def converted(time, max_duration, ratio=1.0, length=100):
        state = types.SimpleNamespace(max_duration=Time(max_duration), dataloader_len=length)
        return composer._convert_time(time, state, ratio)

    def test_epochs_and_fractions_of_them_become_batches(self):
        self.assertEqual(self.converted("3ep", "10ep", 0.5), Time("150ba"))
        self.assertEqual(self.converted("0.1dur", "10ep", 0.5), Time("100ba"))

    def test_a_fraction_is_truncated_in_the_unit_of_the_run(self):
        self.assertEqual(self.converted("0.29dur", "100ba"), Time("28ba"))

    def test_the_ratio_stretches_and_truncates(self):
        self.assertEqual(self.converted(Time("7tok"), "100ba", 0.5), Time("3tok"))

    def test_what_cannot_be_converted_has_composers_errors(self):
        self.assertRaises(RuntimeError, self.converted, "1ep", "10ep", length=None)
        self.assertRaises(RuntimeError, self.converted, "0.5dur", "10ep", length=None)
        self.assertRaises(ValueError, self.converted, "1h", "10ep")


if __name__ == "__main__":
    unittest.main()
