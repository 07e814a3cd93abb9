//! What is known before a purchase about how TikTok and the carriers will react to a label.

use jiff::Timestamp;

use super::choice::{Candidate, Ineligible, NoEligibleRate, Verdict};
use super::quote::Quote;
use super::refused::{RefusalStreaks, RefusedBy, RefusedLabel};
use super::services::Carrier;
use crate::exception::ExceptionKind;
use crate::money::Money;

/// What TikTok accepts for an order, what was refused before, and what the label may cost.
#[derive(Clone, Debug)]
pub struct PurchaseConstraints<'a> {
    /// The carriers that have a shipping provider in the order's delivery option; `None` if the order has no option.
    pub carriers: Option<&'a [Carrier]>,
    /// The parcel, see [`crate::order::Order::parcel_fingerprint`].
    pub fingerprint: u64,
    /// What was refused for the order.
    pub refused: &'a [RefusedLabel],
    /// What was refused for the shop.
    pub streaks: &'a RefusalStreaks,
    /// When a person last retried the order.
    pub retried_at: Option<Timestamp>,
    /// The most that the order's label may cost, since the price of a chosen one has risen.
    pub price_limit: Option<Money>,
    /// A price above the highest one of the rules that a person accepted for the order.
    pub price_accepted: Option<Money>,
    pub now: Timestamp,
}

/// Why buying `quote` would be useless, or cost more than `highest` or the order's own limit.
pub(super) fn unaccepted(
    quote: &Quote,
    constraints: &PurchaseConstraints<'_>,
    highest: Money,
) -> Option<Ineligible> {
    let Some(carriers) = constraints.carriers else { return Some(Ineligible::NoDeliveryOption) };
    if !carriers.contains(&quote.service.carrier) {
        return Some(Ineligible::NoProvider);
    }
    if let Some(refused) = constraints.refused.iter().find(|r| r.covers(quote, constraints.fingerprint)) {
        return Some(Ineligible::RefusedBefore { by: refused.by, reason: refused.reason.clone() });
    }
    let stopped = constraints
        .streaks
        .iter()
        .find(|streak| streak.stops(quote, constraints.retried_at, constraints.now));
    if let Some(streak) = stopped {
        return Some(Ineligible::Stopped { by: streak.by, reason: streak.reason.clone() });
    }
    if quote.cost.minor > highest.minor {
        return Some(Ineligible::TooDear { highest });
    }
    let limit = constraints.price_limit.filter(|limit| quote.cost.minor > limit.minor)?;
    Some(Ineligible::OverPriceLimit { limit })
}

impl NoEligibleRate {
    /// The lowest price among the quotes that were ruled out only by their price.
    pub fn too_dear(&self) -> Option<Money> {
        let dear = self
            .candidates
            .iter()
            .filter(|candidate| matches!(candidate.verdict, Verdict::Ineligible(Ineligible::TooDear { .. })));
        dear.map(|candidate| candidate.quote.cost).min_by_key(|cost| cost.minor)
    }

    /// The exception that best explains why nothing can be bought. Limits, TikTok and past refusals are checked last in the
    /// choice, so a candidate that they ruled out would otherwise have been bought: they explain more than the rest.
    pub fn kind(&self, constraints: &PurchaseConstraints<'_>) -> ExceptionKind {
        let reasons = || {
            self.candidates.iter().filter_map(|Candidate { quote, verdict, .. }| match verdict {
                Verdict::Ineligible(refusal) => Some((quote, refusal)),
                Verdict::Chosen | Verdict::Eligible => None,
            })
        };
        let any = |of: fn(&Ineligible) -> bool| reasons().any(|(_, refusal)| of(refusal));
        if any(|refusal| matches!(refusal, Ineligible::OverPriceLimit { .. })) {
            return ExceptionKind::PriceIncreased;
        }
        if self.too_dear().is_some() {
            return ExceptionKind::PriceTooHigh;
        }
        let refused = reasons().find_map(|(quote, refusal)| match refusal {
            Ineligible::RefusedBefore { by: RefusedBy::Carrier, .. } => {
                constraints.refused.iter().rev().find(|label| label.covers(quote, constraints.fingerprint))
            }
            _ => None,
        });
        if let Some(refused) = refused {
            return refused.kind;
        }
        if any(|refusal| matches!(refusal, Ineligible::NoProvider | Ineligible::NoDeliveryOption)) {
            return ExceptionKind::ProviderUnknown;
        }
        let by_tiktok = |refusal: &Ineligible| {
            matches!(
                refusal,
                Ineligible::NotTakenByTikTok { .. }
                    | Ineligible::RefusedBefore { by: RefusedBy::TikTok, .. }
                    | Ineligible::Stopped { by: RefusedBy::TikTok, .. }
            )
        };
        if any(by_tiktok) { ExceptionKind::LabelNotAccepted } else { ExceptionKind::NoRate }
    }
}
