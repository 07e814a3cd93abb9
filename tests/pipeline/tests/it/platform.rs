//! TikTok's own labels, from the payment to the kept label, with whatever comes between.

use std::collections::BTreeSet;

use domain::exception::ExceptionKind;
use domain::record::OrderRecord;
use domain::remedy::Remedy;
use domain::route::Route;
use domain::settings::HandoverMethod;
use domain::stage::{CostBasis, HazmatSheet, LabelFileState, Stage};
use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, World, WorldConfig};
use punctual::summary::{OrderOutcome, outcome};
use remedy::{RemedyOutcome, RemedyRequest};
use sim::faults::{CallKind, FaultRates, PausePoint};
use sim::sandbox::Kind;
use sim::tiktok::{
    BoughtBy, CancelledBy, CreateOddity, PlatformConfig, PlatformPackageView, PlatformService, Region,
    SellerType, ShippingType,
};
use system::Clock as _;

pipeline::on_both_backends!(
    a_label_is_bought_with_the_least_calls_and_kept,
    the_cheapest_service_in_time_is_asked_for_and_what_is_booked_counts,
    whatever_tiktok_answers_one_parcel_is_paid_for,
    a_label_that_a_person_bought_is_adopted,
    an_order_that_a_person_buys_during_the_purchase_is_paid_once,
    an_order_that_changes_its_route_is_never_bought_the_wrong_way,
    a_cancellation_before_the_purchase_buys_nothing_and_after_it_ends_the_label,
    a_label_that_stays_away_is_asked_for_and_told,
    a_link_that_leads_elsewhere_is_not_followed,
    dangerous_goods_get_their_sheet_in_addition,
    a_parcel_without_a_service_is_an_exception,
    outside_the_united_states_the_package_is_shipped_behind_a_masked_address,
    packages_are_handed_over_as_the_seller_wishes,
    own_labels_are_told_by_ship_package_where_the_market_wants_it,
    cross_border_sellers_ship_with_it,
    mixed_orders_with_every_fault_are_paid_once_each,
);

fn platform_order() -> WorldConfig {
    let mut config = WorldConfig::one(Kind::Light);
    config.orders[0].spec.shipping = ShippingType::TikTok;
    config
}

async fn world(config: WorldConfig, backend_kind: &BackendKind) -> World {
    World::new(config.on(backend_kind)).await.unwrap()
}

fn order(world: &World) -> String {
    world.sandbox.kinds().keys().next().cloned().unwrap()
}

async fn work(world: &World) {
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.until_done().await.unwrap();
}

async fn record(world: &World) -> OrderRecord {
    world.record(&order(world)).await.unwrap().unwrap()
}

fn open(record: &OrderRecord) -> Vec<ExceptionKind> {
    record.open_exceptions().map(|exception| exception.kind).collect()
}

/// How often a call of this kind came.
fn calls(world: &World, kind: CallKind) -> u64 {
    world.sandbox.tiktok.calls().get(&kind).copied().unwrap_or_default()
}

/// Its label is kept, and its number is that of the only parcel that is paid for.
async fn assert_label_kept(world: &World) {
    let record = record(world).await;
    let packages = world.sandbox.tiktok.platform_packages();
    assert_eq!(packages.len(), 1, "{packages:?}");
    let Stage::Uploaded { label, upload } = &record.shipments[0].stage else {
        panic!("{:?}", record.shipments[0].stage)
    };
    assert_eq!(label.tracking.as_str(), packages[0].tracking_number);
    assert_eq!(upload.package.as_ref().map(|package| package.as_str()), Some(packages[0].id.as_str()));
    let LabelFileState::Kept { name } = &label.file else { panic!("{:?}", label.file) };
    let file = world.backend.labels.get_label(name).await.unwrap().unwrap();
    assert!(file.bytes.starts_with(b"%PDF"));
    assert!(world.sandbox.tiktok.uploads().is_empty(), "nothing is marked as shipped after it");
    assert!(world.sandbox.easypost.calls().is_empty(), "{:?}", world.sandbox.easypost.calls());
}

