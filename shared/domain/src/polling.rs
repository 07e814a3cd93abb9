//! When a shop is polled and for which window.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How far windows overlap: "update times may exceed the selected search range due to ongoing data refreshes during
/// the search" (Get Order List).
pub const OVERLAP: SignedDuration = SignedDuration::from_mins(2);

/// How far back the first poll of a new shop looks: longer than the longest handling time, the 60 days of a
/// pre-order in the United States, and its dispatch after that.
pub const FIRST_LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 75);

/// A window that has not been finished by then is begun anew: page tokens are opaque and may have run out.
const WINDOW_STALE: SignedDuration = SignedDuration::from_mins(30);

/// A change younger than this may still have its webhook under way: TikTok repeats a failed one after 2 min, but a
/// delivered one is there within seconds.
pub const WEBHOOK_GRACE: SignedDuration = SignedDuration::from_secs(60);

/// A range of `update_time` that is being read, page by page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// From, inclusive.
    pub from: Timestamp,
    /// To, exclusive.
    pub to: Timestamp,
    /// The next page; `None` for the first.
    pub page_token: Option<String>,
}

/// Where polling of a shop stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollState {
    /// All changes before this instant have been read.
    pub watermark: Option<Timestamp>,
    /// The window that is being read.
    pub window: Option<Window>,
    /// When the shop is polled next.
    pub next_at: Timestamp,
    /// Orders created in the last seven days, by TikTok's own count.
    pub orders_in_7_days: u64,
    /// When they were counted.
    pub counted_at: Option<Timestamp>,
    /// Since when a poll has found changes that no webhook told.
    pub webhooks_missed_since: Option<Timestamp>,
}

impl PollState {
    /// A shop that is connected at `now` is polled at once.
    pub fn new(now: Timestamp) -> Self {
        Self {
            watermark: None,
            window: None,
            next_at: now,
            orders_in_7_days: 0,
            counted_at: None,
            webhooks_missed_since: None,
        }
    }

    /// The window to read now: one that was left unfinished, or a new one from the watermark.
    pub fn window_at(&self, now: Timestamp) -> Window {
        if let Some(window) = &self.window
            && now.duration_since(window.to) < WINDOW_STALE
        {
            return window.clone();
        }
        let from = match self.watermark {
            Some(watermark) => watermark.saturating_sub(OVERLAP),
            None => now.saturating_sub(FIRST_LOOK_BACK),
        };
        // A clock that was set back must not turn the window round.
        Window { from: from.unwrap_or(Timestamp::MIN).min(now), to: now, page_token: None }
    }

    /// Notes that a page was read and where the next one is.
    pub fn page_read(&mut self, window: &Window, next_page: Option<String>) {
        match next_page {
            Some(token) => self.window = Some(Window { page_token: Some(token), ..window.clone() }),
            None => {
                self.window = None;
                self.watermark = Some(window.to);
            }
        }
    }

    /// Notes what a finished poll said of the webhooks: `told` changes were told by one, `missed` were not.
    pub fn judge_webhooks(&mut self, told: usize, missed: usize, now: Timestamp) {
        if missed > 0 {
            self.webhooks_missed_since.get_or_insert(now);
        } else if told > 0 {
            self.webhooks_missed_since = None;
        }
    }

    /// The pause until the next poll.
    pub fn interval(&self) -> SignedDuration {
        if self.webhooks_missed_since.is_some() {
            return SignedDuration::from_mins(1);
        }
        match self.orders_in_7_days / 7 {
            100.. => SignedDuration::from_mins(5),
            50..=99 => SignedDuration::from_mins(15),
            _ => SignedDuration::from_mins(30),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{FIRST_LOOK_BACK, PollState};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + seconds).unwrap()
    }

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
        let mut state = PollState { watermark: Some(at(0)), ..PollState::new(at(0)) };
        let first = state.window_at(at(300));
        assert_eq!((first.from, first.to), (at(-120), at(300)));
        state.page_read(&first, Some("p2".into()));
        let resumed = state.window_at(at(400));
        assert_eq!((resumed.to, resumed.page_token.as_deref()), (at(300), Some("p2")));
        assert_eq!(state.window_at(at(300 + 1800)).page_token, None, "a stale page token is not used");
        state.page_read(&resumed, None);
        assert_eq!((state.watermark, &state.window), (Some(at(300)), &None));
    }

    #[test]
    fn a_new_shop_is_read_far_enough_back_for_every_order_still_to_be_shipped() {
        let window = PollState::new(at(0)).window_at(at(0));
        assert_eq!((window.to.duration_since(window.from), window.page_token), (FIRST_LOOK_BACK, None));
        let pre_order_days = 60;
        assert!(FIRST_LOOK_BACK.as_hours() / 24 > pre_order_days);
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_turn_the_window_round() {
        let state = PollState { watermark: Some(at(9_000)), ..PollState::new(at(0)) };
        let window = state.window_at(at(0));
        assert_eq!((window.from, window.to), (at(0), at(0)));
    }
}
