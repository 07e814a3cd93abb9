//! Why an alarm is told: what the exceptions of its orders say, equal ones together.

use serde::{Deserialize, Serialize};

use crate::alarm::AlarmKind;
use crate::exception::Exception;

/// How many causes an alarm names.
const NAMED: usize = 5;
/// How long the text of a cause may be, in characters.
const LONG: usize = 400;

/// A cause, and how many of the alarm's orders have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// In words, without personal data.
    pub what: String,
    /// The orders.
    pub orders: usize,
}

/// What the open exception says that an alarm of `kind` tells of. `None` for a deadline, which has its own reason.
pub fn cause_of(kind: AlarmKind, exceptions: &[Exception]) -> Option<&str> {
    let AlarmKind::Exception(kind) = kind else { return None };
    let open = exceptions.iter().rev().find(|e| e.kind == kind && e.closed_at.is_none());
    open.map(|exception| exception.detail.as_str()).filter(|detail| !detail.is_empty())
}

impl Cause {
    /// Counts equal texts, the most frequent first; the rare ones are left out when there are many.
    pub fn count(details: impl IntoIterator<Item = String>) -> Vec<Self> {
        let mut causes: Vec<Self> = Vec::new();
        for detail in details {
            let what = cut(detail);
            match causes.iter_mut().find(|cause| cause.what == what) {
                Some(cause) => cause.orders += 1,
                None => causes.push(Self { what, orders: 1 }),
            }
        }
        causes.sort_by_key(|cause| std::cmp::Reverse(cause.orders));
        causes.truncate(NAMED);
        causes
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
