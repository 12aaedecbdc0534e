"""tempo.accelerated, on a stand-in for an optimizer. Expected numbers are those of
pytorch-accelerated 0.1.61, by golden rows or as it printed them.
"""

import copy
import inspect
import json
import os
import pathlib
import pickle
import sys
import types
import unittest
from functools import partial

import tempo
from tempo import _tempo, accelerated
from tempo.accelerated import (
    CosineLrScheduler,
    SchedulerBase,
    StatefulSchedulerBase,
    TrainerPlaceholderValues,
    WSDLrScheduler,
)

try:
    import torch
except ImportError:
    torch = None

GOLDEN = pathlib.Path(os.environ["TEMPO_SOURCE"], "tests", "golden")


def optimizer(*rates, field="lr"):
    return types.SimpleNamespace(param_groups=[{field: rate} for rate in rates])


def values(scheduler, field="lr"):
    return [group[field] for group in scheduler.optimizer.param_groups]


def run(scheduler, updates):
    """The values of the groups before the first update and after each."""
    seen = [values(scheduler)]
    for _ in range(updates):
        scheduler.step()
        seen.append(values(scheduler))
    return seen


class Answer(SchedulerBase):
    """Answers what it is told to."""

    answer = None

    def get_updated_values(self, num_updates):
        return self.answer(num_updates)


class Bases(unittest.TestCase):
    def test_the_first_values_are_kept_as_bases(self):
        scheduler = Answer(optimizer(0.01, 0.001))
        self.assertEqual(
            [group["initial_lr"] for group in scheduler.optimizer.param_groups], [0.01, 0.001]
        )
        self.assertEqual(scheduler.base_lr_values, [0.01, 0.001])

    def test_a_base_that_is_there_is_written_back(self):
        resumed = types.SimpleNamespace(param_groups=[{"lr": 0.003, "initial_lr": 0.01}])
        self.assertEqual(values(Answer(resumed)), [0.01])

    def test_a_group_without_the_field_is_an_error(self):
        with self.assertRaisesRegex(KeyError, r"weight_decay missing from param_groups\[0\]"):
            Answer(optimizer(0.1), "weight_decay")

    def test_any_field_is_moved_and_no_other(self):
        groups = optimizer(0.1)
        groups.param_groups[0]["weight_decay"] = 0.5
        scheduler = Answer(groups, param_group_field="weight_decay")
        scheduler.answer = lambda n: n
        scheduler.step_update(3)
        self.assertEqual(
            groups.param_groups, [{"lr": 0.1, "weight_decay": 3, "initial_weight_decay": 0.5}]
        )

    def test_an_answer_is_for_every_group_for_some_or_for_none(self):
        for answer, expected in (
            (7, [7, 7]),
            ([1, 2], [1, 2]),
            ((1, 2), [1, 2]),
            ([1], [1, 0.2]),
            (None, [0.1, 0.2]),
        ):
            with self.subTest(answer=answer):
                scheduler = Answer(optimizer(0.1, 0.2))
                scheduler.answer = lambda n: answer
                scheduler.step_update(0)
                self.assertEqual(values(scheduler), expected)

    def test_it_cannot_be_made_without_an_answer(self):
        for base in (SchedulerBase, StatefulSchedulerBase):
            with self.assertRaises(TypeError):
                base(optimizer(0.1))

    def test_a_stateful_one_asks_for_0_first(self):
        class Stateful(StatefulSchedulerBase):
            def get_updated_values(self, num_updates):
                return num_updates

        self.assertEqual(run(Stateful(optimizer(0.1, 0.2)), 2), [[0.1, 0.2], [0, 0], [1, 1]])

    def test_the_state_is_all_but_the_optimizer(self):
        scheduler = Answer(optimizer(0.1))
        scheduler.gamma = 0.5
        state = scheduler.state_dict()
        self.assertEqual(state["gamma"], 0.5)
        self.assertNotIn("optimizer", state)
        other = Answer(optimizer(0.2))
        other.load_state_dict(state)
        self.assertEqual((other.gamma, other.base_lr_values, values(other)), (0.5, [0.1], [0.2]))


