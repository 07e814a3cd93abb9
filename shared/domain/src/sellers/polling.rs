//! When a shop is polled and for which window.

mod narrow;
mod unread;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use narrow::NarrowedWindow;
pub use unread::{PollFailures, ReadOutcome, ReadPosition, TimeRange, UnreadRange};

use crate::shop::clock::is_ahead;

/// How far windows overlap, unless a setting says otherwise. "Update times may exceed the selected search range due to
/// ongoing data refreshes during the search" (Get Order List), and searches of other marketplaces are reported to show
/// an order minutes after it changed; TikTok does not publish how late its own is.
pub const OVERLAP: SignedDuration = SignedDuration::from_mins(10);

/// How far back the first poll of a new shop looks: longer than the longest handling time, the 60 days of a
/// pre-order in the United States, and its dispatch after that.
pub const FIRST_LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 75);

/// How far back a poll looks whose watermark has not come yet: a clock was ahead when it was stored, and TikTok refuses
/// calls that are more than half a minute ahead.
const LOOK_BACK_AFTER_JUMP: SignedDuration = SignedDuration::from_hours(24);

/// A next poll that is further ahead, without word of when it was set, was set before the clock was set back.
const NEXT_MAX: SignedDuration = SignedDuration::from_hours(1);

/// A window that has not been finished by then is begun anew: page tokens are opaque and may have run out.
const WINDOW_STALE: SignedDuration = SignedDuration::from_mins(30);

/// A change younger than this may still have its webhook under way: TikTok repeats a failed one after 2 min, but a
/// delivered one is there within seconds.
pub const WEBHOOK_GRACE: SignedDuration = SignedDuration::from_secs(60);

/// The pages of one reading. A window with more is cut where they end, and the rest is read as a window of its own: that
/// costs no page twice.
pub const PAGES_MAX: u32 = 20;

/// A range of `update_time` that is being read, page by page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollWindow {
    /// From, inclusive.
    pub from: Timestamp,
    /// To, exclusive.
    pub to: Timestamp,
    /// The next page; `None` for the first.
    pub page_token: Option<String>,
    /// How many pages have been read.
    #[serde(default)]
    pub pages: u32,
    /// How many orders were on them.
    #[serde(default)]
    pub orders: u64,
    /// The update time of the last order on them, while they came in the order of update times: what changed before it
    /// has been read.
    #[serde(default)]
    pub read_until: Option<Timestamp>,
    /// Where the windows end of which this is a part, the smallest last: a page of them could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub until: Vec<Timestamp>,
}

impl PollWindow {
    /// A window of which nothing has been read.
    pub fn new(from: Timestamp, to: Timestamp) -> Self {
        // A clock that was set back must not turn it round.
        let until = Vec::new();
        Self { from: from.min(to), to, page_token: None, pages: 0, orders: 0, read_until: None, until }
    }

    /// Notes the update times of a page, in the order in which they came.
    pub fn note_page(&mut self, update_times: impl IntoIterator<Item = Timestamp>) {
        let mut in_order = self.pages == 0 || self.read_until.is_some();
        let mut last = self.read_until;
        for time in update_times {
            in_order &= last.is_none_or(|last| last <= time);
            last = Some(time);
        }
        self.read_until = last.filter(|_| in_order);
        self.pages = self.pages.saturating_add(1);
    }

    /// What is left of it when its pages end early: from the last update time on, if that lies within it.
    fn rest(&self) -> Option<Self> {
        let from = self.read_until.filter(|read| *read > self.from)?;
        Some(Self { until: self.until.clone(), ..Self::new(from, self.to) })
    }
}

/// Where polling of a shop stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollState {
    /// All changes before this instant have been read, but for those of `unread`.
    pub watermark: Option<Timestamp>,
    /// The window that is being read.
    pub window: Option<PollWindow>,
    /// When the shop is polled next.
    pub next_at: Timestamp,
    /// When that was overrides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// Orders created in the last seven days, by TikTok's own count.
    pub orders_in_7_days: u64,
    /// When they were counted.
    pub counted_at: Option<Timestamp>,
    /// Since when a poll has found changes that no webhook told.
    pub webhooks_missed_since: Option<Timestamp>,
    /// What could not be read to its end and is read again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<UnreadRange>,
    /// Polls in a row that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<PollFailures>,
}

impl PollState {
    /// A shop that is connected at `now` is polled at once.
    pub fn new(now: Timestamp) -> Self {
        Self {
            watermark: None,
            window: None,
            next_at: now,
            decided_at: None,
            orders_in_7_days: 0,
            counted_at: None,
            webhooks_missed_since: None,
            unread: None,
            failing: None,
        }
    }

    /// The window to read now: one that was left unfinished, or a new one from `overlap` before the watermark.
    pub fn window_at(&self, now: Timestamp, overlap: SignedDuration) -> PollWindow {
        if let Some(window) = &self.window
            && now.duration_since(window.to) < WINDOW_STALE
        {
            return window.clone();
        }
        let from = match self.watermark {
            Some(watermark) if is_ahead(watermark, now) => now.saturating_sub(LOOK_BACK_AFTER_JUMP),
            Some(watermark) => watermark.saturating_sub(overlap),
            None => now.saturating_sub(FIRST_LOOK_BACK),
        };
        PollWindow::new(from.unwrap_or(Timestamp::MIN), now)
    }

    /// Mends what a clock that was ahead has stored. True when there was anything.
    pub fn mend_times(&mut self, now: Timestamp) -> bool {
        let before = self.clone();
        let longest = now.saturating_add(NEXT_MAX).unwrap_or(Timestamp::MAX);
        if self.decided_at.map_or(self.next_at > longest, |at| is_ahead(at, now)) {
            (self.next_at, self.decided_at) = (now, None);
        }
        self.window = self.window.take().filter(|window| !is_ahead(window.to, now));
        self.counted_at = self.counted_at.filter(|at| !is_ahead(*at, now));
        let missed = self.webhooks_missed_since;
        self.webhooks_missed_since = missed.map(|at| if is_ahead(at, now) { now } else { at });
        if let Some(unread) = &mut self.unread {
            unread.place = unread.place.take().filter(|place| !is_ahead(place.at, now));
        }
        *self != before
    }

    /// Notes what a finished poll said of the webhooks: `told` changes were told by one, `missed` were not.
    pub fn judge_webhooks(&mut self, told: usize, missed: usize, now: Timestamp) {
        if missed > 0 {
            self.webhooks_missed_since.get_or_insert(now);
        } else if told > 0 {
            self.webhooks_missed_since = None;
        }
    }

    /// The pause until the next poll, when all is well.
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