async fn a_label_is_bought_with_the_least_calls_and_kept(backend_kind: BackendKind) {
    let world = world(platform_order(), &backend_kind).await;
    let before = calls(&world, CallKind::OrderDetail);
    let started = world.clock.now();
    work(&world).await;
    assert_label_kept(&world).await;
    let took = world.clock.now().duration_since(started);
    assert!(took < SignedDuration::from_secs(5), "it waits for nothing: {took}");
    // The order, the weight, the price, the purchase, the document, its file.
    assert_eq!(calls(&world, CallKind::OrderDetail) - before, 1);
    for kind in [
        CallKind::ProductDetail,
        CallKind::EligibleServices,
        CallKind::CreatePackages,
        CallKind::ShippingDocument,
        CallKind::DocumentFile,
    ] {
        assert_eq!(calls(&world, kind), 1, "{kind}");
    }
    for kind in [CallKind::MarkShipped, CallKind::ShipPackage, CallKind::ShippingProviders] {
        assert_eq!(calls(&world, kind), 0, "{kind}");
    }
    let record = record(&world).await;
    assert_eq!(record.route, Some(Route::CreatePackages));
    let label = record.shipments[0].stage.label().unwrap();
    assert_eq!((label.cost.minor, label.cost_basis), (534, CostBasis::Estimated));
    assert_eq!(open(&record), []);
    assert!(world.sandbox.tiktok.platform_packages()[0].grams.is_some_and(|grams| grams > 200));
}

async fn the_cheapest_service_in_time_is_asked_for_and_what_is_booked_counts(backend_kind: BackendKind) {
    let world = world(platform_order(), &backend_kind).await;
    world.sandbox.tiktok.offer_platform_services(vec![
        PlatformService::new("71", "UPS", "Ground", 799, (1, 1)),
        PlatformService::new("72", "USPS", "Ground Advantage", 512, (1, 1)),
        PlatformService::new("73", "FedEx", "Home", 640, (1, 1)),
    ]);
    world.sandbox.tiktok.on_next_create(CreateOddity::OtherService);
    work(&world).await;
    assert_label_kept(&world).await;
    let record = record(&world).await;
    assert_eq!(record.shipments[0].ledger[0].chosen.quote.ticket.as_str(), "72");
    let label = record.shipments[0].stage.label().unwrap();
    assert_eq!(label.cost.minor, 799 + 61, "what TikTok booked is on record");
    assert_eq!(open(&record), [], "an estimate above the limit is no overcharge: the label is bought");
}

async fn whatever_tiktok_answers_one_parcel_is_paid_for(backend_kind: BackendKind) {
    for oddity in [CreateOddity::ServerFault, CreateOddity::TryAgain, CreateOddity::NoPackageId] {
        for hidden_reads in [0, 3] {
            let mut config = platform_order();
            config.sandbox.platform = PlatformConfig { hidden_reads, ..PlatformConfig::default() };
            let world = world(config, &backend_kind).await;
            world.sandbox.tiktok.on_next_create(oddity);
            work(&world).await;
            assert!(world.sandbox.tiktok.oddities_used_up());
            assert_label_kept(&world).await;
            assert_eq!(calls(&world, CallKind::CreatePackages), 1, "{oddity:?}");
        }
    }
}

async fn a_label_that_a_person_bought_is_adopted(backend_kind: BackendKind) {
    let mut config = platform_order();
    config.sandbox.platform = PlatformConfig { pending_reads: 2, ..PlatformConfig::default() };
    let world = world(config, &backend_kind).await;
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.until_stage("ready").await.unwrap();
    world.sandbox.tiktok.buy_in_seller_center(&order(&world)).unwrap();
    drive.notify().await.unwrap();
    drive.until_done().await.unwrap();
    assert_label_kept(&world).await;
    assert_eq!(world.sandbox.tiktok.platform_packages()[0].bought_by, BoughtBy::Person);
    let record = record(&world).await;
    let label = record.shipments[0].stage.label().unwrap();
    assert_eq!((label.cost.minor, label.cost_basis), (0, CostBasis::NotTold));
    let bought = record.shipments[0].ledger.iter().filter(|p| p.attempts > 0).count();
    assert!(bought <= 1, "at most one call, which was refused");
}

