"""tempo.torch: PyTorch's schedulers as a drop-in. Expected values are those of PyTorch's own classes, run beside ours, and of
PyTorch's tests; tests/peers/dropin_torch.py compares random trainings."""

import copy
import io
import pickle
import unittest
import warnings
import weakref
from unittest import mock

try:
    import torch
    from torch.optim import lr_scheduler, swa_utils

    import tempo.torch
except ImportError:
    torch = None


def halve_odd(step):
    return 0.5 if step % 2 else 1.0


class Decay:
    """A callable that has a state, and no hash."""

    def __init__(self, rate):
        self.rate = rate

    def __call__(self, step):
        return self.rate**step

    def __eq__(self, other):
        return isinstance(other, Decay) and self.rate == other.rate

    __hash__ = None


# Every class, with arguments that the registry takes.
CLASSES = {
    "StepLR": {"step_size": 3},
    "MultiStepLR": {"milestones": [7, 2, 5, 5], "gamma": 0.3},
    "ConstantLR": {"factor": 0.3},
    "LinearLR": {"start_factor": 0.1, "total_iters": 7},
    "ExponentialLR": {"gamma": 0.97},
    "PolynomialLR": {"total_iters": 30, "power": 0.9},
    "CosineAnnealingLR": {"T_max": 13, "eta_min": 0.01},
    "CosineAnnealingWarmRestarts": {"T_0": 5, "T_mult": 2},
    "LambdaLR": {"lr_lambda": [Decay(0.9), halve_odd]},
    "MultiplicativeLR": {"lr_lambda": halve_odd},
    "CyclicLR": {"base_lr": [0.1, 0.2], "max_lr": 1.0, "step_size_up": 4, "step_size_down": 7, "mode": "triangular2"},
    "OneCycleLR": {"max_lr": [1.0, 2.0], "total_steps": 60, "pct_start": 0.33, "three_phase": True, "div_factor": 17.0},
    "SWALR": {"swa_lr": [0.05, 0.02], "anneal_epochs": 9},
    "ReduceLROnPlateau": {"factor": 0.5, "patience": 2, "cooldown": 1, "min_lr": [0.01, 0.1]},
}
METRICS = [1.0, 0.9, 0.95, 0.97, 0.96, 0.8] + [0.8] * 60


def theirs(name):
    return getattr(lr_scheduler, name, None) or getattr(swa_utils, name)


def ours(name):
    return getattr(tempo.torch, name)


def make_optimizer(kind="SGD", dtype=None, lrs=(0.1, 0.3)):
    lrs = [lr if dtype is None else torch.tensor(lr, dtype=dtype) for lr in lrs]
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in lrs]
    return getattr(torch.optim, kind)(groups, lr=0.1)


def numbers(optimizer):
    return [
        {key: value for key, value in group.items() if key != "params"} for group in optimizer.param_groups
    ]


def step(scheduler, i):
    scheduler.optimizer.step()
    if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau):
        scheduler.step(METRICS[i])
    else:
        scheduler.step()


@unittest.skipUnless(torch, "needs torch")
class Torch(unittest.TestCase):
    def setUp(self):
        caught = warnings.catch_warnings()
        caught.__enter__()
        self.addCleanup(caught.__exit__, None, None, None)
        warnings.simplefilter("ignore")

    def pairs(self, **options):
        """Their scheduler and ours, of every class, each with an optimizer of its own."""
        for name, arguments in CLASSES.items():
            with self.subTest(name):
                yield [
                    classes(name)(make_optimizer(**options), **copy.deepcopy(arguments))
                    for classes in (theirs, ours)
                ]

    def assert_same(self, original, scheduler):
        self.assertEqual(numbers(original.optimizer), numbers(scheduler.optimizer))
        self.assertEqual(original.get_last_lr(), scheduler.get_last_lr())


