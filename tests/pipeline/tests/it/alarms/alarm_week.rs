//! A week of three shops under a clock that only the test turns, with sweeps that are lost, come twice, or crash.
#![allow(clippy::print_stdout, reason = "the week prints its figures")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use backend::Backend;
use backend_sqlite::SqliteBackend;
use domain::order::OrderStatus;
use domain::recipient::Channel;
use domain::{OrderId, OrderKey, ShopId, Timestamp};
use fastrand::Rng;
use pipeline::{BackendFault, FaultPlan, Notifications};
use system::Clock;

use crate::alarms::alarm_support::{DeliveredOrders, orders_by_alarm, shop_with, sweep, waiting};

const ORDERS: usize = 3_000;
const SHOPS: usize = 3;
const MINUTES: i64 = 7 * 24 * 60;
/// "Each alarm leaves within 90 s of its moment": and not earlier than its minute.
const LATE: i64 = 90;
const EARLY: i64 = 60;

/// A clock that stands still.
struct Still(AtomicI64);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// What happens to an order, in seconds since 1970.
#[derive(Clone, Debug)]
struct Life {
    key: OrderKey,
    seen: i64,
    deadline: i64,
    shipped: Option<i64>,
    acknowledged: Option<i64>,
}

/// What should be told of an order: at this moment, if it still stands.
struct Due {
    kind: &'static str,
    moment: i64,
    /// It must be told; else it may be.
    certain: bool,
}

impl Life {
    fn drawn(n: usize, begin: i64, rng: &mut Rng) -> Self {
        let seen = begin + rng.i64(0..(MINUTES - 24 * 60) * 60);
        // Most deadlines are at the end of a day, so that many orders fall due together.
        let within = rng.i64(2 * 3_600..60 * 3_600);
        let deadline = match rng.u8(0..10) {
            0..7 => (seen + within).div_euclid(86_400) * 86_400 + 86_399,
            _ => seen + within,
        };
        let life = (deadline - seen).max(1);
        let shipped = (rng.u8(0..10) < 6).then(|| seen + rng.i64(0..life));
        let acknowledged = (rng.u8(0..10) < 1).then(|| seen + rng.i64(0..life));
        let key = OrderKey::new(ShopId::new(format!("shop-{}", n % SHOPS)), OrderId::new(format!("{n:05}")));
        Self { key, seen, deadline, shipped, acknowledged }
    }

    /// The rule, written down a second time: what is told of this life until `end`.
    fn due(&self, end: i64) -> Vec<Due> {
        let levels = [("dispatch_24h", 24), ("dispatch_12h", 12), ("dispatch_6h", 6), ("dispatch_missed", 0)];
        let moments: Vec<(&str, i64)> = levels
            .iter()
            .map(|(kind, hours)| (*kind, (self.deadline - hours * 3_600).max(self.seen)))
            .collect();
        let mut due = Vec::new();
        let ended = |(_, (_, moment)): &(usize, &(&str, i64))| *moment > end;
        for (n, (kind, moment)) in moments.iter().enumerate().filter(|one| !ended(one)) {
            let over = |at: &Option<i64>, slack: i64| at.is_some_and(|at| at <= moment + slack);
            let silent = |slack| {
                over(&self.shipped, slack) || (*kind != "dispatch_missed" && over(&self.acknowledged, slack))
            };
            // A more urgent level whose moment has come as well takes its place.
            let overtaken = |slack: i64| moments.get(n + 1).is_some_and(|(_, next)| *next <= moment + slack);
            if !silent(-EARLY) && !overtaken(-EARLY) {
                let certain = !silent(LATE) && !overtaken(LATE + EARLY);
                due.push(Due { kind, moment: *moment, certain });
            }
        }
        due
    }
}

/// What becomes of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Calm,
    Lost,
    Twice,
    Fault,
}

