"""A report opens offline, shows everything, and never runs what a name contains."""

import re
from html.parser import HTMLParser

import pytest

from danlu.experiment.page import page
from danlu.experiment.plots import Scale, bars, scatter
from danlu.store.records import Experiment, Trial

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


class Tags(HTMLParser):
    """Collects tags and attributes, and demands that everything opened is closed."""

    EMPTY = ("meta", "br", "rect", "line", "circle", "polyline")

    def __init__(self, text):
        super().__init__()
        self.found, self.attributes, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)
        self.attributes += attrs
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        if tag not in self.EMPTY:
            assert self.open.pop() == tag


def trials(count):
    return [
        Trial(
            project="p", experiment="e", number=n, batch=0, cohort=f"0.{n % 2}", state="finished",
            values={"mlp_1.units": 32 * (n + 1), "act_1.function": ["relu", EVIL][n % 2]},
            metric=0.7 + n / 50, metrics={"auc": 0.7 + n / 50}, epochs=3, seconds=1.0,
            curve=tuple({"epoch": e, "auc": 0.6 + e / 30} for e in (1, 2, 3)),
        )
        for n in range(count)
    ]  # fmt: skip


def experiment(**more):
    plan = {
        "metric": "auc", "maximise": True, "task": "classification", "version": 3,
        "rows": {"train": 700, "valid": 150}, "split": {"method": "time"}, "slots": 2,
        "space": {"mlp_1.units": {"int": [32, 256], "log": True},
                  "act_1.function": {"choice": ["relu", EVIL]}},
        "costs": {str(n): 1000 * 4**n for n in range(5)},
        "baselines": [{"name": "linear", "metric": 0.9, "metrics": {"auc": 0.9}, "seconds": 0.1}],
    }  # fmt: skip
    result = {
        "verdict": {"winner": "both", "names": ["trial 4", "linear"], "metric": 0.91,
                    "network": {"name": "trial 4", "metric": 0.78}, "baseline": None},
        "test": {"auc": 0.9}, "model": f"m{EVIL}@1", "importance": {"mlp_1.units": 0.8, EVIL: 0.2},
        "warnings": [{"code": "leak_column",
                      "args": {"column": EVIL, "metric": "auc", "value": 0.999}}],
        "random_split": None, "timings": {"search": 1.5},
        "cost": {"trials": 5, "epochs": 15, "seconds": 5.0, "states": {"finished": 5}},
    }  # fmt: skip
    return Experiment(
        project="p", name=f"e{EVIL}", state="finished", created_at=0,
        spec={"data": EVIL, "target": EVIL}, **{"plan": plan, "result": result, **more},
    )  # fmt: skip


@pytest.fixture
def written():
    return page(experiment(), trials(5))


def test_no_name_becomes_a_tag(written):
    tags = Tags(written)
    assert not {"script", "img", "link", "iframe", "object"} & set(tags.found)
    assert not any(name.startswith("on") for name, _ in tags.attributes)
    assert tags.open == []


def test_nothing_is_loaded_from_elsewhere(written):
    assert not {"src", "href", "style", "srcset"} & {name for name, _ in Tags(written).attributes}
    assert not re.search(r"url\(|@import|https?:", written)
    assert "default-src 'none'" in written


def test_every_drawing_is_there(written):
    assert Tags(written).found.count("svg") == 4
    assert "networks and baselines answer together: trial 4 + linear, auc 0.91" in written
    assert "prefers-color-scheme: dark" in written
    assert "alone reaches auc 0.999" in written


def test_a_search_that_has_just_begun_has_a_report():
    tags = Tags(page(experiment(plan={}, result={}), []))
    assert "svg" not in tags.found


def test_a_failed_search_says_why():
    written = page(experiment(plan={}, result={"problem": {}}, cause="none of 3 trials"), [])
    assert "none of 3 trials" in written


def test_one_value_has_a_place_on_its_axis():
    assert Scale(5, 5, 0, 100).at(5) == 50
    assert Scale(5, 5, 0, 100).ticks() == [5]


def test_a_bar_of_nothing_is_no_bar():
    assert bars({}) == scatter([], x_name="x", y_name="y") == ""
