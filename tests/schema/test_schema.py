"""The JSON Schema of documents: a real validator accepts with it what the program accepts, and refuses what it refuses."""

import glob
import json
import os
import re
import subprocess
import unittest
import warnings

import yaml

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import jsonschema

PROGRAM = os.environ["TEMPO"]
SOURCE = os.environ["TEMPO_SOURCE"]


class CoreLoader(yaml.SafeLoader):
    """YAML 1.2's core schema: PyYAML's own is that of YAML 1.1, where 1e-4 is a text and `on` is true."""

    yaml_implicit_resolvers = {}


for tag, pattern, first in [
    ("null", r"^(~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", list("-+.0123456789")),
    ("merge", r"^<<$", ["<"]),
]:
    CoreLoader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), first)


def constructs_float(loader, node):
    return float(loader.construct_scalar(node))


CoreLoader.add_constructor("tag:yaml.org,2002:float", constructs_float)


def load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, CoreLoader)


def document(**sections):
    return {"tempo": 1, "schedules": {"type": "composer.ConstantScheduler"}, **sections}


def schedule(name, **parameters):
    return {"tempo": 1, "schedules": [{"type": name, **parameters}]}


FACTS = {"max_duration": "90ep", "batches_per_epoch": "7", "samples_per_batch": "8", "tokens_per_batch": "9"}


def program_accepts(value):
    """Whether the program reads and binds the document; facts that it does not give are supplied."""
    facts = []
    for name, fact in FACTS.items():
        if name not in str(value):
            facts += ["--" + name.replace("_", "-"), fact]
    run = subprocess.run([PROGRAM, "table", "-", "--at", "0ba", *facts], input=json.dumps(value), capture_output=True, text=True,
                         check=False)
    return run.returncode == 0


RIGHT = {
    "one schedule without a list": document(),
    "sections that are left empty": document(run=None, optimizer=None),
    "every fact": document(run={"max_duration": "90ep", "batches_per_epoch": 1, "samples_per_batch": 1, "tokens_per_batch": 0,
                                "scale_schedule_ratio": 0.5, "step_schedulers_every_batch": True}),
    "named groups": document(optimizer={"groups": [{"name": "a", "lr": 1}, {"name": "b", "lr": 2, "weight_decay": 0.1}]}),
    "one group without a name": document(optimizer={"groups": [{"lr": 1}]}),
    "all kinds of parameters": schedule("composer.MultiStepWithWarmupScheduler", t_warmup="1_0ba", milestones=["1ep", "0.5dur"],
                                        gamma=0.5, scale_warmup=False, field="lr"),
    "an empty list": schedule("composer.MultiStepScheduler", milestones=[]),
    "a number where a list may stand": schedule("timm.CosineLRScheduler", t_initial=90, noise_range_t=60),
    "a list where a number may stand": schedule("timm.CosineLRScheduler", t_initial=90, noise_range_t=[60, 80.5]),
}

