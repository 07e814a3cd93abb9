//! The wire to AWS: every request of a run is refused, lost, or loses its answer; and several workers have the same
//! message at once. In the end there is one label, told to TikTok.

use emulator::{Cloud, Wire, WireFault};
use pipeline::{BackendKind, FaultPlan, World, WorldConfig};
use sim::sandbox::Kind;

pipeline::on_both_backends!(every_message_with_two_workers_at_once);

/// The emulator, and a wire to it; `None` where the tests on AWS are left out.
async fn wire() -> Option<(String, Wire)> {
    let BackendKind::Aws(url) = BackendKind::aws().unwrap()? else { return None };
    let wire = Wire::to(&url, None).await.unwrap();
    Some((url, wire))
}

/// A world on resources of its own.
async fn world((url, wire): &(String, Wire), config: WorldConfig) -> World {
    World::over(config, &Cloud::new(url).await.unwrap(), wire).await.unwrap()
}

/// How many requests one order takes from its notification to its end.
async fn requests(backend_kind: &(String, Wire)) -> usize {
    let (world, wire) = (world(backend_kind, WorldConfig::one(Kind::Light)).await, &backend_kind.1);
    let before = wire.count();
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.until_done().await.unwrap();
    world.check().await.unwrap();
    wire.count() - before
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_at_every_request() {
    let Some(backend_kind) = wire().await else { return };
    let wire = &backend_kind.1;
    let requests = Box::pin(requests(&backend_kind)).await;
    assert!(requests > 20, "{requests} requests");
    for n in 1..=requests {
        // A lost answer is the worst: the request took effect, and its repetition meets that. The others take turns.
        let others = [WireFault::Throttled, WireFault::LostRequest, WireFault::ServiceFails];
        for fault in [WireFault::LostAnswer, others[n % others.len()]] {
            let what = format!("request {n}: {fault:?}");
            let world = world(&backend_kind, WorldConfig::one(Kind::Light)).await;
            let before = wire.count();
            wire.nth(n, fault);
            let mut drive = world.drive(FaultPlan::none()).unwrap();
            drive.notify().await.unwrap_or_else(|error| panic!("{what}: {error}"));
            drive.until_done().await.unwrap_or_else(|error| panic!("{what}: {error}"));
            assert!(wire.count() - before >= n, "{what}: it never came");
            wire.calm();
            world.check().await.unwrap_or_else(|error| panic!("{what}: {error}"));
        }
    }
}

/// A failing seed is named: run it alone with `PUNCTUAL_SEED=n`.
#[tokio::test(flavor = "multi_thread")]
async fn random_faults_from_a_seed() {
    let Some(backend_kind) = wire().await else { return };
    let wire = &backend_kind.1;
    let seeds = match std::env::var("PUNCTUAL_SEED").ok().and_then(|seed| seed.parse::<u64>().ok()) {
        Some(seed) => seed..seed + 1,
        None => 1..4,
    };
    for seed in seeds {
        let world = world(&backend_kind, WorldConfig::mixed(8, seed)).await;
        wire.random(seed, 0.05);
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        drive.notify().await.unwrap();
        drive.until_done().await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        wire.calm();
        world.check().await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
}

async fn every_message_with_two_workers_at_once(backend_kind: BackendKind) {
    let world = World::new(WorldConfig::mixed(10, 4).on(&backend_kind)).await.unwrap();
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.concurrent_duplicates = true;
    drive.notify().await.unwrap();
    drive.until_done().await.unwrap();
    world.check().await.unwrap();
}
