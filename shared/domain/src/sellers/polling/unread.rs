//! What a search did not show to its end, and polls that fail: both are tried again, ever more rarely, while new windows
//! are read as always.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{PAGES_MAX, PollState, PollWindow, WINDOW_STALE};
use crate::paging::PagingFault;

/// The pause before what is unread is read again for the first time; it doubles.
const AGAIN_FIRST: SignedDuration = SignedDuration::from_secs(10);
/// The pause after the first poll that failed; it doubles.
const FAILED_FIRST: SignedDuration = SignedDuration::from_secs(30);
/// The longest pause, unless the shop is polled more rarely anyway.
const PAUSE_MAX: SignedDuration = SignedDuration::from_mins(5);
/// How often the pages of a reading are doubled when what is unread is read again.
const DOUBLED_MAX: u32 = 5;

/// Changes that a search did not show to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadRange {
    /// Update times from, inclusive.
    pub from: Timestamp,
    /// To, exclusive.
    pub to: Timestamp,
    /// What was wrong with the search the last time.
    pub fault: PagingFault,
    /// How often the search has broken.
    pub tries: u32,
    /// Where the last reading of it stopped, without a fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<ReadPosition>,
    /// What the reading has passed over up to there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_over: Option<TimeRange>,
}

/// A range of update times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// From, inclusive.
    pub from: Timestamp,
    /// To, exclusive.
    pub to: Timestamp,
}

impl TimeRange {
    /// The shortest span that holds both.
    fn with(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }
}

/// Where a reading stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPosition {
    /// The window, with its next page.
    pub window: PollWindow,
    /// When it stopped there.
    pub at: Timestamp,
}

impl UnreadRange {
    /// The window to read again: where the last reading stopped, or all of it.
    pub fn window(&self, now: Timestamp) -> PollWindow {
        match &self.place {
            Some(place) if now.duration_since(place.at) < WINDOW_STALE => place.window.clone(),
            _ => PollWindow::new(self.from, self.to),
        }
    }

    /// How many pages the next reading may have: more each time, as many orders may share one second.
    pub fn pages_max(&self) -> u32 {
        PAGES_MAX << self.tries.min(DOUBLED_MAX)
    }
}

/// Polls in a row that failed: TikTok did not answer, or not in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollFailures {
    /// Since when.
    pub since: Timestamp,
    /// How many.
    pub count: u32,
}

/// How the reading of a window ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadOutcome {
    /// All of it was read.
    Complete,
    /// The time was over.
    OutOfTime,
    /// A page can't be read: the window was replaced by a narrower one.
    Narrowed,
    /// The search cannot be trusted.
    Broken(PagingFault),
}

/// A poll that finds no turn for so long is no longer a matter of pace.
const PAUSED_LONG: SignedDuration = SignedDuration::from_mins(5);

impl PollState {
    /// Notes how the reading of a new window ended; the window to go on with, if it is one that is cut.
    ///
    /// **Invariant:** the watermark passes only what was read or is noted as unread.
    pub fn window_ended(&mut self, window: &PollWindow, ended: ReadOutcome) -> Option<PollWindow> {
        let rest = match ended {
            ReadOutcome::Complete => window.next(),
            ReadOutcome::OutOfTime => {
                self.window = Some(window.clone());
                return None;
            }
            ReadOutcome::Narrowed => Some(window.clone()),
            ReadOutcome::Broken(PagingFault::TooManyPages) if window.rest().is_some() => {
                // A reading that has passed the end of its window has read all of it.
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

    /// Notes what the reading of a new window passed over because it can't be read.
    pub fn pass_over(&mut self, span: TimeRange) {
        self.add_unread(span, PagingFault::Unreadable);
    }

    /// Notes what another reading of what is unread passed over.
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

    /// Notes how another reading of what is unread ended; the window to go on with at once. It counts as one more try
    /// that broke from its beginning on ([`PollState::try_unread`]), so that one that dies is not repeated at once.
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
            // What was passed over lies before the rest.
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

    /// Notes that the pages of what is unread have been read up to the next page of `window`.
    pub fn unread_page(&mut self, window: &PollWindow, now: Timestamp) {
        if let Some(unread) = &mut self.unread {
            unread.place = Some(ReadPosition { window: window.clone(), at: now });
        }
    }

    /// Counts another try to read what is unread, which is returned.
    pub fn try_unread(&mut self, now: Timestamp) -> Option<UnreadRange> {
        let unread = self.unread.as_mut()?;
        if unread.window(now) == PollWindow::new(unread.from, unread.to) {
            unread.passed_over = None;
        }
        let found = unread.clone();
        unread.tries = unread.tries.saturating_add(1);
        Some(found)
    }

    /// A poll has come to its end: the next one comes after `interval`, or after a pause that doubles while something is
    /// unread.
    pub fn polled(&mut self, interval: SignedDuration, now: Timestamp) {
        self.failing = None;
        let pause = match &self.unread {
            Some(unread) => doubled(AGAIN_FIRST, unread.tries).min(PAUSE_MAX.max(interval)),
            None => interval,
        };
        self.decide(pause, now);
    }

    /// A poll has stopped before its end, without a fault: the next one goes on at once.
    pub fn stopped(&mut self, now: Timestamp) {
        self.failing = None;
        self.decide(SignedDuration::ZERO, now);
    }

    /// TikTok takes no more calls for the shop for now: the poll goes on after this time. True when no poll has come to its
    /// end for so long that people are to hear of it: no new order is seen.
    pub fn paused(&mut self, after: SignedDuration, now: Timestamp) -> bool {
        let since = self.failing.get_or_insert(PollFailures { since: now, count: 0 }).since;
        self.decide(after, now);
        now.duration_since(since) >= PAUSED_LONG
    }

    /// A poll has failed: the next one comes after a pause that doubles, and begins with no more than `interval` where
    /// that is short.
    pub fn failed(&mut self, interval: SignedDuration, now: Timestamp) {
        let failing = self.failing.get_or_insert(PollFailures { since: now, count: 0 });
        failing.count = failing.count.saturating_add(1);
        let pause = doubled(FAILED_FIRST.min(interval), failing.count).min(PAUSE_MAX);
        self.decide(pause, now);
    }

    fn decide(&mut self, pause: SignedDuration, now: Timestamp) {
        self.next_at = later(now, pause);
        self.decided_at = Some(now);
    }
}

fn doubled(first: SignedDuration, times: u32) -> SignedDuration {
    let factor = 1_i32.checked_shl(times.saturating_sub(1).min(16)).unwrap_or(i32::MAX);
    first.saturating_mul(factor)
}

fn later(now: Timestamp, pause: SignedDuration) -> Timestamp {
    now.saturating_add(pause).unwrap_or(Timestamp::MAX)
}