class Values(Torch):
    def test_numbers_are_those_of_the_original(self):
        for kind in ("SGD", "AdamW"):
            for original, scheduler in self.pairs(kind=kind):
                for i in range(50):
                    self.assert_same(original, scheduler)
                    step(original, i)
                    step(scheduler, i)

    def test_the_registry_computes_them(self):
        for name, arguments in CLASSES.items():
            scheduler = ours(name)(make_optimizer(), **copy.deepcopy(arguments))
            method = "_reduce_lr" if name == "ReduceLROnPlateau" else "get_lr"
            with self.subTest(name), mock.patch.object(theirs(name), method, side_effect=AssertionError):
                for i in range(50):
                    step(scheduler, i)

    def test_an_explicit_epoch_takes_the_closed_form(self):
        for original, scheduler in self.pairs():
            if isinstance(original, lr_scheduler.ReduceLROnPlateau):
                continue
            for epoch in (3, 9, 4, 0, 12):
                original.step(epoch)
                scheduler.step(epoch)
                self.assert_same(original, scheduler)

    def test_a_fractional_epoch_of_warm_restarts_is_one(self):
        original, scheduler = (
            classes("CosineAnnealingWarmRestarts")(make_optimizer(), T_0=10, T_mult=3) for classes in (theirs, ours)
        )
        for epoch in (0, 0.1, 5.5, None, 17.5, 1210, None, 3):
            original.step(epoch)
            scheduler.step(epoch)
            self.assert_same(original, scheduler)
            self.assertEqual((original.T_cur, original.T_i), (scheduler.T_cur, scheduler.T_i))

    def test_a_number_written_by_hand_has_the_effect_that_it_has_there(self):
        for original, scheduler in self.pairs():
            for i in range(20):
                if i == 3:
                    original.optimizer.param_groups[0]["lr"] = scheduler.optimizer.param_groups[0]["lr"] = 0.5
                step(original, i)
                step(scheduler, i)
                self.assert_same(original, scheduler)

    def test_an_attribute_that_is_edited_counts_from_then_on(self):
        edits = {"gamma": 0.5, "T_max": 9, "eta_min": 0.02, "power": 2.0, "factor": 0.7, "anneal_epochs": 5, "patience": 0}
        for original, scheduler in self.pairs():
            for i in range(20):
                for name, value in edits.items():
                    if i == 4 and hasattr(original, name):
                        setattr(original, name, value)
                        setattr(scheduler, name, value)
                step(original, i)
                step(scheduler, i)
                self.assert_same(original, scheduler)

    def test_what_the_registry_refuses_is_left_to_the_original(self):
        odd = [
            ("LinearLR", {"total_iters": 0}),
            ("ConstantLR", {"factor": 0.0, "total_iters": 30}),
            ("StepLR", {"step_size": 2.5}),
            ("MultiStepLR", {"milestones": [-1, 3]}),
            ("CosineAnnealingLR", {"T_max": 2.5}),
            ("ReduceLROnPlateau", {"threshold": 1.5, "patience": 1}),
        ]
        for name, arguments in odd:
            with self.subTest(name):
                original = theirs(name)(make_optimizer(), **arguments)
                scheduler = ours(name)(make_optimizer(), **arguments)
                for i in range(20):
                    step(original, i)
                    step(scheduler, i)
                    self.assert_same(original, scheduler)

    def test_it_raises_where_the_original_does(self):
        with self.assertRaises(ZeroDivisionError):
            ours("StepLR")(make_optimizer(), step_size=0).step()
        with self.assertRaises(ZeroDivisionError):
            ours("OneCycleLR")(make_optimizer(), max_lr=1.0, total_steps=10, pct_start=0.1)
        scheduler = ours("OneCycleLR")(make_optimizer(), max_lr=1.0, total_steps=2)
        scheduler.step()
        scheduler.step()
        with self.assertRaisesRegex(ValueError, "Tried to step 3 times"):
            scheduler.step()

    def test_what_a_function_raises_arrives(self):
        def fail(step):
            raise KeyError("here")

        with self.assertRaisesRegex(KeyError, "here"):
            ours("LambdaLR")(make_optimizer(), fail)

    def test_functions_are_called_once_for_each_group_in_order(self):
        for name in ("LambdaLR", "MultiplicativeLR"):
            calls = []
            first, second = (lambda t: calls.append(("first", t)) or 1.0), (lambda t: calls.append(("second", t)) or 1.0)
            scheduler = ours(name)(make_optimizer(lrs=(0.1, 0.2, 0.3)), [first, second, first])
            calls.clear()
            scheduler.step()
            with self.subTest(name):
                self.assertEqual(calls, [("first", 1), ("second", 1), ("first", 1)])


