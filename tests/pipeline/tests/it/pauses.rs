//! A service that takes no more calls for now: whoever needs it waits, and that is no failure of an order.

use std::time::{Duration, Instant};

use domain::exception::ExceptionKind;
use domain::message::Queue;
use domain::record::OrderRecord;
use domain::route::Route;
use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, Hosted, World, WorldConfig, until};
use punctual::summary::{OrderOutcome, outcome};
use sim::SandboxConfig;
use sim::faults::{CallKind, Fault};
use sim::tiktok::ShippingType;

use crate::shops::light;

pipeline::on_both_backends!(
    a_pause_of_ten_minutes_is_no_exception_and_no_second_message,
    a_message_that_is_lost_in_a_pause_is_found_by_the_timer,
);

const ORDERS: usize = 8;
/// Orders of a shop for which TikTok does not answer.
const HANGING: usize = 40;
/// How long the host may take for something that takes a second on a machine with nothing else to do.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_secs(600);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

async fn world(backend_kind: &BackendKind) -> World {
    let config = WorldConfig { orders: light(ORDERS), ..WorldConfig::default() };
    World::new(config.on(backend_kind)).await.unwrap()
}

async fn messages(world: &World) -> usize {
    let mut messages = 0;
    for queue in Queue::ALL.iter().copied() {
        messages += world.backend.queues.depth(queue).await.unwrap();
    }
    messages
}

fn exceptions(records: &[OrderRecord]) -> Vec<ExceptionKind> {
    let open = records.iter().flat_map(|record| &record.exceptions);
    open.map(|exception| exception.kind).collect()
}

/// TikTok at the read-back, and the carrier at the quotes and at the purchase, ask for a pause. The clients keep the real time,
/// so that for the test's clock it lasts until the process is started again.
async fn a_pause_of_ten_minutes_is_no_exception_and_no_second_message(backend_kind: BackendKind) {
    for kind in [CallKind::OrderDetail, CallKind::ShipmentCreate, CallKind::ShipmentBuy] {
        let world = world(&backend_kind).await;
        let faults = match kind {
            CallKind::OrderDetail => world.sandbox.tiktok.faults(),
            _ => world.sandbox.easypost.faults(),
        };
        faults.on_next(kind, Fault::PauseAsked(PAUSE));
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        drive.notify().await.unwrap();
        for minute in 1..=9 {
            drive.work_for(MINUTE).await.unwrap();
            let records = world.records().await.unwrap();
            assert_eq!(exceptions(&records), [], "{kind}, minute {minute}");
            assert_eq!(messages(&world).await, ORDERS, "{kind}, minute {minute}: one for each order");
        }
        assert!(faults.all_fired(), "{kind}");
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        drive.until_done().await.unwrap();
        world.check().await.unwrap();
        assert_eq!(exceptions(&world.records().await.unwrap()), [], "{kind}");
    }
}

async fn a_message_that_is_lost_in_a_pause_is_found_by_the_timer(backend_kind: BackendKind) {
    let world = world(&backend_kind).await;
    let faults = world.sandbox.easypost.faults();
    faults.on_next(CallKind::ShipmentCreate, Fault::PauseAsked(PAUSE));
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.work_for(MINUTE).await.unwrap();
    assert!(faults.all_fired());
    world.clock.advance(MINUTE * 10);
    let mut lost = 0;
    for queue in Queue::ALL.iter().copied() {
        let visibility = Duration::from_secs(600);
        for received in
            world.backend.queues.receive(queue, ORDERS, visibility, Duration::from_secs(1)).await.unwrap()
        {
            world.backend.queues.ack(queue, &received.receipt).await.unwrap();
            lost += 1;
        }
    }
    assert_eq!((lost, messages(&world).await), (ORDERS, 0));
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.until_done().await.unwrap();
    world.check().await.unwrap();
}

