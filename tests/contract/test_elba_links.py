"""Public links in Elba's public API: opened, closed wherever their id is hidden, never left behind."""

import pytest

from bookkeeping.domain import Capability, DocumentKind, HoldReason
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, RejectedError

BILL, SALE, ACT = DocumentKind
PLACES = ["context", "message", "target", "details"]


@pytest.fixture(params=[BILL, ACT], ids=str)
def linked(request, public, public_buyer, document):
    """A document that may have a link."""
    return request.param, public.client.create_document(document(request.param), public_buyer)


def links_of(public):
    return [(row["documentId"], row["published"]) for row in public.rows("links")]


def test_a_document_is_published_once_and_keeps_its_address(public, linked):
    kind, external_id = linked

    address = public.client.publish_link(kind, external_id)

    assert address.startswith("https://")
    assert links_of(public) == [(external_id, True)]
    for place in PLACES:
        public.sandbox.behaves(**{"elba_public.link_conflict": place})
        assert public.client.publish_link(kind, external_id) == address
    assert links_of(public) == [(external_id, True)]


@pytest.mark.parametrize("place", PLACES)
def test_a_link_is_closed_wherever_elba_hides_its_id_and_may_be_opened_again(public, linked, place):
    kind, external_id = linked
    public.sandbox.behaves(**{"elba_public.link_conflict": place})
    address = public.client.publish_link(kind, external_id)

    public.client.cancel_document(kind, external_id)
    public.client.cancel_document(kind, external_id)

    assert links_of(public) == [(external_id, False)]
    assert public.client.publish_link(kind, external_id) == address
    assert links_of(public) == [(external_id, True)]


def test_a_document_without_a_link_has_none_after_it_was_cancelled(public, linked):
    public.client.cancel_document(*linked)

    assert links_of(public) == []


@pytest.mark.parametrize("fault", ["429", "500", "500_after", "reset_after", "drop_before", "html"])
def test_a_link_that_was_made_for_nothing_is_deleted_in_the_end(public, linked, fault):
    public.sandbox.breaks(fault, method="DELETE", times=2)

    public.client.cancel_document(*linked)

    assert links_of(public) == []


def test_a_conflict_that_hides_the_link_is_left_to_a_person(public, linked):
    kind, external_id = linked
    public.client.publish_link(kind, external_id)
    public.sandbox.behaves(**{"elba_public.error_body": "empty"})

    with pytest.raises(RejectedError, match="вручную") as caught:
        public.client.cancel_document(kind, external_id)
    with pytest.raises(RejectedError):
        public.client.publish_link(kind, external_id)

    assert caught.value.reason is HoldReason.CANCELLED_AFTER_POSTING
    assert links_of(public) == [(external_id, True)]


def test_a_sale_has_no_link_and_is_cancelled_by_a_person(public, public_buyer, document):
    sale = public.client.create_document(document(SALE), public_buyer)
    asked = public.sandbox.requests()

    with pytest.raises(RejectedError) as caught:
        public.client.cancel_document(SALE, sale)
    with pytest.raises(MisconfiguredError, match="bills and acts alone"):
        public.client.publish_link(SALE, sale)

    assert caught.value.reason is HoldReason.CANCELLED_AFTER_POSTING
    assert public.sandbox.requests() == asked


def test_a_document_that_is_gone_has_nothing_to_close_or_to_open(public):
    gone = "00000000-0000-0000-0000-000000000000"

    with pytest.raises(RejectedError) as caught:
        public.client.cancel_document(BILL, gone)
    with pytest.raises(RejectedError):
        public.client.publish_link(BILL, gone)

    assert caught.value.reason is HoldReason.CANCELLED_AFTER_POSTING


def test_without_links_nothing_can_be_cancelled(public):
    client = public.open(capabilities={"links": False})

    assert Capability.CANCEL not in client.capabilities
    with pytest.raises(MisconfiguredError, match="cancel"):
        client.cancel_document(BILL, "1")


def test_a_link_whose_making_was_not_answered_is_closed_by_the_next_attempt(public, linked):
    public.sandbox.breaks("reset_after", "*/document-links")

    with pytest.raises(OutcomeUnknownError):
        public.client.cancel_document(*linked)
    public.client.cancel_document(*linked)

    assert links_of(public) == [(linked[1], False)]
