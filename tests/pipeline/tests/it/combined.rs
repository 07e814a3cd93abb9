//! Orders that TikTok would ship in one parcel: they wait for each other, are bought together or not at all, and share the cost.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::combination::QUIET;
use domain::record::OrderRecord;
use domain::stage::{LabelFileState, Stage};
use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, World, WorldConfig};
use sim::faults::{CallKind, PausePoint};
use sim::sandbox::Kind;
use sim::tiktok::{CancelledBy, CreateOddity, PlatformPackageView, ShippingType};

pipeline::on_both_backends!(
    twenty_orders_share_one_parcel,
    whatever_tiktok_answers_the_parcel_is_paid_for_once,
    an_order_that_leaves_ships_by_itself,
    an_order_that_is_cancelled_during_the_purchase_leaves_the_others_to_theirs,
    an_order_that_joins_in_time_is_waited_for_and_a_later_one_ships_by_itself,
    an_order_that_a_person_bought_is_left_out,
    a_near_deadline_does_not_wait,
);

const HOUR: u64 = 3600;

/// Light orders of one group, the platform's label on each.
async fn group(orders: usize, backend_kind: &BackendKind) -> World {
    world(WorldConfig { orders: vec![member(); orders], ..WorldConfig::default() }, backend_kind).await
}

async fn world(config: WorldConfig, backend_kind: &BackendKind) -> World {
    World::new(config.on(backend_kind)).await.unwrap()
}

fn member() -> sim::sandbox::SandboxOrder {
    let mut order = WorldConfig::one(Kind::Light).orders.remove(0);
    order.spec.shipping = ShippingType::TikTok;
    order.spec.fields.insert("auto_combine_group_id", Some("12345677".into()));
    order
}

fn ids(world: &World) -> Vec<String> {
    world.sandbox.kinds().keys().cloned().collect()
}

/// Every order is stored and waits for the others; then the group has been quiet for long enough.
async fn gather(world: &World, drive: &mut pipeline::Drive<'_>) {
    drive.notify().await.unwrap();
    drive.until_stage("held").await.unwrap();
    assert_eq!(world.sandbox.tiktok.platform_packages(), []);
    world.clock.advance(QUIET + SignedDuration::from_secs(1));
}

/// The orders of each parcel that was paid for, in the order of the parcels' ids.
fn parcels(world: &World) -> Vec<Vec<String>> {
    let sorted = |mut orders: Vec<String>| {
        orders.sort();
        orders
    };
    world.sandbox.tiktok.platform_packages().into_iter().map(|package| sorted(package.order_ids)).collect()
}

/// Each order has the number and the file of the parcel that it is in, and together they bear its cost.
async fn assert_shipped(world: &World, orders: &[String]) {
    let packages = world.sandbox.tiktok.platform_packages();
    let mut costs: BTreeMap<String, i64> = BTreeMap::new();
    for id in orders {
        let record = record(world, id).await;
        let holding: Vec<&PlatformPackageView> =
            packages.iter().filter(|package| package.order_ids.contains(id)).collect();
        let [package] = holding.as_slice() else { panic!("{id} is in {} parcels", holding.len()) };
        let shipment = record.current_shipments().next().unwrap();
        let Stage::Uploaded { label, .. } = &shipment.stage else { panic!("{id}: {:?}", shipment.stage) };
        assert_eq!(label.tracking.as_str(), package.tracking_number, "{id}");
        let LabelFileState::Kept { name } = &label.file else { panic!("{id}: {:?}", label.file) };
        let file = world.backend.labels.get_label(name).await.unwrap().unwrap();
        assert!(file.bytes.starts_with(b"%PDF"), "{id}");
        assert_eq!(record.open_exceptions().count(), 0, "{id}: {:?}", record.exceptions);
        *costs.entry(package.id.clone()).or_default() += label.cost.minor;
    }
    for package in packages.iter().filter(|package| costs.contains_key(&package.id)) {
        assert_eq!(costs[&package.id], i64::try_from(package.price_cents).unwrap(), "{package:?}");
    }
}

