"""How far a long command has come, on stderr: bars on a terminal, elsewhere a line when a stage is done."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn


class Stage:
    """One bar. `total` is in any unit, bytes for one; `count` says how many things are done."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task
        self.count = 0

    def more(self, things: int = 1) -> None:
        """So many more things are done, each of them a unit of the total."""
        self._progress.advance(self._task, things)
        self.counted(things)

    def counted(self, things: int = 1) -> None:
        """So many more things are done; `reached` tells of the total."""
        self.count += things
        self._progress.update(self._task, count=f"{self.count:,}")

    def reached(self, units: int) -> None:
        """So much of the total is done, all in all."""
        self._progress.update(self._task, completed=units)


class Bars:
    """The stages of a command, one below the other."""

    def __init__(self, progress: Progress, console: Console) -> None:
        self._progress, self._console = progress, console

    @contextmanager
    def stage(self, what: str, total: int | None) -> Iterator[Stage]:
        """A stage with its bar; a `total` of None is not known."""
        stage = Stage(self._progress, self._progress.add_task(what, total=total, count=""))
        yield stage
        if total is not None:
            stage.reached(total)
        if not self._console.is_terminal:
            self._console.print(f"{what}: {stage.count:,}", highlight=False)


@contextmanager
def bars() -> Iterator[Bars]:
    """Bars for the block."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<9}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[count]:>9}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield Bars(progress, console)
