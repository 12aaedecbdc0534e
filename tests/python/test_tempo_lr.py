"""TempoLR in optimizers of PyTorch. Training itself, ranks and Lightning are in tests/peers."""

import copy
import io
import os
import pickle
import tempfile
import unittest

import tempo

try:
    import torch
    from tempo.torch import TempoLR
except ImportError:
    torch = None

HALVE = "torch.StepLR step_size=1 gamma=0.5 every=1ba"
COSINE = "composer.CosineAnnealingScheduler t_max=1dur"
DOCUMENT = {
    "tempo": 1,
    "run": {"max_duration": "10ba"},
    "optimizer": {"lr": 0.4},
    "schedules": {"type": "composer.LinearScheduler", "alpha_f": 0.0},
}


@unittest.skipUnless(torch, "needs torch")
class Case(unittest.TestCase):
    pass


def parameter():
    return torch.nn.Parameter(torch.zeros(1))


def sgd(*groups, lr=1.0, **fields):
    """An optimizer with one group for each dict, or a single one."""
    return torch.optim.SGD([{"params": [parameter()], **group} for group in groups or ({},)], lr=lr, **fields)


def lrs(optimizer):
    return [group["lr"] for group in optimizer.param_groups]


def walk(scheduler, steps):
    seen = [lrs(scheduler.optimizer)]
    for _ in range(steps):
        scheduler.step()
        seen.append(lrs(scheduler.optimizer))
    return [row[0] if len(row) == 1 else row for row in seen]


class Documents(Case):
    def test_any_form_of_a_document_will_do(self):
        native = tempo.Document(DOCUMENT)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "run.yaml")
            with open(path, "w") as file:
                file.write(native.to_yaml())
            for document in (DOCUMENT, native, native.to_json(), native.to_yaml(), path, native.to_yaml().encode()):
                self.assertEqual(walk(TempoLR(sgd(lr=0.4), document), 5)[-1], 0.2)
        schedules = native.schedule.to_list()
        for schedule in (native.schedule, str(native.schedule), schedules, schedules[0]):
            self.assertEqual(walk(TempoLR(sgd(lr=0.4), schedule, max_duration="10ba"), 5)[-1], 0.2)

    def test_facts_of_the_run_replace_the_documents(self):
        scheduler = TempoLR(sgd(lr=0.4), DOCUMENT, max_duration="20ba")
        self.assertEqual(walk(scheduler, 5)[-1], 0.4 * 0.75)
        self.assertEqual(scheduler.run.max_duration, "20ba")

    def test_a_base_that_differs_is_an_error_unless_it_is_said_which_counts(self):
        with self.assertRaises(tempo.Conflict) as caught:
            TempoLR(sgd(lr=0.1), DOCUMENT)
        self.assertIn("0.1 in the optimizer, 0.4 in the document", str(caught.exception))
        for bases, base in (("optimizer", 0.1), ("document", 0.4)):
            self.assertEqual(lrs(TempoLR(sgd(lr=0.1), DOCUMENT, bases=bases).optimizer), [base])

    def test_a_document_without_lr_says_nothing_about_it(self):
        document = {**DOCUMENT, "optimizer": {"weight_decay": 0.0}}
        self.assertEqual(lrs(TempoLR(sgd(lr=0.1), document).optimizer), [0.1])

    def test_a_number_of_the_document_that_the_optimizer_has_not_is_an_error(self):
        with self.assertRaises(tempo.Conflict):
            TempoLR(sgd(lr=0.4), {**DOCUMENT, "optimizer": {"lr": 0.4, "beta": 1}})

    def test_a_misspelt_fact_is_an_error(self):
        with self.assertRaises(TypeError):
            TempoLR(sgd(), COSINE, max_durations="10ba")


