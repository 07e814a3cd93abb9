//! What a buyer's message asks for, as far as it makes an order urgent: shipment, cancellation, another address.
//!
//! Keywords decide, not a model: the phrases stand in `buyer_intent/intent_phrases.json`, each can be read and mended, and the
//! same message always gives the same answer. Nothing of a message is kept, shown or put into an error.

mod fold;
mod rules;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

pub use rules::{IntentRules, IntentRulesError, PhraseLanguage};

/// What a message asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuyerIntent {
    /// Where is it, when will it be shipped, hurry.
    AsksWhereOrderIs,
    /// The order is no longer wanted.
    AsksToCancel,
    /// The address of the order is wrong or has changed.
    CorrectsAddress,
    /// None of these.
    Other,
}

impl BuyerIntent {
    /// Those that make an order urgent. The first is the most urgent: a label for a cancelled order or a wrong address
    /// is money lost, pressing costs only patience.
    const BY_URGENCY: [Self; 3] = [Self::AsksToCancel, Self::CorrectsAddress, Self::AsksWhereOrderIs];
}

/// The most urgent thing that a buyer's message asks for, by the rules that are compiled in.
pub fn judge(text: &str) -> BuyerIntent {
    static RULES: OnceLock<IntentRules> = OnceLock::new();
    RULES.get_or_init(IntentRules::default).judge(text)
}
