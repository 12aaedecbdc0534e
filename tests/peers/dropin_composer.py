"""Composer's schedulers and times against tempo.composer: the same random calls, compared to the bit.

    PYTHONPATH=build/python tests/peers/run dropin_composer.py [--rounds N] [--seed S]

Schedulers: random arguments, states and ratios, the state's max_duration having the ratio in it or not (Composer's Trainer
calls with both), its times Composer's own or Tempo's. Times and timestamps: random operations. Where Composer raises, so
must Tempo, with an exception that is of the same type too; ALONE lists what Tempo refuses alone, and OTHERS where its type
differs. Signatures are compared as well.
"""

import argparse
import collections
import copy
import datetime
import inspect
import pickle
import random
import sys
import types
import warnings

import tempo
import tempo.composer as ours
from composer_maker import Maker
from composer_peer import _modules, _time

theirs = _modules["composer"]
NAMES = Maker.names
UNITS = [unit.value for unit in _time.TimeUnit]

# What Composer runs into only later in the run, Tempo refuses when it binds: a division by 0, cycles that have decayed,
# milestones in epochs without a dataloader_len.
ALONE = (tempo.ZeroDuration, tempo.BadValue, tempo.MissingFact)
LARGEST = sys.float_info.max  # where a power overflows
OTHERS = {
    # A NaN that is compared trips an assertion there; the schedulers' assertions are about max_duration.
    AssertionError: (ValueError, RuntimeError),
    # A length of 0 that is written down is refused as a value, not as a division.
    ZeroDivisionError: (ValueError,),
    # Two things are wrong, and each finds another one first.
    RuntimeError: (tempo.BadValue,),
}


