//! How far our clock is off, by the time of TikTok's answers.

use std::sync::{Arc, Mutex, PoisonError};

use domain::Timestamp;
use jiff::SignedDuration;
use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap};

/// The difference between our clock and the latest answer's. Clones share it.
#[derive(Clone, Default)]
pub struct ClockOffset(Arc<Mutex<Option<SignedDuration>>>);

impl ClockOffset {
    /// Records the `Date` of an answer that arrived at `now`. One that cannot be parsed is ignored.
    pub fn note(&self, headers: &HeaderMap, now: Timestamp) {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        if let Some(theirs) = date.and_then(|date| rfc2822::DateTimeParser::new().parse_timestamp(date).ok())
        {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(now.duration_since(theirs));
        }
    }

    /// How far our clock is ahead of TikTok's, once an answer has told.
    pub fn ahead(&self) -> Option<SignedDuration> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use jiff::SignedDuration;
    use reqwest::header::{DATE, HeaderMap};

    use super::ClockOffset;

    #[test]
    fn compares_our_clock_with_the_answers() {
        let now: Timestamp = "1994-11-06T08:52:37Z".parse().unwrap();
        let offset = ClockOffset::default();
        let mut headers = HeaderMap::new();
        offset.note(&headers, now);
        assert_eq!(offset.ahead(), None);
        headers.insert(DATE, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        offset.note(&headers, now);
        assert_eq!(offset.ahead(), Some(SignedDuration::from_mins(3)));
        headers.insert(DATE, "soon".parse().unwrap());
        offset.note(&headers, now);
        assert_eq!(offset.ahead(), Some(SignedDuration::from_mins(3)));
    }
}
