"""What all families share: a golden row recorded anew from the installed system, and the loop that makes new rows.

FAMILY_peer.py runs a family's system. It has

    peer_of(row)       the system and its version
    columns(row, at)   {"at": batches, field: values} for the row's document; raises whatever the system raises

and FAMILY_maker.py makes random documents for it, with a subclass of Maker.
"""

import random
import re

SUPPLIED = ("tolerance", "stepper", "edits", "metrics")  # what a row has beside its document and its results
LAST_BATCH = 20000  # until which a document is asked that is refused
OPEN_END = 2000  # the same where it does not say how long its run is


def recorded(peer, row):
    """The row as the installed system has it now, for the same document at the same batches."""
    try:
        results = peer.columns(row, row.get("at") or whole_run(row))
    except Exception as error:  # whatever the peer raises is the recorded result
        results = {"error": re.sub(r" at 0x[0-9a-f]+", "", f"{type(error).__name__}: {error}")}
    fresh = {"id": row["id"], "peer": peer.peer_of(row), "document": row["document"], **results}
    return fresh | {key: row[key] for key in row if key in SUPPLIED}


def whole_run(row):
    """Every batch at which a system may raise: a refused document has no value anywhere, and its row no batches."""
    run = row["document"].get("run", {})
    if "metrics" in row:
        return range(len(row["metrics"]) + 1)
    length = re.fullmatch(r"(\d+)(ba|ep)", run.get("max_duration", f"{OPEN_END}ba"))
    count, unit = length.groups() if length else (OPEN_END, "ba")
    return range(min(int(count) * (run.get("batches_per_epoch", 1) if unit == "ep" else 1), LAST_BATCH) + 1)


class Maker:
    """Random documents over the legal range of every parameter, and the batches to look at, before, at and after every
    boundary. A subclass says for which family, `peer` and `names`, and has document(name), called before at()."""

    suffix = ""  # of the rows' names
    optimizer = {"lr": 0.1}  # of illegal documents
    beside = {}  # what stands beside them

    def __init__(self, seed):
        self.random = random.Random(seed)

    def number(self, low, high):
        """As people write them."""
        return round(self.random.uniform(low, high), self.random.choice([1, 2, 3, 4]))

    def rows(self, name, number):
        """The rows of one random document; none where Tempo deviates on purpose."""
        document = self.document(name)
        row = {"id": f"{self.family}.{name}{self.suffix}-{number:04d}", "document": document, "at": self.at()}
        row = recorded(self.peer, row)
        return [] if self.is_deviation(row) else [row]

    def is_deviation(self, row):
        return False

    def illegal(self, name):
        """What the system refuses: pairs of a run and a list of schedules."""
        return []

    def refused(self, name):
        for number, (run, schedules) in enumerate(self.illegal(name)):
            document = {"tempo": 1, "run": run, "optimizer": self.optimizer, "schedules": schedules}
            identity = f"{self.family}.{name}{self.suffix}-error-{number:02d}"
            row = recorded(self.peer, {"id": identity, "document": document} | self.beside)
            assert "error" in row, f"accepted: {schedules}"
            yield row


def new_rows(maker, name, count):
    """`count` random documents, and all illegal ones."""
    number = 0
    while number < count:
        rows = maker.rows(name, number)
        yield from rows
        number += bool(rows)
    yield from maker.refused(name)
