"""Records: one frozen noun each, the same in store, workspace, API and client."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

Json = dict[str, Any]
Role = Literal["admin", "editor", "viewer", "predict"]


class Record(BaseModel):
    """A row: ``key`` names the fields that identify it, ``index`` those one may list by."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
    table: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    index: ClassVar[tuple[str, ...]] = ()


class Identity(BaseModel):
    """Who asks; the store answers nobody without one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    role: Role
    project: str = "default"
    deployment: str | None = None
    """A predict key works for this deployment only."""


class Project(Record):
    """One team's datasets, networks, models and keys."""

    table, key = "project", ("name",)
    name: str
    created_at: float


class Key(Record):
    """A secret that opens the API; only its hash is kept."""

    table, key, index = "key", ("id",), ("project", "sha256")
    id: str
    project: str
    name: str
    role: Role
    deployment: str | None = None
    prefix: str
    """The first characters, to tell keys apart."""
    sha256: str
    created_at: float
    revoked_at: float | None = None


class Login(Record):
    """A browser session, or (``once``) a login link that works one time."""

    table, key = "login", ("sha256",)
    sha256: str
    key_id: str
    once: bool = False
    created_at: float
    seen_at: float


class Part(BaseModel):
    """One imported file of a dataset, as Parquet in the blob store."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
    name: str
    """What the person called it: a file name, a day, `loop:delays:7`."""
    sha256: str
    source_sha256: str
    """Hash of the bytes that came in; the same twice is recognised."""
    rows: int
    rejected: int = 0
    rejects_sha256: str | None = None
    """JSONL of ``{"line", "column", "reason", "text"}``."""
    chosen_by: str | None = None
    """`deployment/model@version` when our own model chose these rows."""


class Dataset(Record):
    """A named typed table of a project; points at its newest version."""

    table, key, index = "dataset", ("project", "name"), ("project",)
    project: str
    name: str
    version: int
    time: str | None = None
    """The time column, if there is one: splits then go forward in time."""
    created_at: float


class Version(Record):
    """One immutable state of a dataset."""

    table, key, index = "version", ("project", "name", "version"), ("project", "name")
    project: str
    name: str
    version: int
    parts: tuple[Part, ...]
    rows: int
    schema_: Json
    """`danlu.data.dataset.Schema` as JSON."""
    profile: Json
    hash: str
    """Hash of schema and part hashes: the identity of the data."""
    made: Json = {}
    """How it came about, where somebody set values by hand: ``{"by", "column", "rows", "note",
    "of": the version before, "job", "changes_sha256": JSONL of {"row", "was", "now"}}``."""
    created_at: float


class Network(Record):
    """A named network document with its space and layout; ``revision`` counts the saves."""

    table, key, index = "network", ("project", "name"), ("project",)
    project: str
    name: str
    revision: int
    hash: str
    document: Json
    space: Json = {}
    layout: Json = {}
    created_at: float


class NetworkVersion(Record):
    """One save of a network as it was then; to restore it is to save it once more."""

    table, key, index = "network_version", ("project", "name", "revision"), ("project", "name")
    project: str
    name: str
    revision: int
    hash: str
    document: Json
    space: Json = {}
    layout: Json = {}
    title: str = ""
    """What a person called this version."""
    by: str = ""
    """Who saved it."""
    created_at: float

    def network(self) -> Network:
        """Return the network as it was."""
        return Network.model_validate(self.model_dump(exclude={"title", "by"}))


class NetworkVersionLine(BaseModel):
    """A version of a network in the list of them: all but what was drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
    revision: int
    title: str
    by: str
    hash: str
    """Two versions with one hash differ at most in ranges and places."""
    nodes: int
    ranges: int
    created_at: float


class NetworkDraft(Record):
    """What is being drawn on a network since a version of it; one for everybody who draws there.

    An empty one is none: its row only remembers the number, so that none comes twice.
    """

    table, key, index = "network_draft", ("project", "name"), ("project",)
    project: str
    name: str
    revision: int
    """Counts the writes."""
    on: int
    """The version of the network that the drawing began with; 0 for a new network."""
    document: Json
    """As it stands, with whatever is wrong with it."""
    space: Json = {}
    layout: Json = {}
    by: str
    """Who wrote last."""
    at: float


class NetworkDraftLine(BaseModel):
    """A draft in the list of them: all but what was drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
    name: str
    revision: int
    on: int
    by: str
    nodes: int
    at: float


ExperimentState = Literal["queued", "running", "finished", "failed", "stopped"]
TrialState = Literal[
    "waiting", "running", "finished", "pruned", "stopped_early", "diverged", "out_of_memory",
    "data_error", "crashed", "lost", "cancelled",
]  # fmt: skip


class Experiment(Record):
    """One search: what was asked (``spec``), where it stands, what came out (``result``)."""

    table, key, index = "experiment", ("project", "name"), ("project", "state")
    project: str
    name: str
    state: ExperimentState
    spec: Json
    """`danlu.experiment.plan.Spec` as JSON."""
    plan: Json = {}
    """What preparing found: task, split, rows, planner's choice; empty until prepared."""
    result: Json = {}
    """Leaderboard, winner, test metrics, importance, model reference; empty until finished."""
    cause: str = ""
    created_at: float
    finished_at: float | None = None


