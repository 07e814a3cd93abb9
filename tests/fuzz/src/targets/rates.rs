//! Rates: EasyPost's replies, and the rules by which a rate is chosen.

use carriers::easypost;
use domain::address::Address;
use domain::customs::FormNeed;
use domain::market::Market;
use domain::measure::Weight;
use domain::parcel::Parcel;
use domain::rates::{
    Carrier, Decision, NoEligibleRate, PurchaseConstraints, Quote, Quotes, RateRequest, RateRules,
    RefusalStreaks, Speed, Ticket, Verdict, choose,
};
use domain::shop::SellerType;
use domain::{AccountId, Currency, Money};
use jiff::SignedDuration;
use jiff::civil::{date, time};

use super::{back_from_storage, now};

/// A reply with rates, and the choice among them.
pub fn answer(answer: &[u8]) -> bool {
    let to = address("12 Elm Street", "NV");
    let Some(quotes) = quotes(answer, &[&to]) else { return false };
    for quote in &quotes.quotes {
        assert!(is_plain(quote.ticket.as_str()), "an id that becomes part of a path");
        assert!(is_plain(quote.id.as_str()) && is_plain(quote.billed_to.as_str()));
    }
    let without_restrictions = RateRules { restrictions: Vec::new(), ..RateRules::built_in().unwrap() };
    chosen(&quotes, &RateRules::built_in().unwrap());
    chosen(&quotes, &without_restrictions);
    true
}

/// A seller's rules, and the choice by them.
pub fn rules(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    // What does not begin like this is the name of a file.
    if !text.trim_start().starts_with('{') {
        return false;
    }
    let Ok(rules) = config::rate_rules(&|_| Some(text.to_owned())) else { return false };
    let rules = back_from_storage(&rules);
    let quotes = quotes(RATES.as_bytes(), &[]).expect("these rates can be read");
    assert_eq!(quotes.quotes.len(), 6);
    chosen(&quotes, &rules);
    true
}

fn quotes(answer: &[u8], addresses: &[&Address]) -> Option<Quotes> {
    let account = AccountId::default_of(easypost::KIND);
    let carriers::Offer { quotes, messages } = easypost::read_rates(&account, answer, addresses).ok()?;
    Some(Quotes { quotes, messages, silent: Vec::new(), asked_at: now() })
}

/// Rates, one of which is free and one absurd.
const RATES: &str = r#"{"id": "shp_1", "rates": [
    {"id": "rate_1", "carrier": "USPS", "service": "GroundAdvantage", "rate": "6.07", "currency": "USD",
        "delivery_days": 3, "carrier_account_id": "ca_1"},
    {"id": "rate_2", "carrier": "USPS", "service": "Priority", "rate": "9.11", "currency": "USD",
        "delivery_days": 2, "carrier_account_id": "ca_1"},
    {"id": "rate_3", "carrier": "UPSDAP", "service": "Ground", "rate": "9.40", "currency": "USD",
        "delivery_days": 4, "carrier_account_id": "ca_2"},
    {"id": "rate_4", "carrier": "UPSDAP", "service": "NextDayAir", "rate": "61.00", "currency": "USD",
        "delivery_days": 1, "carrier_account_id": "ca_2"},
    {"id": "rate_5", "carrier": "FedExDefault", "service": "FEDEX_GROUND", "rate": "0.00", "currency": "USD",
        "delivery_days": 4, "carrier_account_id": "ca_3"},
    {"id": "rate_6", "carrier": "DhlEcs", "service": "DHLParcelGround", "rate": "999999999.99", "currency": "USD",
        "delivery_days": 1, "carrier_account_id": "ca_4"}
]}"#;

/// Chooses for parcels and buyers of several kinds.
fn chosen(quotes: &Quotes, rules: &RateRules) {
    let street = address("12 Elm Street", "NV");
    let po_box = address("PO Box 12", "PR");
    let (light, heavy) = (Weight::ounces(8), Weight::pounds(40));
    let cases = [
        (&street, light, Some(Money::usd(1_999)), Speed::Standard),
        (&street, heavy, Some(Money::usd(500_000)), Speed::Expedited),
        (&po_box, light, Some(Money::usd(0)), Speed::Standard),
        (&po_box, heavy, None, Speed::Expedited),
    ];
    for (to, weight, value, speed) in cases {
        let (streaks, parcel) = (RefusalStreaks::default(), Parcel { weight, dimensions: None });
        let request = RateRequest {
            parcel: &parcel,
            from: &street,
            to,
            market: &Market::united_states(),
            seller: SellerType::Local,
            ship_on: date(2026, 9, 21),
            ready_at: time(9, 0, 0, 0),
            arrive_by: now().checked_add(SignedDuration::from_hours(96)).ok(),
            speed,
            value,
            skus: &[],
            customs: None,
            form_wanted: FormNeed::None,
            currency: Currency::USD,
            constraints: PurchaseConstraints {
                carriers: Some(&Carrier::KNOWN),
                fingerprint: 1,
                refused: &[],
                streaks: &streaks,
                retried_at: None,
                price_limit: None,
                price_accepted: None,
                now: now(),
            },
        };
        let outcome = choose(quotes.clone(), &request, rules);
        assert_eq!(outcome, choose(quotes.clone(), &request, rules), "the same answer, the same choice");
        match outcome {
            Ok(decision) => judged(&decision, quotes, rules, value),
            Err(unrated) => unrated_all(&unrated, quotes),
        }
    }
}

/// The chosen rate has a price, a limit that the rules allow, and the verdict `chosen`.
fn judged(decision: &Decision, quotes: &Quotes, rules: &RateRules, value: Option<Money>) {
    let chosen = &decision.chosen;
    assert_eq!(decision.candidates.len(), quotes.quotes.len(), "every rate is judged");
    let winners = decision.candidates.iter().filter(|candidate| candidate.verdict == Verdict::Chosen);
    let winners: Vec<_> = winners.map(|candidate| &candidate.quote).collect();
    assert_eq!(winners, [&Quote { ticket: Ticket::default(), ..chosen.quote.clone() }]);
    let cost = chosen.quote.cost;
    assert!(cost.minor > 0 || rules.is_priced(&chosen.quote.service, cost), "a label without a price");
    assert!(cost.minor >= 0 && cost.minor <= chosen.limit.minor, "{cost} with a limit of {}", chosen.limit);
    let highest = rules.highest_price(Currency::USD, value, None);
    assert!(chosen.limit.minor <= highest.minor, "a limit of {} where {highest} is allowed", chosen.limit);
    assert_eq!((cost.currency, chosen.limit.currency), (Currency::USD, Currency::USD));
    assert!(quotes.quotes.contains(&chosen.quote), "with its ticket");
    drop(back_from_storage(decision));
}

/// Nothing is bought, and every rate says why.
fn unrated_all(unrated: &NoEligibleRate, quotes: &Quotes) {
    assert_eq!(unrated.candidates.len(), quotes.quotes.len());
    let refused = |verdict: &Verdict| matches!(verdict, Verdict::Ineligible(_));
    assert!(unrated.candidates.iter().all(|candidate| refused(&candidate.verdict)));
    drop(back_from_storage(unrated));
}

/// True for text that is safe in a path and in a file name.
pub fn is_plain(id: &str) -> bool {
    (1..=100).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn address(street: &str, state: &str) -> Address {
    Address {
        name: "Rosa Quill".into(),
        street1: street.into(),
        city: "Springfield".into(),
        state: state.into(),
        postal_code: "89501".into(),
        country: "US".into(),
        phone: "6145550100".into(),
        ..Address::default()
    }
}