def outcome(call):
    """What a call returns, or raises, and its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = call()
        except Exception as error:  # whatever it is
            result = error
    return result, [warning.category for warning in caught]


def plain(result):
    """A result in terms that both sides share."""
    if hasattr(result, "to_timestring"):
        return type(result).__name__, plain(result.value), result.unit.name
    if hasattr(result, "to_next_batch"):
        return repr(result)
    if isinstance(result, (list, tuple)):
        return [plain(element) for element in result]
    return type(result).__name__, repr(result)


def agree(a, b):
    """Whether Composer's outcome `a` and Tempo's `b` are the same."""
    if not isinstance(a, Exception) and not isinstance(b, Exception):
        return plain(a) == plain(b)
    if not isinstance(a, Exception):
        return False
    return isinstance(b, (type(a), *OTHERS.get(type(a), ())))


class Differences:
    def __init__(self):
        self.checked = collections.Counter()
        self.found = 0

    def check(self, what, same, *details):
        self.checked[what] += 1
        if same:
            return
        self.found += 1
        if self.found <= 20:
            print(f"{what}:", *details, sep="\n    ")


# --- schedulers ---


def state_of(time, run, longest, at):
    per_epoch = run["batches_per_epoch"]
    timestamp = time.Timestamp(
        epoch=at // per_epoch, batch=at, sample=at * run["samples_per_batch"], token=at * run["tokens_per_batch"]
    )
    return types.SimpleNamespace(
        max_duration=time.Time.from_timestring(longest),
        dataloader_len=time.Time(per_epoch, "ba") if run.get("known", True) else None,
        timestamp=timestamp,
    )


def compare_schedulers(rounds, seed, differences):
    maker = Maker(seed)
    r = maker.random
    for _ in range(rounds):
        name = r.choice(NAMES)
        run = maker.run()
        arguments = maker.schedule(f"composer.{name}")
        del arguments["type"]
        if r.random() < 0.1:
            run["known"] = False
        ratio = r.choice([run["scale_schedule_ratio"], 1.0, r.uniform(0.1, 3)])
        longest = run["max_duration"]
        if r.random() < 0.7:
            count = max(1, int(int(longest[: -len(maker.unit)]) * run["scale_schedule_ratio"]))
            longest = f"{count}{maker.unit}"
        a, b = getattr(theirs, name)(**arguments), getattr(ours, name)(**arguments)
        for at in maker.at():
            mine = _time if r.random() < 0.5 else ours
            x, heard = outcome(lambda: a(state_of(_time, run, longest, at), ratio))
            y, ours_heard = outcome(lambda: b(state_of(mine, run, longest, at), ratio))
            if "has decayed to 0" in str(x) and y == b.alpha_f:
                differences.checked["schedulers, after cycles that have decayed"] += 1
            elif isinstance(x, OverflowError) and y in (LARGEST, -LARGEST):
                differences.checked["schedulers, at the largest double"] += 1
            elif isinstance(x, Exception) or not isinstance(getattr(y, "__cause__", None) or y, ALONE):
                x = float(x) if isinstance(x, (int, float)) else x
                same = agree(x, y) and (isinstance(x, Exception) or heard == ours_heard)
                differences.check("schedulers", same, name, arguments, run, (longest, ratio, at), repr(x), repr(y))
            else:
                differences.checked["schedulers, refused by Tempo alone"] += 1


def compare_signatures(differences):
    for name in NAMES:
        a, b = ([(p.name, p.default, p.kind) for p in inspect.signature(getattr(module, name)).parameters.values()]
                for module in (theirs, ours))
        differences.check("signatures", a == b, name, a, b)
    missing = set(theirs.__all__) | set(_time.__all__) - set(ours.__all__)
    differences.check("names", not missing - set(ours.__all__), missing - set(ours.__all__))


# --- times ---

TEXTS = ["5ep", "1h", "1h20m40s", "10m5", "5", "", "1.5ep", "0.3dur", "1e3ba", "1_000tok", "nandur", "infep", "-5ep",
         "x", "5 ep", "5ep ", "0.1sec", "90m", "9007199254740993tok", "6sec", "+5EP", "1H"]  # fmt: skip


def number(r):
    return r.choice([0, 1, -1, 2, 3, 7, -7, 1000, 2**53 + 1, 0.5, -0.25, 2.0, 1e300, r.uniform(-9, 9)])


def make(r):
    """A recipe of an operand: a function of the module of times."""
    kind = r.random()
    if kind < 0.6:
        unit, value = r.choice(UNITS[:3] + ["dur"] * 2 + UNITS), number(r)
        return lambda time: time.Time(value if unit == "dur" else int(value % 2**55), unit)
    if kind < 0.8:
        value = number(r)
        return lambda time: value
    value = r.choice(TEXTS + [None, [], "2ba"])
    return lambda time: value


BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": lambda a, b: a % b,
    "//": lambda a, b: a // b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
UNARY = {
    "neg": lambda t, time: -t,
    "pos": lambda t, time: +t,
    "int": lambda t, time: int(t),
    "float": lambda t, time: float(t),
    "bool": lambda t, time: bool(t),
    "str": lambda t, time: str(t),
    "repr": lambda t, time: repr(t),
    "hash": lambda t, time: hash(t) == hash(time.Time(t.value, t.unit)),
    "to_timestring": lambda t, time: t.to_timestring(),
    "pickle": lambda t, time: pickle.loads(pickle.dumps(t)),
    "deepcopy": lambda t, time: copy.deepcopy(t),
    "from_input": lambda t, time: time.Time.from_input(t) is t,
    "abs": lambda t, time: abs(t),
}


def fits(result):
    """Composer's ints are of any size; Tempo's counts have 64 bits."""
    return not (hasattr(result, "to_timestring") and isinstance(result.value, int) and abs(result.value) >= 2**63)


def compare_times(rounds, r, differences):
    for _ in range(rounds):
        name, recipes = r.choice(list(BINARY)), (make(r), make(r))
        if not any(isinstance(outcome(lambda: m(_time))[0], _time.Time) for m in recipes):
            continue
        a, b = (outcome(lambda: BINARY[name](*(m(time) for m in recipes))) for time in (_time, ours))
        if fits(a[0]):
            differences.check("times", agree(a[0], b[0]), name, [m(_time) for m in recipes], a[0], b[0])
        name = r.choice(list(UNARY))
        a, b = (outcome(lambda: UNARY[name](recipes[0](time), time)) for time in (_time, ours))
        if isinstance(outcome(lambda: recipes[0](_time))[0], _time.Time):
            differences.check("times, unary", agree(a[0], b[0]), name, a[0], b[0])
        text, value, unit = r.choice(TEXTS), number(r), r.choice(UNITS + ["EPOCH", "Ba", "x", None])
        for what, call in {
            "from_timestring": lambda time: time.Time.from_timestring(text),
            "from_timedelta": lambda time: time.Time.from_timedelta(text),
            "Time": lambda time: time.Time(value, unit),
            "from_input": lambda time: time.Time.from_input(value, unit),
            "ensure_time": lambda time: time.ensure_time(text, "ep"),
            "TimeUnit": lambda time: time.TimeUnit(unit).name,
            "TimeUnit ==": lambda time: time.TimeUnit.BATCH == unit,
            "from_batch": lambda time: time.Time.from_batch(value),
            "from_duration": lambda time: time.Time.from_duration(value),
        }.items():
            a, b = outcome(lambda: call(_time)), outcome(lambda: call(ours))
            same = not fits(a[0]) or (agree(a[0], b[0]) and a[1] == b[1])
            differences.check("making times", same, what, (text, value, unit), a, b)


# --- timestamps ---


def step(r):
    """A recipe of one operation on a timestamp: a function of it and of the module of times."""
    samples, tokens = r.choice([0, 1, 7, "5sp", 1.5]), r.choice([0, 128, "9tok", "9sp"])
    took = r.choice([None, datetime.timedelta(microseconds=r.randrange(10**9))])
    unit, text = r.choice(UNITS), r.choice(TEXTS)
    field = r.choice(list(_time.Timestamp().state_dict()))
    value = took if field.endswith("wct") else r.choice([0, 5, None, "5ep", "5ba", 2.5])
    return r.choice([
        lambda t, time: t.to_next_batch(samples, tokens, took),
        lambda t, time: t.to_next_batch(samples=samples, tokens=tokens),
        lambda t, time: t.to_next_epoch(took),
        lambda t, time: t.to_next_iteration(took),
        lambda t, time: t.copy(**{field: value}),
        lambda t, time: time.Timestamp(**{field: value}),
        lambda t, time: pickle.loads(pickle.dumps(t)),
        lambda t, time: copy.deepcopy(t),
        lambda t, time: t.get(unit),
        lambda t, time: getattr(t, field),
        lambda t, time: t < text,
        lambda t, time: t >= text,
        lambda t, time: t == text,
        lambda t, time: t == t.to_next_batch(),
        lambda t, time: t != t.copy(),
        lambda t, time: t < 5,
        lambda t, time: t == 5,
        lambda t, time: hash(t),
        lambda t, time: list(t.state_dict().items()),
    ])  # fmt: skip


def compare_timestamps(rounds, r, differences):
    a, b = _time.Timestamp(), ours.Timestamp()
    for _ in range(rounds):
        recipe = step(r)
        x, y = outcome(lambda: recipe(a, _time))[0], outcome(lambda: recipe(b, ours))[0]
        differences.check("timestamps", agree(x, y), inspect.getsource(recipe), repr(a), repr(x), repr(y))
        if isinstance(x, _time.Timestamp) and isinstance(y, ours.Timestamp):
            a, b = x, y
            fresh = ours.Timestamp()
            fresh.load_state_dict(a.state_dict())
            differences.check("timestamps, loaded", fresh == b == a, repr(a), repr(fresh))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    differences = Differences()
    compare_signatures(differences)
    compare_schedulers(options.rounds, options.seed, differences)
    r = random.Random(options.seed)
    compare_times(options.rounds * 5, r, differences)
    compare_timestamps(options.rounds * 5, r, differences)
    for what, count in differences.checked.items():
        print(f"{count:8} {what}")
    print(f"{differences.found} differences")
    return 1 if differences.found else 0


if __name__ == "__main__":
    sys.exit(main())
