"""Records the golden rows afresh from the installed systems, and reports every difference to tests/golden.

    record.py [FAMILY...]                             compare; exit status 1 if anything differs
    record.py --write [FAMILY...]                     rewrite the files
    record.py --new COUNT --seed S [FAMILY|TYPE...]   new rows, on standard output

A family is the first word of a golden file's name. Every row is computed again from its document, whoever wrote it;
rows are compared as they are, to the last bit, the versions of the systems included. New rows are COUNT random
documents per type, some of them illegal, with times before, at and after every boundary; beside the families there are
composer-decay, optax-float32 (JAX's default arithmetic), timm-plateau, timm-steps, torch-momentum, torch-function and
torch-steps. `make peers` installs what is needed and runs this; see requirements.txt.
"""

import argparse
import importlib
import json
import logging
import pathlib
import sys

import common

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
PEERS = {
    "accelerated": "accelerated_peer",
    "composer": "composer_peer",
    "hf": "huggingface_peer",
    "llmfoundry": "composer_peer",
    "optax": "optax_peer",
    "timm": "timm_peer",
    "torch": "torch_peer",
    "xlstm": "optax_peer",
}
MAKERS = {
    "accelerated": "accelerated_maker.Maker",
    "composer": "composer_maker.Maker",
    "composer-decay": "composer_decay_maker.Maker",
    "hf": "huggingface_maker.Maker",
    "llmfoundry": "composer_maker.FoundryMaker",
    "optax": "optax_maker.Maker",
    "optax-float32": "optax_maker.SingleMaker",
    "timm": "timm_maker.Maker",
    "timm-plateau": "timm_plateau_maker.Maker",
    "timm-steps": "timm_plateau_maker.StepMaker",
    "torch": "torch_maker.Maker",
    "torch-momentum": "torch_maker.CycleMaker",
    "torch-function": "torch_maker.FunctionMaker",
    "torch-steps": "torch_steps_maker.Maker",
    "xlstm": "xlstm_maker.Maker",
}


def main():
    options = parse()
    logging.disable(logging.WARNING)
    if options.new is not None:
        print_new(options)
        return 0
    known = {path: path.stem.split("-")[0] for path in sorted(GOLDEN.glob("*.jsonl"))}
    unknown = set(options.names) - set(known.values())
    if unknown:
        sys.exit(f"no golden rows of {', '.join(sorted(unknown))}")
    chosen = [path for path, family in known.items() if not options.names or family in options.names]
    return 1 if sum([record(path, known[path], options.write) for path in chosen]) else 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="FAMILY")
    parser.add_argument("--write", action="store_true", help="rewrite the golden files")
    parser.add_argument("--new", type=int, metavar="COUNT", help="print that many new rows per type")
    parser.add_argument("--seed", type=int, default=0, help="of the new rows")
    return parser.parse_args()


def record(path, family, is_rewritten):
    """How many rows of a golden file the system computes otherwise today."""
    peer = importlib.import_module(PEERS[family])
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    fresh = [common.recorded(peer, row) for row in rows]
    found = [list(differences(*pair)) for pair in zip(rows, fresh)]
    for row, lines in zip(rows, found):
        for line in lines:
            print(f"{path.name}: {row['id']}: {line}")
    count = sum(map(bool, found))
    print(f"{path.name}: {len(rows)} rows recorded, {count} of them differ", flush=True)
    if is_rewritten:
        path.write_text("".join(text(row) + "\n" for row in fresh), encoding="utf-8")
    return 0 if is_rewritten else count


def differences(row, fresh):
    """What is new in a row, one line for each field."""
    for key in row | fresh:
        before, now = row.get(key), fresh.get(key)
        if text(before) == text(now):
            continue
        if key != "at" and isinstance(before, list) and isinstance(now, list) and row["at"] == fresh["at"]:
            step, before, now = next(each for each in zip(row["at"], before, now) if text(each[1]) != text(each[2]))
            key += f" at {step}"
        yield f"{key} was {before}, is {now}"


def text(value):
    """As in a golden file, and so with the sign of 0 and the last bit."""
    return json.dumps(value)


def print_new(options):
    for name in options.names or MAKERS:
        family, _, type_name = name.partition(".")
        if family not in MAKERS:
            sys.exit(f"no new rows of {family}")
        module, maker = MAKERS[family].split(".")
        maker = getattr(importlib.import_module(module), maker)(options.seed)
        for each in [type_name] if type_name else maker.names:
            for row in common.new_rows(maker, each, options.new):
                print(text(row))


if __name__ == "__main__":
    sys.exit(main())
