//! Ranges that a search did not show completely, and polls that fail: both are retried, less and less often, while new windows
//! are read as usual.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{PAGES_MAX, PollState, PollWindow, WINDOW_STALE};
use crate::paging::PagingFault;

/// The pause before an unread range is read again for the first time; it doubles.
const AGAIN_FIRST: SignedDuration = SignedDuration::from_secs(10);
/// The pause after the first failed poll; it doubles.
const FAILED_FIRST: SignedDuration = SignedDuration::from_secs(30);
/// The longest pause, unless the shop is polled less often anyway.
const PAUSE_MAX: SignedDuration = SignedDuration::from_mins(5);
/// How often the limit on pages is doubled when an unread range is read again.
const DOUBLED_MAX: u32 = 5;

/// A range of update times that a search did not show completely.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadRange {
    /// Update times from, inclusive.
    pub from: Timestamp,
    pub to: Timestamp,
    /// What was wrong the last time.
    pub fault: PagingFault,
    /// How often it could not be read completely.
    pub tries: u32,
    /// Where the last attempt stopped without a fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<ReadPosition>,
    /// What that attempt has skipped so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_over: Option<TimeRange>,
}

/// A range of update times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl TimeRange {
    /// The shortest range that contains both.
    fn with(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }
}

/// Where an attempt stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPosition {
    /// The window, with its next page.
    pub window: PollWindow,
    pub at: Timestamp,
}

impl UnreadRange {
    /// The window to read: from where the last attempt stopped, or all of it.
    pub fn window(&self, now: Timestamp) -> PollWindow {
        match &self.place {
            Some(place) if now.duration_since(place.at) < WINDOW_STALE => place.window.clone(),
            _ => PollWindow::new(self.from, self.to),
        }
    }

    /// How many pages the next attempt may read: more each time, because many orders may share one second.
    pub fn pages_max(&self) -> u32 {
        PAGES_MAX << self.tries.min(DOUBLED_MAX)
    }
}

/// Consecutive failed polls: TikTok did not answer, or not in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollFailures {
    pub since: Timestamp,
    pub count: u32,
}

/// How reading a window ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadOutcome {
    Complete,
    OutOfTime,
    /// A page can't be read: the window was replaced by a narrower one.
    Narrowed,
    /// The search can't be trusted.
    Broken(PagingFault),
}

/// If the rate limit keeps a poll from finishing for this long, people have to know.
const PAUSED_LONG: SignedDuration = SignedDuration::from_mins(5);

impl PollState {
    /// Records how reading a new window ended. Returns the window to continue with, if there is one.
    ///
    /// **Invariant:** the watermark passes only what was read or is recorded as unread.
    pub fn window_ended(&mut self, window: &PollWindow, ended: ReadOutcome) -> Option<PollWindow> {
        let rest = match ended {
            ReadOutcome::Complete => window.next(),
            ReadOutcome::OutOfTime => {
                self.window = Some(window.clone());
                return None;
            }
            ReadOutcome::Narrowed => Some(window.clone()),
            ReadOutcome::Broken(PagingFault::TooManyPages) if window.rest().is_some() => {
                // If the last order lies past the end of the window, all of it has been read.
                window.rest().filter(|rest| rest.from < rest.to).or_else(|| window.next())
            }
            ReadOutcome::Broken(fault) => {
                self.add_unread(TimeRange { from: window.from, to: window.to }, fault);
                window.next()
            }
        };
        self.watermark = Some(rest.as_ref().map_or(window.to, |rest| rest.from));
        self.window = rest.clone();
        rest
    }

    /// Records a range of a new window that was skipped because it can't be read.
    pub fn pass_over(&mut self, span: TimeRange) {
        self.add_unread(span, PagingFault::Unreadable);
    }

    /// Records a range that another attempt at the unread range has skipped.
    pub fn pass_over_again(&mut self, span: TimeRange) {
        if let Some(unread) = &mut self.unread {
            unread.passed_over = Some(unread.passed_over.map_or(span, |before| before.with(span)));
        }
    }

    fn add_unread(&mut self, span: TimeRange, fault: PagingFault) {
        let known = self.unread.take();
        let TimeRange { from, to } =
            known.as_ref().map_or(span, |known| TimeRange { from: known.from, to: known.to }.with(span));
        let tries = known.map_or(0, |known| known.tries).saturating_add(1);
        self.unread = Some(UnreadRange { from, to, fault, tries, place: None, passed_over: None });
    }

