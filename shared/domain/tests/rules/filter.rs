//! Which quotes are out, and why.

use domain::Money;
use domain::address::{Address, Place};
use domain::customs::FormNeed;
use domain::market::Market;
use domain::measure::{Length, Weight};
use domain::parcel::{Dimensions, Parcel};
use domain::rates::{
    Carrier, Ineligible, NoEligibleRate, PurchaseConstraints, Quote, Quotes, RateRequest, RateRules,
    RefusalStreaks, RefusedLabel, Service, ServicePattern, Speed, Verdict, choose,
};
use domain::shop::SellerType;
use domain::{Currency, Timestamp};
use jiff::civil::{Date, Time, date, time};

use crate::support::{at, quote, recipient};

/// What a quote is asked about; the default lets every quote of the tests pass, under [`no_rules`].
pub struct Case {
    pub parcel: Parcel,
    pub from: Address,
    pub to: Address,
    pub market: Market,
    pub seller: SellerType,
    pub ship_on: Date,
    pub ready_at: Time,
    pub arrive_by: Option<Timestamp>,
    pub speed: Speed,
    pub value: Option<Money>,
    pub skus: Vec<String>,
    pub carriers: Option<Vec<Carrier>>,
    pub refused: Vec<RefusedLabel>,
    pub streaks: RefusalStreaks,
    pub retried_at: Option<Timestamp>,
    pub price_limit: Option<Money>,
    pub price_accepted: Option<Money>,
    pub form_wanted: FormNeed,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            parcel: Parcel { weight: Weight::pounds(5), dimensions: None },
            from: recipient(),
            to: recipient(),
            market: Market::united_states(),
            seller: SellerType::Local,
            ship_on: date(2026, 9, 21),
            ready_at: time(9, 0, 0, 0),
            arrive_by: None,
            speed: Speed::Standard,
            value: None,
            skus: Vec::new(),
            carriers: Some(Carrier::KNOWN.to_vec()),
            refused: Vec::new(),
            streaks: RefusalStreaks::default(),
            retried_at: None,
            price_limit: None,
            price_accepted: None,
            form_wanted: FormNeed::None,
        }
    }
}

impl Case {
    pub fn request(&self) -> RateRequest<'_> {
        RateRequest {
            parcel: &self.parcel,
            from: &self.from,
            to: &self.to,
            market: &self.market,
            seller: self.seller,
            ship_on: self.ship_on,
            ready_at: self.ready_at,
            arrive_by: self.arrive_by,
            speed: self.speed,
            value: self.value,
            skus: &self.skus,
            customs: None,
            form_wanted: self.form_wanted,
            currency: Currency::USD,
            constraints: PurchaseConstraints {
                carriers: self.carriers.as_deref(),
                fingerprint: 1,
                refused: &self.refused,
                streaks: &self.streaks,
                retried_at: self.retried_at,
                price_limit: self.price_limit,
                price_accepted: self.price_accepted,
                now: at(0),
            },
        }
    }
}

pub fn quotes(quotes: Vec<Quote>) -> Quotes {
    Quotes { quotes, messages: Vec::new(), silent: Vec::new(), asked_at: at(0) }
}

pub fn no_rules() -> RateRules {
    RateRules { rules: Vec::new(), restrictions: Vec::new(), ..RateRules::built_in().unwrap() }
}

/// No rules of the seller's, and TikTok's as they are published.
pub fn published() -> RateRules {
    RateRules { rules: Vec::new(), ..RateRules::built_in().unwrap() }
}

pub fn ground() -> Quote {
    quote("rate_1", Carrier::Ups, "Ground", 900, Some(3))
}

pub fn advantage() -> Quote {
    quote("rate_2", Carrier::Usps, "GroundAdvantage", 700, Some(4))
}

#[track_caller]
pub fn check_with(quote: Quote, case: &Case, rules: &RateRules, expect: Option<Ineligible>) {
    let got = match choose(quotes(vec![quote]), &case.request(), rules) {
        Ok(decision) if !decision.arrives_late => None,
        Ok(decision) => panic!("late: {:?}", decision.candidates),
        Err(NoEligibleRate { mut candidates, .. }) => match candidates.remove(0).verdict {
            Verdict::Ineligible(refusal) => Some(refusal),
            verdict => panic!("{verdict:?}"),
        },
    };
    assert_eq!(got, expect);
}

