//! What holds of every deadline, tried on thousands of orders made from a seed.

use domain::Timestamp;
use domain::deadline::{Deadline, DispatchRules, deadline};
use domain::market::Market;
use domain::order::{Clocks, Handling, HandlingUnit, Order, OrderKind, OrderStatus};

use crate::support::{order, statuses};

/// SplitMix64: the same numbers from the same seed on every machine.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: i64) -> i64 {
        i64::try_from(self.next() % end.unsigned_abs()).unwrap()
    }

    fn one_in(&mut self, n: i64) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let place = usize::try_from(self.next()).unwrap_or_default() % from.len();
        from[place].clone()
    }
}

const DAY: i64 = 86_400;
/// 2026-02-01, when the newest rule of every market had begun.
const START: i64 = 1_769_904_000;
const MARKETS: [&str; 8] = ["US", "GB", "VN", "TH", "ID", "MY", "BR", "DE"];

fn second(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

/// An order of the years 2026 to 2028, often with clocks, some of them odd.
fn any_order(numbers: &mut Numbers) -> Order {
    use OrderKind::{Auction, BackOrder, MadeToOrder, Normal, PreOrder, Virtual};
    let paid = START + numbers.below(1_000 * DAY);
    let near = |numbers: &mut Numbers, share| {
        numbers.one_in(share).then(|| second(paid - 2 * DAY + numbers.below(20 * DAY)))
    };
    let clocks = Clocks {
        ready_by: near(numbers, 3),
        scanned_by: near(numbers, 3),
        ready_or_cancelled: near(numbers, 3),
        scanned_or_cancelled: near(numbers, 3),
        ..Clocks::default()
    };
    let kinds = [
        Normal,
        Normal,
        PreOrder,
        MadeToOrder,
        BackOrder,
        Auction,
        Virtual,
        OrderKind::Unknown("X. Y".into()),
    ];
    let unit = numbers.pick(&[HandlingUnit::BusinessDays, HandlingUnit::CalendarDays]);
    let days = u16::try_from(numbers.below(30)).unwrap();
    Order {
        market: Market::new(numbers.pick(&MARKETS)),
        kind: numbers.pick(&kinds),
        status: if numbers.one_in(3) { numbers.pick(&statuses()) } else { OrderStatus::AwaitingShipment },
        created_at: second(paid - 60),
        paid_at: (!numbers.one_in(20)).then(|| second(paid)),
        released_at: near(numbers, 2),
        handling: numbers.one_in(2).then_some(Handling { days, unit }),
        clocks,
        ..order()
    }
}

/// Runs `check` on many orders; a failure names the seed and the order.
fn for_many(check: impl Fn(&Order, Option<Deadline>, &mut Numbers)) {
    let rules = DispatchRules::built_in().unwrap();
    for seed in 0..4_000 {
        let mut numbers = Numbers(seed);
        let order = any_order(&mut numbers);
        let _shown = Shown { seed, order: &order };
        let found = deadline(&order, &rules);
        check(&order, found, &mut numbers);
    }
}

/// Prints what a failed check was about.
struct Shown<'a> {
    seed: u64,
    order: &'a Order,
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let Order { market, kind, status, paid_at, released_at, handling, clocks, .. } = self.order;
        eprintln!("seed {}: {market:?} {kind:?} {status:?} paid {paid_at:?}", self.seed);
        eprintln!("released {released_at:?} {handling:?} {clocks:?}");
    }
}

#[test]
fn no_deadline_lies_before_the_payment() {
    for_many(|order, found, _| {
        let began = order.paid_at.unwrap_or(order.created_at);
        let Some(found) = found else { return };
        assert!(found.at >= began);
        assert!(found.cancellation.is_none_or(|end| end.at >= began));
    });
}

#[test]
fn a_later_payment_gives_no_earlier_deadline() {
    let rules = DispatchRules::built_in().unwrap();
    for_many(|order, found, numbers| {
        let Some(paid) = order.paid_at else { return };
        let later = numbers.below(4 * DAY);
        let later = Order { paid_at: Some(second(paid.as_second() + later)), ..order.clone() };
        if let (Some(found), Some(later)) = (found, deadline(&later, &rules)) {
            assert!(later.at >= found.at, "{} then {}", found.why, later.why);
        }
    });
}

#[track_caller]
fn check_sentence(why: &str) {
    let inside = why.strip_suffix('.').unwrap_or_else(|| panic!("no full stop: {why}"));
    assert!(!inside.is_empty() && inside.trim() == inside && !inside.ends_with('.'), "{why}");
    assert!(inside.starts_with(char::is_uppercase), "{why}");
    let ends = [". ", "! ", "? ", "\n", "  "];
    assert!(!ends.iter().any(|end| inside.contains(end)), "{why}");
    assert_eq!(inside.matches('(').count(), inside.matches(')').count(), "{why}");
}

#[test]
fn every_reason_is_one_sentence() {
    for_many(|_, found, _| {
        let Some(found) = found else { return };
        check_sentence(&found.why);
        if let Some(end) = found.cancellation {
            check_sentence(&end.why);
        }
    });
}

#[test]
fn asked_again_it_is_the_same() {
    let rules = DispatchRules::built_in().unwrap();
    let stored: DispatchRules = serde_json::from_str(&serde_json::to_string(&rules).unwrap()).unwrap();
    for_many(|order, found, _| {
        assert_eq!(found, deadline(order, &rules));
        assert_eq!(found, deadline(order, &stored));
    });
}

#[test]
fn the_orders_tried_are_of_every_sort() {
    let seen = std::cell::RefCell::new(std::collections::HashSet::new());
    for_many(|_, found, _| {
        let clock = found.as_ref().map(|found| found.clock);
        let end = found.and_then(|found| found.cancellation).map(|end| end.clock);
        seen.borrow_mut().insert(format!("{clock:?}"));
        seen.borrow_mut().insert(format!("cancelled {end:?}"));
    });
    let mut seen: Vec<_> = seen.into_inner().into_iter().collect();
    seen.sort();
    let expect = [
        "None",
        "Some(CarrierScan)",
        "Some(CollectionDue)",
        "Some(MarketRule)",
        "Some(PaidPlus72h)",
        "Some(ReadyToShip)",
        "Some(ShippingDue)",
        "cancelled None",
        "cancelled Some(CollectionDue)",
        "cancelled Some(MarketRule)",
        "cancelled Some(ShippingDue)",
    ];
    assert_eq!(seen, expect);
}
