//! Chooses the rate to buy from the quotes of all accounts, with a verdict for each.

use std::cmp::Reverse;

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::arrival::{arrival, first_pickup};
use super::constraints::{PurchaseConstraints, unaccepted};
use super::dimensional::billable_weight;
use super::quote::{CarrierMessage, Quote, Quotes, SilentAccount};
use super::refused::RefusedBy;
use super::restrictions::restriction;
use super::rules::{RateRule, RateRules, Speed, Subject};
use super::services::{Carrier, facts};
use super::ticket::Ticket;
use crate::address::{Address, AddressIssue, Place, address_issue};
use crate::customs::{CustomsForm, FormNeed};
use crate::market::Market;
use crate::money::{Currency, Money};
use crate::parcel::Parcel;
use crate::shop::SellerType;

/// What is to be shipped, when, and by when it must arrive.
#[derive(Clone, Debug)]
pub struct RateRequest<'a> {
    pub parcel: &'a Parcel,
    /// Where it is sent from, as a label prints it.
    pub from: &'a Address,
    /// Where it goes, as a label prints it.
    pub to: &'a Address,
    /// Where it was sold.
    pub market: &'a Market,
    /// What kind of seller sold it.
    pub seller: SellerType,
    /// The day it leaves, in the warehouse's zone.
    pub ship_on: Date,
    /// The time of that day at which it is ready, in the warehouse's zone.
    pub ready_at: Time,
    /// By when it must be there.
    pub arrive_by: Option<Timestamp>,
    /// How fast the buyer's option is.
    pub speed: Speed,
    /// What the order is worth.
    pub value: Option<Money>,
    /// The seller SKUs in it.
    pub skus: &'a [String],
    /// The customs form, where the parcel has one.
    pub customs: Option<&'a CustomsForm>,
    /// By whom a customs form is wanted that the parcel does not have.
    pub form_wanted: FormNeed,
    /// The currency that the seller pays in.
    pub currency: Currency,
    /// What TikTok accepts of the order, and what was refused before.
    pub constraints: PurchaseConstraints<'a>,
}

/// Why a quote is out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Ineligible {
    /// The seller did not enable the service.
    NotEnabled,
    /// A service of which no limits are known.
    UnknownService,
    /// Priced in another currency than the seller's.
    OtherCurrency,
    /// Priced at nothing, which the seller's rules do not allow for the service.
    Free,
    /// The service does not deliver to this kind of place.
    NotDeliveredThere {
        /// The kind of place.
        place: Place,
    },
    /// The carrier does not take the address of sender or recipient as it is written.
    AddressNotAccepted {
        /// What it does not take, and its limit.
        issue: AddressIssue,
    },
    /// The carrier wants a customs form for this place, and there is none.
    CustomsFormNeeded,
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
    /// The order names no delivery option, so TikTok names no provider whose tracking number it would accept.
    NoDeliveryOption,
    /// TikTok lists no provider for the carrier in the order's delivery option.
    NoProvider,
    /// The same label was refused for this order before.
    RefusedBefore { by: RefusedBy, reason: String },
    /// The carrier's labels were refused so often that the shop buys none of them for a while.
    Stopped {
        /// By whom they were refused.
        by: RefusedBy,
        reason: String,
    },
    /// Costs more than a label may by the seller's rules.
    TooDear {
        /// The highest price of a label for this order.
        highest: Money,
    },
    /// Costs more than the order's label may, after its price rose.
    OverPriceLimit {
        /// The most that may be paid.
        limit: Money,
    },
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
    Chosen,
    /// It could have been bought; another was better.
    Eligible,
    Ineligible(Ineligible),
}

/// A quote with its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    pub quote: Quote,
    /// What the carrier bills, in whole pounds.
    pub billable_pounds: u64,
    /// The day on which it arrives, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrives: Option<Date>,
    /// What became of it.
    pub verdict: Verdict,
}

/// The quote that is bought, with what it was given for: many carriers want to hear all of the parcel again when they sell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenQuote {
    pub quote: Quote,
    pub parcel: Parcel,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customs: Option<CustomsForm>,
    /// The most that may be paid.
    pub limit: Money,
    /// When the quotes were asked for.
    pub asked_at: Timestamp,
}

