//! The choice itself.

use std::cmp::Reverse;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::accepted::barred_since;
use super::dimensional::billable_weight;
use super::quote::{CarrierMessage, Quote, Quotes};
use super::rules::{RateRules, Rule, Speed, Subject};
use super::services::facts;
use crate::address::{Address, Place};
use crate::ids::CarrierShipmentId;
use crate::market::Market;
use crate::money::{Currency, Money};
use crate::parcel::Parcel;
use crate::shop::SellerType;

/// What is to be shipped, when, and by when it must arrive.
#[derive(Clone, Debug)]
pub struct RateRequest<'a> {
    /// The parcel.
    pub parcel: &'a Parcel,
    /// Where it goes.
    pub to: &'a Address,
    /// Where it was sold.
    pub market: &'a Market,
    /// What kind of seller sold it.
    pub seller: SellerType,
    /// The day it leaves, in the warehouse's zone.
    pub ship_on: Date,
    /// By when it must be there.
    pub arrive_by: Option<Timestamp>,
    /// How fast the buyer's option is.
    pub speed: Speed,
    /// What the order is worth.
    pub value: Option<Money>,
    /// The seller SKUs in it.
    pub skus: &'a [String],
    /// The currency that the seller pays in.
    pub currency: Currency,
}

/// Why a quote is out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Refusal {
    /// The seller did not enable the service.
    NotEnabled,
    /// A service of which no limits are known.
    UnknownService,
    /// Priced in another currency than the seller's.
    OtherCurrency,
    /// The service does not deliver to this kind of place.
    NotDeliveredThere {
        /// The kind of place.
        place: Place,
    },
    /// Heavier than the service takes.
    TooHeavy,
    /// Longer than the service takes.
    TooLong,
    /// Length plus girth are more than the service takes.
    TooLarge,
    /// A flat-rate price for packaging that we do not use.
    OtherPackaging,
    /// TikTok does not take this carrier's labels from this seller.
    NotTakenByTikTok {
        /// The first day of that rule.
        since: Date,
    },
    /// Arrives too late.
    TooSlow {
        /// The day it arrives.
        arrives: Date,
    },
    /// The buyer paid for speed and the carrier does not say how long it takes.
    DaysUnknown,
}

/// What became of a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// It is bought.
    Chosen,
    /// It could have been bought; another was better.
    Passed,
    /// It is out.
    Refused(Refusal),
}

/// A quote with its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The quote.
    pub quote: Quote,
    /// What the carrier bills, in whole pounds.
    pub billable_pounds: u64,
    /// What became of it.
    pub verdict: Verdict,
}

/// The quote that is bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenQuote {
    /// The shipment at the carrier.
    pub carrier_shipment: CarrierShipmentId,
    /// The quote.
    pub quote: Quote,
    /// The most that may be paid.
    pub limit: Money,
    /// When the quotes were asked for.
    pub asked_at: Timestamp,
}

/// A decision, with all that led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What is bought.
    pub chosen: ChosenQuote,
    /// Every quote.
    pub candidates: Vec<Candidate>,
    /// Carriers that gave no rate: the decision may be dearer than it had to be.
    pub messages: Vec<CarrierMessage>,
    /// The seller's rule that put the chosen service first, if one did. None did when the fastest was taken.
    pub rule: Option<String>,
    /// True when nothing arrives in time and the fastest was taken, so that at least the dispatch is punctual.
    pub arrives_late: bool,
}

/// No quote can be bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("none of {} rates can be bought", candidates.len())]
pub struct Unrated {
    /// Every quote with its refusal.
    pub candidates: Vec<Candidate>,
    /// Carriers that gave no rate.
    pub messages: Vec<CarrierMessage>,
}