async fn an_order_that_a_person_buys_during_the_purchase_is_paid_once(backend_kind: BackendKind) {
    let world = world(platform_order(), &backend_kind).await;
    let faults = world.sandbox.tiktok.faults().clone();
    let mut held = faults.pause_on(CallKind::CreatePackages, 1, PausePoint::BeforeEffect);
    let (tiktok, id) = (world.sandbox.tiktok.clone(), order(&world));
    let person = tokio::spawn(async move {
        held.arrived().await;
        tiktok.buy_in_seller_center(&id).unwrap();
        held.release();
    });
    work(&world).await;
    person.await.unwrap();
    assert!(faults.all_fired());
    assert_label_kept(&world).await;
    assert_eq!(world.sandbox.tiktok.platform_packages()[0].bought_by, BoughtBy::Person);
}

async fn an_order_that_changes_its_route_is_never_bought_the_wrong_way(backend_kind: BackendKind) {
    for (from, to) in
        [(ShippingType::TikTok, ShippingType::Seller), (ShippingType::Seller, ShippingType::TikTok)]
    {
        for stage in ["ready", "rated"] {
            let mut config = WorldConfig::one(Kind::Light);
            config.orders[0].spec.shipping = from;
            let world = world(config, &backend_kind).await;
            let mut drive = world.drive(FaultPlan::none()).unwrap();
            drive.notify().await.unwrap();
            drive.until_stage(stage).await.unwrap();
            world.sandbox.tiktok.set_shipping(&order(&world), to).unwrap();
            drive.notify().await.unwrap();
            drive.until_done().await.unwrap();
            world.check().await.unwrap();
            let at_platform = world.sandbox.tiktok.platform_packages().len();
            let own = world.sandbox.easypost.purchases().len();
            let expect = if to == ShippingType::TikTok { (1, 0) } else { (0, 1) };
            assert_eq!((at_platform, own), expect, "{from:?} to {to:?} when {stage}");
        }
    }
    // Between the last read and the purchase: TikTok refuses, and the order is decided anew.
    let world = world(platform_order(), &backend_kind).await;
    let faults = world.sandbox.tiktok.faults().clone();
    let mut held = faults.pause_on(CallKind::CreatePackages, 1, PausePoint::BeforeEffect);
    let (tiktok, id) = (world.sandbox.tiktok.clone(), order(&world));
    let seller = tokio::spawn(async move {
        held.arrived().await;
        tiktok.set_shipping(&id, ShippingType::Seller).unwrap();
        held.release();
    });
    work(&world).await;
    seller.await.unwrap();
    assert!(faults.all_fired());
    world.check().await.unwrap();
    assert_eq!(world.sandbox.tiktok.platform_packages().len(), 0);
    assert_eq!(world.sandbox.easypost.purchases().len(), 1);
    let ledger = &record(&world).await.shipments[0].ledger;
    assert!(ledger[0].pretty().contains("refused"), "{}", ledger[0].pretty());
}

