//! When a shop is polled, and for what.

use domain::Timestamp;
use domain::paging::PagingFault as Fault;
use domain::polling::{
    FIRST_LOOK_BACK, NarrowedWindow, OVERLAP, PAGES_MAX, PollState, PollWindow, ReadOutcome, TimeRange,
};
use jiff::SignedDuration;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

fn state() -> PollState {
    PollState { watermark: Some(at(0)), ..PollState::new(at(0)) }
}

const USUAL: SignedDuration = SignedDuration::from_mins(30);

#[test]
fn the_cadence_follows_the_volume() {
    let minutes =
        |orders_in_7_days| PollState { orders_in_7_days, ..PollState::new(at(0)) }.interval().as_mins();
    assert_eq!([0, 349, 350, 699, 700, 35_000].map(minutes), [30, 30, 15, 15, 5, 5]);
    let mut state = PollState { orders_in_7_days: 700, ..PollState::new(at(0)) };
    state.judge_webhooks(3, 1, at(0));
    assert_eq!(state.interval(), SignedDuration::from_mins(1));
    state.judge_webhooks(0, 0, at(60));
    assert_eq!(state.interval(), SignedDuration::from_mins(1), "silence proves nothing");
    state.judge_webhooks(2, 0, at(120));
    assert_eq!(state.interval(), SignedDuration::from_mins(5));
}

#[test]
fn an_unfinished_window_is_taken_up_and_windows_overlap() {
    let mut state = state();
    let mut first = state.window_at(at(300), OVERLAP);
    assert_eq!((first.from, first.to), (at(-600), at(300)), "ten minutes");
    assert_eq!(state.window_at(at(300), SignedDuration::from_secs(60)).from, at(-60));
    first.page_token = Some("p2".into());
    state.window_ended(&first, ReadOutcome::OutOfTime);
    let resumed = state.window_at(at(400), OVERLAP);
    assert_eq!((resumed.to, resumed.page_token.as_deref()), (at(300), Some("p2")));
    assert_eq!(state.window_at(at(300 + 1800), OVERLAP).page_token, None, "a stale page token is not used");
    assert_eq!(state.window_ended(&resumed, ReadOutcome::Complete), None);
    assert_eq!((state.watermark, &state.window), (Some(at(300)), &None));
}

#[test]
fn a_new_shop_is_read_far_enough_back_for_every_order_still_to_be_shipped() {
    let window = PollState::new(at(0)).window_at(at(0), OVERLAP);
    assert_eq!((window.to.duration_since(window.from), window.page_token), (FIRST_LOOK_BACK, None));
    let pre_order_days = 60;
    assert!(FIRST_LOOK_BACK.as_hours() / 24 > pre_order_days);
}

#[test]
fn a_watermark_that_has_not_come_yet_skips_nothing() {
    let state = PollState { watermark: Some(at(9_000)), ..PollState::new(at(0)) };
    let window = state.window_at(at(0), OVERLAP);
    assert_eq!((window.from, window.to), (at(-24 * 3_600), at(0)));
    assert_eq!(PollWindow::new(at(9), at(0)).from, at(0), "nor is a window turned round");
}

#[test]
fn what_a_clock_stored_that_was_ahead_is_mended() {
    let day = 24 * 3_600;
    let mut state = state();
    state.polled(USUAL, at(day));
    state.watermark = Some(at(day));
    state.counted_at = Some(at(day));
    state.window = Some(PollWindow::new(at(0), at(day)));
    state.webhooks_missed_since = Some(at(day));
    assert!(state.mend_times(at(0)));
    assert_eq!((state.next_at, state.counted_at, &state.window), (at(0), None, &None));
    assert_eq!(state.webhooks_missed_since, Some(at(0)));
    assert!(!state.mend_times(at(0)), "once");

    // A small step back, and a long pause that somebody chose, are no fault.
    state.polled(SignedDuration::from_hours(12), at(50));
    assert!(!state.mend_times(at(0)));
    assert_eq!(state.next_at, at(50 + 12 * 3_600));
    // A step of five minutes is found, although the next poll is no further ahead than usual.
    state.polled(USUAL, at(300));
    assert!(state.mend_times(at(0)));
    assert_eq!(state.next_at, at(0));
}

/// Reads a window in which one second can't be read; the seconds that were read, and how many readings it took.
fn narrow(state: &mut PollState, window: PollWindow, bad: i64) -> (Vec<(i64, i64)>, usize) {
    let mut read = Vec::new();
    let mut readings = 0;
    let mut next = Some(window);
    while let Some(mut window) = next.take() {
        readings += 1;
        assert!(readings < 200, "it goes on for ever: {window:?}");
        let holds = |window: &PollWindow| window.from <= at(bad) && at(bad) < window.to;
        let seconds = |window: &PollWindow| {
            (window.from.as_second() - at(0).as_second(), window.to.as_second() - at(0).as_second())
        };
        let ended = if !holds(&window) {
            read.push(seconds(&window));
            ReadOutcome::Complete
        } else {
            match window.narrowed() {
                NarrowedWindow::Half(half) => {
                    window = half;
                    ReadOutcome::Narrowed
                }
                NarrowedWindow::Second(second) => {
                    window = second;
                    state.pass_over(TimeRange { from: window.from, to: window.to });
                    ReadOutcome::Complete
                }
            }
        };
        next = state.window_ended(&window, ended);
    }
    (read, readings)
}