#[track_caller]
fn check(quote: Quote, case: &Case, expect: Option<Ineligible>) {
    check_with(quote, case, &no_rules(), expect);
}

#[test]
fn a_price_of_nothing() {
    let free = Quote { cost: Money::usd(0), ..ground() };
    check(free.clone(), &Case::default(), Some(Ineligible::Free));
    let pattern = |service: &str| ServicePattern { carrier: Carrier::Ups, service: Some(service.into()) };
    let rules = |service| RateRules { free: vec![pattern(service)], ..no_rules() };
    check_with(free.clone(), &Case::default(), &rules("Ground"), None);
    check_with(free, &Case::default(), &rules("NextDayAir"), Some(Ineligible::Free));
    assert_eq!(rules("Grund").unknown_service().as_deref(), Some("Grund"));
}

#[test]
fn a_price_that_is_too_high() {
    let at = |cents| Quote { cost: Money::usd(cents), ..ground() };
    let worth = |cents| Case { value: Some(Money::usd(cents)), ..Case::default() };
    let out = |cents| Some(Ineligible::TooDear { highest: Money::usd(cents) });
    check(at(10_000), &Case::default(), None);
    check(at(10_001), &Case::default(), out(10_000));
    check(at(99_999_999_999), &worth(50_000), out(10_000));
    check(at(800), &worth(500), None);
    check(at(3_001), &worth(500), out(3_000));
    let accepted = Case { price_accepted: Some(Money::usd(12_000)), ..worth(500) };
    check(at(12_600), &accepted, None);
    check(at(12_601), &accepted, out(12_600));
    // What can't be bought at any price is no matter of the price.
    let heavy = Case { parcel: Parcel { weight: Weight::pounds(151), dimensions: None }, ..Case::default() };
    check(at(10_001), &heavy, Some(Ineligible::TooHeavy));
}

#[test]
fn no_tolerance_goes_beyond_the_highest_price() {
    let limit = |cents, case: &Case| {
        let quote = Quote { cost: Money::usd(cents), ..ground() };
        choose(quotes(vec![quote]), &case.request(), &no_rules()).unwrap().chosen.limit
    };
    assert_eq!(limit(9_000, &Case::default()), Money::usd(9_450));
    assert_eq!(limit(9_900, &Case::default()), Money::usd(10_000));
    let accepted = Case { price_accepted: Some(Money::usd(20_000)), ..Case::default() };
    assert_eq!(limit(20_000, &accepted), Money::usd(21_000));
}

#[test]
fn not_enabled() {
    let only = |service: Option<&str>| RateRules {
        enabled: vec![ServicePattern { carrier: Carrier::Ups, service: service.map(Into::into) }],
        ..no_rules()
    };
    check_with(ground(), &Case::default(), &only(None), None);
    check_with(ground(), &Case::default(), &only(Some("GROUND")), None);
    check_with(ground(), &Case::default(), &only(Some("NextDayAir")), Some(Ineligible::NotEnabled));
    check_with(advantage(), &Case::default(), &only(None), Some(Ineligible::NotEnabled));
}

#[test]
fn unknown_service() {
    let odd = quote("rate_1", Carrier::Usps, "CarrierPigeon", 100, None);
    check(odd, &Case::default(), Some(Ineligible::UnknownService));
    let other = quote("rate_1", Carrier::Other, "Ground", 100, None);
    check(other, &Case::default(), Some(Ineligible::UnknownService));
}

#[test]
fn other_currency() {
    let cost = Money { minor: 100, currency: Currency::parse("CAD").unwrap() };
    check(Quote { cost, ..ground() }, &Case::default(), Some(Ineligible::OtherCurrency));
}

#[test]
fn places() {
    let to = |change: fn(&mut Address)| {
        let mut to = recipient();
        change(&mut to);
        Case { to, ..Case::default() }
    };
    let po_box = to(|to| to.street1 = "PO Box 12".into());
    let military = to(|to| (to.city, to.state) = ("APO".into(), "AE".into()));
    let territory = to(|to| to.state = "PR".into());
    let refused = |place| Some(Ineligible::NotDeliveredThere { place });
    check(ground(), &po_box, refused(Place::PoBox));
    check(ground(), &military, refused(Place::Military));
    // A carrier that does not go to a territory quotes no rate for it.
    check(ground(), &territory, None);
    let smart_post = quote("rate_3", Carrier::FedEx, "Ground Economy", 700, None);
    let dhl = quote("rate_4", Carrier::DhlEcommerce, "Ground", 700, None);
    for postal in [advantage(), smart_post, dhl] {
        for case in [&po_box, &military, &territory] {
            check(postal.clone(), case, None);
        }
    }
}