async fn a_cancellation_before_the_purchase_buys_nothing_and_after_it_ends_the_label(
    backend_kind: BackendKind,
) {
    let buys_nothing = world(platform_order(), &backend_kind).await;
    let faults = buys_nothing.sandbox.tiktok.faults().clone();
    let mut held = faults.pause_on(CallKind::CreatePackages, 1, PausePoint::BeforeEffect);
    let (tiktok, id) = (buys_nothing.sandbox.tiktok.clone(), order(&buys_nothing));
    let buyer = tokio::spawn(async move {
        held.arrived().await;
        tiktok.cancel(&id, CancelledBy::Buyer).unwrap();
        held.release();
    });
    work(&buys_nothing).await;
    buyer.await.unwrap();
    assert!(faults.all_fired());
    assert_eq!(buys_nothing.sandbox.tiktok.platform_packages().len(), 0);
    assert_eq!(outcome(&record(&buys_nothing).await), OrderOutcome::Cancelled);

    let ends_it = world(platform_order(), &backend_kind).await;
    work(&ends_it).await;
    ends_it.sandbox.tiktok.cancel(&order(&ends_it), CancelledBy::Seller).unwrap();
    work(&ends_it).await;
    let record = record(&ends_it).await;
    assert_eq!(outcome(&record), OrderOutcome::Cancelled);
    assert_eq!(open(&record), [], "there is nothing to give back, and nothing to tell");
}

async fn a_label_that_stays_away_is_asked_for_and_told(backend_kind: BackendKind) {
    let mut config = platform_order();
    config.sandbox.platform = PlatformConfig { pending_reads: 40, ..PlatformConfig::default() };
    let world = world(config, &backend_kind).await;
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.until_stage("label_pending").await.unwrap();
    drive.work_for(SignedDuration::from_mins(16)).await.unwrap();
    drive.functions().deadline_alarm.run().await.unwrap();
    assert_eq!(open(&record(&world).await), [ExceptionKind::LabelNotIssued]);
    let asked = calls(&world, CallKind::ShippingDocument);
    assert!((10..=25).contains(&asked), "{asked} times in a quarter of an hour");
    assert_eq!(calls(&world, CallKind::CreatePackages), 1);
    drive.until_done().await.unwrap();
    assert_label_kept(&world).await;
    assert_eq!(open(&record(&world).await), []);
}

async fn a_link_that_leads_elsewhere_is_not_followed(backend_kind: BackendKind) {
    let world = world(platform_order(), &backend_kind).await;
    world.sandbox.tiktok.lead_label_links_elsewhere(true);
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.until_stage("uploaded").await.unwrap();
    let pending = |record: &OrderRecord| record.shipments[0].file_is_pending();
    assert!(pending(&record(&world).await), "the number is told, and the file is asked for again");
    world.sandbox.tiktok.lead_label_links_elsewhere(false);
    world.clock.advance(SignedDuration::from_mins(3));
    drive.until_done().await.unwrap();
    assert_label_kept(&world).await;
}

async fn dangerous_goods_get_their_sheet_in_addition(backend_kind: BackendKind) {
    let mut config = platform_order();
    config.orders[0].spec.is_dangerous = true;
    let world = world(config, &backend_kind).await;
    // Neither file can be fetched at first.
    world.sandbox.tiktok.lead_label_links_elsewhere(true);
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.until_stage("uploaded").await.unwrap();
    let label = record(&world).await.shipments[0].stage.label().unwrap().clone();
    assert_eq!(label.hazmat_sheet, HazmatSheet::Pending, "the number does not wait for it");
    world.sandbox.tiktok.lead_label_links_elsewhere(false);
    world.clock.advance(SignedDuration::from_mins(3));
    drive.until_done().await.unwrap();
    assert_label_kept(&world).await;
    let record = record(&world).await;
    let label = record.shipments[0].stage.label().unwrap();
    let HazmatSheet::Kept { name } = &label.hazmat_sheet else { panic!("{:?}", label.hazmat_sheet) };
    assert_eq!(record.label_files().len(), 2, "both are forgotten with the order");
    let text = |file: domain::LabelDocument| String::from_utf8_lossy(&file.bytes).into_owned();
    let sheet = text(world.backend.labels.get_label(name).await.unwrap().unwrap());
    assert!(sheet.contains("HAZMAT_LABEL"), "{sheet}");
}