class Fields(Case):
    def test_groups_go_by_their_names(self):
        optimizer = sgd({"name": "body"}, {"name": "head", "lr": 8.0})
        scheduler = TempoLR(optimizer, f"{HALVE} groups=[head] * torch.ConstantLR factor=0.5 groups=[body] every=1ba")
        self.assertEqual(walk(scheduler, 2), [[0.5, 8.0], [0.5, 4.0], [0.5, 2.0]])
        self.assertEqual(scheduler.values, {"body.lr": 0.5, "head.lr": 2.0})

    def test_groups_without_names_go_by_their_places_or_by_what_they_are_called(self):
        for groups, name in ((None, "group1"), (["a", "b"], "b"), ({1: "b"}, "b")):
            optimizer = sgd({}, {"lr": 8.0})
            fixed = "a" if groups == ["a", "b"] else "group0"
            TempoLR(optimizer, f"{HALVE} groups=[{name}]", groups=groups, fixed=[fixed]).step()
            self.assertEqual(lrs(optimizer), [1.0, 4.0])

    def test_any_number_of_a_group_can_be_driven(self):
        optimizer = torch.optim.AdamW([parameter()], lr=1.0, betas=(0.8, 0.99), weight_decay=0.5)
        TempoLR(optimizer, f'{HALVE} * {HALVE} field=weight_decay * {HALVE} field="betas[0]"').step()
        group = optimizer.param_groups[0]
        self.assertEqual((group["lr"], group["weight_decay"], group["betas"]), (0.5, 0.25, (0.4, 0.99)))

    def test_a_group_without_a_schedule_is_an_error_unless_it_is_fixed(self):
        groups = {"name": "a"}, {"name": "b"}
        with self.assertRaises(tempo.Missing):
            TempoLR(sgd(*groups), f"{HALVE} groups=[a]")
        self.assertEqual(walk(TempoLR(sgd(*groups), HALVE, fixed=["b"]), 1)[-1], [0.5, 1.0])

    def test_a_group_that_is_not_there_is_an_error(self):
        with self.assertRaises(tempo.UnknownName):
            TempoLR(sgd(), f"{HALVE} groups=[head]")
        with self.assertRaises(tempo.Conflict):
            TempoLR(sgd(), HALVE, fixed=["head"])

    def test_two_groups_of_one_name_are_an_error(self):
        with self.assertRaises(tempo.Conflict):
            TempoLR(sgd({"name": "a"}, {"name": "a"}), HALVE)

    def test_several_optimizers_are_driven_together(self):
        adam, muon = sgd(lr=1.0), sgd(lr=4.0)
        scheduler = TempoLR([adam, muon], HALVE)
        scheduler.step()
        self.assertEqual((lrs(adam), lrs(muon)), ([0.5], [2.0]))
        self.assertEqual(scheduler.get_last_lr(), [0.5, 2.0])

    def test_several_schedulers_can_share_a_clock(self):
        clock = tempo.Clock()
        schedulers = [TempoLR(sgd(), "composer.LinearScheduler t_max=100sp", max_duration="100sp") for _ in range(2)]
        clock.batch_end(samples=25)
        for scheduler in schedulers:
            scheduler.step_to(clock)
            scheduler.step_to(clock.now)  # asking twice changes nothing
            self.assertEqual(lrs(scheduler.optimizer), [0.75])


