"""tempo.timm, on a stand-in for an optimizer. Expected numbers are those of timm 1.0.31 on torch
2.13, by golden rows or as it printed them.
"""

import copy
import json
import os
import pathlib
import pickle
import sys
import types
import unittest

import tempo
from tempo import timm

try:
    import torch
except ImportError:
    torch = None

GOLDEN = pathlib.Path(os.environ["TEMPO_SOURCE"], "tests", "golden")


def optimizer(*rates, field="lr"):
    return types.SimpleNamespace(param_groups=[{field: rate} for rate in rates])


def values(holder, field="lr"):
    return [group[field] for group in holder.param_groups]


def run(scheduler, times):
    """The values of the groups before the first step and after each."""
    field, step = scheduler.param_group_field, (
        scheduler.step if scheduler.t_in_epochs else scheduler.step_update
    )
    seen = [values(scheduler.optimizer, field)]
    for t in times:
        step(t)
        seen.append(values(scheduler.optimizer, field))
    return seen


class Falling(timm.Scheduler):
    """A scheduler of one's own."""

    def _get_lr(self, t):
        return [base * (1 - t / 10) for base in self.base_values]


class Bases(unittest.TestCase):
    def test_the_first_values_are_kept_and_a_base_that_is_there_is_written_back(self):
        groups = types.SimpleNamespace(
            param_groups=[{"lr": 0.003, "initial_lr": 0.01}, {"lr": 0.2}]
        )
        scheduler = Falling(groups, "lr")
        self.assertEqual(scheduler.base_values, [0.01, 0.2])
        self.assertEqual(values(groups), [0.01, 0.2])
        self.assertEqual(groups.param_groups[1]["initial_lr"], 0.2)

    def test_a_group_without_what_is_needed_is_an_error(self):
        with self.assertRaisesRegex(KeyError, r"weight_decay missing from param_groups\[0\]"):
            Falling(optimizer(0.1), "weight_decay")
        with self.assertRaisesRegex(KeyError, r"initial_lr missing from param_groups\[0\]"):
            Falling(optimizer(0.1), "lr", initialize=False)

    def test_a_group_has_a_scale_of_its_own(self):
        groups = optimizer(0.3, 0.1)
        groups.param_groups[1]["lr_scale"] = 0.5
        scheduler = timm.CosineLRScheduler(
            groups, t_initial=5, lr_min=0.01, warmup_t=2, warmup_lr_init=0.02
        )
        expected = [
            [0.02, 0.01],
            [0.02, 0.01],
            [0.15999999999999998, 0.03],
            [0.19980746418436737, 0.03445288237343632],
            [0.01, 0.005],
            [0.01, 0.005],
        ]
        self.assertEqual(run(scheduler, [0, 1, 2, 5, 6]), expected)

    def test_of_step_and_step_update_one_moves_the_value(self):
        for in_epochs, moved in ((True, [0.9, 0.9]), (False, [1.0, 0.8])):
            groups = optimizer(1.0)
            scheduler = Falling(groups, "lr", t_in_epochs=in_epochs)
            scheduler.step(1, metric=3.0)
            seen = values(groups)
            scheduler.step_update(2, metric=4.0)
            self.assertEqual(seen + values(groups), moved)
            self.assertEqual(scheduler.metric, 4.0)
            self.assertIsNone(scheduler._get_values(1, on_epoch=not in_epochs))

    def test_noise_of_ones_own_scheduler_is_timms(self):
        expected = {
            "normal": [0.5, 0.45, 0.4235780104994774, 0.3609115155413747, 0.3],
            "uniform": [0.5, 0.45, 0.48783617019653325, 0.2404316335916519, 0.3],
        }
        for kind, falling in expected.items():
            scheduler = Falling(optimizer(0.5, field="decay"), "decay", True, [2, 4], kind, 0.5)
            self.assertEqual([value for value, in run(scheduler, range(5))[1:]], falling)

    def test_noise_that_cannot_be_drawn_is_refused(self):
        with self.assertRaises(ValueError):
            Falling(optimizer(0.5), "lr", noise_range_t=2, noise_pct=0.0)

    def test_copies_go_on_by_themselves(self):
        for copied in (copy.deepcopy, lambda scheduler: pickle.loads(pickle.dumps(scheduler))):
            scheduler = timm.TanhLRScheduler(optimizer(0.3), t_initial=5)
            other = copied(scheduler)
            self.assertEqual(run(other, [2, 3]), run(scheduler, [2, 3]))