/// Chooses: filters, then takes the cheapest of what the first matching rule prefers, or of all.
///
/// Ties are broken by days (unknown last), carrier, service, then the quote's id, so that the same answer always
/// gives the same choice. When all that is wrong is the arrival time, the fastest is taken and marked late: a late
/// delivery is the lesser evil beside a missed dispatch.
pub fn choose(quotes: Quotes, request: &RateRequest<'_>, rules: &RateRules) -> Result<Decision, Unrated> {
    let Quotes { carrier_shipment, quotes, messages, asked_at } = quotes;
    let mut candidates: Vec<Candidate> = quotes
        .into_iter()
        .map(|quote| Candidate {
            billable_pounds: billable_weight(quote.service.carrier, request.parcel, request.ship_on),
            verdict: refusal(&quote, request, rules).map_or(Verdict::Passed, Verdict::Refused),
            quote,
        })
        .collect();

    let subject = Subject {
        weight: request.parcel.weight,
        value: request.value,
        state: &request.to.state,
        skus: request.skus,
        speed: request.speed,
    };
    let rule = rules.rules.iter().find(|rule| rule.when.hold(&subject));
    let in_time = best(&candidates, rule, |candidate| candidate.verdict == Verdict::Passed);
    let winner =
        in_time.map(|winner| (winner, false)).or_else(|| fastest_late(&candidates).map(|i| (i, true)));
    let Some((winner, arrives_late)) = winner else {
        return Err(Unrated { candidates, messages });
    };
    candidates[winner].verdict = Verdict::Chosen;
    let quote = candidates[winner].quote.clone();
    let rule = rule.filter(|rule| !arrives_late && prefers(rule, &quote)).map(|rule| rule.name.clone());
    let limit = rules.limit(quote.cost);
    let chosen = ChosenQuote { carrier_shipment, quote, limit, asked_at };
    Ok(Decision { chosen, candidates, messages, rule, arrives_late })
}

fn prefers(rule: &Rule, quote: &Quote) -> bool {
    rule.prefer.iter().any(|pattern| pattern.matches(&quote.service))
}

fn best(
    candidates: &[Candidate],
    rule: Option<&Rule>,
    eligible: impl Fn(&Candidate) -> bool,
) -> Option<usize> {
    candidates
        .iter()
        .enumerate()
        .filter(|(_, candidate)| eligible(candidate))
        .min_by_key(|(_, Candidate { quote, .. })| {
            let preferred = rule.is_some_and(|rule| prefers(rule, quote));
            let days = quote.days.unwrap_or(u16::MAX);
            (Reverse(preferred), quote.cost.minor, days, &quote.service, &quote.id)
        })
        .map(|(index, _)| index)
}

fn fastest_late(candidates: &[Candidate]) -> Option<usize> {
    let late = |candidate: &Candidate| {
        matches!(candidate.verdict, Verdict::Refused(Refusal::TooSlow { .. } | Refusal::DaysUnknown))
    };
    candidates
        .iter()
        .enumerate()
        .filter(|(_, candidate)| late(candidate))
        .min_by_key(|(_, Candidate { quote, .. })| {
            (quote.days.unwrap_or(u16::MAX), quote.cost.minor, &quote.service, &quote.id)
        })
        .map(|(index, _)| index)
}

/// The first reason against `quote`, in the order of the rules: what is enabled, what is possible, what is in time.
fn refusal(quote: &Quote, request: &RateRequest<'_>, rules: &RateRules) -> Option<Refusal> {
    if !rules.enabled.is_empty() && !rules.enabled.iter().any(|pattern| pattern.matches(&quote.service)) {
        return Some(Refusal::NotEnabled);
    }
    let Some(facts) = facts(&quote.service) else {
        return Some(Refusal::UnknownService);
    };
    if quote.cost.currency != request.currency {
        return Some(Refusal::OtherCurrency);
    }
    let place = request.to.place();
    if matches!(place, Place::PoBox | Place::Military) && !facts.postal {
        return Some(Refusal::NotDeliveredThere { place });
    }
    if request.parcel.weight > facts.weight_max {
        return Some(Refusal::TooHeavy);
    }
    if let Some(box_) = request.parcel.dimensions {
        if box_.length > facts.length_max {
            return Some(Refusal::TooLong);
        }
        if box_.length_and_girth() > facts.length_and_girth_max {
            return Some(Refusal::TooLarge);
        }
    }
    if quote.packaging.is_some() {
        return Some(Refusal::OtherPackaging);
    }
    if let Some(since) =
        barred_since(request.market.code(), request.seller, quote.service.carrier, request.ship_on)
    {
        return Some(Refusal::NotTakenByTikTok { since });
    }
    too_slow(quote, request)
}

fn too_slow(quote: &Quote, request: &RateRequest<'_>) -> Option<Refusal> {
    let by = request.arrive_by?;
    let Some(days) = quote.days else {
        return (request.speed == Speed::Expedited).then_some(Refusal::DaysUnknown);
    };
    let arrives = request.ship_on.saturating_add(SignedDuration::from_hours(24 * i64::from(days)));
    // A promise is a moment in the buyer's zone; the latest zone that the carriers serve is ten hours behind UTC.
    let by = by
        .saturating_sub(SignedDuration::from_hours(10))
        .unwrap_or(by)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    (arrives > by).then_some(Refusal::TooSlow { arrives })
}