class Identity(Torch):
    def test_each_is_a_subclass_of_the_original(self):
        for name in (*CLASSES, "SequentialLR", "ChainedScheduler"):
            self.assertTrue(issubclass(ours(name), theirs(name)), name)
        self.assertIs(ours("LRScheduler"), lr_scheduler.LRScheduler)

    def test_every_public_scheduler_of_pytorch_is_there(self):
        self.assertLessEqual({*lr_scheduler.__all__, "SWALR"}, set(tempo.torch.__all__))

    def test_signatures_are_the_original_ones(self):
        import inspect

        for name in CLASSES:
            self.assertEqual(inspect.signature(ours(name)), inspect.signature(theirs(name)), name)

    def test_a_scheduler_is_freed_without_the_collector(self):
        for name, arguments in CLASSES.items():
            scheduler = ours(name)(make_optimizer(), **copy.deepcopy(arguments))
            step(scheduler, 0)
            reference = weakref.ref(scheduler)
            del scheduler
            with self.subTest(name):
                self.assertIsNone(reference())

    def test_the_order_of_calls_is_warned_about(self):
        scheduler = ours("StepLR")(make_optimizer(), step_size=3)
        with self.assertWarnsRegex(UserWarning, "before `optimizer.step"):
            scheduler.step()

    def test_get_lr_outside_of_step_warns_and_has_the_type_of_the_group(self):
        scheduler = ours("ExponentialLR")(make_optimizer(dtype=torch.float32), gamma=0.5)
        with self.assertWarnsRegex(UserWarning, "get_last_lr"):
            values = scheduler.get_lr()
        self.assertTrue(all(value.dtype == torch.float32 for value in values))

    def test_a_subclass_may_change_what_get_lr_says(self):
        class Doubled(tempo.torch.ExponentialLR):
            def get_lr(self):
                return [2 * lr for lr in super().get_lr()]

        for dtype in (None, torch.float64):
            scheduler = Doubled(make_optimizer(dtype=dtype), gamma=0.25)
            scheduler.step()
            scheduler.step()
            self.assertEqual([float(lr) for lr in scheduler.get_last_lr()], [0.05, 0.15])


class State(Torch):
    def test_states_are_interchangeable(self):
        for first, second in ((theirs, ours), (ours, theirs), (ours, ours)):
            for name, arguments in CLASSES.items():
                optimizer = make_optimizer()
                straight = theirs(name)(make_optimizer(), **copy.deepcopy(arguments))
                saved = first(name)(optimizer, **copy.deepcopy(arguments))
                for i in range(11):
                    step(straight, i)
                    step(saved, i)
                other = make_optimizer()
                loaded = second(name)(other, **copy.deepcopy(arguments))
                other.load_state_dict(optimizer.state_dict())
                loaded.load_state_dict(saved.state_dict())
                with self.subTest(name, first=first, second=second):
                    for i in range(11, 30):
                        step(straight, i)
                        step(loaded, i)
                        self.assert_same(straight, loaded)

    def test_a_state_has_the_keys_of_the_original(self):
        for original, scheduler in self.pairs():
            step(original, 0)
            step(scheduler, 0)
            self.assertEqual(original.state_dict(), scheduler.state_dict())

    def test_a_state_can_be_read_without_trust(self):
        for name, arguments in CLASSES.items():
            scheduler = ours(name)(make_optimizer(), **copy.deepcopy(arguments))
            file = io.BytesIO()
            torch.save(scheduler.state_dict(), file)
            file.seek(0)
            self.assertEqual(torch.load(file, weights_only=True), scheduler.state_dict(), name)

    def test_loading_leaves_the_state_as_it_is(self):
        for _, scheduler in self.pairs():
            state = scheduler.state_dict()
            before = copy.deepcopy(state)
            scheduler.load_state_dict(state)
            scheduler.load_state_dict(state)
            self.assertEqual(state, before)

    def test_a_loaded_state_brings_its_parameters(self):
        scheduler = ours("StepLR")(make_optimizer(), step_size=30)
        scheduler.load_state_dict(ours("StepLR")(make_optimizer(), step_size=1, gamma=0.5).state_dict())
        scheduler.step()
        self.assertEqual(scheduler.get_last_lr(), [0.05, 0.15])

    def test_schedulers_can_be_copied_and_pickled(self):
        for _, scheduler in self.pairs():
            step(scheduler, 0)
            for other in (copy.deepcopy(scheduler), pickle.loads(pickle.dumps(scheduler))):
                self.assertEqual(other.state_dict().keys(), scheduler.state_dict().keys())
                step(other, 1)


class Composites(Torch):
    def build(self, classes, optimizer):
        warmup = classes("LinearLR")(optimizer, start_factor=0.1, total_iters=4)
        decay = classes("ExponentialLR")(optimizer, gamma=0.9)
        restarts = classes("CosineAnnealingWarmRestarts")(optimizer, T_0=3)
        inner = classes("ChainedScheduler")([decay, classes("StepLR")(optimizer, step_size=2, gamma=0.5)])
        return classes("SequentialLR")(optimizer, [inner, warmup, restarts], milestones=[3, 9])

    def test_nested_ones_do_what_the_original_does(self):
        original, scheduler = self.build(theirs, make_optimizer()), self.build(ours, make_optimizer())
        for _ in range(20):
            self.assertEqual(original.state_dict(), scheduler.state_dict())
            self.assert_same(original, scheduler)
            original.step()
            scheduler.step()

    def test_originals_and_ours_go_together(self):
        optimizer = make_optimizer()
        parts = [tempo.torch.ConstantLR(optimizer, 0.5, 2), lr_scheduler.ExponentialLR(optimizer, 0.5)]
        scheduler = lr_scheduler.SequentialLR(optimizer, parts, milestones=[2])
        values = [scheduler.get_last_lr()[0]]
        for _ in range(4):
            scheduler.step()
            values.append(scheduler.get_last_lr()[0])
        self.assertEqual(values, [0.05, 0.05, 0.1, 0.05, 0.025])

    def test_a_plateau_cannot_be_inside_another(self):
        optimizer = make_optimizer()
        with self.assertRaisesRegex(ValueError, "does not support `ReduceLROnPlateau`"):
            ours("ChainedScheduler")([ours("ReduceLROnPlateau")(optimizer)])


