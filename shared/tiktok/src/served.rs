//! How far our clock is from that of TikTok's answers.

use std::sync::{Arc, Mutex, PoisonError};

use domain::Timestamp;
use jiff::SignedDuration;
use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap};

/// What the latest answer said of the time. Clones share it.
#[derive(Clone, Default)]
pub struct Served(Arc<Mutex<Option<SignedDuration>>>);

impl Served {
    /// Notes the `Date` of an answer that came at `now`. One that can't be read says nothing.
    pub fn note(&self, headers: &HeaderMap, now: Timestamp) {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        if let Some(theirs) = date.and_then(|date| rfc2822::DateTimeParser::new().parse_timestamp(date).ok())
        {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(now.duration_since(theirs));
        }
    }

    /// How far our clock is ahead of TikTok's, if an answer has told.
    pub fn ahead(&self) -> Option<SignedDuration> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use jiff::SignedDuration;
    use reqwest::header::{DATE, HeaderMap};

    use super::Served;

    #[test]
    fn compares_the_clocks_of_answers() {
        let now: Timestamp = "1994-11-06T08:52:37Z".parse().unwrap();
        let served = Served::default();
        let mut headers = HeaderMap::new();
        served.note(&headers, now);
        assert_eq!(served.ahead(), None);
        headers.insert(DATE, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        served.note(&headers, now);
        assert_eq!(served.ahead(), Some(SignedDuration::from_mins(3)));
        headers.insert(DATE, "soon".parse().unwrap());
        served.note(&headers, now);
        assert_eq!(served.ahead(), Some(SignedDuration::from_mins(3)));
    }
}
