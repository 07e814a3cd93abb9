//! When a shop is polled, and for which window.

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

/// How far back the first poll of a new shop looks: longer than the longest handling time, 60 days for a pre-order in the
/// United States, plus its dispatch.
pub const FIRST_LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 75);

/// How far back a poll looks if its watermark lies in the future. The clock was ahead when it was stored, but TikTok rejects
/// calls that are more than half a minute ahead, so nothing older can have been missed.
const LOOK_BACK_AFTER_JUMP: SignedDuration = SignedDuration::from_hours(24);

/// A next poll that is further ahead was scheduled before the clock was set back.
const NEXT_MAX: SignedDuration = SignedDuration::from_hours(1);

/// A window that has not been finished by then is started again: page tokens are opaque and may have expired.
const WINDOW_STALE: SignedDuration = SignedDuration::from_mins(30);

/// The webhook of a more recent change may still be on its way: TikTok repeats a failed one after 2 minutes, but a
/// delivered one arrives within seconds.
pub const WEBHOOK_GRACE: SignedDuration = SignedDuration::from_secs(60);

/// The most pages that are read at once. A longer window is cut there, and the rest is read as a window of its own, so that no
/// page is read twice.
pub const PAGES_MAX: u32 = 20;

/// A range of `update_time` that is being read, page by page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollWindow {
    pub from: Timestamp,
    pub to: Timestamp,
    /// The next page; `None` for the first.
    pub page_token: Option<String>,
    /// How many pages have been read.
    #[serde(default)]
    pub pages: u32,
    /// How many orders were on them.
    #[serde(default)]
    pub orders: u64,
    /// The update time of the last order on them, as long as they are sorted by update time: everything before it has been
    /// read.
    #[serde(default)]
    pub read_until: Option<Timestamp>,
    /// The ends of the windows that this one is a part of, the smallest last: one of their pages could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub until: Vec<Timestamp>,
}

impl PollWindow {
    /// A window of which nothing has been read yet.
    pub fn new(from: Timestamp, to: Timestamp) -> Self {
        // A clock that was set back must not reverse it.
        let until = Vec::new();
        Self { from: from.min(to), to, page_token: None, pages: 0, orders: 0, read_until: None, until }
    }

    /// Records the update times of a page, in the order in which they came.
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

    /// What is left of it if its pages end early: from the last update time on, if that lies within it.
    fn rest(&self) -> Option<Self> {
        let from = self.read_until.filter(|read| *read > self.from)?;
        Some(Self { until: self.until.clone(), ..Self::new(from, self.to) })
    }
}

/// Where polling of a shop stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollState {
    /// All changes before this instant have been read, except those in `unread`.
    pub watermark: Option<Timestamp>,
    /// The window that is being read.
    pub window: Option<PollWindow>,
    /// When the shop is polled next.
    pub next_at: Timestamp,
    /// When that was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// Orders created in the last seven days, by TikTok's own count.
    pub orders_in_7_days: u64,
    /// When they were counted.
    pub counted_at: Option<Timestamp>,
    /// Since when polls have found changes for which no webhook arrived.
    pub webhooks_missed_since: Option<Timestamp>,
    /// What could not be read completely and is read again.
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

    /// Corrects times that were stored while the clock was ahead. True if there were any.
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

    /// Records what a finished poll shows about webhooks: one had arrived for `told` changes, and none for `missed` ones.
    pub fn judge_webhooks(&mut self, told: usize, missed: usize, now: Timestamp) {
        if missed > 0 {
            self.webhooks_missed_since.get_or_insert(now);
        } else if told > 0 {
            self.webhooks_missed_since = None;
        }
    }

    /// The pause until the next poll if all is well.
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
