"""A mend of Streamlit: a part of the page that was drawn anew keeps nothing of what stood there before."""

from __future__ import annotations

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_MENDED = "touchline_mended"


def mend_fragments() -> None:
    """Let the end of a fragment's run reach the browser although another fragment has begun to run meanwhile.

    Streamlit 1.67 turns an end that still waits to be sent into "stopped early" as soon as the next run begins, also
    where that run draws another fragment. The browser then never takes away what the finished run no longer draws:
    beside a line that runs again each second, old errors and verdicts stay on the page next to the new ones.
    """
    shipped = ForwardMsgQueue.clear
    if hasattr(shipped, _MENDED):
        return
    finished = ForwardMsg.ScriptFinishedStatus.FINISHED_FRAGMENT_RUN_SUCCESSFULLY

    def clear(
        queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
    ) -> None:
        """As shipped; ends of runs whose fragments are not drawn now stay what they are."""
        ends = [
            msg
            for msg in queue._queue
            if fragment_ids_this_run is not None
            and msg.WhichOneof("type") == "script_finished"
            and msg.script_finished == finished
            and set(msg.metadata.run.fragment_ids).isdisjoint(fragment_ids_this_run)
        ]
        shipped(queue, retain_lifecycle_msgs, fragment_ids_this_run)
        for msg in ends:
            msg.script_finished = finished

    setattr(clear, _MENDED, True)
    ForwardMsgQueue.clear = clear  # type: ignore[method-assign,assignment]
