"""Which lanes a batch has touched, and between which times."""

from ingestion.log.lanes import lane_key, touched_lanes


def test_a_lane_reaches_from_its_earliest_event_to_its_latest() -> None:
    events = [("shop", "", "d1", 20), ("shop", "", "d1", 30), ("shop", "", "d1", 10), ("shop", "", "d2", 5)]

    assert touched_lanes(events) == {"shop": {lane_key("", "d1"): (10, 30), lane_key("", "d2"): (5, 5)}}


def test_a_clients_session_is_one_lane_whatever_devices_are_in_it() -> None:
    events = [("shop", "s1", "d1", 20), ("shop", "s1", "d2", 40), ("shop", "", "d1", 7)]

    assert touched_lanes(events) == {"shop": {lane_key("s1", ""): (20, 40), lane_key("", "d1"): (7, 7)}}


def test_projects_have_lanes_of_their_own() -> None:
    assert touched_lanes([("shop", "", "d1", 1), ("other", "", "d1", 2)]) == {
        "shop": {lane_key("", "d1"): (1, 1)},
        "other": {lane_key("", "d1"): (2, 2)},
    }
