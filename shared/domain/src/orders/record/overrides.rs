//! What a person, or the shop's policy, overrides about an order. It outlives every read-back from TikTok.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::address::{Address, is_masked};
use crate::hold::{HoldReason, Shippable, shippable};
use crate::order::{Order, OrderStatus};
use crate::record::OrderRecord;
use crate::settings::CancellationPolicy;

/// What the seller answers to a buyer who asks to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancellationResponse {
    /// The order is shipped all the same. In the United States that rejects the request by itself; elsewhere TikTok is
    /// told before, and shows the request no longer.
    Ship,
}

/// An address that a person corrected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressCorrection {
    /// TikTok's address that was wrong: when TikTok shows another one, that one counts.
    pub of: Address,
    /// What is shipped to.
    pub to: Address,
}

/// What was overrides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Overrides {
    /// Held by a person, since when.
    pub held_at: Option<Timestamp>,
    /// The answer to the request to cancel that stands now.
    pub cancellation_response: Option<CancellationResponse>,
    /// The corrected address.
    pub correction: Option<AddressCorrection>,
    /// The address that a person found right as it stands. It holds for as long as the order is sent there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Address>,
    /// Marked as urgent by a person, since when: kept to be seen, it puts the order before no other.
    pub urgent_at: Option<Timestamp>,
    /// When the order was last retried or rated again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retried_at: Option<Timestamp>,
    /// The label was given back to buy another one: once it is voided, a new shipment takes the order up.
    pub ship_again: bool,
}

impl OrderRecord {
    /// Whether the order may be shipped at `now`: what TikTok's order says, and what was overrides.
    pub fn shippable(&self, now: Timestamp) -> Shippable {
        let verdict = shippable(&self.order, now);
        let answered = self.overrides.cancellation_response == Some(CancellationResponse::Ship)
            && self.order.market.is_united_states()
            && matches!(verdict, Shippable::Hold { why: HoldReason::CancelRequested, .. });
        let verdict = match answered {
            true => shippable(&Order { cancel_requested: false, ..self.order.clone() }, now),
            false => verdict,
        };
        match (verdict, self.overrides.held_at) {
            (Shippable::Now | Shippable::Hold { until: Some(_), .. }, Some(_)) => {
                Shippable::Hold { until: None, why: HoldReason::Seller }
            }
            (verdict, _) => verdict,
        }
    }

    /// True when the stored order is `shown`, read back from TikTok: all but the address that a person corrected.
    pub fn mirrors(&self, shown: &Order) -> bool {
        let corrected = self.overrides.correction.as_ref().filter(|correction| {
            self.order.recipient.as_ref() == Some(&correction.to)
                && shown.recipient.as_ref() == Some(&correction.of)
        });
        match corrected {
            Some(correction) => {
                self.order == Order { recipient: Some(correction.to.clone()), ..shown.clone() }
            }
            None => self.order == *shown,
        }
    }

    /// True while the order is sent to an address that a person corrected or confirmed: neither a verification nor our
    /// own tables are asked then whether it can be right.
    pub fn has_confirmed_address(&self) -> bool {
        let Some(recipient) = &self.order.recipient else { return false };
        let Overrides { correction, confirmed, .. } = &self.overrides;
        correction.as_ref().is_some_and(|correction| correction.to == *recipient)
            || confirmed.as_ref().is_some_and(|confirmed| confirmed.is_same_place(recipient))
    }

    /// True while nobody has answered a buyer who asks to cancel.
    pub fn awaits_cancellation_response(&self) -> bool {
        self.order.cancel_requested && self.overrides.cancellation_response.is_none()
    }

    /// Applies what was overrides to an order just read back, and forgets what it has settled.
    pub(crate) fn apply_overrides(&mut self, policy: CancellationPolicy) {
        if !self.order.cancel_requested {
            self.overrides.cancellation_response = None;
            self.cancellation = None;
        } else if policy == CancellationPolicy::Ship && self.order.market.is_united_states() {
            self.overrides.cancellation_response = Some(CancellationResponse::Ship);
        }
        if let Some(correction) = &self.overrides.correction {
            match &self.order.recipient {
                Some(shown) if shown.is_same_place(&correction.of) => {
                    self.order.recipient = Some(correction.to.clone());
                }
                // A mask hides what was overrides about, and says nothing else.
                Some(shown) if is_masked(shown) => {}
                Some(_) => self.overrides.correction = None,
                None => {}
            }
        }
        let changed =
            |confirmed: &Address, shown: &Address| !is_masked(shown) && !confirmed.is_same_place(shown);
        if let (Some(confirmed), Some(shown)) = (&self.overrides.confirmed, &self.order.recipient)
            && changed(confirmed, shown)
        {
            self.overrides.confirmed = None;
        }
    }

    /// True while the order must be shipped and is not: neither is it at TikTok, nor by our shipments.
    pub fn awaits_dispatch(&self) -> bool {
        let at_tiktok = matches!(
            self.order.status,
            OrderStatus::OnHold
                | OrderStatus::AwaitingShipment
                | OrderStatus::PartiallyShipping
                | OrderStatus::Unknown(_)
        );
        let mut current = self.current_shipments().peekable();
        let ours = current.peek().is_some() && current.all(|shipment| shipment.is_uploaded());
        at_tiktok && !ours && self.deadline.is_some()
    }
}
