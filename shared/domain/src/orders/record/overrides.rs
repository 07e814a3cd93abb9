//! What a person, or the shop's policy, overrides about an order. It survives every read-back from TikTok.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::address::{Address, is_masked};
use crate::hold::{HoldReason, Shippable, shippable};
use crate::order::{Order, OrderStatus};
use crate::record::OrderRecord;
use crate::settings::CancellationPolicy;

/// What the seller answers to a cancellation request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancellationResponse {
    /// The order ships anyway. In some markets that rejects the request; elsewhere TikTok is answered first, and then no
    /// longer shows the request.
    Ship,
}

/// An address that a person corrected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressCorrection {
    /// TikTok's address that was wrong: if TikTok shows another one, that one counts.
    pub of: Address,
    /// The address to ship to.
    pub to: Address,
}

/// What a person or a policy decided about an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Overrides {
    /// Since when a person holds it.
    pub held_at: Option<Timestamp>,
    /// The answer to the current cancellation request.
    pub cancellation_response: Option<CancellationResponse>,
    pub correction: Option<AddressCorrection>,
    /// The address that a person found right as it stands. It counts for as long as the order ships there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Address>,
    /// Since when it is marked as urgent, for people to see: the order is processed in its turn all the same.
    pub urgent_at: Option<Timestamp>,
    /// When the order was last retried or rerated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retried_at: Option<Timestamp>,
    /// The label is voided to buy another one: afterwards a new shipment takes over the order.
    pub ship_again: bool,
}

impl OrderRecord {
    /// Whether the order may be shipped at `now`: by TikTok's order, by what was overridden, and by the orders with which it would
    /// share a parcel.
    pub fn shippable(&self, now: Timestamp) -> Shippable {
        match self.shippable_alone(now) {
            Shippable::Now => self.waits_for_group(now).unwrap_or(Shippable::Now),
            verdict => verdict,
        }
    }

    /// The same, whatever other orders wait for.
    pub fn shippable_alone(&self, now: Timestamp) -> Shippable {
        let verdict = shippable(&self.order, self.route, now);
        let ships_anyway = self.overrides.cancellation_response == Some(CancellationResponse::Ship)
            && self.order.market.shipping_rejects_cancellation()
            && matches!(verdict, Shippable::Hold { why: HoldReason::CancelRequested, .. });
        let verdict = if ships_anyway {
            shippable(&Order { cancel_requested: false, ..self.order.clone() }, self.route, now)
        } else {
            verdict
        };
        match (verdict, self.overrides.held_at) {
            (Shippable::Now | Shippable::Hold { until: Some(_), .. }, Some(_)) => {
                Shippable::Hold { until: None, why: HoldReason::Seller }
            }
            (verdict, _) => verdict,
        }
    }

    /// True if the stored order equals `shown`, as it was read back from TikTok, but for a corrected address.
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

    /// True while the order ships to an address that a person corrected or confirmed: then neither a verification nor our
    /// own tables decide whether it can be right.
    pub fn has_confirmed_address(&self) -> bool {
        let Some(recipient) = &self.order.recipient else { return false };
        let Overrides { correction, confirmed, .. } = &self.overrides;
        correction.as_ref().is_some_and(|correction| correction.to == *recipient)
            || confirmed.as_ref().is_some_and(|confirmed| confirmed.is_same_place(recipient))
    }

    /// True while the buyer's cancellation request has no answer.
    pub fn awaits_cancellation_response(&self) -> bool {
        self.order.cancel_requested && self.overrides.cancellation_response.is_none()
    }

    /// Applies the overrides to an order that was just read back, and drops those that it has made obsolete.
    pub(crate) fn apply_overrides(&mut self, policy: CancellationPolicy) {
        if !self.order.cancel_requested {
            self.overrides.cancellation_response = None;
            self.cancellation = None;
        } else if policy == CancellationPolicy::Ship && self.order.market.shipping_rejects_cancellation() {
            self.overrides.cancellation_response = Some(CancellationResponse::Ship);
        }
        if let Some(correction) = &self.overrides.correction {
            match &self.order.recipient {
                Some(shown) if shown.is_same_place(&correction.of) => {
                    self.order.recipient = Some(correction.to.clone());
                }
                // A masked address says nothing about the one that was corrected: keep the correction.
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

    /// True while the order has to be shipped and, by TikTok's status and our shipments, is not.
    pub fn awaits_dispatch(&self) -> bool {
        let at_tiktok = matches!(
            self.order.status,
            OrderStatus::OnHold
                | OrderStatus::AwaitingShipment
                | OrderStatus::PartiallyShipping
                | OrderStatus::Unknown(_)
        );
        let mut current = self.current_shipments().peekable();
        let ours = current.peek().is_some() && current.all(|shipment| shipment.is_dispatched());
        at_tiktok && !ours && self.deadline.is_some()
    }
}