class Time(Case):
    def test_the_first_update_has_the_first_value(self):
        self.assertEqual(walk(TempoLR(sgd(), HALVE), 2), [1.0, 0.5, 0.25])

    def test_samples_and_tokens_are_what_was_there(self):
        scheduler = TempoLR(sgd(), "composer.LinearScheduler t_max=100tok")
        scheduler.step(tokens=10)
        scheduler.step(tokens=40, samples=3)
        self.assertEqual(lrs(scheduler.optimizer), [0.5])
        self.assertEqual((scheduler.timestamp.batch, scheduler.timestamp.sample), (2, 3))

    def test_the_curve_over_samples_does_not_depend_on_how_they_are_batched(self):
        ends = []
        for sizes in ([8] * 4, [16, 16], [1, 31]):
            scheduler = TempoLR(sgd(), "composer.CosineAnnealingScheduler t_max=100sp")
            for samples in sizes:
                scheduler.step(samples=samples)
            ends += lrs(scheduler.optimizer)
        self.assertEqual(ends, ends[:1] * 3)

    def test_what_nobody_tells_is_an_error(self):
        scheduler = TempoLR(sgd(), "composer.LinearScheduler t_max=100tok")
        with self.assertRaises(tempo.MissingFact) as caught:
            scheduler.step(samples=3)
        self.assertEqual(caught.exception.fact, "tokens_per_batch")
        self.assertEqual(scheduler.last_epoch, 0)

    def test_epochs_end_by_the_run(self):
        scheduler = TempoLR(sgd(), "torch.StepLR step_size=1 gamma=0.5", batches_per_epoch=2)
        self.assertEqual(walk(scheduler, 4), [1.0, 1.0, 0.5, 0.5, 0.25])
        scheduler.epoch_end()
        self.assertEqual(scheduler.timestamp.epoch, 2)

    def test_an_epoch_that_ends_elsewhere_than_the_run_says_is_an_error(self):
        scheduler = TempoLR(sgd(), "torch.StepLR step_size=1 gamma=0.5", batches_per_epoch=2)
        scheduler.step()
        with self.assertRaises(tempo.Conflict):
            scheduler.epoch_end()

    def test_epochs_of_any_length_are_told(self):
        scheduler = TempoLR(sgd(), "torch.StepLR step_size=1 gamma=0.5", epochs="told")
        for batches in (3, 1):
            walk(scheduler, batches)
            scheduler.epoch_end()
        self.assertEqual((lrs(scheduler.optimizer), scheduler.timestamp.batch), ([0.25], 4))

    def test_epochs_that_nobody_tells_are_an_error(self):
        with self.assertRaises(tempo.MissingFact):
            TempoLR(sgd(), "torch.StepLR step_size=1 gamma=0.5")

    def test_a_step_may_be_an_epoch(self):
        scheduler = TempoLR(sgd(), "torch.StepLR step_size=1 gamma=0.5", step="1ep")
        self.assertEqual(walk(scheduler, 2), [1.0, 0.5, 0.25])

    def test_a_metric_is_heard(self):
        scheduler = TempoLR(sgd(), "torch.ReduceLROnPlateau patience=0 factor=0.5", step="1ep")
        for metric in (1.0, 1.0, 2):
            scheduler.step(metric)
        self.assertEqual(lrs(scheduler.optimizer), [0.25])

    def test_a_number_written_by_hand_counts_as_in_pytorch(self):
        for mode, after in (("recursive", 32.0), ("closed_form", 0.5)):
            scheduler = TempoLR(sgd(), HALVE, mode=mode)
            scheduler.optimizer.param_groups[0]["lr"] = 64.0
            scheduler.step()
            self.assertEqual(lrs(scheduler.optimizer), [after])

    def test_a_function_that_raises_leaves_everything_as_it_was(self):
        def fail(step):
            return 1.0 if step < 1 else {}[step]

        scheduler = TempoLR(sgd({}, {}), tempo.schedules.torch.LambdaLR(fail, every="1ba"))
        with self.assertRaises(KeyError):
            scheduler.step()
        self.assertEqual((lrs(scheduler.optimizer), scheduler.last_epoch), ([1.0, 1.0], 0))


class LateGroups(Case):
    def setUp(self):
        self.scheduler = TempoLR(sgd(), HALVE)
        self.scheduler.step()

    def test_one_joins_at_the_current_time(self):
        optimizer = self.scheduler.optimizer
        optimizer.add_param_group({"params": [parameter()], "lr": 64.0})
        self.scheduler.step()
        self.assertEqual(lrs(optimizer), [0.25, 16.0])
        self.assertEqual(self.scheduler.base_lrs, [1.0, 64.0])

    def test_one_that_says_no_lr_starts_from_the_default_and_not_from_where_others_are(self):
        for lr in (1.0, torch.tensor(1.0)):
            optimizer = sgd(lr=lr)
            scheduler = TempoLR(optimizer, HALVE)
            scheduler.step()
            optimizer.add_param_group({"params": [parameter()]})
            scheduler.step()
            self.assertEqual([float(lr) for lr in lrs(optimizer)], [0.25, 0.25])

    def test_one_that_no_schedule_is_for_is_an_error(self):
        scheduler = TempoLR(sgd({"name": "a"}), f"{HALVE} groups=[a]")
        scheduler.optimizer.add_param_group({"params": [parameter()], "name": "b"})
        with self.assertRaises(tempo.Missing):
            scheduler.step()

    def test_one_that_is_gone_is_an_error(self):
        scheduler = TempoLR(sgd({"name": "a"}, {"name": "b"}), HALVE)
        del scheduler.optimizer.param_groups[1]
        with self.assertRaises(tempo.Conflict):
            scheduler.step()


