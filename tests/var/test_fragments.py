"""The mends of Streamlit: the end of a part's run is not lost when another part begins, and a part of a page that was
left does not empty the one that is open."""

from __future__ import annotations

import inspect
from types import SimpleNamespace

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import ScriptRunner, script_runner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from var.panels import fragments
from var.panels.fragments import mend_fragments, on_this_page

STATUS = ForwardMsg.ScriptFinishedStatus


def waiting(status: int, *fragments: str) -> ForwardMsgQueue:
    """A queue in which a run of ``fragments`` has ended and the browser has not heard of it."""
    msg = ForwardMsg()
    msg.script_finished = status
    msg.metadata.run.fragment_ids.extend(fragments)
    queue = ForwardMsgQueue()
    queue.enqueue(msg)
    return queue


def heard(queue: ForwardMsgQueue, *next_run: str) -> int:
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=list(next_run) or None)
    (msg,) = queue.flush()
    return msg.script_finished


def test_the_end_of_one_part_survives_the_beginning_of_another() -> None:
    mend_fragments()
    mend_fragments()  # once is enough
    done, early = STATUS.FINISHED_FRAGMENT_RUN_SUCCESSFULLY, STATUS.FINISHED_EARLY_FOR_RERUN
    assert heard(waiting(done, "booth"), "line") == done
    assert heard(waiting(done, "booth"), "booth", "line") == early  # it is drawn again and ends later
    assert heard(waiting(early, "booth"), "line") == early
    assert heard(waiting(done, "booth")) == early  # the whole page begins
    queue = waiting(done, "booth")
    queue.clear()
    assert len(queue) == 0


def test_a_part_of_a_page_that_was_left_does_not_run_as_that_page() -> None:
    storage = MemoryFragmentStorage()
    storage.register("line", lambda: None)  # drawn on every page; "cards" was on the page that was left
    asked = RerunData(fragment_id_queue=["cards", "line"], page_script_hash="matches", is_auto_rerun=True)
    assert on_this_page(asked, "matches", storage) is asked
    assert on_this_page(asked, "", storage) is asked  # the first run of a visit
    moved = on_this_page(asked, "review", storage)
    assert moved is not None
    assert (moved.fragment_id_queue, moved.page_script_hash) == (["line"], "review")
    assert on_this_page(RerunData(fragment_id_queue=["cards"], page_script_hash="matches"), "review", storage) is None
    whole = RerunData(page_script_hash="matches")  # somebody goes back
    assert on_this_page(whole, "review", storage) is whole


def test_the_runner_leaves_out_what_is_not_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mended ``ScriptRunner`` itself, with the run as shipped replaced by a list."""
    ran: list[RerunData] = []
    monkeypatch.setattr(ScriptRunner, "_run_script", lambda runner, data: ran.append(data))
    mend_fragments()
    runner = ScriptRunner.__new__(ScriptRunner)
    runner._fragment_storage = MemoryFragmentStorage()
    runner._fragment_storage.register("line", lambda: None)
    runner._pages_manager = PagesManager("streamlit_app.py")
    runner._pages_manager.set_current_page_script_hash("review")
    for queue, page in ((["cards"], "matches"), (["line"], "matches"), (["line"], "review"), ([], "matches")):
        runner._run_script(RerunData(fragment_id_queue=queue, page_script_hash=page))
    assert [(data.fragment_id_queue, data.page_script_hash) for data in ran] == [
        (["line"], "review"),
        (["line"], "review"),
        ([], "matches"),
    ]


def test_the_memory_is_swept_after_whole_pages_and_not_after_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    mend_fragments()
    swept: list[int] = []
    monkeypatch.setattr(fragments.gc, "collect", lambda generation: swept.append(generation) or 7)
    drawn = SimpleNamespace(fragment_ids_this_run=["line"])
    monkeypatch.setattr(fragments, "get_script_run_ctx", lambda **_: drawn)
    assert script_runner.gc.collect(2) == 0
    assert swept == []
    drawn.fragment_ids_this_run = None  # type: ignore[assignment]
    assert script_runner.gc.collect(2) == 7
    assert swept == [2]
    source = inspect.getsource(ScriptRunner._on_script_finished)
    assert "gc.collect(2)" in source  # what is mended is still there