class Documented(unittest.TestCase):
    """The two examples of pytorch-accelerated's documentation, with the numbers that it gives when
    it runs them.
    """

    def test_a_factor_at_milestones(self):
        class Milestones(StatefulSchedulerBase):
            def __init__(self, optimizer, gamma=0.5, epochs=(2, 4, 5), steps_per_epoch=100):
                super().__init__(optimizer)
                self.milestones, self.gamma = {epoch * steps_per_epoch for epoch in epochs}, gamma

            def get_updated_values(self, num_updates):
                if num_updates in self.milestones:
                    return [group["lr"] * self.gamma for group in self.optimizer.param_groups]

        seen = run(Milestones(optimizer(0.01, 0.1)), 600)[100::100]
        self.assertEqual([body for body, _ in seen], [0.01, 0.01, 0.005, 0.005, 0.0025, 0.00125])

    def test_weight_decay_that_grows(self):
        class Growth(StatefulSchedulerBase):
            def __init__(self, optimizer, n=1000, gamma=1.1):
                super().__init__(optimizer, param_group_field="weight_decay")
                self.n, self.gamma = n, gamma

            def get_updated_values(self, num_updates):
                if num_updates and num_updates % self.n == 0:
                    return [
                        group["weight_decay"] * self.gamma for group in self.optimizer.param_groups
                    ]

        scheduler = Growth(optimizer(1e-4, field="weight_decay"))
        seen = []
        for _ in range(3001):
            scheduler.step()
            seen += values(scheduler, "weight_decay")
        self.assertEqual(seen[999::1000], [1e-4, 1e-4 * 1.1, 1e-4 * 1.1 * 1.1])
        self.assertEqual(seen[3000], 1e-4 * 1.1 * 1.1 * 1.1)