async fn a_parcel_without_a_service_is_an_exception(backend_kind: BackendKind) {
    let world = world(platform_order(), &backend_kind).await;
    world.sandbox.tiktok.offer_platform_services(Vec::new());
    work(&world).await;
    let blocked = record(&world).await;
    assert_eq!(open(&blocked), [ExceptionKind::NoRate]);
    let detail = &blocked.open_exceptions().next().unwrap().detail;
    assert!(detail.contains("TikTok has no service for this weight, size or address"), "{detail}");
    world.sandbox.tiktok.offer_platform_services(vec![PlatformService::usual()]);
    let request = RemedyRequest {
        shop: blocked.shop.clone(),
        orders: vec![blocked.order.id.clone()],
        remedy: Remedy::Retry,
    };
    let report = world.remedies().unwrap().run(request).await.unwrap();
    assert!(matches!(report.outcomes[0].outcome, RemedyOutcome::Done { .. }), "{report:?}");
    world.drive(FaultPlan::none()).unwrap().until_done().await.unwrap();
    assert_label_kept(&world).await;
}

async fn outside_the_united_states_the_package_is_shipped_behind_a_masked_address(backend_kind: BackendKind) {
    for region in [Region::Gb, Region::My] {
        let mut config = platform_order();
        config.sandbox.region = region;
        config.sandbox.platform = PlatformConfig { pending_reads: 1, ..PlatformConfig::default() };
        let world = world(config, &backend_kind).await;
        work(&world).await;
        assert_label_kept(&world).await;
        let record = record(&world).await;
        assert_eq!(record.route, Some(Route::ShipPackage));
        assert!(record.order.recipient.as_ref().is_some_and(|to| to.name.contains('*')), "{region:?}");
        assert_eq!(calls(&world, CallKind::ShipPackage), 1);
        for kind in [CallKind::CreatePackages, CallKind::EligibleServices, CallKind::ProductDetail] {
            assert_eq!(calls(&world, kind), 0, "{region:?} {kind}");
        }
        let label = record.shipments[0].stage.label().unwrap();
        assert_eq!(label.cost_basis, CostBasis::NotTold);
        assert_eq!(open(&record), []);
    }
}

async fn packages_are_handed_over_as_the_seller_wishes(backend_kind: BackendKind) {
    // The first slot, in a day, is taken; the next one, four hours later, is free.
    let free_from = system::SystemClock.now().as_second() + 27 * 3_600;
    let slot = |package: &PlatformPackageView| match &package.handover {
        Some((method, Some(start))) => Some((method.clone(), *start > free_from)),
        Some((method, None)) => Some((method.clone(), false)),
        None => None,
    };
    for (wish, slots_taken, expected) in [
        (None, 0, None),
        (Some(HandoverMethod::DropOff), 0, Some(("DROP_OFF".to_owned(), false))),
        (Some(HandoverMethod::Pickup), 0, Some(("PICKUP".to_owned(), true))),
        // Somebody else was faster: the warehouse's setting decides.
        (Some(HandoverMethod::Pickup), 1, None),
    ] {
        let mut config = platform_order();
        config.sandbox.region = Region::Gb;
        config.settings.default.handover = wish;
        let world = world(config, &backend_kind).await;
        world.sandbox.tiktok.take_pickup_slots(slots_taken);
        work(&world).await;
        assert_label_kept(&world).await;
        assert_eq!(world.sandbox.tiktok.pickup_slots_to_take(), 0, "the fault came");
        assert_eq!(slot(&world.sandbox.tiktok.platform_packages()[0]), expected, "{wish:?} {slots_taken}");
        assert_eq!(calls(&world, CallKind::ShipPackage), 1 + u64::from(slots_taken));
    }
}