async fn record(world: &World, id: &str) -> OrderRecord {
    world.record(id).await.unwrap().unwrap()
}

fn calls(world: &World, kind: CallKind) -> u64 {
    world.sandbox.tiktok.calls().get(&kind).copied().unwrap_or_default()
}

async fn twenty_orders_share_one_parcel(backend_kind: BackendKind) {
    let world = group(20, &backend_kind).await;
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    gather(&world, &mut drive).await;
    drive.until_done().await.unwrap();
    assert_eq!(parcels(&world), [ids(&world)]);
    assert_shipped(&world, &ids(&world)).await;
    assert_eq!(calls(&world, CallKind::CreatePackages), 1);
    let grams = world.sandbox.tiktok.platform_packages()[0].grams.unwrap();
    let alone = group(1, &backend_kind).await;
    let mut drive = alone.drive(FaultPlan::none()).unwrap();
    gather(&alone, &mut drive).await;
    drive.until_done().await.unwrap();
    assert_shipped(&alone, &ids(&alone)).await;
    let of_one = alone.sandbox.tiktok.platform_packages()[0].grams.unwrap();
    assert!((19 * of_one..=20 * of_one).contains(&grams), "the parcel weighs what is in it: {grams} g");
}

async fn whatever_tiktok_answers_the_parcel_is_paid_for_once(backend_kind: BackendKind) {
    for oddity in [CreateOddity::ServerFault, CreateOddity::NoPackageId] {
        let world = group(3, &backend_kind).await;
        world.sandbox.tiktok.on_next_create(oddity);
        let mut drive = world.drive(FaultPlan::none()).unwrap();
        gather(&world, &mut drive).await;
        drive.until_done().await.unwrap();
        assert!(world.sandbox.tiktok.oddities_used_up());
        assert_eq!(parcels(&world), [ids(&world)], "{oddity:?}");
        assert_shipped(&world, &ids(&world)).await;
        assert_eq!(calls(&world, CallKind::CreatePackages), 1, "{oddity:?}");
    }
}

async fn an_order_that_leaves_ships_by_itself(backend_kind: BackendKind) {
    let world = group(3, &backend_kind).await;
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    gather(&world, &mut drive).await;
    let orders = ids(&world);
    // The parcel is rated when TikTok takes one order out of the group.
    let lead = orders[0].clone();
    let is_rated = |record: &OrderRecord| record.order.id.as_str() != lead || is_at(record, "rated");
    drive.until("rated", is_rated).await.unwrap();
    world.sandbox.tiktok.set_combine_group(&orders[2], None).unwrap();
    drive.tell(&orders[2]).await.unwrap();
    drive.until_done().await.unwrap();
    let mut shipped = parcels(&world);
    shipped.sort_by_key(Vec::len);
    assert_eq!(shipped, [vec![orders[2].clone()], orders[..2].to_vec()]);
    assert_shipped(&world, &orders).await;
}

fn is_at(record: &OrderRecord, stage: &str) -> bool {
    record.current_shipments().all(|shipment| shipment.stage.name() == stage)
}

async fn an_order_that_is_cancelled_during_the_purchase_leaves_the_others_to_theirs(
    backend_kind: BackendKind,
) {
    let world = group(3, &backend_kind).await;
    let orders = ids(&world);
    let faults = world.sandbox.tiktok.faults().clone();
    let mut held = faults.pause_on(CallKind::CreatePackages, 1, PausePoint::BeforeEffect);
    let (tiktok, leaver) = (world.sandbox.tiktok.clone(), orders[1].clone());
    let buyer = tokio::spawn(async move {
        held.arrived().await;
        tiktok.cancel(&leaver, CancelledBy::Buyer).unwrap();
        held.release();
    });
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    gather(&world, &mut drive).await;
    drive.until("decided", |record| !is_at(record, "buying") && !is_at(record, "rated")).await.unwrap();
    drive.notify().await.unwrap();
    drive.until_done().await.unwrap();
    buyer.await.unwrap();
    assert!(faults.all_fired());
    let kept = [orders[0].clone(), orders[2].clone()];
    assert_eq!(parcels(&world), [kept.to_vec()], "the first purchase was refused as a whole");
    assert_shipped(&world, &kept).await;
    assert!(is_at(&record(&world, &orders[1]).await, "cancelled"));
}