class Trial(Record):
    """One assignment of values and how it ended."""

    table, key, index = "trial", ("project", "experiment", "number"), ("project", "experiment")
    project: str
    experiment: str
    number: int
    batch: int
    """Which ask of the sampler it came from."""
    cohort: str
    values: Json
    state: TrialState
    cause: str = ""
    """``reason`` in English."""
    reason: Json = {}
    """Why it ended so: ``{"code", "args"}``; empty when it simply used its epochs."""
    advice: Json = {}
    """The change that would help: ``{"field", "from", "to"}``; empty when none is known."""
    retries: tuple[Json, ...] = ()
    """What was tried before, in order: ``{"code", "args"}``."""
    metric: float | None = None
    """Best value of the main metric on the validation split."""
    metrics: Json = {}
    best_epoch: int | None = None
    epochs: int = 0
    seconds: float = 0.0
    tail: str = ""
    """The last lines of its log."""
    curve: tuple[Json, ...] = ()
    """One entry an epoch: ``{"epoch", "loss", "valid_loss", <metric>...}``."""
    discarded_at: float | None = None
    """When a person took it out of tables and pictures; None = it is there."""
    files: dict[str, str] = {}
    """What it left behind (`weights`, `answers`): paths below the workspace's folder.

    Once the search has ended `kept`: the blob of its answers on validation.
    """


class Model(Record):
    """A trained, registered winner, `name@version`."""

    table, key, index = "model", ("project", "name", "version"), ("project", "name")
    project: str
    name: str
    version: int
    experiment: str
    trials: tuple[int, ...]
    files: dict[str, str]
    """The bundle: file name -> sha256 of its blob."""
    manifest: Json
    metrics: Json
    gate: Json = {}
    """Report of the gate: ``{"passed": bool, "checks": [...]}``."""
    tags: tuple[str, ...] = ()
    """Words a person put on it, to find it again."""
    created_at: float

    @property
    def ref(self) -> str:
        """`name@version`."""
        return f"{self.name}@{self.version}"


class Deployment(Record):
    """A name behind which models serve. ``wanted`` is asked for, ``live`` is what answers."""

    table, key, index = "deployment", ("project", "name"), ("project",)
    project: str
    name: str
    live: str | None = None
    """Champion: reference of the model that answers now."""
    wanted: str | None = None
    """Reference that should answer; the front makes it so, or writes ``refused``."""
    previous: str | None = None
    challenger: str | None = None
    """Reference that answers a share of the traffic (canary) or only the log (shadow)."""
    challenger_share: float = 0.0
    """0 = shadow; otherwise the canary share, sticky by prediction key."""
    refused: Json = {}
    """Why ``wanted`` was not taken: the problem document."""
    policy: Json = {}
    """`danlu.serve.policy.Policy` as JSON."""
    durability: Literal["full", "relaxed", "off"] = "full"
    revision: int = 0
    created_at: float


class Loop(Record):
    """The standing order that connects data, experiment and deployment."""

    table, key, index = "loop", ("project", "name"), ("project",)
    project: str
    name: str
    """Same as the deployment's name."""
    data: str
    experiment: str
    """The experiment whose spec a retrain repeats."""
    trigger: Json
    """`{"kind": "schedule", "cron": ..., "zone": ...}`, `{"kind": "rows", "rows": ...}`, ..."""
    more: tuple[Json, ...] = ()
    """Further triggers beside it, each of another kind; the first that is due runs the loop."""
    runs: dict[str, str] = {}
    """Last run that each kind of trigger has made: a day runs once."""
    cycles: tuple[Json, ...] = ()
    """One entry a retrain, newest last: when, why, versions, verdict of the promotion gate."""
    joined_to: float = 0.0
    """Feedback received up to this time has become dataset rows."""
    last_run: str | None = None
    """Name of the last run: a local date (schedule), a dataset version, a day that drifted."""
    created_at: float


JobState = Literal["queued", "leased", "done", "failed", "cancelled"]


class Job(Record):
    """A piece of work with a lease; whoever dies, the lease runs out and the work goes on."""

    table, key, index = "job", ("id",), ("project", "state")
    id: str
    project: str
    kind: Literal["import", "experiment", "retrain", "backtest"]
    args: Json
    state: JobState = "queued"
    attempt: int = 0
    token: int = 0
    """Fencing: a commit with an older token is refused."""
    owner: str = ""
    lease_until: float = 0.0
    progress: Json = {}
    result: Json = {}
    cause: Json = {}
    cancel: bool = False
    created_at: float


class Event(Record):
    """Something that happened, in order; the live page and ``--follow`` read these."""

    table, key, index = "event", ("seq",), ("project", "topic")
    seq: int = 0
    """Given by the store."""
    project: str
    topic: str
    """`experiment/demand`, `deployment/demand`, `loop/demand`, `job/<id>`, `dataset/bikes`."""
    kind: str
    body: Json
    at: float


class Audit(Record):
    """One entry of the append-only, hash-chained trail."""

    table, key, index = "audit", ("seq",), ("project", "subject")
    seq: int = 0
    project: str
    actor: str
    action: str
    """`promote`, `rollback`, `refuse`, `create_key`, ..."""
    subject: str
    detail: Json
    at: float
    previous: str = ""
    hash: str = ""
