//! The choice among the quotes that are left.

use domain::measure::Weight;
use domain::parcel::Parcel;
use domain::rates::{
    Carrier, Decision, Ineligible, Quote, Quotes, RateRules, Silence, SilentAccount, Speed, Verdict, choose,
};
use domain::{AccountId, CarrierAccountId, Money, QuoteId, Timestamp};
use jiff::civil::date;

use crate::filter::{Case, advantage, ground, no_rules, quotes};
use crate::support::{at, quote};

fn decide(offers: Vec<Quote>, case: &Case, rules: &RateRules) -> Decision {
    choose(quotes(offers), &case.request(), rules).unwrap()
}

#[track_caller]
fn check(offers: Vec<Quote>, case: &Case, expect: &str) {
    // Whatever the order in which they come.
    for turned in [offers.clone(), offers.into_iter().rev().collect()] {
        let decision = decide(turned, case, &no_rules());
        assert_eq!(decision.chosen.quote.id, QuoteId::new(expect));
    }
}

fn offer(id: &str, carrier: Carrier, code: &str, cents: i64, days: impl Into<Option<u16>>) -> Quote {
    quote(id, carrier, code, cents, days.into())
}

#[test]
fn the_cheapest() {
    check(vec![ground(), advantage()], &Case::default(), "rate_2");
}

#[test]
fn ties() {
    use Carrier::{FedEx, Ups, Usps};
    let case = Case::default();
    let faster = vec![offer("b", Ups, "Ground", 500, 3), offer("a", Ups, "Ground", 500, 2)];
    check(faster, &case, "a");
    let unknown_days = vec![offer("a", Ups, "Ground", 500, None), offer("b", Ups, "Ground", 500, 9)];
    check(unknown_days, &case, "b");
    let carrier = vec![
        offer("a", FedEx, "Ground", 500, 3),
        offer("b", Ups, "Ground", 500, 3),
        offer("c", Usps, "Priority Mail", 500, 3),
    ];
    check(carrier, &case, "c");
    let service =
        vec![offer("a", Usps, "Priority Mail", 500, 3), offer("b", Usps, "GroundAdvantage", 500, 3)];
    check(service, &case, "b");
    let id = vec![offer("b", Ups, "Ground", 500, 3), offer("a", Ups, "Ground", 500, 3)];
    check(id, &case, "a");
}

#[test]
fn the_same_service_from_three_accounts() {
    let account = |id: &str, account: &str, cents| Quote {
        billed_to: CarrierAccountId::new(account),
        ..offer(id, Carrier::Ups, "Ground", cents, 3)
    };
    let offers = vec![account("r1", "ca_1", 900), account("r2", "ca_2", 850), account("r3", "ca_3", 850)];
    let decision = decide(offers, &Case::default(), &no_rules());
    assert_eq!(decision.chosen.quote.id, QuoteId::new("r2"));
    assert_eq!(decision.chosen.quote.billed_to, CarrierAccountId::new("ca_2"));
    let verdicts: Vec<_> = decision.candidates.iter().map(|candidate| &candidate.verdict).collect();
    assert_eq!(verdicts, [&Verdict::Eligible, &Verdict::Chosen, &Verdict::Eligible]);
}

#[test]
fn the_decision_keeps_everything() {
    let flat =
        Quote { packaging: Some("FlatRateBox".into()), ..offer("f", Carrier::Usps, "Priority Mail", 1, 1) };
    let decision = decide(vec![ground(), flat, advantage()], &Case::default(), &no_rules());
    let told: Vec<_> =
        decision.candidates.iter().map(|c| (c.quote.id.as_str(), c.billable_pounds, &c.verdict)).collect();
    assert_eq!(
        told,
        [
            ("rate_1", 5, &Verdict::Eligible),
            ("f", 5, &Verdict::Ineligible(Ineligible::OtherPackaging)),
            ("rate_2", 5, &Verdict::Chosen),
        ]
    );
    assert_eq!(decision.chosen.limit, Money::usd(750), "700 and the greater of 5 % and 50 cents");
    assert_eq!(decision.chosen.asked_at, at(0));
    assert_eq!((decision.rule, decision.arrives_late), (None, false));
}

#[test]
fn without_quotes_there_is_no_decision() {
    let unrated = choose(quotes(Vec::new()), &Case::default().request(), &no_rules()).unwrap_err();
    assert_eq!(unrated.to_string(), "none of 0 rates can be bought");
}