class Golden(unittest.TestCase):
    def made(self, document):
        schedule = dict(document["schedules"][0])
        name = schedule.pop("type").split(".")[1]
        groups = optimizer(document["optimizer"]["lr"])
        made = getattr(timm, name)(groups, **schedule)
        return made[0] if name == "create_scheduler_v2" else made, groups

    def test_every_row_has_the_same_bits(self):
        compared = 0
        for row in map(json.loads, (GOLDEN / "timm.jsonl").read_text().splitlines()):
            if "error" in row or "metrics" in row:
                continue
            with self.subTest(row["id"]):
                scheduler, groups = self.made(row["document"])
                seen = []
                for batch in row["at"]:
                    if (
                        scheduler
                        and scheduler.t_in_epochs
                        and batch >= row["document"]["run"]["batches_per_epoch"]
                    ):
                        scheduler.step(batch // row["document"]["run"]["batches_per_epoch"])
                    elif scheduler and not scheduler.t_in_epochs and batch:
                        scheduler.step_update(batch)
                    seen += values(groups)
                self.assertEqual(seen, row["lr"])
                compared += 1
        self.assertGreater(compared, 300)


class Schedulers(unittest.TestCase):
    def test_at_0_a_step_asks_the_curve_where_the_constructor_wrote_the_base(self):
        for kind, options, expected in (
            (
                timm.TanhLRScheduler,
                {"t_initial": 5},
                [0.3, 0.29999975054159167, 0.29998638063938926],
            ),
            (timm.MultiStepLRScheduler, {"decay_t": [1, 5], "decay_rate": 0.5}, [0.3, 0.15, 0.15]),
            (
                timm.CosineLRScheduler,
                {"t_initial": 5, "noise_range_t": 0, "noise_seed": 7},
                [0.3, 0.25596147179603573, 0.34496411998893034],
            ),
        ):
            with self.subTest(kind.__name__):
                self.assertEqual(
                    [value for value, in run(kind(optimizer(0.3), **options), [0, 1])], expected
                )

    def test_before_0_there_is_nothing(self):
        for warmup in (0, 2):
            with self.assertRaises(ValueError):
                timm.CosineLRScheduler(optimizer(0.1), t_initial=5, warmup_t=warmup).step(-1)

    def test_attributes_count_as_they_are_now(self):
        scheduler = timm.StepLRScheduler(optimizer(0.1), 10, 0.5)
        scheduler.decay_t, scheduler.decay_rate, scheduler.base_values = 5, 0.25, [1.0]
        self.assertEqual(run(scheduler, [10])[1:], [[0.0625]])

    def test_milestones_may_be_edited_in_place(self):
        scheduler = timm.MultiStepLRScheduler(optimizer(0.1), [10], 0.5)
        scheduler.decay_t.append(20)
        self.assertEqual(run(scheduler, [19])[1:], [[0.025]])

    def test_a_state_goes_on_in_another_one(self):
        for kind, options in (
            (timm.CosineLRScheduler, {"t_initial": 20, "warmup_t": 3}),
            (timm.StepLRScheduler, {"decay_t": 3, "decay_rate": 0.5}),
            (timm.MultiStepLRScheduler, {"decay_t": [3, 9], "decay_rate": 0.5}),
            (timm.PolyLRScheduler, {"t_initial": 20, "noise_range_t": [2, 9]}),
            (timm.TanhLRScheduler, {"t_initial": 20}),
            (timm.WSDLRScheduler, {"t_initial": 20, "decay_t": 5}),
        ):
            with self.subTest(kind.__name__):
                scheduler = kind(optimizer(0.3), **options)
                other = kind(optimizer(0.7), **(options | {"warmup_t": 0}))
                other.load_state_dict(scheduler.state_dict())
                self.assertEqual(other.state_dict(), scheduler.state_dict())
                self.assertEqual(run(other, range(1, 12))[1:], run(scheduler, range(1, 12))[1:])

    def test_cycles_have_a_length(self):
        for scheduler, lengths in (
            (timm.CosineLRScheduler(optimizer(0.1), 30), [30, 30, 60, 150]),
            (
                timm.CosineLRScheduler(
                    optimizer(0.1), 30, cycle_mul=1.5, cycle_limit=3, warmup_t=5, warmup_prefix=True
                ),
                [147, 35, 80, 400],
            ),
            (
                timm.TanhLRScheduler(optimizer(0.1), 30, cycle_limit=0, warmup_t=5),
                [30, 30, 60, 150],
            ),
            (
                timm.PolyLRScheduler(optimizer(0.1), 7, cycle_mul=0.5, cycle_limit=4),
                [13, 7, 10, 13],
            ),
            (timm.WSDLRScheduler(optimizer(0.1), 85, 17, warmup_t=5), [90, 90, 90, 90]),
        ):
            self.assertEqual(
                [scheduler.get_cycle_length(cycles) for cycles in (0, 1, 2, 5)], lengths
            )
        self.assertFalse(hasattr(timm.StepLRScheduler(optimizer(0.1), 3), "get_cycle_length"))

    def test_they_are_refused_as_timm_refuses_them(self):
        for error, kind, wrong in (
            (AssertionError, timm.CosineLRScheduler, {"t_initial": 0}),
            (AssertionError, timm.PolyLRScheduler, {"t_initial": 5, "lr_min": -1.0}),
            (AssertionError, timm.TanhLRScheduler, {"t_initial": 5, "lb": 3.0, "ub": -3.0}),
            (AssertionError, timm.TanhLRScheduler, {"t_initial": 5, "cycle_limit": -1}),
            (AssertionError, timm.TanhLRScheduler, {"t_initial": 5, "warmup_t": -1}),
            (ValueError, timm.WSDLRScheduler, {"t_initial": 0, "decay_t": 1}),
            (ValueError, timm.WSDLRScheduler, {"t_initial": 5, "decay_t": 6}),
            (ValueError, timm.WSDLRScheduler, {"t_initial": 5, "decay_t": 2, "stable_fn": "other"}),
            (ValueError, timm.WSDLRScheduler, {"t_initial": 5, "decay_t": 2, "decay_fn": "other"}),
            (ValueError, timm.WSDLRScheduler, {"t_initial": 5, "decay_t": 2, "stable_fn": "rsqrt"}),
            (ValueError, timm.WSDLRScheduler, {"t_initial": 5, "decay_t": 2, "decay_ratio": 1.0}),
            (ZeroDivisionError, timm.StepLRScheduler, {"decay_t": 0}),
        ):
            with self.subTest(kind=kind.__name__, wrong=wrong), self.assertRaises(error):
                kind(optimizer(0.1), **wrong)

    def test_the_schedule_is_plain_data(self):
        scheduler = timm.CosineLRScheduler(optimizer(0.3), 5, 0.01, t_in_epochs=False)
        plan = tempo.Plan(scheduler.schedule, None, tempo.Group(lr=0.3))
        self.assertEqual(
            [plan(t) for t in range(1, 7)], [rate for rate, in run(scheduler, range(1, 7))[1:]]
        )


class Factory(unittest.TestCase):
    def test_it_makes_what_is_named_and_says_how_long_to_train(self):
        for options, kind, epochs in (
            (
                {
                    "num_epochs": 10,
                    "cooldown_epochs": 3,
                    "warmup_epochs": 2,
                    "warmup_prefix": True,
                    "cycle_limit": 2,
                },
                timm.CosineLRScheduler,
                25,
            ),
            (
                {"sched": "step", "num_epochs": 10, "warmup_epochs": 2, "warmup_prefix": True},
                timm.StepLRScheduler,
                12,
            ),
            ({"sched": "constant", "num_epochs": 10}, timm.StepLRScheduler, 10),
            ({"sched": "multistep", "num_epochs": 10}, timm.MultiStepLRScheduler, 10),
            ({"sched": "none", "num_epochs": 7}, type(None), 7),
            (
                {
                    "sched": "wsd",
                    "num_epochs": 30,
                    "warmup_epochs": 5,
                    "step_on_epochs": False,
                    "updates_per_epoch": 10,
                    "cooldown_epochs": 1,
                },
                timm.WSDLRScheduler,
                31,
            ),
        ):
            with self.subTest(options):
                scheduler, trained = timm.create_scheduler_v2(optimizer(0.1), **options)
                self.assertEqual((type(scheduler), trained), (kind, epochs))

    def test_it_refuses_what_timm_refuses(self):
        for error, options in (
            (ValueError, {"sched": "other"}),
            (ValueError, {"sched": "wsd", "num_epochs": 5, "warmup_epochs": 5}),
            (AssertionError, {"step_on_epochs": False}),
            (AssertionError, {"sched": "plateau", "step_on_epochs": False, "updates_per_epoch": 3}),
        ):
            with self.subTest(options), self.assertRaises(error):
                timm.create_scheduler_v2(optimizer(0.1), **options)

    def test_it_reads_the_options_of_the_training_script(self):
        options = types.SimpleNamespace(
            sched="step",
            epochs=20,
            decay_epochs=3.5,
            warmup_epochs=0,
            decay_rate=0.5,
            lr_noise=[0.5],
            seed=3,
        )
        scheduler, epochs = timm.create_scheduler(options, optimizer(0.1))
        self.assertEqual(
            (scheduler.decay_t, scheduler.noise_range_t, scheduler.noise_seed, epochs),
            (3.5, 10.0, 3, 20),
        )
        self.assertEqual(run(scheduler, [3, 4])[1:], [[0.1], [0.05]])

    def test_a_metric_that_falls_is_told_by_its_name(self):
        for options, decreasing, mode in (
            ({}, None, "max"),
            ({"eval_metric": "loss"}, None, "min"),
            ({}, True, "min"),
        ):
            given = timm.scheduler_kwargs(
                types.SimpleNamespace(sched="plateau", **options), decreasing
            )
            self.assertEqual(given["plateau_mode"], mode)


@unittest.skipUnless(torch, "needs torch")
class Plateau(unittest.TestCase):
    metrics = [1, 1, 1, None, 1, 2, 2, 2]

    def optimizer(self, *rates):
        return torch.optim.SGD(
            [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in rates], lr=1.0
        )

    def heard(self, scheduler, metrics=metrics, first=1):
        seen = [values(scheduler.optimizer)]
        for epoch, metric in enumerate(metrics, first):
            scheduler.step(epoch, metric)
            seen.append(values(scheduler.optimizer))
        return seen

    def test_it_warms_up_and_then_listens(self):
        scheduler = timm.PlateauLRScheduler(
            self.optimizer(0.3, 0.1), 0.5, patience_t=1, warmup_t=2, warmup_lr_init=0.02
        )
        expected = [[0.02, 0.02], [0.15999999999999998, 0.06]] + [[0.3, 0.1]] * 6 + [[0.15, 0.05]]
        self.assertEqual(self.heard(scheduler), expected)

    def test_noise_is_on_the_value_and_not_in_it(self):
        scheduler = timm.PlateauLRScheduler(
            self.optimizer(0.3, 0.1), 0.5, patience_t=1, noise_range_t=[2, 5], noise_seed=3
        )
        expected = [
            [0.3, 0.1],
            [0.3, 0.1],
            [0.1539657711982727, 0.05132192373275757],
            [0.17665503323078155, 0.05888501107692719],
            [0.12798073589801787, 0.042660245299339296],
        ]
        self.assertEqual(self.heard(scheduler), expected + [[0.15, 0.05]] * 3 + [[0.075, 0.025]])

    def test_a_state_is_complete(self):
        for stop in range(len(self.metrics)):
            options = {"decay_rate": 0.5, "patience_t": 1, "cooldown_t": 1, "noise_range_t": [2, 5]}
            whole = timm.PlateauLRScheduler(self.optimizer(0.3), **options)
            expected = self.heard(whole)[stop:]
            first = timm.PlateauLRScheduler(self.optimizer(0.3), **options)
            self.heard(first, self.metrics[:stop])
            second = timm.PlateauLRScheduler(self.optimizer(0.3), **options)
            second.load_state_dict(first.state_dict())
            second.optimizer.param_groups[0]["lr"] = first.optimizer.param_groups[0]["lr"]
            self.assertEqual(self.heard(second, self.metrics[stop:], stop + 1), expected)

    def test_a_state_of_timms_is_read(self):
        scheduler = timm.PlateauLRScheduler(self.optimizer(0.3))
        for state in ({"best": 0.5}, {"best": 0.5, "last_epoch": 7}):
            scheduler.load_state_dict(state)
        self.assertEqual((scheduler.lr_scheduler.best, scheduler.lr_scheduler.last_epoch), (0.5, 7))

    def test_a_step_at_0_keeps_the_value(self):
        scheduler = timm.PlateauLRScheduler(self.optimizer(0.3))
        scheduler.step(0, 1.0)
        self.assertEqual(values(scheduler.optimizer), [0.3])

    def test_the_factory_makes_it(self):
        scheduler, epochs = timm.create_scheduler_v2(
            self.optimizer(0.3),
            "plateau",
            num_epochs=9,
            patience_epochs=2,
            warmup_epochs=3,
            plateau_mode="min",
        )
        self.assertEqual(
            (type(scheduler), scheduler.warmup_t, epochs), (timm.PlateauLRScheduler, 3, 9)
        )
        self.assertEqual((scheduler.lr_scheduler.patience, scheduler.lr_scheduler.mode), (2, "min"))

    def test_a_tensor_is_filled_and_never_replaced(self):
        rate = torch.tensor(0.25)
        groups = self.optimizer(rate)
        scheduler = timm.CosineLRScheduler(groups, t_initial=2)
        scheduler.step(1)
        self.assertIs(groups.param_groups[0]["lr"], rate)
        self.assertEqual((rate.item(), scheduler.base_values), (0.125, [0.25]))


class Imports(unittest.TestCase):
    def test_no_framework_is_imported(self):
        import subprocess

        code = "import sys, tempo.timm; print(*{'torch', 'numpy', 'timm'} & set(sys.modules))"
        found = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        self.assertEqual(found.stdout.strip(), "")


if __name__ == "__main__":
    unittest.main()