WRONG = {
    "no version": {"schedules": {"type": "composer.ConstantScheduler"}},
    "another version": document(tempo=2),
    "no schedules": {"tempo": 1},
    "an empty list of schedules": {"tempo": 1, "schedules": []},
    "a misspelt section": document(optimiser={"lr": 1}),
    "a misspelt fact": document(run={"max_durations": "1ep"}),
    "a misspelt type": schedule("composer.ConstantSchedular"),
    "a misspelt parameter": schedule("composer.ConstantScheduler", alfa=1),
    "a missing parameter": schedule("composer.StepScheduler"),
    "no type": {"tempo": 1, "schedules": [{"alpha": 1}]},
    "a time without a unit": schedule("composer.StepScheduler", step_size=30),
    "a time with a misspelt unit": schedule("composer.StepScheduler", step_size="30epo"),
    "a text for a number": schedule("composer.ConstantScheduler", alpha="1"),
    "a number for a flag": schedule("composer.ConstantWithWarmupScheduler", t_warmup="1ba", scale_warmup=1),
    "a text for a number or a list": schedule("timm.CosineLRScheduler", t_initial=90, noise_range_t="60"),
    "a text in a list where a number may stand": schedule("timm.CosineLRScheduler", t_initial=90, noise_range_t=["60", 80]),
    "a time for a list": schedule("composer.MultiStepScheduler", milestones="30ep"),
    "a duration that is a fraction": document(run={"max_duration": "1dur"}),
    "a duration in seconds": document(run={"max_duration": "1h30m"}),
    "a negative fact": document(run={"batches_per_epoch": -1}),
    "a ratio of 0": document(run={"scale_schedule_ratio": 0}),
    "a flag that is a text": document(run={"step_schedulers_every_batch": "yes"}),
    "a field that is a text": document(optimizer={"lr": "0.1"}),
    "a field with a blank in its name": document(optimizer={"weight decay": 1}),
    "groups and fields": document(optimizer={"groups": [{"lr": 1}], "lr": 1}),
    "several groups without names": document(optimizer={"groups": [{"lr": 1}, {"lr": 2}]}),
    "no groups": document(optimizer={"groups": []}),
}


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        run = subprocess.run([PROGRAM, "schema"], capture_output=True, text=True, check=True)
        cls.schema = json.loads(run.stdout)
        cls.validator = jsonschema.Draft202012Validator(cls.schema)

    def accepts(self, value):
        return self.validator.is_valid(value)

    def test_it_is_a_schema_itself(self):
        jsonschema.Draft202012Validator.check_schema(self.schema)
        self.assertEqual(self.schema["$schema"], "https://json-schema.org/draft/2020-12/schema")

    def test_it_knows_every_type(self):
        listed = subprocess.run([PROGRAM, "list"], capture_output=True, text=True, check=True).stdout
        names = self.schema["$defs"]["schedule"]["properties"]["type"]["enum"]
        self.assertGreaterEqual(len(names), 14)
        for name in names:
            self.assertIn(name, listed)
            self.assertIn("description", self.schema["$defs"][name])

    def test_every_example_is_valid(self):
        paths = glob.glob(os.path.join(SOURCE, "examples", "*.yaml"))
        self.assertGreaterEqual(len(paths), 3)
        for path in paths:
            with self.subTest(path=os.path.basename(path)):
                self.assertEqual([error.message for error in self.validator.iter_errors(load(path))], [])

    def test_every_golden_document_is_valid(self):
        count = 0
        for path in glob.glob(os.path.join(SOURCE, "tests", "golden", "*.jsonl")):
            with open(path, encoding="utf-8") as file:
                for line in file:
                    row = json.loads(line)
                    if "error" not in row:
                        count += 1
                        self.assertTrue(self.accepts(row["document"]), row["id"])
        self.assertGreaterEqual(count, 200)

    def test_what_is_right_is_valid_and_read(self):
        for sentence, value in RIGHT.items():
            with self.subTest(sentence):
                self.assertEqual([error.message for error in self.validator.iter_errors(value)], [])
                self.assertTrue(program_accepts(value))

    def test_what_is_wrong_is_neither(self):
        for sentence, value in WRONG.items():
            with self.subTest(sentence):
                self.assertFalse(self.accepts(value))
                self.assertFalse(program_accepts(value))

    def test_times_are_those_that_are_read(self):
        pattern = re.compile(self.schema["$defs"]["time"]["pattern"])
        for text in ["5ep", " 5 EP", "+3e4tok", "1_000ba", "300Btok", ".5dur", "1.dur", "1h30m", "45s", "2kba", "0.1Mtok"]:
            with self.subTest(text):
                self.assertTrue(pattern.search(text))
                if not text.endswith(("m", "s")):  # Composer's schedules know no wall clock
                    self.assertTrue(program_accepts(schedule("composer.StepScheduler", step_size=text)))
        for text in ["5", "ep", "5epo", "5 e p", "1__0ba", "1h30", "300bBtok", "1Mdur", "s", ""]:
            with self.subTest(text):
                self.assertFalse(pattern.search(text))
                self.assertFalse(program_accepts(schedule("composer.StepScheduler", step_size=text)))


if __name__ == "__main__":
    unittest.main()
