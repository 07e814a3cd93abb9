//! Why an alarm was raised: what the exceptions of its orders say, equal ones counted together.

use serde::{Deserialize, Serialize};

use crate::alarm::AlarmKind;
use crate::exception::Exception;

/// How many causes an alarm names.
const NAMED_MAX: usize = 5;
/// The longest text of a cause, in characters.
const TEXT_MAX: usize = 400;

/// A cause, and how many of the alarm's orders have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmCause {
    pub what: String,
    pub orders: usize,
}

/// The detail of the open exception that an alarm of `kind` is about. `None` for a deadline, whose reason is stored with
/// it.
pub fn cause_of(kind: AlarmKind, exceptions: &[Exception]) -> Option<&str> {
    let AlarmKind::Exception(kind) = kind else { return None };
    let open = exceptions.iter().rev().find(|e| e.kind == kind && e.closed_at.is_none());
    open.map(|exception| exception.detail.as_str()).filter(|detail| !detail.is_empty())
}

impl AlarmCause {
    /// Counts equal texts, the most frequent first; if there are many, the rare ones are left out.
    pub fn count(details: impl IntoIterator<Item = String>) -> Vec<Self> {
        let mut causes: Vec<Self> = Vec::new();
        for detail in details {
            let what = shortened(detail);
            match causes.iter_mut().find(|cause| cause.what == what) {
                Some(cause) => cause.orders += 1,
                None => causes.push(Self { what, orders: 1 }),
            }
        }
        causes.sort_by_key(|cause| std::cmp::Reverse(cause.orders));
        causes.truncate(NAMED_MAX);
        causes
    }
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(TEXT_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
