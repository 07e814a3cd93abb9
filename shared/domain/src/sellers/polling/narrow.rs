//! A window with a page that can't be read is halved until only the second with the order at fault is left, so that no other
//! order is affected. Only the bounds of update times can be relied on for that: page tokens are opaque.

use jiff::Timestamp;

use super::PollWindow;

/// What is read instead of a window with a page that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NarrowedWindow {
    /// The first half of what is left; the rest follows.
    Half(PollWindow),
    /// The one second that is left. What can't be read of it is skipped.
    Second(PollWindow),
}

impl PollWindow {
    /// What to read instead, after one of its pages could not be read.
    pub fn narrowed(&self) -> NarrowedWindow {
        // The page may also have orders that changed within the same second as the last order that was read.
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

    /// True for a part of a window of which a page could not be read.
    pub fn is_narrowed(&self) -> bool {
        !self.until.is_empty()
    }

    /// What follows a part: the rest of the smallest window that it is a part of.
    pub(super) fn next(&self) -> Option<Self> {
        let mut until = self.until.clone();
        let to = until.pop()?;
        Some(Self { until, ..Self::new(self.to, to) })
    }
}