class Resuming(Case):
    def saved(self, scheduler):
        """What torch.save() and torch.load() make of both states."""
        buffer = io.BytesIO()
        torch.save({"optimizer": scheduler.optimizer.state_dict(), "scheduler": scheduler.state_dict()}, buffer)
        buffer.seek(0)
        return torch.load(buffer, weights_only=True)

    def test_any_split_gives_the_same_trace_whichever_state_is_loaded_first(self):
        for schedule in ("torch.ExponentialLR gamma=0.9 every=1ba", COSINE, f"{HALVE} * {COSINE}"):
            whole = walk(TempoLR(sgd(lr=0.1), schedule, max_duration="10ba"), 10)
            for split in (0, 3, 10):
                for order in (("optimizer", "scheduler"), ("scheduler", "optimizer")):
                    first = TempoLR(sgd(lr=0.1), schedule, max_duration="10ba")
                    walk(first, split)
                    state = self.saved(first)
                    second = TempoLR(sgd(lr=0.1), schedule, max_duration="10ba")
                    for part in order:
                        (second.optimizer if part == "optimizer" else second).load_state_dict(state[part])
                    self.assertEqual(walk(second, 10 - split), whole[split:])

    def test_bases_are_found_in_an_optimizer_that_was_loaded_before(self):
        optimizer = torch.optim.AdamW([parameter()], lr=1.0, weight_decay=0.5)
        first = TempoLR(optimizer, f"{HALVE} * {HALVE} field=weight_decay")
        walk(first, 2)
        state = self.saved(first)
        optimizer = torch.optim.AdamW([parameter()], lr=1.0, weight_decay=0.5)
        optimizer.load_state_dict(state["optimizer"])
        second = TempoLR(optimizer, f"{HALVE} * {HALVE} field=weight_decay")
        second.load_state_dict(state["scheduler"])
        self.assertEqual((lrs(optimizer), optimizer.param_groups[0]["weight_decay"]), ([0.25], 0.125))

    def test_a_mismatch_is_an_error_that_lists_it_and_changes_nothing(self):
        first = TempoLR(sgd(lr=0.1), COSINE, max_duration="10ba")
        walk(first, 5)
        state = self.saved(first)["scheduler"]
        for second, words in (
            (TempoLR(sgd(lr=0.2), COSINE, max_duration="10ba"), "base of lr: 0.2 here, 0.1 saved"),
            (TempoLR(sgd(lr=0.1), HALVE, max_duration="10ba"), "schedules[0]"),
            (TempoLR(sgd(lr=0.1), COSINE, max_duration="20ba"), "run.max_duration: '20ba' here, '10ba' saved"),
        ):
            before = lrs(second.optimizer)
            with self.assertRaises(tempo.Conflict) as caught:
                second.load_state_dict(state)
            self.assertIn(words, str(caught.exception))
            self.assertEqual((lrs(second.optimizer), second.last_epoch), (before, 0))

    def test_it_can_be_said_which_counts(self):
        first = TempoLR(sgd(lr=0.1), "composer.LinearScheduler t_max=1dur", max_duration="10ba")
        walk(first, 5)
        for mismatch, value in (("config", 0.2 * 0.75), ("checkpoint", 0.1 * 0.5)):
            second = TempoLR(sgd(lr=0.2), "composer.LinearScheduler t_max=1dur", max_duration="20ba")
            second.load_state_dict(self.saved(first)["scheduler"], mismatch=mismatch)
            self.assertEqual((lrs(second.optimizer), second.last_epoch), ([value], 5))

    def test_under_config_the_loaded_optimizer_does_not_bring_the_old_level_back(self):
        first = TempoLR(sgd(lr=1.0), HALVE)
        walk(first, 2)
        state = self.saved(first)
        second = TempoLR(sgd(lr=16.0), HALVE)
        second.load_state_dict(state["scheduler"], mismatch="config")
        second.optimizer.load_state_dict(state["optimizer"])
        second.step()
        self.assertEqual(lrs(second.optimizer), [2.0])

    def test_a_number_written_by_hand_is_saved(self):
        first = TempoLR(sgd(), HALVE)
        first.optimizer.param_groups[0]["lr"] = 64.0
        state = self.saved(first)
        second = TempoLR(sgd(), HALVE)
        second.load_state_dict(state["scheduler"])
        self.assertEqual(walk(second, 1), [64.0, 32.0])

    def test_a_group_that_was_added_is_found_whenever_it_was(self):
        late = {"params": [parameter()], "lr": 64.0}
        first = TempoLR(sgd(), HALVE)
        first.optimizer.add_param_group(dict(late))
        first.step()
        first.optimizer.param_groups[0]["lr"] = 8.0
        state = self.saved(first)["scheduler"]
        optimizer = sgd()
        optimizer.add_param_group(dict(late))
        second, third = TempoLR(optimizer, HALVE), TempoLR(sgd(), HALVE)
        second.load_state_dict(state)
        self.assertEqual(walk(second, 1), [[8.0, 32.0], [4.0, 16.0]])
        third.optimizer.add_param_group(dict(late))
        third.load_state_dict(second.state_dict())
        self.assertEqual(lrs(third.optimizer), [4.0, 16.0])

    def test_what_is_no_state_is_an_error(self):
        scheduler = TempoLR(sgd(), HALVE)
        for broken in ({}, {**scheduler.state_dict(), "tracks": {}}, {"last_epoch": 3}):
            with self.subTest(broken=broken), self.assertRaises(tempo.Error):
                scheduler.load_state_dict(broken)

    def test_copies_go_their_own_way(self):
        first = TempoLR(sgd(), HALVE)
        first.step()
        for second in (copy.deepcopy(first), pickle.loads(pickle.dumps(first))):
            self.assertIsNot(second.optimizer, first.optimizer)
            self.assertEqual(walk(second, 1), [0.5, 0.25])
        self.assertEqual(lrs(first.optimizer), [0.5])