class Golden(unittest.TestCase):
    def made(self, document):
        """A scheduler of a row's document, with the lengths that the Trainer would fill in."""
        schedule, updates = dict(document["schedules"][0]), document["run"].get("batches_per_epoch")
        kind = getattr(accelerated, schedule.pop("type").split(".")[1])
        if "num_warmup_epochs" in schedule and kind is WSDLrScheduler:
            schedule["num_warmup_steps"] = updates * schedule.pop("num_warmup_epochs")
        if "total_steps" not in schedule:
            epochs = "total_num_epochs" if kind is CosineLrScheduler else "num_epochs"
            if epochs not in schedule:
                count, unit = (
                    int(document["run"]["max_duration"][:-2]),
                    document["run"]["max_duration"][-2:],
                )
                schedule[epochs] = count if unit == "ep" else -(-count // updates)
            schedule.setdefault("num_update_steps_per_epoch", updates)
        return kind(optimizer(document["optimizer"]["lr"]), **schedule)

    def test_every_row_has_the_same_bits(self):
        rows = [
            json.loads(line) for line in (GOLDEN / "accelerated.jsonl").read_text().splitlines()
        ]
        for row in rows:
            if "error" in row:
                continue
            with self.subTest(row["id"]):
                seen = run(self.made(row["document"]), max(row["at"]))
                self.assertEqual([seen[batch][0] for batch in row["at"]], row["lr"])


class Cosine(unittest.TestCase):
    def test_warmup_cosine_and_floor(self):
        scheduler = CosineLrScheduler(
            optimizer(0.3, 0.1),
            5,
            2,
            1.5,
            0.01,
            num_warmup_epochs=1,
            warmup_starting_lr=0.02,
            num_cooldown_epochs=1,
        )
        expected = [
            [0.02, 0.02],
            [0.02, 0.02],
            [0.15999999999999998, 0.06],
            [0.3, 0.1],
            [0.29669988024501287, 0.09897582490362469],
            [0.2742958002824079, 0.09202283457040246],
            [0.21938229684730093, 0.0749807128146796],
        ] + [[0.01, 0.01]] * 4
        self.assertEqual(run(scheduler, 10), expected)

    def test_a_ratio_of_the_start_is_not_looked_at_before_the_first_step(self):
        scheduler = CosineLrScheduler(
            optimizer(0.3, 0.1),
            2,
            2,
            min_lr_ratio=0.1,
            num_warmup_epochs=1,
            warmup_starting_lr_ratio=0.5,
        )
        floor = [0.03, 0.010000000000000002]
        self.assertEqual(
            run(scheduler, 4), [[1e-6, 1e-6], [0.15, 0.05], [0.2999995, 0.0999995], floor, floor]
        )

    def test_any_number_of_updates_may_be_asked_for(self):
        scheduler = CosineLrScheduler(optimizer(0.3), 5, 2)
        at_4 = run(scheduler, 5)[-1]
        scheduler.step_update(9)
        scheduler.step_update(4)
        self.assertEqual(values(scheduler), at_4)
        self.assertEqual(scheduler.get_updated_values(4), at_4)
        scheduler.step_update(10**12)
        self.assertEqual(values(scheduler), [1e-6])

    def test_attributes_count_as_they_are_now(self):
        scheduler = CosineLrScheduler(optimizer(0.3, 0.1), 5, 2)
        scheduler.total_iterations, scheduler.base_lr_values = 4, [1.0, 2.0]
        self.assertEqual(scheduler.get_updated_values(2), [0.5000005, 1.0000005])

    def test_what_a_hand_wrote_is_overwritten(self):
        scheduler = CosineLrScheduler(optimizer(0.3), 5, 2)
        scheduler.optimizer.param_groups[0]["lr"] = 7.0
        scheduler.step()
        self.assertEqual(values(scheduler), [0.3])

    def test_a_state_has_upstreams_keys_and_goes_on(self):
        scheduler = CosineLrScheduler(optimizer(0.3), 5, 2, num_warmup_epochs=1)
        run(scheduler, 3)
        state = scheduler.state_dict()
        self.assertEqual(
            state,
            {
                "total_iterations": 10,
                "lr_min_ratio": None,
                "lr_min": 1e-6,
                "warmup_iterations": 2,
                "warmup_lr_init": 1e-6,
                "warmup_lr_ratio": None,
                "k_decay": 1.0,
                "num_cooldown_iterations": 0,
                "num_updates": 2,
            },
        )
        other = CosineLrScheduler(optimizer(0.3), 1, 1)
        other.load_state_dict(state)
        self.assertEqual(run(other, 5)[1:], run(scheduler, 5)[1:])
        with self.assertRaises(KeyError):
            other.load_state_dict({})

    def test_it_is_refused_as_upstream_refuses_it(self):
        for wrong in (
            {"total_num_epochs": 0},
            {"num_update_steps_per_epoch": 0},
            {"lr_min": -0.1},
            {"k_decay": -1.0},  # which divides by zero there
        ):
            with self.subTest(wrong), self.assertRaises(AssertionError):
                CosineLrScheduler(
                    optimizer(0.1),
                    **{"total_num_epochs": 2, "num_update_steps_per_epoch": 2} | wrong
                )

    def test_lengths_are_whole_numbers_of_updates(self):
        self.assertEqual(
            CosineLrScheduler(optimizer(0.1), 5, 10, num_warmup_epochs=0.5).get_updated_values(5),
            [0.1],
        )
        with self.assertRaises(TypeError):
            CosineLrScheduler(optimizer(0.1), 5, 10, num_warmup_epochs=0.25)

    def test_copies_go_on_by_themselves(self):
        for copied in (copy.deepcopy, lambda scheduler: pickle.loads(pickle.dumps(scheduler))):
            scheduler = CosineLrScheduler(optimizer(0.3), 5, 2)
            run(scheduler, 3)
            other = copied(scheduler)
            self.assertEqual(run(other, 2), run(scheduler, 2))

    def test_its_schedule_is_plain_data(self):
        scheduler = CosineLrScheduler(optimizer(0.3), 5, 2, lr_min=0.01)
        plan = tempo.Plan(scheduler.schedule, None, tempo.Group(lr=0.3))
        self.assertEqual(
            [plan(batch) for batch in range(11)], [rate for rate, in run(scheduler, 10)]
        )


class Wsd(unittest.TestCase):
    short = {"total_steps": 16, "decay_phase_ratio": 0.25, "lr_min": 0.1, "num_checkpoints": 3}

    def test_warmup_stable_phase_and_decay(self):
        scheduler = WSDLrScheduler(
            optimizer(0.3, 0.1),
            total_steps=12,
            num_warmup_steps=2,
            decay_phase_ratio=0.5,
            lr_min=0.01,
            warmup_starting_lr=0.02,
        )
        seen = run(scheduler, 13)
        self.assertEqual(
            seen[:8], [[0.3, 0.1], [0.02, 0.02], [0.15999999999999998, 0.06]] + [[0.3, 0.1]] * 5
        )
        self.assertEqual(
            [rate for rate, _ in seen[8:]],
            [
                0.1787502577322327,
                0.12852697005068114,
                0.08998928598759538,
                0.05750051546446537,
                0.028877334034942755,
                0.003,
            ],
        )

    def test_periods_and_phases(self):
        scheduler = WSDLrScheduler(optimizer(0.3), **self.short, use_inverse_sqrt_decay=False)
        self.assertEqual(
            scheduler.get_decay_info(),
            [
                {"period_start": 0, "period_end": 4, "decay_steps": 1, "pre_decay_step": 3},
                {"period_start": 4, "period_end": 8, "decay_steps": 1, "pre_decay_step": 7},
                {"period_start": 8, "period_end": 16, "decay_steps": 2, "pre_decay_step": 14},
            ],
        )
        self.assertEqual(scheduler.get_checkpoint_steps(), [4, 8, 16])
        phases = [scheduler.get_phase_info(n)["period_end"] for n in (0, 4, 5, 8, 9, 16, 17)]
        self.assertEqual(phases, [4, 4, 8, 8, 16, 16, 16])
        self.assertEqual(run(scheduler, 17)[-3:], [[0.3], [0.05454545454545454], [0.03]])
        self.assertEqual(scheduler.get_current_step(), 16)
        self.assertEqual(scheduler.get_current_phase_info()["period_end"], 16)

    def test_it_remembers_where_a_stable_phase_ended(self):
        scheduler = WSDLrScheduler(optimizer(0.3), **self.short)
        seen = []
        for _ in range(17):
            scheduler.step()
            seen.append(scheduler.previous_checkpoint_step)
        self.assertEqual(seen, [None] * 2 + [2] * 4 + [6] * 7 + [13] * 4)

    def test_checkpoints_are_estimated(self):
        self.assertEqual(accelerated.estimate_checkpoint_steps(1001, 4), [250, 500, 1000, 1001])
        self.assertEqual(accelerated.estimate_checkpoint_steps(1000), [250, 500, 1000])
        self.assertEqual(accelerated.estimate_checkpoint_steps(7, 1), [7])
        self.assertEqual(accelerated.estimate_checkpoint_steps(3, 2), [])  # [0, 0] there

    def test_no_warmup_steps_mean_a_hundredth(self):
        scheduler = WSDLrScheduler(
            optimizer(0.3), num_epochs=10, num_update_steps_per_epoch=125, num_warmup_steps=None
        )
        self.assertEqual((scheduler.total_steps, scheduler.num_warmup_steps), (1250, 12))

    def test_it_is_refused_as_upstream_refuses_it(self):
        for error, wrong in (
            (AssertionError, {"total_steps": 0}),
            (AssertionError, {"num_epochs": 0, "num_update_steps_per_epoch": 10}),
            (AssertionError, {"total_steps": 10, "decay_phase_ratio": 1.5}),
            (AssertionError, {"total_steps": 10, "lr_min": -0.1}),
            (AssertionError, {"total_steps": 10, "num_checkpoints": 0}),
            (ValueError, {"total_steps": 10, "num_epochs": 5, "num_update_steps_per_epoch": 2}),
            (ValueError, {"total_steps": 10, "warmup_starting_lr": 0.4}),
            (ValueError, {"total_steps": 10, "num_checkpoints": 2, "decay_phase_ratio": 0.4}),
            (TypeError, {}),
            (TypeError, {"num_epochs": 3}),
        ):
            with self.subTest(wrong), self.assertRaises(error):
                WSDLrScheduler(optimizer(0.3, 0.1), **wrong)

    def test_what_would_divide_by_zero_in_mid_training_is_refused_before_it(self):
        for wrong in (
            {"lr_min": 0.0, "use_inverse_sqrt_decay": False},
            {"num_checkpoints": 2, "decay_phase_ratio": 0.01},
        ):
            with self.subTest(wrong), self.assertRaises(AssertionError):
                WSDLrScheduler(optimizer(0.3), total_steps=100, **wrong)

    def test_checkpoints_and_length_go_together(self):
        for attribute, value in (("checkpoint_steps", [5, 16]), ("total_steps", 20)):
            scheduler = WSDLrScheduler(optimizer(0.3), **self.short)
            setattr(scheduler, attribute, value)
            with self.subTest(attribute), self.assertRaisesRegex(ValueError, "checkpoint_steps"):
                scheduler.step()

    def test_a_resumed_training_goes_on(self):
        options = {"total_steps": 20, "num_warmup_steps": 4, "decay_phase_ratio": 0.5}
        scheduler = WSDLrScheduler(optimizer(0.3), **options)
        run(scheduler, 12)
        other = WSDLrScheduler(optimizer(0.3), **options)
        other.load_state_dict(scheduler.state_dict())
        self.assertEqual(run(other, 8)[1:], run(scheduler, 8)[1:])

    def test_a_state_has_upstreams_keys_and_the_count(self):
        scheduler = WSDLrScheduler(optimizer(0.3), **self.short)
        run(scheduler, 12)
        state = scheduler.state_dict()
        self.assertEqual(state.pop("_num_updates"), 11)
        self.assertEqual(
            state,
            {
                "param_group_field": "lr",
                "base_lr_values": [0.3],
                "total_steps": 16,
                "num_warmup_steps": 0,
                "decay_phase_ratio": 0.25,
                "lr_min": 0.1,
                "warmup_starting_lr": 1e-06,
                "use_inverse_sqrt_decay": True,
                "num_checkpoints": 3,
                "checkpoint_steps": [4, 8, 16],
                "is_continuation_from_checkpoint": False,
                "previous_checkpoint_step": 6,
                "checkpoint_decay_info": scheduler.get_decay_info(),
            },
        )

    def test_a_continuation_starts_over_with_its_own_length_and_no_warmup(self):
        first = WSDLrScheduler(
            optimizer(0.3), total_steps=100, num_warmup_steps=10, decay_phase_ratio=0.2
        )
        run(first, 80)
        longer = WSDLrScheduler(
            optimizer(0.3),
            total_steps=50,
            decay_phase_ratio=0.5,
            is_continuation_from_checkpoint=True,
        )
        longer.load_state_dict(first.state_dict())
        self.assertEqual((longer.total_steps, longer.decay_phase_ratio), (50, 0.2))
        self.assertEqual(longer.get_checkpoint_steps(), [50])
        self.assertIsNone(longer.previous_checkpoint_step)
        seen = run(longer, 51)
        self.assertEqual(seen[:42], [[0.3]] * 42)
        self.assertLess(seen[42][0], 0.3)
        self.assertEqual(seen[51], [0.3 * 1e-6])


class Questions(unittest.TestCase):
    """What the extension is asked beside values."""

    def test_a_plan_without_such_a_schedule_has_no_periods(self):
        for question in (_tempo.wsd, _tempo.timm_cycle_length):
            with self.assertRaises(tempo.Missing):
                question(tempo.Plan("torch.ExponentialLR gamma=0.5"))
            with self.assertRaises(TypeError):
                question("accelerated.WSDLrScheduler total_steps=8")

    def test_a_track_is_chosen_by_index_or_name(self):
        groups = [tempo.Group("body", lr=1.0), tempo.Group("head", lr=1.0)]
        plan = tempo.Plan(
            "torch.ExponentialLR gamma=0.5 groups=[body] * "
            "accelerated.WSDLrScheduler total_steps=8 num_warmup_steps=2 groups=[head]",
            None,
            groups,
        )
        self.assertEqual(_tempo.wsd(plan, 1), _tempo.wsd(plan, "head.lr"))
        self.assertEqual(_tempo.wsd(plan, 1)[0], 2)
        with self.assertRaises(tempo.Missing):
            _tempo.wsd(plan, "body.lr")

    def test_a_length_beyond_64_bits_is_an_error(self):
        plan = tempo.Plan("timm.CosineLRScheduler t_initial=5000000000000000000")
        with self.assertRaises(tempo.OutOfRange):
            _tempo.timm_cycle_length(plan, 2)


class Placeholders(unittest.TestCase):
    def filled(self, function, trainer):
        """As the Trainer does it, by name."""
        names = {placeholder.name for placeholder in TrainerPlaceholderValues}
        keywords = {
            key: (
                eval(value.value, {"trainer": trainer})
                if getattr(value, "name", None) in names
                else value
            )
            for key, value in function.keywords.items()
        }
        return partial(function.func, *function.args, **keywords)

    trainer = types.SimpleNamespace(
        run_config=types.SimpleNamespace(
            num_epochs=5, num_update_steps_per_epoch=20, num_local_update_steps_per_epoch=10
        ),
        _train_dataloader=[0] * 7,
        _eval_dataloader=[0] * 3,
    )

    def test_they_are_what_the_trainer_evaluates(self):
        values = [
            eval(placeholder.value, {"trainer": self.trainer})
            for placeholder in TrainerPlaceholderValues
        ]
        self.assertEqual(values, [5, 20, 10, 7, 3])
        self.assertEqual(
            TrainerPlaceholderValues.placeholder_set(), {p.name for p in TrainerPlaceholderValues}
        )

    def test_sums_and_products_are_placeholders_too(self):
        epochs = TrainerPlaceholderValues.NUM_EPOCHS
        for placeholder, expected in (
            (epochs * 2, 10),
            (epochs + 2, 7),
            (2 * epochs, 10),
            ((epochs + 1) * 3, 18),
        ):
            self.assertEqual(placeholder.name, "NUM_EPOCHS")
            self.assertEqual(eval(placeholder.value, {"trainer": self.trainer}), expected)

    def test_the_cosine_counts_the_updates_of_all_processes_by_default(self):
        scheduler = self.filled(
            CosineLrScheduler.create_scheduler_fn(num_warmup_epochs=1), self.trainer
        )(optimizer(0.1))
        self.assertEqual((scheduler.total_iterations, scheduler.warmup_iterations), (100, 20))

    def test_wsd_counts_those_of_its_own_process(self):
        for epochs, warmup in ((2, 20), (None, 0)):
            create = WSDLrScheduler.create_scheduler_fn(num_warmup_epochs=epochs)
            scheduler = self.filled(create, self.trainer)(optimizer(0.1))
            self.assertEqual((scheduler.total_steps, scheduler.num_warmup_steps), (50, warmup))

    def test_a_function_of_the_scheduler_takes_what_the_scheduler_takes(self):
        made = set(inspect.signature(CosineLrScheduler).parameters) - {"optimizer"}
        self.assertEqual(
            set(inspect.signature(CosineLrScheduler.create_scheduler_fn).parameters), made
        )


@unittest.skipUnless(torch, "needs torch")
class Torch(unittest.TestCase):
    def optimizer(self, rate):
        return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)

    def test_a_tensor_is_filled_and_never_replaced(self):
        rate = torch.tensor(0.25)
        scheduler = CosineLrScheduler(self.optimizer(rate), 2, 2, lr_min=0.0)
        run(scheduler, 3)
        self.assertIs(scheduler.optimizer.param_groups[0]["lr"], rate)
        self.assertEqual(rate.item(), 0.125)
        self.assertEqual(scheduler.base_lr_values, [0.25])

    def test_a_state_can_be_saved_and_loaded_by_torch(self):
        import io

        scheduler = WSDLrScheduler(self.optimizer(0.3), **Wsd.short)
        file = io.BytesIO()
        torch.save(scheduler.state_dict(), file)
        file.seek(0)
        self.assertEqual(torch.load(file, weights_only=True), scheduler.state_dict())


class Imports(unittest.TestCase):
    def test_no_framework_is_imported(self):
        import subprocess

        code = "import sys, tempo.accelerated; print(*{'torch', 'numpy'} & set(sys.modules))"
        found = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        self.assertEqual(found.stdout.strip(), "")


if __name__ == "__main__":
    unittest.main()