/// A decision, with all that led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub chosen: ChosenQuote,
    /// Every quote, without its ticket.
    pub candidates: Vec<Candidate>,
    /// Carriers that gave no rate: the label may cost more than it had to.
    pub messages: Vec<CarrierMessage>,
    /// Accounts that gave no answer, which makes the decision incomplete: they may have had a cheaper label.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incomplete: Vec<SilentAccount>,
    /// The seller's rule that put the chosen service first, if one did. None did when the fastest was taken.
    pub rule: Option<String>,
    /// True when nothing arrives in time and the fastest was taken, so that at least the dispatch is punctual.
    pub arrives_late: bool,
}

/// No quote can be bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("none of {} rates can be bought", candidates.len())]
pub struct NoEligibleRate {
    /// Every quote with its refusal.
    pub candidates: Vec<Candidate>,
    /// Carriers that gave no rate.
    pub messages: Vec<CarrierMessage>,
    /// Accounts that gave no answer: they may have what the others lack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incomplete: Vec<SilentAccount>,
}

/// Chooses: filters, then takes the cheapest of what the first matching rule prefers, or of all.
///
/// Ties are broken by the day of arrival (unknown last), carrier, service, then the quote's id, so that the same answer
/// always gives the same choice. When all that is wrong is the arrival time, what arrives first is taken and marked
/// late: a late delivery is the lesser evil beside a missed dispatch.
pub fn choose(
    quotes: Quotes,
    request: &RateRequest<'_>,
    rules: &RateRules,
) -> Result<Decision, NoEligibleRate> {
    let Quotes { quotes, messages, silent: incomplete, asked_at } = quotes;
    let first_pickup = first_pickup(request.ship_on, request.ready_at, rules.last_pickup);
    let candidates: Vec<Candidate> = quotes
        .into_iter()
        .map(|quote| {
            let arrives = arrival(&quote, first_pickup);
            let refusal = refusal(&quote, request, rules)
                .or_else(|| too_slow(arrives, request.arrive_by, request.speed));
            Candidate {
                billable_pounds: billable_weight(quote.service.carrier, request.parcel, request.ship_on),
                arrives,
                verdict: refusal.map_or(Verdict::Eligible, Verdict::Ineligible),
                quote,
            }
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
    // A price that rose once must not creep up by a tolerance a time, nor any beyond the highest.
    let most = request.constraints.price_limit.into_iter().chain([highest_price(request, rules)]);
    let terms = ChoiceTerms {
        parcel: *request.parcel,
        customs: request.customs.cloned(),
        most: most.collect(),
        rule,
        asked_at,
    };
    choose_among(candidates, terms, messages, incomplete, rules)
}

/// What is chosen by, once every quote has its verdict.
pub(super) struct ChoiceTerms<'a> {
    pub(super) parcel: Parcel,
    pub(super) customs: Option<CustomsForm>,
    /// What the label may cost: none of these may be exceeded.
    pub(super) most: Vec<Money>,
    /// The seller's rule that applies.
    pub(super) rule: Option<&'a RateRule>,
    pub(super) asked_at: Timestamp,
}

/// Takes the best of the candidates that are eligible, or of those that are only too slow.
pub(super) fn choose_among(
    mut candidates: Vec<Candidate>,
    terms: ChoiceTerms<'_>,
    messages: Vec<CarrierMessage>,
    incomplete: Vec<SilentAccount>,
    rules: &RateRules,
) -> Result<Decision, NoEligibleRate> {
    let ChoiceTerms { parcel, customs, most, rule, asked_at } = terms;
    let in_time = best(&candidates, rule, |candidate| candidate.verdict == Verdict::Eligible);
    let winner =
        in_time.map(|winner| (winner, false)).or_else(|| fastest_late(&candidates).map(|i| (i, true)));
    let quote = winner.map(|(winner, _)| candidates[winner].quote.clone());
    // Nobody buys the others, and a decision is stored with dozens of them.
    for candidate in &mut candidates {
        candidate.quote.ticket = Ticket::default();
    }
    let (Some((winner, arrives_late)), Some(quote)) = (winner, quote) else {
        return Err(NoEligibleRate { candidates, messages, incomplete });
    };
    candidates[winner].verdict = Verdict::Chosen;
    let rule = rule.filter(|rule| !arrives_late && prefers(rule, &quote)).map(|rule| rule.name.clone());
    let limit = most
        .into_iter()
        .fold(rules.limit(quote.cost), |limit, most| if most.minor < limit.minor { most } else { limit });
    let chosen = ChosenQuote { quote, parcel, customs, limit, asked_at };
    Ok(Decision { chosen, candidates, messages, incomplete, rule, arrives_late })
}

fn prefers(rule: &RateRule, quote: &Quote) -> bool {
    rule.prefer.iter().any(|pattern| pattern.matches(&quote.service))
}

fn best(
    candidates: &[Candidate],
    rule: Option<&RateRule>,
    eligible: impl Fn(&Candidate) -> bool,
) -> Option<usize> {
    candidates
        .iter()
        .enumerate()
        .filter(|(_, candidate)| eligible(candidate))
        .min_by_key(|(_, Candidate { quote, arrives, .. })| {
            let preferred = rule.is_some_and(|rule| prefers(rule, quote));
            let arrives = arrives.unwrap_or(Date::MAX);
            (Reverse(preferred), quote.cost.minor, arrives, &quote.service, &quote.id)
        })
        .map(|(index, _)| index)
}

fn fastest_late(candidates: &[Candidate]) -> Option<usize> {
    let late = |candidate: &Candidate| {
        matches!(candidate.verdict, Verdict::Ineligible(Ineligible::TooSlow { .. } | Ineligible::DaysUnknown))
    };
    candidates
        .iter()
        .enumerate()
        .filter(|(_, candidate)| late(candidate))
        .min_by_key(|(_, Candidate { quote, arrives, .. })| {
            (arrives.unwrap_or(Date::MAX), quote.cost.minor, &quote.service, &quote.id)
        })
        .map(|(index, _)| index)
}

/// The first reason against `quote` but its arrival, in the order of the rules: what is enabled, what is possible.
fn refusal(quote: &Quote, request: &RateRequest<'_>, rules: &RateRules) -> Option<Ineligible> {
    if !rules.enabled.is_empty() && !rules.enabled.iter().any(|pattern| pattern.matches(&quote.service)) {
        return Some(Ineligible::NotEnabled);
    }
    let Some(facts) = facts(&quote.service) else {
        return Some(Ineligible::UnknownService);
    };
    if quote.cost.currency != request.currency {
        return Some(Ineligible::OtherCurrency);
    }
    if !rules.is_priced(&quote.service, quote.cost) {
        return Some(Ineligible::Free);
    }
    let place = request.to.place();
    if place.is_postal_only() && !facts.postal {
        return Some(Ineligible::NotDeliveredThere { place });
    }
    if let Some(issue) = address_issue(quote.service.carrier, request.from, request.to) {
        return Some(Ineligible::AddressNotAccepted { issue });
    }
    let wants_form = match request.form_wanted {
        FormNeed::None => false,
        FormNeed::ExceptUsps => quote.service.carrier != Carrier::Usps,
        FormNeed::Always | FormNeed::Border => true,
    };
    if wants_form {
        return Some(Ineligible::CustomsFormNeeded);
    }
    if request.parcel.weight > facts.weight_max {
        return Some(Ineligible::TooHeavy);
    }
    if let Some(box_) = request.parcel.dimensions {
        if box_.length > facts.length_max {
            return Some(Ineligible::TooLong);
        }
        if box_.length_and_girth() > facts.length_and_girth_max {
            return Some(Ineligible::TooLarge);
        }
    }
    if quote.packaging.is_some() {
        return Some(Ineligible::OtherPackaging);
    }
    let carrier = quote.service.carrier;
    if let Some(restriction) =
        restriction(&rules.restrictions, request.market, request.seller, carrier, request.ship_on)
    {
        return Some(Ineligible::NotTakenByTikTok { since: restriction.from });
    }
    unaccepted(quote, &request.constraints, highest_price(request, rules))
}

fn highest_price(request: &RateRequest<'_>, rules: &RateRules) -> Money {
    rules.highest_price(request.currency, request.value, request.constraints.price_accepted)
}

pub(super) fn too_slow(
    arrives: Option<Date>,
    arrive_by: Option<Timestamp>,
    speed: Speed,
) -> Option<Ineligible> {
    let by = arrive_by?;
    let Some(arrives) = arrives else {
        return (speed == Speed::Expedited).then_some(Ineligible::DaysUnknown);
    };
    // A promise is a moment in the buyer's zone; the latest zone that the carriers serve is ten hours behind UTC.
    let by = by
        .saturating_sub(SignedDuration::from_hours(10))
        .unwrap_or(by)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    (arrives > by).then_some(Ineligible::TooSlow { arrives })
}
