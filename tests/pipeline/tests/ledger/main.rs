//! The purchase ledger: a failure, a repeat and a crash at every outside call and every operation of the backend.
//!
//! After each mishap the work goes on, and in the end there is one label, told to TikTok. Nothing is lost, nothing is
//! paid twice.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

mod scenario;

use pipeline::{Mishap, Plan, Site, World, WorldConfig};
use sim::Fault;
use sim::faults::PausePoint;

use scenario::Scenario;

pipeline::on_both_backends!(
    a_fault_at_every_outside_call,
    a_crash_at_every_outside_call,
    a_mishap_at_every_operation_of_the_engine,
    every_message_twice,
    random_mishaps_from_a_seed,
);

/// Both outside services.
#[derive(Clone, Copy, Debug)]
enum Service {
    TikTok,
    EasyPost,
}

impl Service {
    fn faults(self, world: &World) -> sim::Faults {
        match self {
            Self::TikTok => world.sandbox.tiktok.faults().clone(),
            Self::EasyPost => world.sandbox.easypost.faults().clone(),
        }
    }

    fn calls(self, world: &World) -> usize {
        self.faults(world).log().records().len()
    }
}

/// How many calls each service got, and how many operations the backend did, in a run without a mishap. Calls of the
/// shop's connection come first and are not counted.
struct Calm {
    before: [usize; 2],
    after: [usize; 2],
    operations: usize,
}

async fn calm(scenario: Scenario, site: &Site) -> Calm {
    let world = scenario.world(site).await;
    let count = |world: &World| [Service::TikTok, Service::EasyPost].map(|service| service.calls(world));
    let before = count(&world);
    let plan = Plan::calm();
    let mut drive = world.drive(plan.clone()).unwrap();
    scenario.play(&world, &mut drive).await.unwrap_or_else(|error| panic!("{scenario:?}: {error}"));
    scenario.check(&world).await.unwrap_or_else(|error| panic!("{scenario:?}: {error}"));
    Calm { before, after: count(&world), operations: plan.operations() }
}

/// Every call of a calm run, by its number at its service.
fn calls(calm: &Calm) -> Vec<(Service, u64)> {
    let of = |service, index: usize| {
        let [before, after] = [calm.before[index], calm.after[index]].map(|n| u64::try_from(n).unwrap());
        (before + 1..=after).map(move |n| (service, n))
    };
    of(Service::TikTok, 0).chain(of(Service::EasyPost, 1)).collect()
}

const FAULTS: [Fault; 8] = [
    Fault::TooManyRequests,
    Fault::Status(500),
    Fault::Status(503),
    Fault::LostRequest,
    Fault::LostAnswer,
    Fault::BrokenBody,
    Fault::HangWithoutEffect,
    Fault::HangAfterEffect,
];

/// Throttled; failed without effect; done without an answer; done, and the caller waits in vain.
const ONE_OF_A_KIND: [Fault; 4] =
    [Fault::TooManyRequests, Fault::Status(500), Fault::LostAnswer, Fault::HangAfterEffect];

/// One call of a scenario meets `fault`, which must have come to pass.
async fn with_a_fault(scenario: Scenario, site: &Site, service: Service, n: u64, fault: Fault) {
    let what = format!("{scenario:?}, {service:?} call {n}: {fault:?}");
    let world = scenario.world(site).await;
    service.faults(&world).on_nth_call(n, fault);
    let mut drive = world.drive(Plan::calm()).unwrap();
    scenario.play(&world, &mut drive).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(service.faults(&world).all_fired(), "{what}: it never came");
    scenario.check(&world).await.unwrap_or_else(|error| panic!("{what}: {error}"));
}

async fn a_fault_at_every_outside_call(site: Site) {
    let scenario = Scenario::Light;
    for (service, n) in calls(&calm(scenario, &site).await) {
        for fault in FAULTS {
            with_a_fault(scenario, &site, service, n, fault).await;
        }
    }
}

/// The longer lives, on the backend that is fast enough for all of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_fault_at_every_outside_call_of_longer_lives() {
    let site = Site::OneMachine;
    for scenario in Scenario::longer() {
        for (service, n) in calls(&calm(scenario, &site).await) {
            for fault in ONE_OF_A_KIND {
                with_a_fault(scenario, &site, service, n, fault).await;
            }
        }
    }
}

/// Every message of the longer lives comes twice.
#[tokio::test(flavor = "multi_thread")]
async fn every_message_of_longer_lives_twice() {
    for scenario in Scenario::longer() {
        let world = scenario.world(&Site::OneMachine).await;
        let mut drive = world.drive(Plan::calm()).unwrap();
        drive.repeats = true;
        scenario.play(&world, &mut drive).await.unwrap_or_else(|error| panic!("{scenario:?}: {error}"));
        scenario.check(&world).await.unwrap_or_else(|error| panic!("{scenario:?}: {error}"));
    }
}