async fn own_labels_are_told_by_ship_package_where_the_market_wants_it(backend_kind: BackendKind) {
    let mut config = WorldConfig::one(Kind::Light);
    config.sandbox.region = Region::My;
    let world = world(config, &backend_kind).await;
    work(&world).await;
    let record = record(&world).await;
    assert_eq!(record.route, Some(Route::SelfShipment));
    let Stage::Uploaded { label, .. } = &record.shipments[0].stage else {
        panic!("{:?} {:?}", record.shipments[0].stage, record.exceptions)
    };
    let uploads = world.sandbox.tiktok.uploads();
    assert_eq!(uploads.len(), 1, "{uploads:?}");
    assert_eq!(uploads[0].tracking_number, label.tracking.as_str());
    assert_eq!((calls(&world, CallKind::ShipPackage), calls(&world, CallKind::MarkShipped)), (1, 0));
    assert!(world.sandbox.tiktok.platform_packages().is_empty());
}

async fn cross_border_sellers_ship_with_it(backend_kind: BackendKind) {
    let mut config = platform_order();
    config.sandbox.seller = SellerType::CrossBorder;
    let world = world(config, &backend_kind).await;
    work(&world).await;
    assert_label_kept(&world).await;
}

/// Own labels and the platform's, in one shop, with faults at every call from a seed; purchases whose outcome stays unknown are
/// ruled out by a person where nothing was bought.
async fn mixed_orders_with_every_fault_are_paid_once_each(backend_kind: BackendKind) {
    let (orders, seed) = if backend_kind == BackendKind::Sqlite { (200, 11) } else { (30, 12) };
    let mut config = WorldConfig::mixed(orders, seed);
    let uploads = |kind: Kind| kind.expected() == sim::sandbox::Expected::Uploaded;
    for (place, order) in config.orders.iter_mut().enumerate().filter(|(_, order)| uploads(order.kind)) {
        if place % 2 == 0 {
            order.spec.shipping = ShippingType::TikTok;
        }
    }
    config.sandbox.platform =
        PlatformConfig { pending_reads: 3, hidden_reads: 1, ..PlatformConfig::default() };
    let world = world(config, &backend_kind).await;
    let rates = FaultRates::each(0.01);
    world.sandbox.tiktok.faults().set_rates(rates.clone());
    world.sandbox.easypost.faults().set_rates(rates);
    for oddity in [CreateOddity::ServerFault, CreateOddity::TryAgain, CreateOddity::NoPackageId] {
        world.sandbox.tiktok.on_next_create(oddity);
    }
    let mut drive = world.drive(FaultPlan::random(seed, 0.01)).unwrap();
    drive.notify().await.unwrap();
    let is_unknown = |record: &OrderRecord| open(record).contains(&ExceptionKind::PurchaseUnknown);
    let is_settled = |record: &OrderRecord| outcome(record) != OrderOutcome::UnderWay || is_unknown(record);
    drive.until("settled", is_settled).await.unwrap();
    world.sandbox.tiktok.faults().set_rates(FaultRates::default());
    world.sandbox.easypost.faults().set_rates(FaultRates::default());
    let bought: BTreeSet<String> =
        world.sandbox.tiktok.platform_packages().into_iter().flat_map(|package| package.order_ids).collect();
    for record in world.records().await.unwrap().iter().filter(|record| is_unknown(record)) {
        let id = record.order.id.as_str();
        let is_platform = record.route == Some(Route::CreatePackages);
        if is_platform && !bought.contains(id) {
            drive.apply(id, &Remedy::RuleOutPurchase).await.unwrap();
        }
    }
    drive.until_done().await.unwrap();
    assert!(world.sandbox.tiktok.oddities_used_up());
    world.check().await.unwrap();
    for record in world.records().await.unwrap() {
        if record.route == Some(Route::CreatePackages) && outcome(&record) == OrderOutcome::Uploaded {
            let label = record.shipments.last().and_then(|shipment| shipment.stage.label()).unwrap();
            assert!(matches!(label.file, LabelFileState::Kept { .. }), "{label:?}");
        }
    }
}