impl Fate {
    fn drawn(rng: &mut Rng, last: Self) -> Self {
        match (rng.u8(0..20), last) {
            (0, Self::Calm | Self::Twice) => Self::Lost,
            (1..4, Self::Calm | Self::Twice) => Self::Fault,
            (4, _) => Self::Twice,
            _ => Self::Calm,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_week_tells_each_alarm_once_and_on_time() {
    let seed = std::env::var("PUNCTUAL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_124);
    let mut rng = Rng::with_seed(seed);
    let begin: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
    let begin = begin.as_second();
    let clock = Arc::new(Still(AtomicI64::new(begin)));
    let folder = tempfile::tempdir().unwrap();
    let backend = Backend::of(SqliteBackend::open(folder.path(), clock.clone()).unwrap());
    for n in 0..SHOPS {
        shop_with(&backend, &format!("shop-{n}"), clock.now()).await;
    }
    let lives: Vec<Life> = (0..ORDERS).map(|n| Life::drawn(n, begin, &mut rng)).collect();
    let service = Arc::new(Notifications::default());
    let mut fates: BTreeMap<Fate, usize> = BTreeMap::new();
    let mut script = Script::of(&lives);
    let mut last = Fate::Calm;
    for minute in 0..MINUTES + 10 {
        let now = begin + minute * 60 + rng.i64(0..30);
        script.play(&backend, &lives, now).await;
        clock.0.store(now, Ordering::SeqCst);
        let calm = minute >= MINUTES;
        last = if calm { Fate::Calm } else { Fate::drawn(&mut rng, last) };
        *fates.entry(last).or_default() += 1;
        match last {
            Fate::Calm => drop(sweep(&backend, &service, &clock, &FaultPlan::none()).await),
            Fate::Lost => {}
            Fate::Twice => {
                let (one, other) = (FaultPlan::none(), FaultPlan::none());
                tokio::join!(
                    sweep(&backend, &service, &clock, &one),
                    sweep(&backend, &service, &clock, &other)
                );
            }
            Fate::Fault => {
                let plan =
                    FaultPlan::at(rng.usize(1..60), BackendFault::ALL[rng.usize(..BackendFault::ALL.len())]);
                sweep(&backend, &service, &clock, &plan).await;
            }
        }
    }
    judge(seed, begin + MINUTES * 60, &backend, &service, &lives, &fates).await;
}

/// What happens to the orders, by its instant.
struct Script(BTreeMap<i64, Vec<(usize, What)>>);

#[derive(Clone, Copy)]
enum What {
    Seen,
    Shipped,
    Acknowledged,
}

impl Script {
    fn of(lives: &[Life]) -> Self {
        let mut script: BTreeMap<i64, Vec<(usize, What)>> = BTreeMap::new();
        for (n, life) in lives.iter().enumerate() {
            script.entry(life.seen).or_default().push((n, What::Seen));
            for (at, what) in [(life.shipped, What::Shipped), (life.acknowledged, What::Acknowledged)] {
                if let Some(at) = at {
                    script.entry(at.max(life.seen)).or_default().push((n, what));
                }
            }
        }
        Self(script)
    }

    /// Brings the orders up to `now`.
    async fn play(&mut self, backend: &Backend, lives: &[Life], now: i64) {
        let later = self.0.split_off(&(now + 1));
        let due = std::mem::replace(&mut self.0, later);
        for (at, events) in due {
            let at = Timestamp::from_second(at).unwrap();
            for (n, what) in events {
                let life = &lives[n];
                if let What::Seen = what {
                    let deadline = Timestamp::from_second(life.deadline).unwrap();
                    let record = waiting(life.key.shop.as_str(), life.key.order.as_str(), deadline, at);
                    backend.orders.commit_order(&record, 0).await.unwrap();
                    continue;
                }
                let stored = backend.orders.load_order(&life.key).await.unwrap().unwrap();
                let mut record = stored.value;
                match what {
                    What::Seen => {}
                    What::Shipped => {
                        record.order.status = OrderStatus::AwaitingCollection;
                        record.deadline = None;
                        record.refresh_exceptions(at);
                    }
                    What::Acknowledged => record.alarms.acknowledged_at = Some(at),
                }
                backend.orders.commit_order(&record, stored.version).await.unwrap();
            }
        }
    }
}

async fn judge(
    seed: u64,
    end: i64,
    backend: &Backend,
    service: &Notifications,
    lives: &[Life],
    fates: &BTreeMap<Fate, usize>,
) {
    let orders = orders_by_alarm(backend, service).await;
    let messages = service.sent();
    let told = DeliveredOrders::by(messages.clone(), |message| orders[message.alarm.as_str()].clone());
    assert_eq!(told.twice(), [""; 0], "seed {seed}");
    let (mut expected, mut latest, mut earliest) = (0, i64::MIN, i64::MAX);
    for life in lives {
        let due = life.due(end);
        for recipient in ["ann", "bo"] {
            let name = format!("{}/{}", life.key.shop, life.key.order);
            let heard = told.messages(&name, recipient);
            for due in &due {
                let first = heard.iter().find(|(_, message)| message.kind == due.kind);
                assert!(
                    first.is_some() || !due.certain,
                    "seed {seed}: {recipient} never heard {} of {life:?}",
                    due.kind
                );
                expected += usize::from(due.certain);
                if let Some((at, _)) = first {
                    let late = at.as_second() - due.moment;
                    // What can't be known a minute ahead (that a deadline was missed, an order that is new and late)
                    // waits a minute more when just the sweep after it is lost.
                    let sudden = due.kind == "dispatch_missed" || due.moment == life.seen;
                    let bounds = if sudden { 0..=LATE + EARLY } else { -EARLY..=LATE };
                    assert!(bounds.contains(&late), "seed {seed}: {} {late} s late of {life:?}", due.kind);
                    if !sudden {
                        (latest, earliest) = (latest.max(late), earliest.min(late));
                    }
                }
            }
            for (_, message) in heard.iter().filter(|(at, _)| at.as_second() <= end) {
                assert!(
                    due.iter().any(|due| due.kind == message.kind),
                    "seed {seed}: {} was told of {life:?}",
                    message.kind
                );
            }
        }
    }
    let by = |channel| messages.iter().filter(|(_, message)| message.channel == channel).count();
    println!(
        "a week: {} orders of {SHOPS} shops, sweeps {fates:?}; {} alarms, {expected} tellings expected for certain, \
         all told; e-mails {}, text messages {}, calls {}; none twice; {earliest} to {latest} s after the moment",
        lives.len(),
        orders.len(),
        by(Channel::Email),
        by(Channel::Sms),
        by(Channel::Call),
    );
}