/// Where the call stands when the process dies, and what becomes of it then.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// It has arrived and is never carried out.
    Undone,
    /// It has arrived and is carried out when nobody waits for it any more.
    Late,
    /// It is carried out, the answer was not read.
    Done,
}

const DEATHS: [Death; 3] = [Death::Undone, Death::Late, Death::Done];

/// The process dies in one call of a scenario.
async fn with_a_death(scenario: Scenario, site: &Site, service: Service, n: u64, death: Death) {
    let what = format!("{scenario:?}, {service:?} call {n}: {death:?}");
    let world = scenario.world(site).await;
    let point = match death {
        Death::Undone | Death::Late => PausePoint::BeforeEffect,
        Death::Done => PausePoint::AfterEffect,
    };
    let mut signal = service.faults(&world).pause_at(n, point);
    let mut drive = world.drive(Plan::calm()).unwrap();
    drive.die_upon(async move {
        signal.arrived().await;
        match death {
            Death::Late | Death::Done => signal.release(),
            Death::Undone => drop(signal),
        }
    });
    scenario.play(&world, &mut drive).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(drive.deaths, 1, "{what}: it never came");
    scenario.check(&world).await.unwrap_or_else(|error| panic!("{what}: {error}"));
}

async fn a_crash_at_every_outside_call(site: Site) {
    let scenario = Scenario::Light;
    for (service, n) in calls(&calm(scenario, &site).await) {
        for death in DEATHS {
            with_a_death(scenario, &site, service, n, death).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_every_outside_call_of_longer_lives() {
    let site = Site::OneMachine;
    for scenario in Scenario::longer() {
        for (service, n) in calls(&calm(scenario, &site).await) {
            for death in DEATHS {
                with_a_death(scenario, &site, service, n, death).await;
            }
        }
    }
}

/// One operation of the backend in a scenario meets `mishap`.
async fn with_a_mishap(scenario: Scenario, site: &Site, n: usize, mishap: Mishap) {
    let what = format!("{scenario:?}, operation {n}: {mishap:?}");
    let world = scenario.world(site).await;
    let plan = Plan::at(n, mishap);
    let mut drive = world.drive(plan.clone()).unwrap();
    scenario.play(&world, &mut drive).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(plan.operations() >= n, "{what}: it never came");
    let crashes = matches!(mishap, Mishap::CrashesBefore | Mishap::CrashesAfter);
    assert_eq!(drive.deaths, usize::from(crashes), "{what}");
    scenario.check(&world).await.unwrap_or_else(|error| panic!("{what}: {error}"));
}

async fn a_mishap_at_every_operation_of_the_engine(site: Site) {
    let operations = calm(Scenario::Light, &site).await.operations;
    assert!(operations > 20, "{operations} operations");
    for n in 1..=operations {
        for mishap in Mishap::ALL {
            with_a_mishap(Scenario::Light, &site, n, mishap).await;
        }
    }
}

/// A crash right after a commit is the worst that can happen between two operations.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_after_every_operation_of_longer_lives() {
    let site = Site::OneMachine;
    for scenario in Scenario::longer() {
        for n in 1..=calm(scenario, &site).await.operations {
            with_a_mishap(scenario, &site, n, Mishap::CrashesAfter).await;
        }
    }
}

async fn every_message_twice(site: Site) {
    let world = World::new(WorldConfig::mixed(10, 3).on(&site)).await.unwrap();
    let mut drive = world.drive(Plan::calm()).unwrap();
    drive.repeats = true;
    drive.notify().await.unwrap();
    drive.notify().await.unwrap();
    drive.until_done().await.unwrap();
    world.check().await.unwrap();
}

/// Everything goes wrong now and then. A failing seed is named: run it alone with `PUNCTUAL_SEED=n`; more seeds with
/// `PUNCTUAL_LIVES=n`.
async fn random_mishaps_from_a_seed(site: Site) {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let seeds = match number("PUNCTUAL_SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..number("PUNCTUAL_LIVES").unwrap_or(if site == Site::OneMachine { 12 } else { 3 }) + 1,
    };
    for seed in seeds {
        let rates = sim::faults::FaultRates::each(0.02);
        let mut config = WorldConfig::mixed(10, seed).on(&site);
        config.sandbox.tiktok_faults = sim::Faults::none();
        let world = World::new(config).await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        world.sandbox.tiktok.faults().set_rates(rates.clone());
        world.sandbox.easypost.faults().set_rates(rates);
        let mut drive = world.drive(Plan::random(seed, 0.03)).unwrap();
        drive.notify().await.unwrap();
        drive.until_done().await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        world.check().await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
}