class Extending(Case):
    def setUp(self):
        self.scheduler = TempoLR(sgd(), "composer.LinearScheduler t_max=1dur", max_duration="10ba")
        walk(self.scheduler, 5)

    def test_restretch_is_as_if_it_had_been_planned(self):
        self.assertEqual(self.scheduler.extend("20ba", "restretch"), {"lr": (0.5, 0.75)})
        self.assertEqual(walk(self.scheduler, 5)[-1], 0.5)

    def test_hold_keeps_the_values(self):
        self.assertEqual(self.scheduler.extend("20ba", "hold"), {"lr": (0.5, 0.5)})
        self.assertEqual(walk(self.scheduler, 10)[-1], 0.5)

    def test_after_a_hold_the_schedules_can_go_on(self):
        self.scheduler.extend("20ba", "hold")
        self.assertEqual(self.scheduler.extend("50ba", "restretch"), {"lr": (0.5, 0.9)})

    def test_another_document_goes_on_at_the_same_time(self):
        self.assertEqual(self.scheduler.extend(document="composer.ConstantScheduler t_max=1dur"), {"lr": (0.5, 1.0)})
        self.assertEqual((self.scheduler.last_epoch, self.scheduler.run.max_duration), (5, "10ba"))

    def test_nothing_happens_that_was_not_said(self):
        for arguments, error in (
            ({"max_duration": "20ba"}, TypeError),
            ({"max_duration": "20ba", "policy": "guess"}, ValueError),
            ({"policy": "restretch"}, TypeError),
            ({"max_duration": "10ba", "policy": "restretch"}, tempo.Conflict),
        ):
            with self.subTest(arguments=arguments), self.assertRaises(error):
                self.scheduler.extend(**arguments)
            self.assertEqual(lrs(self.scheduler.optimizer), [0.5])


