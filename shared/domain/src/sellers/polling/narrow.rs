//! A window of which a page can't be read: it is halved until the one second is left that holds the order at fault, so
//! that this order costs itself alone. Bounds of update times are all that a search is sure to keep to: the page tokens are
//! TikTok's own.

use jiff::Timestamp;

use super::PollWindow;

/// What is read instead of a window of which a page can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NarrowedWindow {
    /// The first half of what is left of it; the rest follows.
    Half(PollWindow),
    /// The one second that is left of it. What can't be read of it is passed over.
    Second(PollWindow),
}

impl PollWindow {
    /// What to read instead of it, after a page of it could not be read.
    pub fn narrowed(&self) -> NarrowedWindow {
        // What changed in the second of the last order that was read may be on the page, too.
        let from = self.read_until.filter(|read| *read > self.from).unwrap_or(self.from);
        let seconds = self.to.as_second().saturating_sub(from.as_second());
        let middle = Timestamp::from_second(from.as_second().saturating_add(seconds / 2));
        match middle {
            Ok(middle) if seconds > 1 => {
                let until = self.until.iter().copied().chain([self.to]).collect();
                NarrowedWindow::Half(Self { until, ..Self::new(from, middle) })
            }
            _ => NarrowedWindow::Second(Self { until: self.until.clone(), ..Self::new(from, self.to) }),
        }
    }

    /// What follows it, when it is a part: the rest of the smallest window that it is a part of.
    pub(super) fn next(&self) -> Option<Self> {
        let mut until = self.until.clone();
        let to = until.pop()?;
        Some(Self { until, ..Self::new(self.to, to) })
    }
}
