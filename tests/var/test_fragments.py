"""The mend of Streamlit's message queue: the end of a part's run is not lost when another part begins."""

from __future__ import annotations

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from var.panels.fragments import mend_fragments

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