class Tensors(Torch):
    def test_a_tensor_of_doubles_has_the_numbers_of_the_original(self):
        for original, scheduler in self.pairs(dtype=torch.float64):
            for i in range(50):
                self.assert_same(original, scheduler)
                step(original, i)
                step(scheduler, i)

    def test_a_tensor_of_floats_has_those_of_python_floats_rounded_once(self):
        lrs = (0.125, 0.375)
        for name, arguments in CLASSES.items():
            original = theirs(name)(make_optimizer(lrs=lrs), **copy.deepcopy(arguments))
            scheduler = ours(name)(make_optimizer(dtype=torch.float32, lrs=lrs), **copy.deepcopy(arguments))
            for i in range(50):
                step(original, i)
                step(scheduler, i)
                rounded = [torch.tensor(lr, dtype=torch.float32) for lr in original.get_last_lr()]
                self.assertEqual(scheduler.get_last_lr(), rounded, (name, i))

    def test_a_tensor_is_filled_and_never_replaced_nor_shared(self):
        for _, scheduler in self.pairs(dtype=torch.float32):
            groups = scheduler.optimizer.param_groups
            tensors = [group["lr"] for group in groups]
            for i in range(10):
                step(scheduler, i)
            for group, tensor in zip(groups, tensors):
                self.assertIs(group["lr"], tensor)
                others = [value for key, value in group.items() if key not in ("lr", "params")]
                others += getattr(scheduler, "base_lrs", []) + scheduler.get_last_lr()
                pointers = [value.data_ptr() for value in others if isinstance(value, torch.Tensor)]
                self.assertNotIn(tensor.data_ptr(), pointers)

    def test_a_step_does_not_read_the_device(self):
        for _, scheduler in self.pairs(dtype=torch.float32):
            step(scheduler, 0)
            refuse = mock.Mock(side_effect=AssertionError("the device was read"))
            with mock.patch.object(torch.Tensor, "__float__", refuse), mock.patch.object(torch.Tensor, "item", refuse):
                for i in range(1, 20):
                    scheduler.optimizer._opt_called = True
                    if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau):
                        scheduler.step(METRICS[i])
                    else:
                        scheduler.step()

    def test_a_change_by_hand_is_noticed_by_the_version_of_the_tensor(self):
        scheduler = ours("ExponentialLR")(make_optimizer(dtype=torch.float64), gamma=0.5)
        scheduler.step()
        scheduler.optimizer.param_groups[0]["lr"].mul_(4)
        scheduler.optimizer.param_groups[1]["lr"] = torch.tensor(0.5, dtype=torch.float64)
        scheduler.step()
        self.assertEqual([float(lr) for lr in scheduler.get_last_lr()], [0.1, 0.25])

    def test_several_schedulers_share_what_a_tensor_was_filled_with(self):
        optimizer = make_optimizer(dtype=torch.float32, lrs=(0.1,))
        plain = make_optimizer(lrs=(float(torch.tensor(0.1)),))
        both = []
        for classes, o in ((ours, optimizer), (theirs, plain)):
            parts = [classes("ExponentialLR")(o, gamma=0.97), classes("CosineAnnealingLR")(o, T_max=100)]
            both.append(classes("ChainedScheduler")(parts))
        for _ in range(90):
            for scheduler in both:
                scheduler.step()
        self.assertEqual(both[0].get_last_lr(), [torch.tensor(both[1].get_last_lr()[0])])


class Groups(Torch):
    def add(self, scheduler):
        scheduler.optimizer.add_param_group({"params": [torch.nn.Parameter(torch.zeros(1))], "lr": 0.7})

    def test_one_that_is_added_later_is_treated_as_there(self):
        for original, scheduler in self.pairs():
            outcomes = []
            for one in (original, scheduler):
                try:
                    for i in range(6):
                        if i == 2:
                            self.add(one)
                        step(one, i)
                    outcomes.append(numbers(one.optimizer))
                except Exception as raised:
                    outcomes.append(type(raised))
            self.assertEqual(*outcomes)


if __name__ == "__main__":
    unittest.main()
