//! The calls that arrived.

use std::collections::BTreeMap;

use super::CallKind;

/// One call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallRecord {
    pub kind: CallKind,
    /// Its place among all calls of the server, from 1.
    pub seq: u64,
    /// Its place among the calls of its kind, from 1.
    pub nth: u64,
}

/// All calls of a server, in the order of their arrival.
#[derive(Debug, Clone, Default)]
pub struct CallLog {
    records: Vec<CallRecord>,
    counts: BTreeMap<CallKind, u64>,
}

impl CallLog {
    /// The calls.
    pub fn records(&self) -> &[CallRecord] {
        &self.records
    }

    /// How many calls of each kind arrived.
    pub fn counts(&self) -> &BTreeMap<CallKind, u64> {
        &self.counts
    }

    /// How many calls of a kind arrived.
    pub fn count(&self, kind: CallKind) -> u64 {
        self.counts.get(&kind).copied().unwrap_or(0)
    }

    pub(crate) fn push(&mut self, kind: CallKind) -> CallRecord {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let record = CallRecord { kind, seq: self.records.len() as u64 + 1, nth: *count };
        self.records.push(record);
        record
    }
}