#[test]
fn weight_at_the_limit() {
    let weighs = |pounds: &str| {
        let weight = Weight::parse(pounds, "LB").unwrap();
        Case { parcel: Parcel { weight, dimensions: None }, ..Case::default() }
    };
    check(advantage(), &weighs("70"), None);
    check(advantage(), &weighs("70.000000001"), Some(Ineligible::TooHeavy));
    check(ground(), &weighs("150"), None);
    check(ground(), &weighs("150.000000001"), Some(Ineligible::TooHeavy));
}

fn sized(sides: [&str; 3]) -> Case {
    let [a, b, c] = sides.map(|side| Length::parse(side, "IN").unwrap());
    let dimensions = Some(Dimensions::new(a, b, c));
    Case { parcel: Parcel { weight: Weight::pounds(1), dimensions }, ..Case::default() }
}

#[test]
fn length_at_the_limit() {
    check(ground(), &sized(["108", "1", "1"]), None);
    check(ground(), &sized(["1", "108", "1"]), None);
    check(ground(), &sized(["108.001", "1", "1"]), Some(Ineligible::TooLong));
}

#[test]
fn length_and_girth_at_the_limit() {
    let priority = quote("rate_3", Carrier::Usps, "Priority Mail", 900, None);
    check(advantage(), &sized(["50", "20", "20"]), None); // 50 + 2 * 40 = 130
    check(advantage(), &sized(["50.01", "20", "20"]), Some(Ineligible::TooLarge));
    check(priority.clone(), &sized(["28", "20", "20"]), None); // 108
    check(priority, &sized(["28", "20.01", "20"]), Some(Ineligible::TooLarge));
    check(ground(), &sized(["85", "20", "20"]), None); // 165
    check(ground(), &sized(["85", "20", "20.01"]), Some(Ineligible::TooLarge));
    // Without a size there is nothing to refuse.
    check(ground(), &Case::default(), None);
}

#[test]
fn other_packaging() {
    let flat = Quote { packaging: Some("FlatRateEnvelope".into()), ..advantage() };
    check(flat, &Case::default(), Some(Ineligible::OtherPackaging));
}

#[test]
fn the_first_reason_is_told() {
    let heavy = Case {
        parcel: Parcel {
            weight: Weight::pounds(500),
            dimensions: sized(["200", "90", "90"]).parcel.dimensions,
        },
        arrive_by: Some(at(0)),
        ..Case::default()
    };
    check(ground(), &heavy, Some(Ineligible::TooHeavy));
    let long = Case { parcel: Parcel { weight: Weight::pounds(1), ..heavy.parcel }, ..heavy };
    check(ground(), &long, Some(Ineligible::TooLong));
}

#[test]
fn services_are_known_by_their_names_in_any_spelling() {
    let check = |carrier: Carrier, service: &str, expect: Option<&str>| {
        let service = Service::new(carrier, service);
        assert_eq!(domain::rates::facts(&service).map(|facts| facts.name), expect, "{carrier} {service:?}");
    };
    check(Carrier::Usps, "GroundAdvantage", Some("USPS Ground Advantage"));
    check(Carrier::Usps, "ground_advantage", Some("USPS Ground Advantage"));
    check(Carrier::Usps, "First Class", Some("USPS First Class"));
    check(Carrier::Usps, "PRIORITY MAIL", Some("USPS Priority Mail"));
    check(Carrier::Ups, "Ground", Some("UPS Ground"));
    check(Carrier::Ups, "Next-Day-Air", Some("UPS Next Day Air"));
    check(Carrier::FedEx, "ground", Some("FedEx Ground"));
    check(Carrier::FedEx, "Express Saver", Some("FedEx Express Saver"));
    check(Carrier::FedEx, "Ground Economy", Some("FedEx Ground Economy"));
    check(Carrier::DhlEcommerce, "Ground", Some("DHL eCommerce Ground"));
    check(Carrier::DhlEcommerce, "Expedited Max", Some("DHL eCommerce Expedited Max"));
    check(Carrier::Amazon, "Ground", Some("Amazon Shipping Ground"));
    check(Carrier::Other, "Tracked24", None);
    check(Carrier::Usps, "", None);
}