/// Shipped on 21 September; to be there by the end of the 24th in Los Angeles.
fn in_three_days(speed: Speed) -> Case {
    let arrive_by: Timestamp = "2026-09-25T06:59:59Z".parse().unwrap();
    Case { ship_on: date(2026, 9, 21), arrive_by: Some(arrive_by), speed, ..Case::default() }
}

#[test]
fn what_is_too_slow_is_out() {
    let case = in_three_days(Speed::Standard);
    let decision = decide(vec![ground(), advantage()], &case, &no_rules());
    assert_eq!(decision.chosen.quote.id, ground().id, "dearer, but three days");
    let arrives = date(2026, 9, 25);
    assert_eq!(decision.candidates[1].verdict, Verdict::Ineligible(Ineligible::TooSlow { arrives }));
    assert!(!decision.arrives_late);
}

#[test]
fn when_all_are_too_slow_the_fastest_is_taken_and_marked() {
    let case = in_three_days(Speed::Standard);
    let offers = vec![
        offer("slow", Carrier::Usps, "GroundAdvantage", 100, 9),
        offer("fast", Carrier::Ups, "Ground", 900, 5),
        offer("fast too", Carrier::FedEx, "Ground", 800, 5),
    ];
    let decision = decide(offers, &case, &RateRules::built_in().unwrap());
    assert_eq!((decision.chosen.quote.id, decision.arrives_late), (QuoteId::new("fast too"), true));
    // What can't be bought at all is not bought late either.
    let flat = Quote { packaging: Some("Box".into()), ..offer("x", Carrier::Ups, "NextDayAir", 1, 4) };
    let decision = decide(vec![flat, advantage()], &case, &no_rules());
    assert_eq!(decision.chosen.quote.id, advantage().id);
}

#[test]
fn among_late_ones_ties_are_broken_as_ever_and_no_rule_counts() {
    let parcel = Parcel { weight: Weight::ounces(3), dimensions: None };
    let light = Case { parcel, ..in_three_days(Speed::Standard) };
    let late = |id: &str| offer(id, Carrier::Usps, "GroundAdvantage", 500, 9);
    let rules = RateRules { restrictions: Vec::new(), ..RateRules::built_in().unwrap() };
    for offers in [vec![late("b"), late("a")], vec![late("a"), late("b")]] {
        let decision = decide(offers, &light, &rules);
        assert_eq!(
            (decision.chosen.quote.id.as_str(), decision.rule),
            ("a", None),
            "speed chose, not \"light\""
        );
    }
}

#[test]
fn unknown_days_pass_unless_the_buyer_paid_for_speed() {
    let silent = || offer("silent", Carrier::Ups, "Ground", 100, None);
    let fast = || offer("fast", Carrier::Ups, "NextDayAir", 5_000, 1);
    let lenient = decide(vec![silent(), fast()], &in_three_days(Speed::Standard), &no_rules());
    assert_eq!(lenient.chosen.quote.id, QuoteId::new("silent"));
    let strict = decide(vec![silent(), fast()], &in_three_days(Speed::Expedited), &no_rules());
    assert_eq!(strict.chosen.quote.id, QuoteId::new("fast"));
    assert_eq!(strict.candidates[0].verdict, Verdict::Ineligible(Ineligible::DaysUnknown));
    let late = decide(
        vec![silent(), offer("slow", Carrier::Ups, "Ground", 900, 9)],
        &in_three_days(Speed::Expedited),
        &no_rules(),
    );
    assert_eq!((late.chosen.quote.id, late.arrives_late), (QuoteId::new("slow"), true));
    let no_promise = Case { arrive_by: None, ..in_three_days(Speed::Expedited) };
    assert_eq!(decide(vec![silent()], &no_promise, &no_rules()).chosen.quote.id, QuoteId::new("silent"));
}

#[test]
fn no_date_is_beyond_the_calendar() {
    let case = Case { ship_on: jiff::civil::Date::MAX, arrive_by: Some(Timestamp::MIN), ..Case::default() };
    let decision = decide(vec![offer("a", Carrier::Ups, "Ground", 1, u16::MAX)], &case, &no_rules());
    assert!(decision.arrives_late);
}