async fn an_order_that_joins_in_time_is_waited_for_and_a_later_one_ships_by_itself(
    backend_kind: BackendKind,
) {
    let world = group(3, &backend_kind).await;
    let orders = ids(&world);
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.tell(&orders[0]).await.unwrap();
    drive.work_off().await.unwrap();
    world.clock.advance(SignedDuration::from_mins(90));
    drive.tell(&orders[1]).await.unwrap();
    drive.work_off().await.unwrap();
    // The first has waited for two hours, but the second may be followed by others.
    world.clock.advance(SignedDuration::from_mins(31));
    drive.work_for(SignedDuration::from_mins(5)).await.unwrap();
    assert_eq!(parcels(&world), Vec::<Vec<String>>::new());
    world.clock.advance(SignedDuration::from_mins(90));
    let both_uploaded = |record: &OrderRecord| is_at(record, "uploaded");
    drive.until("uploaded", both_uploaded).await.unwrap();
    assert_eq!(parcels(&world), [orders[..2].to_vec()]);
    assert_shipped(&world, &orders[..2]).await;
    // TikTok adds no order to a group that has a label.
    drive.tell(&orders[2]).await.unwrap();
    drive.work_off().await.unwrap();
    world.clock.advance(QUIET + SignedDuration::from_secs(1));
    drive.until_done().await.unwrap();
    assert_eq!(parcels(&world), [orders[..2].to_vec(), vec![orders[2].clone()]]);
    assert_shipped(&world, &orders).await;
}

async fn an_order_that_a_person_bought_is_left_out(backend_kind: BackendKind) {
    let world = group(3, &backend_kind).await;
    let orders = ids(&world);
    let faults = world.sandbox.tiktok.faults().clone();
    let mut held = faults.pause_on(CallKind::CreatePackages, 1, PausePoint::BeforeEffect);
    let (tiktok, bought) = (world.sandbox.tiktok.clone(), orders[2].clone());
    let person = tokio::spawn(async move {
        held.arrived().await;
        tiktok.buy_in_seller_center(&bought).unwrap();
        held.release();
    });
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    gather(&world, &mut drive).await;
    drive.until_done().await.unwrap();
    person.await.unwrap();
    assert!(faults.all_fired());
    let mut shipped = parcels(&world);
    shipped.sort_by_key(Vec::len);
    assert_eq!(shipped, [vec![orders[2].clone()], orders[..2].to_vec()]);
    assert_shipped(&world, &orders[..2]).await;
}

async fn a_near_deadline_does_not_wait(backend_kind: BackendKind) {
    let mut orders = vec![member(); 3];
    orders[1].spec.paid_ago = Duration::from_secs(2 * HOUR);
    orders[1].spec.ship_within = Duration::from_secs(27 * HOUR + HOUR / 2);
    let world = world(WorldConfig { orders, ..WorldConfig::default() }, &backend_kind).await;
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.until_stage("held").await.unwrap();
    world.clock.advance(SignedDuration::from_mins(25));
    drive.work_for(SignedDuration::from_mins(2)).await.unwrap();
    assert_eq!(parcels(&world), Vec::<Vec<String>>::new());
    world.clock.advance(SignedDuration::from_mins(5));
    drive.until_done().await.unwrap();
    assert_eq!(parcels(&world), [ids(&world)], "nobody is left behind");
    assert_shipped(&world, &ids(&world)).await;
}

/// On the backend that is fast enough for so many.
#[tokio::test(flavor = "multi_thread")]
async fn more_orders_than_one_parcel_takes_are_two_parcels() {
    let world = group(22, &BackendKind::Sqlite).await;
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    gather(&world, &mut drive).await;
    drive.until_done().await.unwrap();
    let sizes: Vec<usize> = parcels(&world).iter().map(Vec::len).collect();
    assert_eq!(sizes, [20, 2]);
    assert_shipped(&world, &ids(&world)).await;
}