    /// Records how another attempt at the unread range ended. Returns the window to continue with at once. An attempt counts
    /// as failed from its start ([`PollState::try_unread`]), so that one that dies is not repeated at once.
    pub fn unread_ended(
        &mut self,
        window: &PollWindow,
        ended: ReadOutcome,
        now: Timestamp,
    ) -> Option<PollWindow> {
        self.unread_page(window, now);
        let unread = self.unread.as_mut()?;
        let cut = match ended {
            ReadOutcome::Complete => window.next(),
            ReadOutcome::OutOfTime => {
                unread.tries = unread.tries.saturating_sub(1);
                return None;
            }
            ReadOutcome::Narrowed => return Some(window.clone()),
            ReadOutcome::Broken(PagingFault::TooManyPages) if window.rest().is_some() => {
                window.rest().filter(|rest| rest.from < rest.to).or_else(|| window.next())
            }
            ReadOutcome::Broken(fault) => {
                unread.fault = fault;
                unread.place = None;
                unread.passed_over = None;
                return None;
            }
        };
        match (&cut, unread.passed_over.take()) {
            (None, None) => self.unread = None,
            (None, Some(TimeRange { from, to })) => {
                let fault = PagingFault::Unreadable;
                *unread =
                    UnreadRange { from, to, fault, tries: unread.tries, place: None, passed_over: None };
            }
            // What was skipped lies before the rest.
            (Some(rest), Some(passed_over)) => {
                unread.passed_over = Some(passed_over);
                unread.place = Some(ReadPosition { window: rest.clone(), at: now });
            }
            (Some(rest), None) => {
                unread.from = rest.from;
                unread.place = None;
                unread.tries = 1;
            }
        }
        cut
    }

    /// Records that the unread range has been read up to the next page of `window`.
    pub fn unread_page(&mut self, window: &PollWindow, now: Timestamp) {
        if let Some(unread) = &mut self.unread {
            unread.place = Some(ReadPosition { window: window.clone(), at: now });
        }
    }

    /// Counts another attempt at the unread range and returns the range.
    pub fn try_unread(&mut self, now: Timestamp) -> Option<UnreadRange> {
        let unread = self.unread.as_mut()?;
        if unread.window(now) == PollWindow::new(unread.from, unread.to) {
            unread.passed_over = None;
        }
        let found = unread.clone();
        unread.tries = unread.tries.saturating_add(1);
        Some(found)
    }

    /// A poll has finished: the next one comes after `interval`, or after a pause that doubles while something is unread.
    pub fn polled(&mut self, interval: SignedDuration, now: Timestamp) {
        self.failing = None;
        let pause = match &self.unread {
            Some(unread) => doubled(AGAIN_FIRST, unread.tries).min(PAUSE_MAX.max(interval)),
            None => interval,
        };
        self.decide(pause, now);
    }

    /// A poll has stopped early without a fault: the next one continues at once.
    pub fn stopped(&mut self, now: Timestamp) {
        self.failing = None;
        self.decide(SignedDuration::ZERO, now);
    }

    /// TikTok accepts no more calls for the shop for now: the poll continues after this time. True if no poll has finished for
    /// so long that people have to know: no new order is seen meanwhile.
    pub fn paused(&mut self, after: SignedDuration, now: Timestamp) -> bool {
        let since = self.failing.get_or_insert(PollFailures { since: now, count: 0 }).since;
        self.decide(after, now);
        now.duration_since(since) >= PAUSED_LONG
    }

    /// A poll has failed: the next one comes after a pause that doubles, starting with `interval` if that is shorter.
    pub fn failed(&mut self, interval: SignedDuration, now: Timestamp) {
        let failing = self.failing.get_or_insert(PollFailures { since: now, count: 0 });
        failing.count = failing.count.saturating_add(1);
        let pause = doubled(FAILED_FIRST.min(interval), failing.count).min(PAUSE_MAX);
        self.decide(pause, now);
    }

    fn decide(&mut self, pause: SignedDuration, now: Timestamp) {
        self.next_at = crate::time::later(now, pause);
        self.decided_at = Some(now);
    }
}

fn doubled(first: SignedDuration, times: u32) -> SignedDuration {
    let factor = 1_i32.checked_shl(times.saturating_sub(1).min(16)).unwrap_or(i32::MAX);
    first.saturating_mul(factor)
}