#[test]
fn a_window_is_halved_until_only_the_second_is_left_that_can_t_be_read() {
    for bad in [0, 1, 333, 767, 998, 999] {
        let mut state = state();
        let (read, readings) = narrow(&mut state, PollWindow::new(at(0), at(1_000)), bad);
        let mut expect = 0;
        for (from, to) in read {
            if from == bad + 1 {
                expect = from;
            }
            assert_eq!(from, expect, "nothing is left out but {bad}");
            expect = to;
        }
        assert!(expect == 1_000 || bad == 999 && expect == 999, "{bad}: {expect}");
        let unread = state.unread.clone().unwrap();
        assert_eq!((unread.from, unread.to, unread.fault), (at(bad), at(bad + 1), Fault::Unreadable));
        assert_eq!((state.watermark, &state.window), (Some(at(1_000)), &None));
        assert!(readings <= 32, "{bad}: {readings} readings");
    }
}

#[test]
fn what_was_passed_over_is_read_again_and_stays_until_it_can_be_read() {
    let mut state = state();
    narrow(&mut state, PollWindow::new(at(0), at(1_000)), 333);
    let unread = state.try_unread(at(1_100)).unwrap();
    let window = unread.window(at(1_100));
    let NarrowedWindow::Second(second) = window.narrowed() else { panic!("{window:?}") };
    state.pass_over_again(TimeRange { from: second.from, to: second.to });
    assert_eq!(state.unread_ended(&second, ReadOutcome::Complete, at(1_100)), None);
    let unread = state.unread.clone().unwrap();
    assert_eq!((unread.from, unread.to, unread.tries), (at(333), at(334), 2));
    let again = state.try_unread(at(1_200)).unwrap().window(at(1_200));
    assert_eq!(state.unread_ended(&again, ReadOutcome::Complete, at(1_200)), None);
    assert_eq!(state.unread, None);
}

/// A window of 1,000 s whose pages had orders of these update times.
fn pages(times: &[&[i64]]) -> PollWindow {
    let mut window = PollWindow::new(at(0), at(1_000));
    for page in times {
        window.note_page(page.iter().copied().map(at));
    }
    window
}

#[test]
fn a_window_with_many_pages_is_cut_where_they_end() {
    let mut state = state();
    let long = ReadOutcome::Broken(Fault::TooManyPages);
    let rest = state.window_ended(&pages(&[&[1, 5], &[5, 400]]), long).unwrap();
    assert_eq!((rest.from, rest.to, rest.page_token.as_deref(), rest.pages), (at(400), at(1_000), None, 0));
    assert_eq!((state.watermark, state.window.as_ref()), (Some(at(400)), Some(&rest)));
    assert_eq!(state.unread, None);

    // One that has passed the end is complete.
    assert_eq!(state.window_ended(&pages(&[&[999, 1_003]]), long), None);
    assert_eq!((state.watermark, &state.unread), (Some(at(1_000)), &None));
}

#[test]
fn what_was_not_read_to_its_end_is_never_passed_over() {
    let faults = [Fault::RepeatedPage, Fault::NothingNew, Fault::EndsEarly];
    for fault in faults {
        let mut state = state();
        assert_eq!(state.window_ended(&pages(&[&[1, 5], &[900]]), ReadOutcome::Broken(fault)), None);
        let unread = state.unread.clone().unwrap();
        assert_eq!((unread.from, unread.to, unread.fault), (at(0), at(1_000), fault), "all of it: {fault:?}");
        // The next window is a new one all the same, and what is unread grows by it when it breaks too.
        assert_eq!(state.watermark, Some(at(1_000)));
        let next = state.window_at(at(1_300), OVERLAP);
        state.window_ended(&next, ReadOutcome::Broken(fault));
        let unread = state.unread.clone().unwrap();
        assert_eq!((unread.from, unread.to, unread.tries), (at(0), at(1_300), 2));

        let again = state.try_unread(at(1_400)).unwrap().window(at(1_400));
        assert_eq!((again.from, again.to, again.page_token.as_deref()), (at(0), at(1_300), None));
        state.unread_ended(&again, ReadOutcome::Broken(Fault::NothingNew), at(1_400));
        let unread = state.unread.clone().unwrap();
        assert_eq!((unread.from, unread.to, unread.tries), (at(0), at(1_300), 3));
        assert_eq!(unread.fault, Fault::NothingNew);

        state.unread_ended(&again, ReadOutcome::Complete, at(1_400));
        assert_eq!(state.unread, None);
    }
    // Pages that are not sorted, or all of one second, can't be cut.
    for times in [&[&[400, 5][..]][..], &[&[5], &[400], &[7]], &[&[0], &[0]], &[&[]]] {
        let mut state = state();
        assert_eq!(state.window_ended(&pages(times), ReadOutcome::Broken(Fault::TooManyPages)), None);
        assert_eq!(
            state.unread.map(|unread| (unread.from, unread.to)),
            Some((at(0), at(1_000))),
            "{times:?}"
        );
    }
}