/// A carrier that asks for a pause of ten minutes holds up the orders that need it, and none of the shop's others.
#[tokio::test(flavor = "multi_thread")]
async fn on_the_host_a_paused_carrier_holds_up_no_label_of_tiktok() {
    let config = SandboxConfig { orders: 0, ..SandboxConfig::default() };
    let mut sandbox = sim::sandbox::start(config).await.unwrap();
    let hosted = Hosted::start(&sandbox.tiktok, &sandbox.easypost, 86_400).await.unwrap();
    hosted.connect().await.unwrap();
    sandbox.tiktok.set_webhook_url(Some(&format!("{}/webhooks/tiktok", hosted.base)));
    let mut orders = light(2 * ORDERS);
    for order in &mut orders[ORDERS..] {
        order.spec.shipping = ShippingType::TikTok;
    }
    let of_tiktok = orders.split_off(ORDERS);
    let faults = sandbox.easypost.faults().clone();
    faults.on_next(CallKind::ShipmentCreate, Fault::PauseAsked(PAUSE));
    sandbox.add(orders);
    let paused = async || {
        anyhow::ensure!(faults.all_fired() && hosted.records().await?.len() == ORDERS);
        Ok(())
    };
    until(PATIENCE, paused).await.unwrap();
    // All of them have found the carrier closed.
    tokio::time::sleep(Duration::from_secs(1)).await;

    sandbox.add(of_tiktok);
    let uploaded = async || {
        let records = hosted.records().await?;
        let uploaded = records.iter().filter(|record| outcome(record) == OrderOutcome::Uploaded).count();
        anyhow::ensure!(uploaded >= ORDERS, "{uploaded} uploaded");
        Ok(())
    };
    until(PATIENCE, uploaded).await.unwrap();
    let records = hosted.records().await.unwrap();
    assert_eq!(exceptions(&records), []);
    let (of_tiktok, waiting): (Vec<_>, Vec<_>) =
        records.iter().partition(|record| record.route.is_some_and(Route::is_platform_label));
    assert!(of_tiktok.iter().all(|record| outcome(record) == OrderOutcome::Uploaded));
    assert!(waiting.iter().any(|record| outcome(record) == OrderOutcome::UnderWay), "the carrier is paused");
}

/// TikTok answers no call for one shop, and the other's orders are uploaded as quickly as ever.
#[tokio::test(flavor = "multi_thread")]
async fn on_the_host_a_shop_whose_calls_hang_holds_up_no_other() {
    let config = SandboxConfig { orders: 0, shops: 2, ..SandboxConfig::default() };
    let mut sandbox = sim::sandbox::start(config).await.unwrap();
    let ids: Vec<String> = sandbox.tiktok.shops().iter().map(|shop| shop.id.clone()).collect();
    let hosted = Hosted::start(&sandbox.tiktok, &sandbox.easypost, 86_400).await.unwrap();
    hosted.connect().await.unwrap();
    sandbox.tiktok.set_webhook_url(Some(&format!("{}/webhooks/tiktok", hosted.base)));
    let mut healthy = light(HANGING + ORDERS);
    let mut hanging = healthy.split_off(ORDERS);
    hanging.iter_mut().for_each(|order| order.spec.shop_id = Some(ids[1].clone()));
    healthy.iter_mut().for_each(|order| order.spec.shop_id = Some(ids[0].clone()));
    let later = hanging.split_off(HANGING / 2);

    // Half of them hang wherever they have come to, the others when they are read back.
    sandbox.add(hanging);
    let known = async || {
        anyhow::ensure!(hosted.records().await?.len() >= HANGING / 4);
        Ok(())
    };
    until(PATIENCE, known).await.unwrap();
    sandbox.tiktok.slow_down(&ids[1], Duration::from_secs(3_600));
    sandbox.add(later);
    until(PATIENCE, async || {
        anyhow::ensure!(sandbox.tiktok.slow_calls(&ids[1]) > 0);
        Ok(())
    })
    .await
    .unwrap();

    let begun = Instant::now();
    sandbox.add(healthy);
    let uploaded = async || {
        let records = hosted.records().await?;
        let of_healthy = records.iter().filter(|record| record.shop.as_str() == ids[0]);
        let uploaded = of_healthy.filter(|record| outcome(record) == OrderOutcome::Uploaded).count();
        anyhow::ensure!(uploaded == ORDERS, "{uploaded} uploaded");
        Ok(())
    };
    until(PATIENCE, uploaded).await.unwrap();
    // A call that hangs takes 10 s and is repeated: waiting for one of them would show.
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}