#[test]
fn limits_do_not_overflow() {
    let rules =
        |tolerance_percent, tolerance_minor| RateRules { tolerance_percent, tolerance_minor, ..no_rules() };
    let check = |rules: RateRules, quote: i64, expect: i64| {
        assert_eq!(rules.limit(Money::usd(quote)), Money::usd(expect));
    };
    check(rules(0, 0), 700, 700);
    check(rules(5, 0), 99, 103); // a fraction of a cent is not tolerated
    check(rules(5, 50), 1_000, 1_050);
    check(rules(5, 50), 1_001, 1_051);
    check(rules(5, 50), 1_020, 1_071);
    check(rules(0, -10), 700, 700);
    check(rules(u32::MAX, i64::MAX), i64::MAX, i64::MAX);
}

/// A generator that is the same everywhere, to replay a failure by its seed.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

fn shuffled(mut offers: Vec<Quote>, random: &mut Lcg) -> Vec<Quote> {
    for i in (1..offers.len()).rev() {
        offers.swap(i, random.below(i + 1));
    }
    offers
}

#[test]
fn the_order_of_the_quotes_means_nothing() {
    const SERVICES: [(Carrier, &str); 7] = [
        (Carrier::Usps, "GroundAdvantage"),
        (Carrier::Usps, "Priority Mail"),
        (Carrier::Ups, "Ground"),
        (Carrier::Ups, "NextDayAir"),
        (Carrier::FedEx, "Ground"),
        (Carrier::FedEx, "PRIORITY_OVERNIGHT"),
        (Carrier::Other, "Pigeon"),
    ];
    for seed in 0..300 {
        let mut random = Lcg(seed);
        // Few prices and days, so that ties are common.
        let offers: Vec<Quote> = (0..1 + random.below(40))
            .map(|n| {
                let (carrier, code) = SERVICES[random.below(SERVICES.len())];
                let days = [None, Some(1), Some(3), Some(6)][random.below(4)];
                let cents = 500 + 100 * i64::try_from(random.below(4)).unwrap();
                offer(&format!("rate_{n}"), carrier, code, cents, days)
            })
            .collect();
        let speed = [Speed::Standard, Speed::Expedited][random.below(2)];
        let case = if random.below(2) == 0 { Case::default() } else { in_three_days(speed) };
        let rules = RateRules { restrictions: Vec::new(), ..RateRules::built_in().unwrap() };
        let choice = |offers: Vec<Quote>| {
            choose(quotes(offers), &case.request(), &rules).map(|decision| {
                let chosen = decision.candidates.iter().filter(|c| c.verdict == Verdict::Chosen).count();
                assert_eq!(chosen, 1, "seed {seed}");
                (decision.chosen, decision.rule, decision.arrives_late)
            })
        };
        let first = choice(offers.clone()).ok();
        for _ in 0..5 {
            assert_eq!(choice(shuffled(offers.clone(), &mut random)).ok(), first, "seed {seed}");
        }
    }
}

#[test]
fn only_the_chosen_quote_keeps_its_ticket_and_it_keeps_the_parcel() {
    let offers = vec![
        quote("a", Carrier::Usps, "GroundAdvantage", 900, Some(4)),
        quote("b", Carrier::Ups, "Ground", 950, Some(3)),
    ];
    let case = Case::default();
    let decision = choose(quotes(offers), &case.request(), &no_rules()).unwrap();
    assert_eq!(decision.chosen.quote.ticket.as_str(), "shp_1");
    assert_eq!(decision.chosen.parcel, case.parcel);
    assert!(decision.candidates.iter().all(|candidate| candidate.quote.ticket.is_empty()));
}

#[test]
fn a_decision_without_some_accounts_says_so() {
    let silent = vec![SilentAccount { account: AccountId::default_of("ups"), why: Silence::TimedOut }];
    let offers = vec![quote("a", Carrier::Usps, "GroundAdvantage", 900, Some(4))];
    let incomplete = Quotes { silent: silent.clone(), ..quotes(offers) };
    assert_eq!(choose(incomplete, &Case::default().request(), &no_rules()).unwrap().incomplete, silent);
    let none = Quotes { silent: silent.clone(), ..quotes(Vec::new()) };
    assert_eq!(choose(none, &Case::default().request(), &no_rules()).unwrap_err().incomplete, silent);
}
