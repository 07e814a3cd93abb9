//! The purchase ledger: a failure, a repeat and a crash at every outside call and every operation of the backend.
//!
//! After each fault the work goes on, and in the end there is one label, and TikTok has its number. Nothing is lost, nothing
//! is paid twice.

mod scenario;

use pipeline::{BackendFault, BackendKind, FaultPlan, World, WorldConfig};
use sim::Fault;
use sim::faults::PausePoint;

use scenario::Scenario;

pipeline::on_both_backends!(
    a_fault_at_every_outside_call,
    a_crash_at_every_outside_call,
    a_fault_at_every_operation_of_the_backend,
    every_message_twice,
    random_faults_from_a_seed,
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

/// How many calls each service got, and how many operations the backend did, in a run without faults. The calls that
/// connect the shop come first and are not counted.
struct Baseline {
    before: [usize; 2],
    after: [usize; 2],
    operations: usize,
}

async fn baseline(scenario: Scenario, backend_kind: &BackendKind) -> Baseline {
    let world = scenario.world(backend_kind).await;
    let count = |world: &World| [Service::TikTok, Service::EasyPost].map(|service| service.calls(world));
    let before = count(&world);
    let plan = FaultPlan::none();
    let mut drive = world.drive(plan.clone()).unwrap();
    scenario.play(&world, &mut drive).await.unwrap_or_else(|error| panic!("{scenario:?}: {error}"));
    scenario.check(&world).await.unwrap_or_else(|error| panic!("{scenario:?}: {error}"));
    Baseline { before, after: count(&world), operations: plan.operations() }
}

/// Every call of a run without faults, by its number at its service.
fn calls(baseline: &Baseline) -> Vec<(Service, u64)> {
    let of = |service, index: usize| {
        let [before, after] =
            [baseline.before[index], baseline.after[index]].map(|n| u64::try_from(n).unwrap());
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

/// One fault of each kind: throttled; failed without effect; done but not answered; done, and the answer hangs.
const REPRESENTATIVE_FAULTS: [Fault; 4] =
    [Fault::TooManyRequests, Fault::Status(500), Fault::LostAnswer, Fault::HangAfterEffect];

/// One call of a scenario meets `fault`, which must have come to pass.
async fn with_a_fault(
    scenario: Scenario,
    backend_kind: &BackendKind,
    service: Service,
    n: u64,
    fault: Fault,
) {
    let what = format!("{scenario:?}, {service:?} call {n}: {fault:?}");
    let world = scenario.world(backend_kind).await;
    service.faults(&world).on_nth_call(n, fault);
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    scenario.play(&world, &mut drive).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(service.faults(&world).all_fired(), "{what}: the fault never fired");
    scenario.check(&world).await.unwrap_or_else(|error| panic!("{what}: {error}"));
}

async fn a_fault_at_every_outside_call(backend_kind: BackendKind) {
    let scenario = Scenario::Light;
    for (service, n) in calls(&baseline(scenario, &backend_kind).await) {
        for fault in FAULTS {
            with_a_fault(scenario, &backend_kind, service, n, fault).await;
        }
    }
}

/// The longer lives, on the backend that is fast enough for all of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_fault_at_every_outside_call_of_longer_lives() {
    let backend_kind = BackendKind::Sqlite;
    for scenario in Scenario::longer() {
        for (service, n) in calls(&baseline(scenario, &backend_kind).await) {
            for fault in REPRESENTATIVE_FAULTS {
                with_a_fault(scenario, &backend_kind, service, n, fault).await;
            }
        }
    }
}

/// Every message of the longer lives comes twice.
#[tokio::test(flavor = "multi_thread")]
async fn every_message_of_longer_lives_twice() {
    for scenario in Scenario::longer() {
        let world = scenario.world(&BackendKind::Sqlite).await;
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        drive.duplicates = true;
        scenario.play(&world, &mut drive).await.unwrap_or_else(|error| panic!("{scenario:?}: {error}"));
        scenario.check(&world).await.unwrap_or_else(|error| panic!("{scenario:?}: {error}"));
    }
}

/// Where a call stands when the process crashes, and what becomes of it then.
#[derive(Clone, Copy, Debug)]
enum CrashPoint {
    /// It has arrived and is never executed.
    NeverExecuted,
    /// It has arrived and is executed when nobody waits for it any more.
    ExecutedLate,
    /// It was executed, and the answer was not read.
    AnswerUnread,
}

const CRASH_POINTS: [CrashPoint; 3] =
    [CrashPoint::NeverExecuted, CrashPoint::ExecutedLate, CrashPoint::AnswerUnread];

/// The process crashes in one call of a scenario.
async fn with_a_crash(
    scenario: Scenario,
    backend_kind: &BackendKind,
    service: Service,
    n: u64,
    at: CrashPoint,
) {
    let what = format!("{scenario:?}, {service:?} call {n}: {at:?}");
    let world = scenario.world(backend_kind).await;
    let point = match at {
        CrashPoint::NeverExecuted | CrashPoint::ExecutedLate => PausePoint::BeforeEffect,
        CrashPoint::AnswerUnread => PausePoint::AfterEffect,
    };
    let mut signal = service.faults(&world).pause_at(n, point);
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.crash_upon(async move {
        signal.arrived().await;
        match at {
            CrashPoint::ExecutedLate | CrashPoint::AnswerUnread => signal.release(),
            CrashPoint::NeverExecuted => drop(signal),
        }
    });
    scenario.play(&world, &mut drive).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(drive.crashes, 1, "{what}: the fault never fired");
    scenario.check(&world).await.unwrap_or_else(|error| panic!("{what}: {error}"));
}

async fn a_crash_at_every_outside_call(backend_kind: BackendKind) {
    let scenario = Scenario::Light;
    for (service, n) in calls(&baseline(scenario, &backend_kind).await) {
        for at in CRASH_POINTS {
            with_a_crash(scenario, &backend_kind, service, n, at).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_every_outside_call_of_longer_lives() {
    let backend_kind = BackendKind::Sqlite;
    for scenario in Scenario::longer() {
        for (service, n) in calls(&baseline(scenario, &backend_kind).await) {
            for at in CRASH_POINTS {
                with_a_crash(scenario, &backend_kind, service, n, at).await;
            }
        }
    }
}

/// One operation of the backend in a scenario meets `fault`.
async fn with_a_backend_fault(scenario: Scenario, backend_kind: &BackendKind, n: usize, fault: BackendFault) {
    let what = format!("{scenario:?}, operation {n}: {fault:?}");
    let world = scenario.world(backend_kind).await;
    let plan = FaultPlan::at(n, fault);
    let mut drive = world.drive(plan.clone()).unwrap();
    scenario.play(&world, &mut drive).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(plan.operations() >= n, "{what}: the fault never fired");
    let crashes = matches!(fault, BackendFault::CrashesBefore | BackendFault::CrashesAfter);
    assert_eq!(drive.crashes, usize::from(crashes), "{what}");
    scenario.check(&world).await.unwrap_or_else(|error| panic!("{what}: {error}"));
}

async fn a_fault_at_every_operation_of_the_backend(backend_kind: BackendKind) {
    let operations = baseline(Scenario::Light, &backend_kind).await.operations;
    assert!(operations > 20, "{operations} operations");
    for n in 1..=operations {
        for fault in BackendFault::ALL {
            with_a_backend_fault(Scenario::Light, &backend_kind, n, fault).await;
        }
    }
}

/// A crash right after a commit is the worst that can happen between two operations.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_after_every_operation_of_longer_lives() {
    let backend_kind = BackendKind::Sqlite;
    for scenario in Scenario::longer() {
        for n in 1..=baseline(scenario, &backend_kind).await.operations {
            with_a_backend_fault(scenario, &backend_kind, n, BackendFault::CrashesAfter).await;
        }
    }
}

async fn every_message_twice(backend_kind: BackendKind) {
    let world = World::new(WorldConfig::mixed(10, 3).on(&backend_kind)).await.unwrap();
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.duplicates = true;
    drive.notify().await.unwrap();
    drive.notify().await.unwrap();
    drive.until_done().await.unwrap();
    world.check().await.unwrap();
}

/// Everything goes wrong now and then. A failing seed is named: run it alone with `PUNCTUAL_SEED=n`; more seeds with
/// `PUNCTUAL_LIVES=n`.
async fn random_faults_from_a_seed(backend_kind: BackendKind) {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let seeds = match number("PUNCTUAL_SEED") {
        Some(seed) => seed..seed + 1,
        None => {
            1..number("PUNCTUAL_LIVES").unwrap_or(if backend_kind == BackendKind::Sqlite { 12 } else { 3 })
                + 1
        }
    };
    for seed in seeds {
        let rates = sim::faults::FaultRates::each(0.02);
        let mut config = WorldConfig::mixed(10, seed).on(&backend_kind);
        config.sandbox.tiktok_faults = sim::Faults::none();
        let world = World::new(config).await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        world.sandbox.tiktok.faults().set_rates(rates.clone());
        world.sandbox.easypost.faults().set_rates(rates);
        let mut drive = world.drive(FaultPlan::random(seed, 0.03)).unwrap();
        drive.notify().await.unwrap();
        drive.until_done().await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        world.check().await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
}