#[test]
fn a_long_unread_range_shrinks_and_is_given_more_pages_each_time() {
    let mut state = state();
    state.window_ended(&pages(&[&[0]]), ReadOutcome::Broken(Fault::TooManyPages));
    let limits: Vec<u32> = (0..7).map(|_| state.try_unread(at(0)).unwrap().pages_max() / PAGES_MAX).collect();
    assert_eq!(limits, [2, 4, 8, 16, 32, 32, 32]);
    let long = ReadOutcome::Broken(Fault::TooManyPages);
    let rest = state.unread_ended(&pages(&[&[1, 300]]), long, at(2_000)).unwrap();
    assert_eq!((rest.from, rest.to), (at(300), at(1_000)));
    assert_eq!(state.unread.as_ref().map(|unread| (unread.from, unread.tries)), Some((at(300), 1)));
}

#[test]
fn an_unread_range_that_takes_longer_than_a_poll_is_taken_up_where_it_stood() {
    let mut state = state();
    state.window_ended(&pages(&[&[0]]), ReadOutcome::Broken(Fault::TooManyPages));
    let mut window = state.try_unread(at(2_000)).unwrap().window(at(2_000));
    window.note_page([at(0), at(0)]);
    window.page_token = Some("p2".into());
    assert_eq!(state.unread_ended(&window, ReadOutcome::OutOfTime, at(2_000)), None);
    let unread = state.try_unread(at(2_100)).unwrap();
    assert_eq!(unread.tries, 1, "time that is over is no fault of the search");
    assert_eq!(unread.window(at(2_100)), window);
    assert_eq!(
        unread.window(at(2_000 + 1_800)),
        PollWindow::new(at(0), at(1_000)),
        "a stale page token is not used"
    );
    state.unread_ended(&window, ReadOutcome::Broken(Fault::RepeatedPage), at(2_100));
    assert_eq!(
        state.try_unread(at(2_200)).unwrap().window(at(2_200)).page_token,
        None,
        "nor one that led astray"
    );
}

#[test]
fn what_is_unread_is_tried_again_ever_more_rarely() {
    let mut state = state();
    state.window_ended(&pages(&[]), ReadOutcome::Broken(Fault::NothingNew));
    let mut pauses = Vec::new();
    for _ in 0..8 {
        state.polled(USUAL, at(0));
        pauses.push(state.next_at.duration_since(at(0)).as_secs());
        state.try_unread(at(0));
    }
    assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1_280]);
    state.unread.as_mut().unwrap().tries = 1_000;
    state.polled(USUAL, at(0));
    assert_eq!(state.next_at, at(1_800), "no more rarely than the shop is polled anyway");
    state.polled(SignedDuration::from_secs(1), at(0));
    assert_eq!(state.next_at, at(300), "nor more often than every five minutes");
    state.unread = None;
    state.polled(USUAL, at(0));
    assert_eq!(state.next_at, at(1_800));
}

#[test]
fn polls_that_fail_come_ever_more_rarely_until_one_succeeds() {
    let mut state = state();
    let mut pauses = Vec::new();
    for _ in 0..6 {
        state.failed(USUAL, at(0));
        pauses.push(state.next_at.duration_since(at(0)).as_secs());
    }
    assert_eq!(pauses, [30, 60, 120, 240, 300, 300]);
    assert_eq!(state.failing.unwrap().count, 6);
    state.polled(USUAL, at(0));
    assert_eq!(state.failing, None);
    state.failed(SignedDuration::from_secs(2), at(0));
    assert_eq!(state.next_at, at(2), "a short interval stays short at first");
}

#[test]
fn a_poll_without_a_turn_is_told_of_when_that_lasts_and_is_no_failure_before() {
    let mut state = state();
    let after = SignedDuration::from_secs(30);
    assert!(!state.paused(after, at(0)));
    assert_eq!((state.next_at, state.failing.unwrap().count), (at(30), 0));
    assert!(!state.paused(after, at(299)));
    assert!(state.paused(after, at(300)), "no new order has been seen for five minutes");
    state.polled(USUAL, at(330));
    assert!(!state.paused(after, at(400)), "begins anew");
}

#[test]
fn a_state_of_an_earlier_version_is_read() {
    let stored = serde_json::json!({
        "watermark": null, "window": {"from": at(0), "to": at(9), "page_token": "p"}, "next_at": at(0),
        "orders_in_7_days": 7, "counted_at": null, "webhooks_missed_since": null,
    });
    let state: PollState = serde_json::from_value(stored).unwrap();
    assert_eq!(state.window.unwrap().pages, 0);
    let plain = serde_json::to_value(PollState::new(at(0))).unwrap();
    assert!(
        plain.get("unread").is_none() && plain.get("failing").is_none(),
        "what says nothing is not stored"
    );
}
