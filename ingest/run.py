"""One ingest: every source of every card, each failing alone. Writes through `kb.files`, one note after the other, in a fixed order."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from ingest.changes import Rules, rules
from ingest.collect import Collected, collect, from_file
from ingest.decoding import CAP
from ingest.errors import SourceError
from ingest.fetch import Network, mirrored
from ingest.merge import merge, rank
from ingest.notes import placed, slug
from ingest.odd import oddity
from kb import files, sources
from kb.config import Config
from kb.errors import KbError
from kb.failpoints import point
from kb.model import Card, ReleaseNote, Source
from kb.release import intact, parse_release, render_release


@dataclass(frozen=True)
class Options:
    """What one run may do."""

    today: dt.date
    dry_run: bool = False
    accept: bool = False
    """A person looked: merge odd batches too."""


@dataclass(frozen=True)
class Outcome:
    """What came of one source."""

    competitor: str
    source: str
    status: str
    """`new` (something was saved), `unchanged`, `quarantined` (an odd batch waits for a person) or `failed`."""
    new: int = 0
    revised: int = 0
    error: str | None = None
    health: tuple[sources.Finding, ...] = ()
    notice: str | None = None


@dataclass(frozen=True)
class _Job:
    card: Card
    source: Source


def run(config: Config, cards: Iterable[Card], options: Options, tell: Callable[[Outcome], None]) -> list[Outcome]:
    """Ingest the sources of `cards`, telling of each as it ends; a source that fails hinders no other."""
    jobs = [_Job(card, source) for card in cards for source in card.sources]
    by = own_rules(config)
    outcomes = []
    with _alone(config, options), Network(config) as network, ThreadPoolExecutor(max(1, config.hosts)) as pool:
        memories = sources.load(config.local)
        for job, collected in zip(jobs, _started(pool, network, config, jobs, by), strict=True):
            outcome = _outcome(config, job, collected, memories, options)
            tell(outcome)
            outcomes.append(outcome)
        if not options.dry_run:
            sources.save(config.local, memories)
            point("memory-written")
    return outcomes


def ingest_file(config: Config, card: Card, path: Path, options: Options) -> Outcome:
    """The same for a file on disk, as a source of `card`. Raises KbError."""
    source = Source("changelog", f"file:{path.name}")
    with _alone(config, options):
        if path.stat().st_size > CAP:
            raise KbError(str(path), f"is larger than {CAP // 1024 // 1024} MB: cut it to the releases that matter")
        collected = from_file(files.read_bytes(path), source, own_rules(config))
        return save(config, card, source, collected, options)


def own_rules(config: Config) -> Rules:
    """The table of changes, with the team's own rows (changes.toml beside kb.toml) first."""
    path = config.root / "changes.toml"
    return rules(files.read(path), str(path)) if path.is_file() else rules()


@contextmanager
def _alone(config: Config, options: Options) -> Iterator[None]:
    """One ingest at a time writes; a dry run disturbs nobody."""
    with nullcontext() if options.dry_run else files.locked(config.local / "ingest.lock", "another `kb ingest`"):
        yield


def _started(pool: ThreadPoolExecutor, network: Network, config: Config, jobs: list[_Job], by: Rules) -> Iterator[Collected | KbError]:
    """Each job's result in the order of `jobs`; the sources of one host are asked one after the other, hosts side by side."""
    results: list[Future[Collected | KbError]] = [Future() for _ in jobs]
    hosts: dict[str, list[int]] = {}
    for n, job in enumerate(jobs):
        hosts.setdefault(urlsplit(mirrored(job.source.url, config.mirrors)).netloc, []).append(n)

    def ask(numbers: list[int]) -> None:
        for n in numbers:
            try:
                results[n].set_result(_collected(network, config, jobs[n], by))
            except BaseException as error:  # the thread that waits for it raises it
                results[n].set_exception(error)

    for numbers in hosts.values():
        pool.submit(ask, numbers)
    for result in results:
        yield result.result()


