//! What was done about a purchase and what came of it: the state alone says where it stands, not how it got there.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Purchase, PurchaseEvent};

/// The most entries: the first one, which says when it began, and the latest.
const ENTRIES_MAX: usize = 10;
/// The longest answer that is kept, in characters: a journal is stored with its order.
const ANSWER_CHARS_MAX: usize = 120;

/// One thing that happened to a purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    pub at: Timestamp,
    pub step: PurchaseStep,
    /// What the account answered, or why there is no answer; without personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// The kinds of what happens to a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseStep {
    Asked,
    NotSent,
    Bought,
    Rejected,
    NoAnswer,
    ProvenAbsent,
    RuledOut,
}

impl PurchaseStep {
    fn words(self) -> &'static str {
        match self {
            Self::Asked => "asked to sell",
            Self::NotSent => "not carried out",
            Self::Bought => "sold",
            Self::Rejected => "refused",
            Self::NoAnswer => "no clear answer",
            Self::ProvenAbsent => "shows no purchase",
            Self::RuledOut => "ruled out by a person",
        }
    }
}

impl JournalEntry {
    pub(super) fn new(event: &PurchaseEvent, at: Timestamp) -> Self {
        let (step, answer) = match event {
            PurchaseEvent::Start { .. } => (PurchaseStep::Asked, None),
            PurchaseEvent::NotSent { why } => (PurchaseStep::NotSent, Some(why)),
            PurchaseEvent::Bought => (PurchaseStep::Bought, None),
            // The state holds the reason.
            PurchaseEvent::Rejected { .. } => (PurchaseStep::Rejected, None),
            PurchaseEvent::Lost { why } => (PurchaseStep::NoAnswer, Some(why)),
            PurchaseEvent::ProvenAbsent => (PurchaseStep::ProvenAbsent, None),
            PurchaseEvent::RuledOut => (PurchaseStep::RuledOut, None),
        };
        Self { at, step, answer: answer.map(|text| text.chars().take(ANSWER_CHARS_MAX).collect()) }
    }
}

pub(super) fn note(journal: &mut Vec<JournalEntry>, entry: JournalEntry) {
    if journal.len() >= ENTRIES_MAX {
        journal.remove(1);
    }
    journal.push(entry);
}

impl Purchase {
    /// The purchase and all that is known of its course, for people, on one line.
    pub fn pretty(&self) -> String {
        let quote = &self.chosen.quote;
        let mut line = format!(
            "{} for {} at {}, reference {}",
            quote.service,
            quote.cost,
            quote.account,
            self.reference()
        );
        let mut separator = ": ";
        for JournalEntry { at, step, answer } in &self.journal {
            let _ = write!(line, "{separator}{} {}", at.strftime("%Y-%m-%d %H:%M:%S"), step.words());
            if let Some(answer) = answer {
                let _ = write!(line, " ({answer})");
            }
            separator = "; ";
        }
        line
    }
}
