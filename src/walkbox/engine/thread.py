"""The model thread: one thread that owns the model, and the methods by which others ask things of it.

::

    any thread: run, read, near, ...  -->  what is wanted (newest only)  -->  model thread: Worker  -->  Mailbox

Importing this loads no torch; the thread does, while the render thread already draws. Priorities, highest first:
a new graph, a run, readings and other questions, then mip levels and statistics layer by layer, the nearest layers
first, and after all that the background: long tasks over a data set, a picture at a time, and the weights' digest.

Manners towards the render thread: this thread gives way (:mod:`walkbox.engine.priority`), torch gets all cores but two,
and the interpreter changes threads every 0.2 ms instead of 5 (``sys.setswitchinterval``; :meth:`ModelThread.start` sets
it for the whole process, and a smaller value that is already set stays). For the whole process, too, all threads get
one heap (:mod:`walkbox.engine.memory`).
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from walkbox.brush import Stroke
from walkbox.engine.memory import share_heap
from walkbox.engine.priority import SWITCH_INTERVAL_S, default_threads, give_way
from walkbox.graph import Detail, ModelGraph
from walkbox.messages import Failure, Mailbox, Progress

if TYPE_CHECKING:
    from walkbox.capture.spec import ModelSpec
    from walkbox.engine.datasets import PictureSource
    from walkbox.engine.worker import Worker
    from walkbox.export import ExportJob

__all__ = ["ModelThread", "Question"]

Question = Callable[["Worker", Callable[[], bool]], None]
"""What is asked of the model: called on the model thread with its worker, and with a function that says whether the
answer is no longer wanted (then it may raise ``walkbox.engine.worker.Cancelled``)."""


SHOWING_S = 0.05
"""So long after a run nothing is done that nobody asked for: its last maps are uploaded and drawn meanwhile."""


class ModelThread:
    """Owns the model. All methods may be called from any thread and return at once (``close`` waits).

    Args:
        target: how the model is named (``file.py``, ``torchvision:resnet50``, ...), or a model already loaded.
        mailbox: where all messages go.
        network: id of the network in the messages.
        detail: level of detail of the graph.
        weights, device, dtype: as for ``walkbox.capture.target.load``; not for a model already loaded.
        threads: for torch; None for all cores but two.

    Attributes:
        spec: the loaded model, None until then.
        graph: the newest recorded graph, None until then.
        error: what made loading or recording impossible; then nothing runs any more.
    """

    def __init__(
        self,
        target: str | ModelSpec,
        mailbox: Mailbox,
        *,
        network: int = 0,
        detail: Detail = "layers",
        weights: Any = None,
        device: str = "cpu",
        dtype: Any = None,
        threads: int | None = None,
    ):
        self.network = network
        self.spec: ModelSpec | None = None
        self.error: BaseException | None = None
        self._target = target
        self._mailbox = mailbox
        self._loading = {"weights": weights, "device": device, "dtype": dtype}
        self._threads = threads
        self._worker: Worker | None = None
        self._thread = threading.Thread(target=self._main, name=f"walkbox-model-{network}", daemon=True)
        # What is wanted, written under the lock by anyone and taken by the thread.
        self._changed = threading.Condition()
        self._number = 0
        self._wanted: tuple[int, np.ndarray | None, tuple[Stroke, ...]] | None = None
        self._reads: dict[int, None] = {}
        self._questions: dict[Hashable, Question] = {}
        self._order: Sequence[int] | None = None
        self._detail: Detail = detail
        self._depth = 0.5
        self._opened: frozenset[str] = frozenset()
        self._closed: frozenset[str] = frozenset()
        self._new_detail = False
        self._cancelled = 0
        self._stopping = False
        # Of the thread alone.
        self._picture: tuple[np.ndarray | None, tuple[Stroke, ...]] = None, ()
        self._spared = False
        self._shown_by_s = 0.0

    @property
    def graph(self) -> ModelGraph | None:
        return self._worker.graph if self._worker is not None else None

    @property
    def newest_run(self) -> int:
        """Number of the run that was asked for last."""
        return self._number

    @property
    def weights_hash(self) -> str:
        """SHA-256 of the weights (:func:`walkbox.capture.digest.digest`), or empty until it is known: it is computed
        in the background after the first run, and posted as :class:`walkbox.findings.WeightsKnown`.
        """
        return self._worker.weights_hash if self._worker is not None else ""

    @property
    def idle(self) -> bool:
        """All that was asked for is done and posted, statistics and mip levels included; or loading failed.

        What goes on in the background (tasks over a data set, the weights' digest) does not count.
        """
        with self._changed:
            return not self._busy and (not self._thread.is_alive() or not self._asked())

    def start(self) -> None:
        """Load the model, record it, post its graph and run the example (run 1)."""
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_INTERVAL_S))
        share_heap()
        self.run(None)
        self._busy = True
        self._thread.start()

    def run(self, picture: np.ndarray | None, strokes: tuple[Stroke, ...] = ()) -> int:
        """Run the model on a picture.

        The newest picture wins: one that still waits is replaced, and a run under way is given up at its next layer.
        Two runs in a row are never given up, so that a stream of pictures that come faster than the model is still
        shown, at least every second one whole.

        Args:
            picture: uint8 (H, W, 3), not to be changed afterwards; None for the model's example.
            strokes: what is painted on it, in 0..1 of the picture as the model sees it.

        Returns:
            The number of the run.
        """
        with self._changed:
            self._number += 1
            self._wanted = self._number, picture, strokes
            self._questions.pop("field", None)  # it was asked of the picture before
            self._changed.notify_all()
            return self._number

    def read(self, layer: int) -> None:
        """Ask for the exact values and statistics of one layer, for the picture now shown."""
        with self._changed:
            self._reads[layer] = None
            self._changed.notify_all()

    def ask(self, key: Hashable, question: Question) -> None:
        """Have something done on the model thread, after runs and before statistics; the newest of a key counts.

        What it raises is posted as a :class:`walkbox.messages.Failure`.
        """
        with self._changed:
            self._questions.pop(key, None)
            self._questions[key] = question
            self._changed.notify_all()

    def kernels(self, layer: int) -> None:
        """Ask for the weight of a layer, posted as :class:`walkbox.findings.Kernels` (nothing where it has none)."""
        self.ask(("kernels", layer), lambda worker, obsolete: worker.kernels(layer))

    def field(self, layer: int, channel: int, row: int, column: int) -> None:
        """Ask what one value sees of the picture: :class:`walkbox.findings.ReceptiveField`.

        Only the newest question is answered, and none that was asked before the newest run.
        """
        self.ask("field", lambda worker, obsolete: worker.field(layer, channel, row, column, obsolete))

    def evaluate(self, source: PictureSource) -> None:
        """Run the model on a whole data set in the background: :class:`walkbox.findings.Evaluation`, again and again.

        Its :class:`walkbox.messages.Progress` is called :data:`walkbox.findings.EVALUATING`. Asking again starts anew.
        """
        self.ask("evaluate", lambda worker, obsolete: worker.evaluate(source))

    def find_top(self, layer: int, source: PictureSource) -> None:
        """Find the pictures that excite each channel of a layer most: :class:`walkbox.findings.TopPictures`.

        One pass over the data set serves all layers: once one is under way or done, further layers are answered from
        it. Its progress is called :data:`walkbox.findings.FINDING_TOP`.
        """
        self.ask(("top", layer), lambda worker, obsolete: worker.find_top(layer, source))

    def locate(self, layer: int, channel: int) -> None:
        """Ask for the boxes of a channel's top pictures: :class:`walkbox.findings.TopPictures` comes again with them.

        Only the newest question is answered.
        """
        self.ask("locate", lambda worker, obsolete: worker.locate(layer, channel, obsolete))

    def export(self, job: ExportJob) -> None:
        """Write layers to files in the background, of the picture that was placed last.

        Ends with :class:`walkbox.findings.Exported`, or a :class:`walkbox.messages.Failure`; its progress is called
        ``job.task``. Whatever else is asked for comes first.
        """
        with self._changed:
            run = self._number
        self.ask(
            ("export", job.folder),
            lambda worker, obsolete: worker.export(job, run, lambda: self._stopping or self._asked()),
        )

    def cancel_task(self, task: str) -> None:
        """Give up a task of the background by the name in its progress; what it has found so far stays."""
        self.ask(("cancel", task), lambda worker, obsolete: worker.cancel_task(task))

    def near(self, order: Sequence[int]) -> None:
        """Say which layers are nearest to the viewer (ids, nearest first): they get mip levels and statistics first."""
        with self._changed:
            self._order = tuple(order)
            self._changed.notify_all()

    def set_depth(self, depth: float) -> None:
        """Show another slice of volumes (0 to 1) and run again."""
        with self._changed:
            self._depth = min(max(float(depth), 0.0), 1.0)
            self._run_again()

    def set_detail(self, detail: Detail) -> None:
        """Post the graph at another level of detail and run again."""
        with self._changed:
            self._detail = detail
            self._new_detail = True
            self._run_again()

    def open_blocks(self, opened: frozenset[str], closed: frozenset[str]) -> None:
        """Post the graph with some modules shown one level finer and others as one layer a call, and run again."""
        with self._changed:
            self._opened, self._closed = frozenset(opened), frozenset(closed)
            self._new_detail = True
            self._run_again()

    def cancel(self) -> None:
        """Give up the run under way, the waiting one and all readings; nothing is posted for them."""
        with self._changed:
            self._cancelled = self._number
            self._wanted = None
            self._reads.clear()
            self._questions.pop("field", None)

    def close(self, timeout_s: float = 5.0) -> bool:
        """End the thread and wait for it; may be called twice, and before ``start``.

        Returns:
            True when it has ended; a forward that hangs is left behind as a daemon.
        """
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run_again(self) -> None:
        """With the lock held: ask for a run on the newest picture."""
        picture, strokes = self._wanted[1:] if self._wanted is not None else self._picture
        self._number += 1
        self._wanted = self._number, picture, strokes
        self._changed.notify_all()

    # On the thread ------------------------------------------------------------------------------------------------

    def _main(self) -> None:
        give_way()
        try:
            self._serve()
        finally:
            with self._changed:
                self._busy = False

    def _serve(self) -> None:
        try:
            self._load()
        except BaseException as error:  # user code may raise anything, SystemExit too
            self._report_loading(error)
            return
        assert self._worker is not None
        while True:
            with self._changed:
                self._busy = self._asked() or self._worker.has_chores
                self._changed.wait_for(self._work_waits)
                # The frame that shows a run gets the cores; what describes it can wait that long.
                self._changed.wait_for(self._wanted_now, max(self._shown_by_s - time.monotonic(), 0.0))
                self._busy = self._asked() or self._worker.has_chores
                if self._stopping:
                    break
            try:
                self._work()
            except BaseException as error:
                self._worker.fail(error)
        self._worker.close()

    def _load(self) -> None:
        self._progress(0)
        import torch

        torch.set_num_threads(self._threads or default_threads())
        from walkbox.capture.target import load
        from walkbox.engine.worker import Worker

        if isinstance(self._target, str):
            self.spec = load(self._target, **self._loading)
        else:
            self.spec = self._target
        self._progress(1)
        self._worker = Worker(self.spec, self._mailbox.post, network=self.network, detail=self._detail)
        try:
            self._worker.record()
        except BaseException as error:
            self._worker.fail(error)  # the next run records again, with its own picture
        self._progress(2)

    def _work_waits(self) -> bool:
        assert self._worker is not None
        return self._stopping or self._asked() or self._worker.has_chores or self._worker.has_background

    def _wanted_now(self) -> bool:
        return self._stopping or self._asked()

    def _asked(self) -> bool:
        return bool(self._wanted or self._reads or self._questions or self._new_detail)

    def _work(self) -> None:
        """Do the most urgent piece of work."""
        from walkbox.engine.worker import Cancelled

        worker = self._worker
        assert worker is not None
        with self._changed:
            wanted, self._wanted = self._wanted, None
            new_detail, self._new_detail = self._new_detail, False
            worker.detail, worker.depth = self._detail, self._depth
            worker.opened, worker.closed = self._opened, self._closed
            order, self._order = self._order, None
            reads: list[int] = []
            key: Hashable = None
            question: Question | None = None
            if wanted is None and not new_detail:
                reads = list(self._reads)
                self._reads.clear()
                if not reads and self._questions:
                    key = next(iter(self._questions))
                    question = self._questions.pop(key)
            if wanted is not None:
                self._picture = wanted[1:]
        if order is not None:
            worker.near(order)
        if new_detail:
            worker.rebuild()
        if wanted is not None:
            number, picture, strokes = wanted
            try:
                worker.run(number, picture, lambda: self._obsolete(number), strokes)
                self._spared = False
                self._shown_by_s = time.monotonic() + SHOWING_S
            except Cancelled:
                self._spared = True
        elif reads:
            try:
                worker.read(reads, lambda: self._wanted is not None or self._stopping)
            except Cancelled:
                with self._changed:  # their panels are still open: after the run
                    self._reads.update(dict.fromkeys(reads))
        elif question is not None:
            try:
                question(worker, lambda: self._wanted is not None or self._stopping or key in self._questions)
            except Cancelled:
                if key != "field":  # that one was asked of the picture before
                    with self._changed:
                        self._questions.setdefault(key, question)
            except BaseException as error:
                worker.fail(error, run=0)  # the run itself is as it was
        elif worker.has_chores:
            worker.chore()
        elif worker.has_background:
            worker.background()

    def _obsolete(self, number: int) -> bool:
        """Asked at every layer of a run, without the lock: reading single attributes is atomic."""
        return self._stopping or self._cancelled >= number or (self._wanted is not None and not self._spared)

    def _report_loading(self, error: BaseException) -> None:
        import traceback

        from walkbox.errors import WalkboxError

        self.error = error
        text = str(error)
        if not isinstance(error, WalkboxError):
            text = f"The model cannot be loaded: {type(error).__name__}: {text}"
        self._mailbox.post(Failure(self.network, 0, text, "".join(traceback.format_exception(error))))

    def _progress(self, done: int) -> None:
        """Steps: load, record."""
        title = self._target if isinstance(self._target, str) else self._target.title
        self._mailbox.post(Progress(self.network, 0, f"loading {title}", done, 2))
