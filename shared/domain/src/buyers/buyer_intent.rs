//! What a buyer's message asks for, as far as it makes an order urgent: shipping, cancellation, another address.
//!
//! Keywords decide, not a model: anyone can read and fix the phrases in `buyer_intent/intent_phrases.json`, and the same
//! message always gives the same answer. No part of a message is stored, shown or put into an error.

mod fold;
mod rules;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub use rules::{IntentRules, IntentRulesError, PhraseLanguage};

/// What a message asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuyerIntent {
    /// Where is it, when will it ship, please hurry.
    AsksWhereOrderIs,
    /// The order is no longer wanted.
    AsksToCancel,
    /// The address is wrong or has changed.
    CorrectsAddress,
    Other,
}

impl BuyerIntent {
    /// Those that make an order urgent, the most urgent first: a label for a cancelled order or a wrong address is money
    /// lost, whereas a buyer who asks only loses patience.
    const BY_URGENCY: [Self; 3] = [Self::AsksToCancel, Self::CorrectsAddress, Self::AsksWhereOrderIs];
}

/// The most urgent thing that a buyer's message asks for, by the rules that are compiled in.
pub fn judge(text: &str) -> BuyerIntent {
    static RULES: LazyLock<Option<IntentRules>> = LazyLock::new(|| IntentRules::built_in().ok());
    // They are parsed at the first message: a start must be quick. That they can be parsed is tested.
    RULES.as_ref().map_or(BuyerIntent::Other, |rules| rules.judge(text))
}
