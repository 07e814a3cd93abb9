//! A window of which a page can't be read: it is halved until the one second is left that holds the order at fault, so
//! that this order costs itself alone. Bounds of update times are all that a search is sure to keep to: the page tokens are
//! TikTok's own.

use jiff::Timestamp;

use super::Window;

/// What is read instead of a window of which a page can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Narrowed {
    /// The first half of what is left of it; the rest follows.
    Half(Window),
    /// The one second that is left of it. What can't be read of it is passed over.
    Second(Window),
}

impl Window {
    /// What to read instead of it, after a page of it could not be read.
    pub fn narrowed(&self) -> Narrowed {
        // What changed in the second of the last order that was read may be on the page, too.
        let from = self.read_until.filter(|read| *read > self.from).unwrap_or(self.from);
        let seconds = self.to.as_second().saturating_sub(from.as_second());
        let middle = Timestamp::from_second(from.as_second().saturating_add(seconds / 2));
        match middle {
            Ok(middle) if seconds > 1 => {
                let until = Some(self.until.unwrap_or(self.to));
                Narrowed::Half(Self { until, ..Self::new(from, middle) })
            }
            _ => Narrowed::Second(Self { until: self.until, ..Self::new(from, self.to) }),
        }
    }

    /// What follows it, when it is a part.
    pub(super) fn next(&self) -> Option<Self> {
        self.until.filter(|until| *until > self.to).map(|until| Self::new(self.to, until))
    }
}