def _collected(network: Network, config: Config, job: _Job, by: Rules) -> Collected | KbError:
    try:
        folder = releases_of(config, job.card)
        return collect(lambda url: network.get(mirrored(url, config.mirrors)), job.source, by, lambda name: (folder / name).is_file())
    except KbError as error:
        return error


def _outcome(config: Config, job: _Job, collected: Collected | KbError, memories: dict[str, sources.Memory], options: Options) -> Outcome:
    name = sources.key(job.card.competitor, job.source.url)
    memory = memories.get(name, sources.Memory())
    try:
        if isinstance(collected, KbError):
            raise collected
        outcome = save(config, job.card, job.source, collected, options)
        before = sources.Memory() if options.accept else memory
        memory = before.read(collected.entries, collected.moved)
        if outcome.status == "quarantined":
            memory = memory.failed("quarantined", outcome.error or "", options.today)
    except KbError as error:
        cause = error.cause if error.subject in (job.source.url, mirrored(job.source.url, config.mirrors)) else str(error)
        kind = error.kind if isinstance(error, SourceError) else "unreadable"
        outcome = Outcome(job.card.competitor, job.source.url, "failed", error=cause)
        memory = memory.failed(kind, cause, options.today)
    memories[name] = memory
    return replace(outcome, health=tuple(sources.findings(memory, _dates(config, job), options.today)))


def _dates(config: Config, job: _Job) -> list[dt.date]:
    try:
        return [day for _, day in _seen(releases_of(config, job.card), job.source.url) if day]
    except KbError:
        return []  # what is wrong with the folder is the outcome's to tell


def releases_of(config: Config, card: Card) -> Path:
    """The folder of a card's release notes. Raises KbError when a symbolic link leads it out of docs/."""
    folder = config.docs / "battlecards" / card.competitor / "releases"
    if not folder.resolve().is_relative_to(config.docs.resolve()):
        raise KbError(str(folder), f"leads out of docs/ to {folder.resolve()}: nothing is written through such a link")
    return folder


def save(config: Config, card: Card, source: Source, collected: Collected, options: Options) -> Outcome:
    """Write what is new in `collected`. Raises KbError; what was written before it stays, and the next run does the rest."""
    folder = releases_of(config, card)
    if not options.dry_run:
        files.sweep(folder)
    existing = {path.name for path in folder.glob("*.md")} if folder.is_dir() else set()

    def known(name: str) -> ReleaseNote:
        return parse_release(files.read(folder / name), (folder / name).relative_to(config.root).as_posix())

    batch = placed(collected.proposals, existing, known)
    before = {name: known(name) for name in batch if name in existing}
    for name in [name for name, note in before.items() if not intact(note)]:
        del batch[name], before[name]  # merged, it would be sealed again; `kb check` says what to do with it
    found = merge(before, batch, rank(card.sources))
    odd = None if options.accept else oddity(found.write, found.new, len(_seen(folder, source.url)), options.today)
    quarantine = config.local / "quarantine" / card.competitor / slug(source.url)[-80:]
    target = quarantine if odd else folder
    if not options.dry_run:
        files.clear(quarantine)  # what lay there is in this batch again, or is merged now
        for name, note in found.write.items():
            files.write(target / name, render_release(note))
        point("notes-written")
    if odd:
        look = f"look at {target.relative_to(config.root)}/, then run `kb ingest {card.competitor} --accept`"
        return Outcome(card.competitor, source.url, "quarantined", error=f"an odd batch, nothing was merged: {odd}; {look}")
    status = "new" if found.write else "unchanged"
    return Outcome(card.competitor, source.url, status, found.new, found.revised, notice=collected.notice)


def _seen(folder: Path, url: str) -> list[tuple[str, dt.date | None]]:
    """Name and date of each release note on disk that was seen through `url`: two lines of each file, not a YAML parser's work."""
    found = []
    for path in sorted(folder.glob("*.md")) if folder.is_dir() else []:
        head = files.read(path).split("\n---\n", 1)[0].split("\n")
        if any(line.strip(" -").removeprefix("source: ").strip("'\"") == url for line in head):
            day = next((line.removeprefix("date: ") for line in head if line.startswith("date: ")), "")
            found.append((path.name, _iso(day)))
    return found


def _iso(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