class Tensors(Case):
    def test_a_tensor_is_filled_and_never_replaced_or_aliased(self):
        lr = torch.tensor(1.0)
        optimizer = sgd(lr=lr)
        scheduler = TempoLR(optimizer, HALVE)
        scheduler.step()
        self.assertIs(optimizer.param_groups[0]["lr"], lr)
        self.assertEqual((lr.item(), scheduler.base_lrs, optimizer.defaults["lr"].item()), (0.5, [1.0], 1.0))

    def test_groups_do_not_share_one(self):
        optimizer = sgd({}, {}, lr=torch.tensor(1.0))
        scheduler = TempoLR(optimizer, f"{HALVE} groups=[group1]", fixed=["group0"])
        scheduler.step()
        self.assertEqual([float(lr) for lr in lrs(optimizer)], [1.0, 0.5])

    def test_roundings_of_a_tensor_do_not_add_up(self):
        optimizer = sgd(lr=torch.tensor(1.0))
        scheduler = TempoLR(optimizer, "torch.ExponentialLR gamma=0.9 every=1ba")
        value = 1.0
        for _ in range(50):
            scheduler.step()
            value *= 0.9
        self.assertEqual(scheduler.values["lr"], value)
        self.assertEqual(lrs(optimizer)[0], torch.tensor(value))

    def test_no_step_reads_from_a_device(self):
        optimizer = torch.optim.Adam([parameter()], lr=torch.tensor(1.0), capturable=True)
        scheduler = TempoLR(optimizer, HALVE)
        reads = ("item", "__float__", "tolist", "cpu", "numpy", "__bool__", "__int__", "__index__")

        class Unreadable(torch.Tensor):
            pass

        def refuse(self, *args):
            raise AssertionError("a tensor was read")

        for name in reads:
            setattr(Unreadable, name, refuse)
        optimizer.param_groups[0]["lr"] = torch.tensor(1.0).as_subclass(Unreadable)
        scheduler.step()
        scheduler.state_dict()
        self.assertEqual((scheduler.get_last_lr(), scheduler.values), ([0.5], {"lr": 0.5}))

    def test_an_element_of_a_tuple_may_be_one(self):
        beta = torch.tensor(0.8)
        optimizer = torch.optim.Adam([parameter()], lr=1.0, capturable=True)
        optimizer.param_groups[0]["betas"] = (beta, 0.99)
        TempoLR(optimizer, f'{HALVE} field="betas[0]"').step()
        self.assertIs(optimizer.param_groups[0]["betas"][0], beta)
        self.assertEqual(beta, torch.tensor(0.4))


class AsAScheduler(Case):
    def test_it_is_one_of_pytorchs(self):
        scheduler = TempoLR(sgd(), HALVE)
        self.assertIsInstance(scheduler, torch.optim.lr_scheduler.LRScheduler)
        scheduler.step()
        self.assertEqual((scheduler.last_epoch, scheduler._last_lr, scheduler.base_lrs), (1, [0.5], [1.0]))
        self.assertIs(scheduler.optimizer.param_groups[0]["initial_lr"].__class__, float)

    def test_no_wrapper_can_move_time_on_by_its_counters(self):
        scheduler = TempoLR(sgd(), HALVE)
        scheduler._step_count += 3
        self.assertEqual((scheduler.last_epoch, scheduler._step_count), (0, 1))

    def test_sequential_lr_takes_it(self):
        from torch.optim.lr_scheduler import LinearLR, SequentialLR, StepLR

        def theirs(optimizer):
            return [LinearLR(optimizer, 0.1, total_iters=3), StepLR(optimizer, 2, 0.5)]

        def ours(optimizer):
            return [
                TempoLR(optimizer, "torch.LinearLR start_factor=0.1 total_iters=3 every=1ba"),
                TempoLR(optimizer, "torch.StepLR step_size=2 gamma=0.5 every=1ba"),
            ]

        traces = []
        for make in (theirs, ours):
            optimizer = sgd(lr=0.1)
            scheduler = SequentialLR(optimizer, make(optimizer), [4])
            optimizer.step()
            traces.append(walk(scheduler, 12))
        self.assertEqual(traces[0], traces[1])

    def test_it_warns_about_no_order_of_calls(self):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            walk(TempoLR(sgd(), HALVE), 3)


if __name__ == "__main__":
    unittest.main()
