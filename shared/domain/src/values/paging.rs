//! Reading somebody else's list page by page, so that no answer of theirs can keep the reader going forever.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a list cannot be read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PagingFault {
    /// A page names an earlier page as the next one.
    RepeatedPage,
    /// A page has no new entries, and still names a next one.
    NothingNew,
    /// There are more pages than the reader may read.
    TooManyPages,
    /// There is no next page, although fewer entries were shown than the list is said to have.
    EndsEarly,
    /// A page, or an order on it that shows no id, can't be read.
    Unreadable,
}

impl fmt::Display for PagingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RepeatedPage => "a page leads back to an earlier one",
            Self::NothingNew => "further pages hold nothing new",
            Self::TooManyPages => "there are too many pages",
            Self::EndsEarly => "fewer orders were shown than counted",
            Self::Unreadable => "some of its answers can't be read",
        })
    }
}

/// What to do after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageStep {
    /// Read the page with this token.
    Next(String),
    End,
    /// The list can't be read to its end. What was read so far counts.
    Broken(PagingFault),
}

/// Keeps track of a list that is being read. `K` tells entries apart.
#[derive(Debug)]
pub struct PageReader<K> {
    pages_max: u32,
    pages: u32,
    tokens: BTreeSet<String>,
    seen: BTreeSet<K>,
    /// Entries that an earlier process has read.
    seen_before: u64,
}

impl<K: Ord> PageReader<K> {
    /// Starts reading, for at most `pages_max` pages.
    pub fn new(pages_max: u32) -> Self {
        Self { pages_max, pages: 0, tokens: BTreeSet::new(), seen: BTreeSet::new(), seen_before: 0 }
    }

    /// Continues at the page with `token`, after `pages` pages with `entries` entries.
    pub fn resumed(pages_max: u32, token: String, pages: u32, entries: u64) -> Self {
        let tokens = BTreeSet::from([token]);
        Self { pages_max, pages, tokens, seen: BTreeSet::new(), seen_before: entries }
    }

    /// Takes a page: its entries, the token of the next page (`None` or empty after the last one), and how many entries the
    /// whole list is said to have, if that is known.
    pub fn page(
        &mut self,
        entries: impl IntoIterator<Item = K>,
        next: Option<&str>,
        total: Option<u64>,
    ) -> PageStep {
        let before = self.seen.len();
        self.seen.extend(entries);
        self.pages = self.pages.saturating_add(1);
        let Some(next) = next.filter(|token| !token.trim().is_empty()) else {
            let is_short = total.is_some_and(|total| self.entries() < total);
            return if is_short { PageStep::Broken(PagingFault::EndsEarly) } else { PageStep::End };
        };
        if !self.tokens.insert(next.to_owned()) {
            return PageStep::Broken(PagingFault::RepeatedPage);
        }
        if self.seen.len() == before {
            return PageStep::Broken(PagingFault::NothingNew);
        }
        if self.pages >= self.pages_max {
            return PageStep::Broken(PagingFault::TooManyPages);
        }
        PageStep::Next(next.to_owned())
    }

    /// How many pages were read.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// How many different entries were seen.
    pub fn entries(&self) -> u64 {
        let seen = u64::try_from(self.seen.len()).unwrap_or(u64::MAX);
        self.seen_before.saturating_add(seen)
    }
}
