"""The durable queue: the one file that knows DBOS. Paces channels across all workers: one attempt at a time for each.

Work without a pace runs in ``lanes``: polling a queue for each kind cost a tenth of a core at rest, and the rows already
survive a crash. The settings are what makes DBOS safe. A pinned version, or a deploy would strand what is queued; a stable
executor name (see ``slot``); one running workflow per partition with a rest at its end, which paces a channel; arguments as
JSON. On SQLite its tables live in a file of their own beside the
bot's rows: the two never wait for each other's write lock, and the truth is in the rows, so that file may be deleted.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime

from bot.db import Database
from bot.lanes import Lanes
from bot.work import Work

VERSION = "1"
WORKFLOW = "batchbot.attempt"
POLL_SECONDS = 0.2
WAITING = 200
"""So many cards at most are queued in one look."""

Task = Callable[[str, str], float]
"""Runs the named task on one row; returns for how many seconds its partition should rest. Must not raise."""


class Durable:
    """Where the worker hands its attempts over: to a lane, or to the paced queue."""

    def __init__(self, db: Database, *, lanes: Mapping[str, int], paced: str, task: Task) -> None:
        """``lanes`` maps queue to attempts at once; the queue ``paced`` has partitions that run one at a time."""
        self._db = db
        self._lanes = Lanes({name: size for name, size in lanes.items() if name != paced}, task)
        self.paced = paced
        self._at_once = lanes[paced]
        self._task = task

    def start(self, executor: str) -> None:
        """Launch: recovery of this executor's unfinished work begins at once."""
        from dbos import DBOS, WorkflowSerializationFormat

        logging.getLogger("dbos").setLevel(logging.WARNING)
        DBOS(
            config={
                "name": "batchbot",
                "system_database_url": self._url(),
                "application_version": VERSION,
                "executor_id": executor,
                "max_executor_threads": 256,
                "log_level": "WARNING",
                "scheduler_polling_interval_sec": 3600.0,
                "sys_db_pool_size": 20,
            }
        )
        DBOS.workflow(
            name=WORKFLOW, max_recovery_attempts=1000, serialization_type=WorkflowSerializationFormat.PORTABLE
        )(_attempt_of(self._task))
        DBOS.launch()
        DBOS.register_queue(
            self.paced,
            worker_concurrency=self._at_once,
            partition_concurrency=1,
            polling_interval_sec=POLL_SECONDS,
            on_conflict="always_update",
        )

    def room(self, queue: str) -> int:
        """How many more attempts this queue takes now; the paced one keeps what waits."""
        return WAITING if queue == self.paced else self._lanes.room(queue)

    def hand_over(self, work: Work, ended: Callable[[], None]) -> None:
        """Begin an attempt in its lane, or queue it; ``ended`` hears of the lane's."""
        if work.queue == self.paced:
            self._enqueue(work)
        else:
            self._lanes.hand_over(work, ended)

    def _enqueue(self, work: Work) -> None:
        """The same id a second time changes nothing."""
        from dbos import DBOS, EnqueueOptions, WorkflowSerializationFormat

        options: EnqueueOptions = {
            "queue_name": work.queue,
            "workflow_name": WORKFLOW,
            "workflow_id": work.id,
            "app_version": VERSION,
            "priority": work.priority,
            "queue_partition_key": work.partition or "none",
            "serialization_type": WorkflowSerializationFormat.PORTABLE,
        }
        DBOS.enqueue_workflow_with_options(options, work.task, work.key)

    def at_work(self) -> frozenset[str]:
        """The names of the workers under which attempts are running."""
        from dbos import DBOS

        running = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        return frozenset(w.executor_id for w in running if w.executor_id)

    def take_over(self, executor: str) -> int:
        """Queue again what a dead worker had begun, or it would keep a paced channel's one place; returns how many."""
        from dbos import DBOS

        left = DBOS.list_workflows(status="PENDING", executor_id=executor, load_input=False, load_output=False)
        for queue in {w.queue_name for w in left}:
            DBOS.resume_workflows([w.workflow_id for w in left if w.queue_name == queue], queue_name=queue)
        return len(left)

    def purge(self, before: datetime) -> int:
        """Forget attempts that ended before; returns how many (a thousand at most a call)."""
        from dbos import DBOS

        ended = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            end_time=before.isoformat(),
            limit=1000,
            load_input=False,
            load_output=False,
        )
        DBOS.delete_workflows([w.workflow_id for w in ended])
        return len(ended)

    def stop(self, wait: int = 10) -> None:
        """Take no new work, let what runs end for ``wait`` seconds, and forget the registration."""
        from dbos import DBOS

        self._lanes.wait(wait)
        DBOS.destroy(workflow_completion_timeout_sec=wait, destroy_registry=True)

    def _url(self) -> str:
        if not self._db.is_sqlite:
            return self._db.url.render_as_string(hide_password=False)
        path = f"{self._db.url.database}-queue"
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
        return f"sqlite:///{path}"


def _attempt_of(task: Task) -> Callable[[str, str], None]:
    """The one workflow: a step that does the work, and the rest that the partition then takes."""
    from dbos import DBOS

    def attempt(name: str, key: str) -> None:
        rest = DBOS.run_step({"name": name}, task, name, key)
        DBOS.sleep(rest)

    return attempt
