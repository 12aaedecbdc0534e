"""TempoLR: any schedule on any field of any parameter group of PyTorch's optimizers.

docs/python-tempo-lr.md is its manual.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ._tempo import (
    Clock,
    Conflict,
    Document,
    Driver,
    Group,
    Run,
    Schedule,
    Stepper,
    Time,
    Timestamp,
    Track,
)

__all__ = ["TempoLR"]

_FACTS = (
    "max_duration",
    "batches_per_epoch",
    "samples_per_batch",
    "tokens_per_batch",
    "scale_schedule_ratio",
    "step_schedulers_every_batch",
)


_FIRST = ("", "group0", "group0.0")  # what the first group may be called when it has no name


class TempoLR(LRScheduler):
    """Writes the values of a document's schedules into optimizers, before each update.

    optimizer: one, or several that are driven together.
    document: a tempo.Document, its path, text or dict; a tempo.Schedule, or one line of text.
    groups: names of the parameter groups, in their order or by their place; otherwise a group is
        called what its key "name" says, else "" if it is the only one, else by its place: "group0",
        "group1", ..., or of several optimizers "group0.0", "group1.0", ...
    fixed: names of groups that no schedule is meant for. Any other group must have a schedule.
    bases: what schedules start from: the optimizer's numbers ("initial_lr" where a group has it).
        Where the document has others, "same" raises Conflict, "optimizer" lets the optimizer's
        count, and "document" writes the document's into the optimizer.
    mode: "recursive" as PyTorch, in which a number written by hand counts for schedules that
        multiply; "closed_form" as a tempo.Plan, in which it is overwritten.
    step: what a step() is: "1ba", one committed update of the weights; or "1ep", an epoch.
    epochs: "run": an epoch ends after batches_per_epoch batches; "told": by epoch_end() only.
    functions: callables by the names that the document has for them.
    run: facts of tempo.Run, such as max_duration="90ep", which replace the document's.

    Raises tempo.Error: MissingFact, UnknownName, Missing (a group has no schedule), Conflict, ...
    """

    def __init__(
        self,
        optimizer: Optimizer | Sequence[Optimizer],
        document: Document | Schedule | os.PathLike[str] | str | Mapping[str, Any] | Sequence[Any],
        *,
        groups: Sequence[str] | Mapping[int, str] | None = None,
        fixed: Iterable[str] = (),
        bases: str = "same",
        mode: str = "recursive",
        step: str = "1ba",
        epochs: str = "run",
        functions: Mapping[str, Callable[..., float]] | None = None,
        **run: Any,
    ) -> None:
        _one_of("bases", bases, ("same", "optimizer", "document"))
        _one_of("epochs", epochs, ("run", "told"))
        # Not the base class's own, which wraps optimizer.step() to guess at the order of calls.
        self.optimizers = (optimizer,) if isinstance(optimizer, Optimizer) else tuple(optimizer)
        for one in self.optimizers:
            if not isinstance(one, Optimizer):
                raise TypeError(f"{type(one).__name__} is not an Optimizer")
        self.optimizer = self.optimizers[0]
        self._given_names = dict(groups if isinstance(groups, Mapping) else enumerate(groups or ()))
        self._bases, self._told, self._step = bases, epochs == "told", step
        self._functions = dict(functions or {})
        schedule, facts, self._described = _read(document, run, self._functions)
        self._fixed = {*fixed, *(group.name for group in self._described if group.fixed)}
        self._is_only = sum(len(one.param_groups) for one in self.optimizers) == 1
        self._schedule = schedule
        self._known: dict[str, Group] = {}
        found = self._find()
        self._known = {name: self._take(name, group) for name, group in found.items()}
        self._check_described()
        self._use(Stepper(schedule, facts, self._known.values(), mode=mode, step=step))

    # --- groups ---

    def _name(self, optimizer: int, index: int, place: int, group: Mapping[str, Any]) -> str:
        name = group.get("name", self._given_names.get(place))
        if name is None and self._is_only and place == 0:
            return ""
        if name is None:
            return f"group{index}" if len(self.optimizers) == 1 else f"group{optimizer}.{index}"
        return str(name)

    def _find(self) -> dict[str, dict[str, Any]]:
        """The groups as the optimizers have them now, by name, in their order."""
        found: dict[str, dict[str, Any]] = {}
        for number, optimizer in enumerate(self.optimizers):
            for index, group in enumerate(optimizer.param_groups):
                name = self._name(number, index, len(found), group)
                if name in found:
                    raise Conflict(f"two parameter groups are called {name!r}")
                found[name] = group
        return found

    def _take(self, name: str, group: dict[str, Any]) -> Group:
        """A group's numbers. Only here is one read from a tensor, if nothing else is its base."""
        described = {g.name: g for g in self._described}
        settings = described.get(name) or described.get("")
        if settings is not None:
            self._settle(name, group, settings)
        wanted = {"lr", *(part.get("field", "lr") for part in self._schedule.to_list())}
        fields = {}
        for field, number in _numbers(group):
            if isinstance(number, Tensor) and field not in wanted:
                continue
            base = float(group.get("initial_" + field, number))
            if math.isfinite(base):
                fields[field] = base
        return Group(name, fields, name in self._fixed)

    def _settle(self, name: str, group: dict[str, Any], settings: Group) -> None:
        """Where the document says other bases than the optimizer: as `bases` says."""
        if self._bases == "optimizer":
            return
        there = dict(_numbers(group))
        for field, base in settings.fields.items():
            if field not in there:
                raise Conflict(
                    f"the document has a {field} for group {name!r}, and the optimizer has none"
                )
            if self._bases == "document":
                _put(group, field, base)
                group["initial_" + field] = base
                continue
            mine = float(group.get("initial_" + field, there[field]))
            if mine != base:
                raise Conflict(
                    f"{field} of group {name!r}: {mine!r} in the optimizer, {base!r} in the"
                    ' document (say bases="optimizer" or bases="document")'
                )

    def _check_described(self) -> None:
        for name in {group.name for group in self._described} - {""} | self._fixed:
            if name not in self._known:
                raise Conflict(f"the optimizer has no group {name!r}, only {sorted(self._known)}")

    def _join(self) -> None:
        """Lets the groups in that the optimizers have now: new ones join at the current time."""
        found = self._find()
        gone = self._known.keys() - found.keys()
        if gone:
            raise Conflict(f"parameter groups are gone: {sorted(gone)}")
        self._live.read()  # from the groups as they were: others are no work of a hand
        for name in [name for name in found if name not in self._known]:
            group = self._take(name, found[name])
            self._stepper.add_group(group)
            self._known[name] = group
        self._use(self._stepper)

    def join(self) -> None:
        """Lets groups in that were added since the last step, as the next one would.

        For an update that comes before that.
        """
        if not self._live.is_current():
            self._join()
        self._live.read()

    def _use(self, stepper: Stepper) -> None:
        """Makes a stepper the one whose numbers are in the optimizers."""
        found = self._find()
        places = {name: place for place, name in enumerate(found)}
        rows = [(places[track.group], *_split(track.field)) for track in stepper.tracks]
        dicts = tuple(found.values())
        _own_tensors(self.optimizers, [(dicts[place], key, index) for place, key, index in rows])
        for track in stepper.tracks:
            found[track.group].setdefault("initial_" + track.field, track.base)
        live = Driver(stepper, self.optimizers, dicts, tuple(rows), self._told)
        live.write()
        self._stepper, self._live, self._listens = stepper, live, live.listens
        self._begun = True

    # --- time ---

    def step(
        self,
        metric: float | None = None,
        *,
        samples: int | None = None,
        tokens: int | None = None,
    ) -> None:
        """One update was committed (or with step="1ep" an epoch): writes the values for the next.

        samples, tokens: what the batch held, over all ranks and micro-batches; by default what the
        run says. metric: for schedules that listen to one. Where none does, an int is PyTorch's
        deprecated `epoch`: the number of steps to go to.
        """
        if not self._begun or (type(metric) is int and not self._listens):
            self._go(int(metric or 0))
        elif not self._live.step(samples, tokens, metric):
            self._join()
            self._live.step(samples, tokens, metric)

    def step_to(self, timestamp: Timestamp | Clock, metric: float | None = None) -> None:
        """The same for a time counted elsewhere: of a Clock that is shared, or a Timestamp."""
        now = timestamp.now if isinstance(timestamp, Clock) else timestamp
        if not self._live.step_to(now, metric):
            self._join()
            self._live.step_to(now, metric)

    def epoch_end(self, metric: float | None = None) -> None:
        """The data have come to their end.

        With epochs="told" that is what ends an epoch. With epochs="run" it is a check: Conflict is
        raised where the run says otherwise.
        """
        if not self._live.epoch_end(metric):
            self._join()
            self._live.epoch_end(metric)

    def _go(self, steps: int) -> None:
        """To a number of steps, by the run's facts, as schedulers that hold others ask for it."""
        self._use(self._made(self._stepper.schedule, self._stepper.run, self._groups(), steps))

    def _update_lr(self, epoch: int | None = None) -> None:
        self.step(epoch)

    @property
    def timestamp(self) -> Timestamp:
        """Every counter: how much was trained so far."""
        return self._stepper.timestamp

    # --- what there is to know ---

    @property
    def schedule(self) -> Schedule:
        return self._stepper.schedule

    @property
    def run(self) -> Run:
        return self._stepper.run

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The driven fields, with group, field and base."""
        return self._stepper.tracks

    @property
    def values(self) -> dict[str, float]:
        """The value of every driven field by its name: "lr", or "decay.lr" of a named group."""
        names = [_full_name(track.group, track.field) for track in self.tracks]
        return dict(zip(names, self._stepper.values))

    def get_last_lr(self) -> list[float]:  # type: ignore[override]
        """The learning rate of each group, in order: floats, also where a group has a tensor."""
        return self._of_groups(self.values)

    get_lr = get_last_lr  # type: ignore[assignment]

    def _of_groups(self, numbers: Mapping[str, float]) -> list[float]:
        groups = self._find().items()
        return [numbers.get(_full_name(name, "lr"), group["lr"]) for name, group in groups]

    @property
    def _last_lr(self) -> list[float]:  # type: ignore[override]
        return self.get_last_lr()

    @property
    def base_lrs(self) -> list[float]:  # type: ignore[override]
        return self._of_groups({_full_name(t.group, t.field): t.base for t in self.tracks})

    @property
    def last_epoch(self) -> int:
        """Steps taken, as PyTorch calls them; -1 after another scheduler took the first back."""
        return self._stepper.steps if self._begun else -1

    @last_epoch.setter
    def last_epoch(self, steps: int) -> None:
        if steps < 0:
            self._begun = False
        elif steps != self.last_epoch:
            self._go(steps)

    @property
    def _step_count(self) -> int:
        return self.last_epoch + 1

    @_step_count.setter
    def _step_count(self, count: int) -> None:
        """Nothing: time is what was trained, and no wrapper's to move on."""

    # --- save and load ---

    def state_dict(self) -> dict[str, Any]:
        """Every counter, run, schedules, bases and values: the plain state of a tempo.Stepper."""
        self.join()
        return self._stepper.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any], mismatch: str = "error") -> None:
        """Sets everything to a saved state, absolutely, and writes the values into the optimizers.

        mismatch: what counts where run, schedules or bases differ: "error" raises Conflict, which
        lists what does; "config" goes on with those here from the saved time; "checkpoint" with
        the saved ones.
        """
        self.join()
        self._stepper.load_state_dict(self._renamed(state_dict), mismatch)
        self._schedule = self._stepper.schedule
        self._use(self._stepper)

    def _renamed(self, state: dict[str, Any]) -> dict[str, Any]:
        """The state with the name that its first group has here: the only one has another."""
        here = next(iter(self._known))
        names = {track["group"] for track in state["tracks"]} if "tracks" in state else set()
        there = next((name for name in _FIRST if name in names), here)
        if here not in _FIRST or here in names or there == here:
            return state
        tracks = [
            {**track, "group": here} if track["group"] == there else track
            for track in state["tracks"]
        ]
        fields = {_full_name(there, t["field"]): _full_name(here, t["field"]) for t in tracks}
        edited = {fields.get(name, name): value for name, value in state.get("edited", {}).items()}
        return {**state, "tracks": tracks, "edited": edited}

    def __getstate__(self) -> dict[str, Any]:
        self.join()
        return {key: value for key, value in self.__dict__.items() if key != "_live"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        begun = self._begun
        self._use(self._stepper)
        self._begun = begun

    # --- a longer training ---

    def extend(
        self,
        max_duration: str | Time | None = None,
        policy: str | None = None,
        *,
        document: Any = None,
    ) -> dict[str, tuple[float, float]]:
        """Goes on differently from here; returns the values before and after, by field.

        max_duration: how long training is now. policy: "restretch": values as if that had been
        planned from the start; "hold": they stay what they are.
        document: other schedules from here on, at the same time and from the same bases.
        """
        if (document is None) == (policy is None):
            raise TypeError('extend() needs a policy, "restretch" or "hold", or else a document')
        self.join()
        before = self.values
        if document is None:
            self._use(self._extended(self._longer(max_duration), str(policy)))
        else:
            schedule, run, _ = _read(document, {}, self._functions)
            said = dict(_facts(run).items() - _facts(Run()).items())
            if max_duration is not None:
                said["max_duration"] = max_duration
            self._use(self._moved(schedule, _with(self.run, said), self._groups()))
            self._schedule = schedule
        return {name: (before[name], after) for name, after in self.values.items()}

    def _longer(self, max_duration: str | Time | None) -> Run:
        run = _with(self.run, {"max_duration": max_duration})
        if max_duration is None or run.max_duration is None:
            raise TypeError("extend() needs the new max_duration")
        new, old = Time(run.max_duration), self.run.max_duration and Time(self.run.max_duration)
        if old and new.unit == old.unit and new.value <= old.value:
            raise Conflict(f"the training is not longer: {old} are planned already")
        return run

    def _extended(self, run: Run, policy: str) -> Stepper:
        _one_of("policy", policy, ("restretch", "hold"))
        if policy == "restretch" and self._stepper.schedule == self._schedule:
            return self._moved(self._schedule, run, self._groups())
        if policy == "restretch":  # after a hold
            return self._moved(self._schedule, run, list(self._known.values()))
        constant = {"type": "torch.ConstantLR", "factor": 1.0, "every": self._step}
        held = [
            {**constant, "field": track.field, **({"groups": [track.group]} if track.group else {})}
            for track in self.tracks
        ]
        return self._moved(Schedule(held), run, self._groups(self._stepper.values))

    def _moved(self, schedule: Schedule, run: Run, groups: list[Group]) -> Stepper:
        """A stepper at the present time; the same schedules keep what they have heard."""
        state = self._stepper.state_dict()
        del state["run"]
        new = self._made(schedule, run, groups)
        new.load_state_dict(state, "config")
        new.step_to(new.timestamp)
        return new

    def _made(self, schedule: Schedule, run: Run, groups: list[Group], start: int = 0) -> Stepper:
        return Stepper(schedule, run, groups, mode=self._stepper.mode, step=self._step, start=start)

    def _groups(self, values: Sequence[float] | None = None) -> list[Group]:
        """The groups with the bases that count now, or with values in their place."""
        fields = {name: group.fields for name, group in self._known.items()}
        for track, base in zip(self.tracks, values or [track.base for track in self.tracks]):
            fields[track.group][track.field] = base
        return [Group(name, numbers, name in self._fixed) for name, numbers in fields.items()]


# --- documents ---


def _read(
    document: Any, facts: Mapping[str, Any], functions: dict[str, Callable[..., float]]
) -> tuple[Schedule, Run, tuple[Group, ...]]:
    """The schedule, the run with other facts, and the groups that the document describes."""
    if isinstance(document, os.PathLike) or (
        isinstance(document, str) and document.lower().endswith((".yaml", ".yml", ".json"))
    ):
        with open(document, "rb") as file:
            document = Document(file.read(), functions=functions)
    elif not isinstance(document, (Document, Schedule)):
        document = (Schedule if _is_schedule(document) else Document)(document, functions=functions)
    if isinstance(document, Schedule):
        return document, Run(**facts), ()
    groups = document.groups if "optimizer" in document.to_dict() else ()
    if not document.has_lr:  # then it is 1, which nobody said
        groups = tuple(Group(g.name, _without(g.fields, "lr"), g.fixed) for g in groups)
    return document.schedule, _with(document.run, facts), groups


def _is_schedule(document: Any) -> bool:
    """Whether it is no whole document, but one line, a type with its parameters, or a list."""
    if isinstance(document, str):
        return "\n" not in document.strip() and document.lstrip()[:1] != "{"
    return "type" in document if isinstance(document, Mapping) else not isinstance(document, bytes)


def _facts(run: Run) -> dict[str, Any]:
    return {name: getattr(run, name) for name in _FACTS}


def _with(run: Run, facts: Mapping[str, Any]) -> Run:
    return Run(**{**_facts(run), **facts})


def _one_of(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{what} must be one of {allowed}, not {value!r}")


# --- numbers in a parameter group ---


def _numbers(group: Mapping[str, Any]) -> Iterable[tuple[str, float | Tensor]]:
    """The fields of a group: its numbers, and those in its tuples and lists."""
    for key, entry in group.items():
        if key == "params" or key.startswith("initial_"):
            continue
        if _is_number(entry):
            yield key, entry
        elif isinstance(entry, (tuple, list)):
            for index, element in enumerate(entry):
                if _is_number(element):
                    yield f"{key}[{index}]", element


def _is_number(entry: Any) -> bool:
    if isinstance(entry, Tensor):
        return entry.numel() == 1 and entry.is_floating_point()
    return isinstance(entry, (int, float)) and not isinstance(entry, bool)


def _split(field: str) -> tuple[str, int]:
    """Key and index: of "betas[0]" these are "betas" and 0; of "lr" they are "lr" and -1."""
    key, bracket, index = field.partition("[")
    return key, int(index[:-1]) if bracket else -1


def _at(group: Mapping[str, Any], key: str, index: int) -> Any:
    return group[key] if index < 0 else group[key][index]


def _replace(group: dict[str, Any], key: str, index: int, number: float | Tensor) -> None:
    there = group[key]
    if index >= 0:
        number = type(there)([*there[:index], number, *there[index + 1 :]])
    group[key] = number


def _put(group: dict[str, Any], field: str, value: float) -> None:
    there = _at(group, *_split(field))
    if isinstance(there, Tensor):
        there.fill_(value)
    else:
        _replace(group, *_split(field), value)


def _own_tensors(
    optimizers: Sequence[Optimizer], driven: Iterable[tuple[dict[str, Any], str, int]]
) -> None:
    """Lets a tensor that is driven be that of one group only, and not an optimizer's default."""
    seen: set[int] = set()
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    places = [*((group, "lr", -1) for group in groups), *driven]
    for optimizer in optimizers:
        for key, default in optimizer.defaults.items():
            if isinstance(default, Tensor):
                optimizer.defaults[key] = default.clone()
            elif isinstance(default, (tuple, list)):
                seen.update(id(element) for element in default)
    for group, key, index in {(id(place[0]), *place[1:]): place for place in places}.values():
        number = _at(group, key, index)
        if isinstance(number, Tensor):
            if id(number) in seen:
                number = number.clone()
                _replace(group, key, index, number)
            seen.add(id(number))


def _without(fields: Mapping[str, float], name: str) -> dict[str, float]:
    return {field: base for field, base in fields.items() if field != name}


def _full_name(group: str, field: str) -> str:
    return f"{group}.{field}" if group else field
