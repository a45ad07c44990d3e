"""What is told of something done, and of something of which nobody knows whether it was."""

from aci_operator.api.reasons import Act, Reason
from aci_operator.core.story import Entry, Tell, done, unanswered

ENTRY = Entry(Act.REPLACE_TAGS, Reason.DRIFTED)


def test_what_was_done_is_told_with_its_reason() -> None:
    told = done(ENTRY, Reason.TAGS_RESTORED, "put back tags")
    assert told == Tell(Reason.TAGS_RESTORED, "put back tags (Drifted)", entry=ENTRY)


def test_what_may_have_been_done_counts_and_is_told_as_a_warning() -> None:
    told = unanswered(done(ENTRY, Reason.TAGS_RESTORED, "put back tags"))
    message = "no usable answer, looking whether it was done: put back tags (Drifted)"
    assert told == Tell(Reason.ANSWER_LOST, message, warning=True, entry=ENTRY)
