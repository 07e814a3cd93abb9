//! The choice among the services of TikTok's own label. The platform decides what it takes, where it goes and what it prints:
//! here only price and arrival count.

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use super::arrival::first_pickup;
use super::choice::{Candidate, ChoiceTerms, Decision, Ineligible, NoEligibleRate, Verdict, choose_among};
use super::dimensional::billable_weight;
use super::quote::{Quote, Quotes};
use super::refused::RefusedLabel;
use super::rules::{RateRules, Speed};
use super::working_days;
use crate::money::{Currency, Money};
use crate::parcel::Parcel;

/// What is to be shipped with TikTok's label, when, and by when it must arrive.
#[derive(Clone, Debug)]
pub struct PlatformRateRequest<'a> {
    pub parcel: &'a Parcel,
    /// The day it leaves, in the warehouse's zone.
    pub ship_on: Date,
    /// The time of that day at which it is ready, in the warehouse's zone.
    pub ready_at: Time,
    pub arrive_by: Option<Timestamp>,
    pub speed: Speed,
    /// What the order is worth.
    pub value: Option<Money>,
    /// The currency of the market.
    pub currency: Currency,
    /// The parcel, see [`crate::order::Order::parcel_fingerprint`].
    pub fingerprint: u64,
    /// What was refused for the order.
    pub refused: &'a [RefusedLabel],
    /// The most that the order's label may cost, since the price of a chosen one has risen.
    pub price_limit: Option<Money>,
    /// A price above the highest one of the rules that a person accepted for the order.
    pub price_accepted: Option<Money>,
}

/// Chooses the cheapest service that arrives in time, or the fastest one when none does. Prices are TikTok's estimates, which the
/// seller's highest price limits all the same.
///
/// # Errors
/// When nothing can be bought, with the reason against each service.
pub fn choose_platform(
    quotes: Quotes,
    request: &PlatformRateRequest<'_>,
    rules: &RateRules,
) -> Result<Decision, NoEligibleRate> {
    let Quotes { quotes, messages, silent, asked_at } = quotes;
    let collected = first_pickup(request.ship_on, request.ready_at, rules.last_pickup);
    let highest = rules.highest_price(request.currency, request.value, request.price_accepted);
    let judge = |quote: Quote| {
        let arrives = arrival(&quote, collected);
        let refusal = refusal(&quote, request, highest)
            .or_else(|| super::choice::too_slow(arrives, request.arrive_by, request.speed));
        Candidate {
            billable_pounds: billable_weight(quote.service.carrier, request.parcel, request.ship_on),
            arrives,
            verdict: refusal.map_or(Verdict::Eligible, Verdict::Ineligible),
            quote,
        }
    };
    let candidates = quotes.into_iter().map(judge).collect();
    let terms = ChoiceTerms {
        parcel: *request.parcel,
        customs: None,
        most: request.price_limit.into_iter().chain([highest]).collect(),
        rule: None,
        asked_at,
    };
    let decision = choose_among(candidates, terms, messages, silent, rules)?;
    // TikTok answers for the delivery of its own labels: nobody need look at an order because of it.
    Ok(Decision { arrives_late: false, ..decision })
}

/// TikTok gives a span of days; the quote has the longest.
fn arrival(quote: &Quote, first_pickup: Date) -> Option<Date> {
    let schedule = super::facts(&quote.service).map_or(working_days::BUSINESS_DAYS, |facts| facts.schedule);
    Some(schedule.delivered_on(schedule.collected_on(first_pickup), quote.days?))
}

fn refusal(quote: &Quote, request: &PlatformRateRequest<'_>, highest: Money) -> Option<Ineligible> {
    if quote.cost.currency != request.currency {
        return Some(Ineligible::OtherCurrency);
    }
    if let Some(refused) = request.refused.iter().find(|label| label.covers(quote, request.fingerprint)) {
        return Some(Ineligible::RefusedBefore { by: refused.by, reason: refused.reason.clone() });
    }
    if quote.cost.minor > highest.minor {
        return Some(Ineligible::TooDear { highest });
    }
    let limit = request.price_limit.filter(|limit| quote.cost.minor > limit.minor)?;
    Some(Ineligible::OverPriceLimit { limit })
}
