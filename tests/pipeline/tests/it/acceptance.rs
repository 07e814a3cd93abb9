//! What TikTok and the carriers will not accept is not bought, and not bought again.

use std::collections::BTreeMap;

use backend::RateOutcome;
use domain::Private;
use domain::exception::ExceptionKind;
use domain::purchase::PurchaseState;
use domain::rates::{Candidate, Carrier, Ineligible, RefusedBy, Verdict};
use domain::record::OrderRecord;
use domain::remedy::Remedy;
use domain::settings::{AllSettings, Settings};
use domain::shop::Shop;
use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, World, WorldConfig};
use punctual::summary::{OrderOutcome, outcome};
use remedy::RemedyRequest;
use serde_json::json;
use sim::SandboxConfig;
use sim::easypost::{PurchaseRefusal, RefundStatus};
use sim::faults::CallKind;
use sim::sandbox::{Kind, SandboxOrder};
use sim::tiktok::{DeliveryOption, SellerType};
use system::Clock;

pipeline::on_both_backends!(
    fifty_orders_of_a_local_us_shop_are_shipped_without_a_refused_label,
    only_carriers_of_the_delivery_option_are_bought,
    without_a_provider_nothing_is_bought_until_the_seller_allows_a_carrier,
    an_order_without_a_delivery_option_is_blocked_before_money_is_spent,
    a_cross_border_order_is_blocked_before_a_carrier_is_asked,
    a_refused_purchase_leads_to_the_next_label,
    a_refused_label_is_not_bought_again_by_retry_or_rerate,
    a_carrier_that_tiktok_refuses_is_bought_no_more,
    a_carrier_that_refuses_every_order_is_asked_no_more,
    a_person_s_retry_has_a_stopped_carrier_tried,
    a_price_that_rose_is_paid_only_when_a_person_says_so,
    a_cheaper_label_takes_the_place_of_one_whose_price_rose,
    an_absurd_price_is_paid_only_when_a_person_says_so,
    a_price_that_rose_beyond_the_highest_is_not_paid,
    a_label_whose_link_has_expired_is_fetched_by_a_new_one,
);

/// `n` orders of `kind`.
fn of(kind: Kind, n: usize) -> Vec<SandboxOrder> {
    let orders = sim::sandbox::orders(40 * (n + 1), 21).into_iter();
    orders.filter(|order| order.kind == kind).take(n).collect()
}

async fn world(orders: Vec<SandboxOrder>, backend_kind: &BackendKind) -> World {
    World::new(WorldConfig { orders, ..WorldConfig::default() }.on(backend_kind)).await.unwrap()
}

/// Works until every order is at its end.
async fn work(world: &World) {
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.until_done().await.unwrap();
}

async fn apply(world: &World, remedy: Remedy) {
    let records = world.records().await.unwrap();
    let blocked: Vec<_> =
        records.iter().filter(|record| outcome(record) == OrderOutcome::Exception).collect();
    let orders = blocked.iter().map(|record| record.order.id.clone()).collect();
    let request = RemedyRequest { shop: blocked[0].shop.clone(), orders, remedy };
    let report = world.remedies().unwrap().run(request).await.unwrap();
    for applied in report.outcomes {
        assert!(matches!(applied.outcome, remedy::RemedyOutcome::Done { .. }), "{:?}", applied.outcome);
    }
    world.drive(FaultPlan::none()).unwrap().until_done().await.unwrap();
}

async fn only_record(world: &World) -> OrderRecord {
    let mut records = world.records().await.unwrap();
    assert_eq!(records.len(), 1);
    records.remove(0)
}

fn open(record: &OrderRecord) -> Vec<ExceptionKind> {
    record.open_exceptions().map(|exception| exception.kind).collect()
}

async fn shop(world: &World) -> Shop {
    world.backend.shops.list_shops().await.unwrap().shops.remove(0).value
}

/// The carriers of the labels that were bought, in the order of the purchases.
fn bought(world: &World) -> Vec<String> {
    world.sandbox.easypost.purchases().into_iter().map(|purchase| purchase.carrier).collect()
}

/// Every candidate of an order's last decision.
async fn candidates(world: &World, record: &OrderRecord) -> Vec<Candidate> {
    let shipment = &record.shipments.last().unwrap().id;
    match world.backend.orders.get_decision(&record.key(), shipment).await.unwrap().unwrap() {
        RateOutcome::Chosen { decision, .. } => decision.candidates,
        RateOutcome::None { candidates, .. } => candidates,
    }
}

fn reasons(candidates: &[Candidate], carrier: Carrier) -> Vec<&Ineligible> {
    let of_carrier = candidates.iter().filter(|candidate| candidate.quote.service.carrier == carrier);
    of_carrier
        .filter_map(|candidate| match &candidate.verdict {
            Verdict::Ineligible(refusal) => Some(refusal),
            Verdict::Chosen | Verdict::Eligible => None,
        })
        .collect()
}

async fn fifty_orders_of_a_local_us_shop_are_shipped_without_a_refused_label(backend_kind: BackendKind) {
    let mut orders = of(Kind::Light, 25);
    orders.extend(of(Kind::Heavy, 25));
    let world = world(orders, &backend_kind).await;
    world.sandbox.tiktok.list_providers(&["USPS", "UPS", "FedEx"]);
    work(&world).await;
    world.check().await.unwrap();
    assert_eq!(world.sandbox.tiktok.uploads().len(), 50);
    assert_eq!(world.sandbox.tiktok.labels_refused(), 0);
    let bought = bought(&world);
    assert!(bought.iter().all(|carrier| carrier == "UPSDAP" || carrier == "FedExDefault"), "{bought:?}");
    let mut without_provider = 0;
    for record in world.records().await.unwrap() {
        let candidates = candidates(&world, &record).await;
        let usps = reasons(&candidates, Carrier::Usps);
        assert!(!usps.is_empty() && usps.iter().all(|r| matches!(r, Ineligible::NotTakenByTikTok { .. })));
        // It offers nothing for what is too heavy for it.
        let dhl = reasons(&candidates, Carrier::DhlEcommerce);
        assert!(dhl.iter().all(|refusal| **refusal == Ineligible::NoProvider), "{dhl:?}");
        without_provider += usize::from(!dhl.is_empty());
    }
    assert_eq!(without_provider, 25, "DHL eCommerce is quoted for each light parcel");
}

async fn only_carriers_of_the_delivery_option_are_bought(backend_kind: BackendKind) {
    let world = world(of(Kind::Light, 10), &backend_kind).await;
    world.sandbox.tiktok.list_providers(&["USPS", "UPS"]);
    work(&world).await;
    world.check().await.unwrap();
    assert_eq!(bought(&world), ["UPSDAP"; 10], "DHL eCommerce is cheaper, and not listed");
    assert_eq!(world.sandbox.tiktok.uploads().len(), 10);
    let record = world.records().await.unwrap().remove(0);
    assert_eq!(reasons(&candidates(&world, &record).await, Carrier::DhlEcommerce), [&Ineligible::NoProvider]);
}

async fn without_a_provider_nothing_is_bought_until_the_seller_allows_a_carrier(backend_kind: BackendKind) {
    let world = world(of(Kind::Heavy, 1), &backend_kind).await;
    world.sandbox.tiktok.list_providers(&["OnTrac"]);
    work(&world).await;
    let record = only_record(&world).await;
    assert_eq!(open(&record), [ExceptionKind::ProviderUnknown]);
    assert_eq!(world.sandbox.easypost.labels_bought(), 0);
    // What TikTok said before the retry is not believed after it.
    world.sandbox.tiktok.list_providers(&["OnTrac", "UPS"]);
    apply(&world, Remedy::Retry).await;
    assert_eq!(outcome(&only_record(&world).await), OrderOutcome::Uploaded);
    assert_eq!(bought(&world), ["UPSDAP"]);
}

async fn an_order_without_a_delivery_option_is_blocked_before_money_is_spent(backend_kind: BackendKind) {
    let mut orders = of(Kind::Light, 1);
    orders[0].spec.delivery = DeliveryOption { id: String::new(), name: String::new(), deliver_within: None };
    let world = world(orders, &backend_kind).await;
    work(&world).await;
    let record = only_record(&world).await;
    assert_eq!(open(&record), [ExceptionKind::ProviderUnknown]);
    assert!(record.exceptions[0].detail.contains("no delivery option"), "{}", record.exceptions[0].detail);
    assert_eq!(world.sandbox.easypost.shipments_created(), 0);
}

async fn a_cross_border_order_is_blocked_before_a_carrier_is_asked(backend_kind: BackendKind) {
    let sandbox = SandboxConfig { seller: SellerType::CrossBorder, ..SandboxConfig::default() };
    let config = WorldConfig { orders: of(Kind::Heavy, 1), sandbox, ..WorldConfig::default() };
    let world = World::new(config.on(&backend_kind)).await.unwrap();
    work(&world).await;
    let record = only_record(&world).await;
    assert_eq!(open(&record), [ExceptionKind::LabelNotAccepted]);
    assert!(record.exceptions[0].detail.contains("2025-12-15"), "{}", record.exceptions[0].detail);
    assert_eq!(world.sandbox.easypost.shipments_created(), 0);
}

async fn a_refused_purchase_leads_to_the_next_label(backend_kind: BackendKind) {
    let world = world(of(Kind::Light, 1), &backend_kind).await;
    world.sandbox.easypost.refuse_purchases(PurchaseRefusal::of("DhlEcs"));
    work(&world).await;
    world.check().await.unwrap();
    assert!(world.sandbox.easypost.purchases_refused() > 0);
    let record = only_record(&world).await;
    assert_eq!((outcome(&record), open(&record)), (OrderOutcome::Uploaded, vec![]));
    assert_eq!(bought(&world), ["UPSDAP"]);
    let states: Vec<_> = record.shipments[0].ledger.iter().map(|purchase| purchase.state.name()).collect();
    assert_eq!(states, ["rejected", "bought"]);
    let candidates = candidates(&world, &record).await;
    let dhl = reasons(&candidates, Carrier::DhlEcommerce);
    let before =
        |refusal: &&Ineligible| matches!(refusal, Ineligible::RefusedBefore { by: RefusedBy::Carrier, .. });
    assert_eq!(dhl.into_iter().filter(before).count(), 1, "the decision says why DHL was not taken");
}

/// The services that purchases were asked for and refused, by the ledgers of an order.
fn refused(record: &OrderRecord) -> Vec<String> {
    let ledgers = record.shipments.iter().flat_map(|shipment| &shipment.ledger);
    let rejected = ledgers.filter(|purchase| matches!(purchase.state, PurchaseState::Rejected { .. }));
    rejected.map(|purchase| purchase.chosen.quote.service.to_string()).collect()
}

async fn a_refused_label_is_not_bought_again_by_retry_or_rerate(backend_kind: BackendKind) {
    let mut orders = of(Kind::Light, 1);
    // It is worth enough for the dearest label.
    orders[0].spec.fields =
        BTreeMap::from([("payment", Some(json!({"currency": "USD", "total_amount": "90.00"})))]);
    let world = world(orders, &backend_kind).await;
    world.sandbox.tiktok.list_providers(&["UPS", "DHL eCommerce"]);
    for carrier in ["UPSDAP", "DhlEcs"] {
        world.sandbox.easypost.refuse_purchases(PurchaseRefusal::of(carrier));
    }
    work(&world).await;
    for remedy in [Remedy::Retry, Remedy::Rerate, Remedy::Retry, Remedy::Rerate, Remedy::Retry] {
        let record = only_record(&world).await;
        assert_eq!(open(&record), [ExceptionKind::PurchaseRefused]);
        let mut services = refused(&record);
        assert_eq!(services.len() as u64, world.sandbox.easypost.purchases_refused());
        let asked = services.len();
        services.sort_unstable();
        services.dedup();
        assert_eq!(services.len(), asked, "each label is asked for once: {services:?}");
        apply(&world, remedy).await;
    }
    assert_eq!(world.sandbox.easypost.purchases_refused(), 5, "all that could be bought was tried");
    assert_eq!(world.sandbox.easypost.labels_bought(), 0);
}

async fn a_carrier_that_tiktok_refuses_is_bought_no_more(backend_kind: BackendKind) {
    let world = world(of(Kind::Light, 10), &backend_kind).await;
    world.sandbox.tiktok.refuse_labels_of("DHL eCommerce");
    work(&world).await;
    let dhl = |world: &World| bought(world).iter().filter(|carrier| *carrier == "DhlEcs").count();
    let lost = dhl(&world);
    assert_eq!(lost as u64, world.sandbox.tiktok.labels_refused());
    assert!((3..10).contains(&lost), "{lost} labels were bought before the shop stopped");
    let shop_now = shop(&world).await;
    let stopped: Vec<_> = shop_now.open_exceptions().map(|exception| exception.kind).collect();
    assert_eq!(stopped, [ExceptionKind::CarrierSuspended]);
    let due = shop_now.alarms_due(world.clock.now());
    assert_eq!(due.len(), 1, "it is told once: {due:?}");

    // The refused ones are rated again: without DHL.
    apply(&world, Remedy::Rerate).await;
    world.clock.advance(SignedDuration::from_mins(1));
    let records = world.records().await.unwrap();
    assert!(records.iter().all(|record| outcome(record) == OrderOutcome::Uploaded));
    assert_eq!(dhl(&world), lost, "no DHL label is bought again");
    let refunds = world.sandbox.easypost.purchases();
    let refunded = refunds.iter().filter(|purchase| purchase.refund == Some(RefundStatus::Submitted));
    assert_eq!(refunded.count(), lost, "what TikTok refused is voided");
}

async fn a_carrier_that_refuses_every_order_is_asked_no_more(backend_kind: BackendKind) {
    let world = world(of(Kind::Light, 12), &backend_kind).await;
    world.sandbox.easypost.refuse_purchases(PurchaseRefusal::of("DhlEcs"));
    work(&world).await;
    world.check().await.unwrap();
    let asked = world.sandbox.easypost.purchases_refused();
    assert!((3..12).contains(&asked), "{asked} purchases were refused before the shop stopped");
    let shop = shop(&world).await;
    let detail = shop.open_exceptions().next().unwrap().detail.clone();
    assert!(detail.contains("DHL eCommerce refused labels of several orders in a row"), "{detail}");
    assert_eq!(bought(&world), ["UPSDAP"; 12]);
}

async fn a_person_s_retry_has_a_stopped_carrier_tried(backend_kind: BackendKind) {
    let world = world(of(Kind::Heavy, 6), &backend_kind).await;
    world.sandbox.tiktok.list_providers(&["UPS"]);
    world.sandbox.easypost.refuse_purchases(PurchaseRefusal::of("UPSDAP"));
    work(&world).await;
    assert_eq!(world.sandbox.easypost.labels_bought(), 0);
    let asked = world.sandbox.easypost.purchases_refused();
    assert!(asked >= 3, "{asked}");
    assert!(shop(&world).await.open_exceptions().next().is_some());
    // The carrier sells again, and what is blocked is retried: the first label that is sold ends the stop.
    world.sandbox.easypost.accept_purchases();
    world.clock.advance(SignedDuration::from_secs(5));
    apply(&world, Remedy::Retry).await;
    // What the carrier refused for an order is not asked for again; the others only waited for the stop to end.
    let records = world.records().await.unwrap();
    let waited: Vec<_> = records.iter().filter(|record| record.refused.is_empty()).collect();
    assert!(!waited.is_empty() && waited.len() < records.len(), "{} of {}", waited.len(), records.len());
    assert!(waited.iter().all(|record| outcome(record) == OrderOutcome::Uploaded));
    let shop = shop(&world).await;
    assert_eq!(shop.open_exceptions().count(), 0, "{:?}", shop.monitor.exceptions);
}

/// Works until the order's rate is chosen, and on when the quote is old and prices have risen.
async fn with_risen_prices(world: &World, percent: u64) {
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.work_on(2).await.unwrap();
    let stage = only_record(world).await.shipments[0].stage.name();
    assert_eq!(stage, "rated");
    world.sandbox.easypost.raise_prices(percent);
    world.clock.advance(SignedDuration::from_mins(11));
    drive.until_done().await.unwrap();
}

async fn a_price_that_rose_is_paid_only_when_a_person_says_so(backend_kind: BackendKind) {
    let world = world(of(Kind::Light, 1), &backend_kind).await;
    with_risen_prices(&world, 60).await;
    assert!(world.sandbox.easypost.calls()[&CallKind::ShipmentRerate] > 0);
    assert_eq!(open(&only_record(&world).await), [ExceptionKind::PriceIncreased]);
    assert_eq!(world.sandbox.easypost.labels_bought(), 0);
    apply(&world, Remedy::Rerate).await;
    assert_eq!(outcome(&only_record(&world).await), OrderOutcome::Uploaded);
    world.check().await.unwrap();
}

async fn an_absurd_price_is_paid_only_when_a_person_says_so(backend_kind: BackendKind) {
    let world = world(of(Kind::Light, 1), &backend_kind).await;
    world.sandbox.easypost.raise_prices(1_000_000);
    work(&world).await;
    let record = only_record(&world).await;
    let exception = record.open_exceptions().next().unwrap();
    assert_eq!(exception.kind, ExceptionKind::PriceTooHigh);
    assert!(
        exception.detail.contains("that a label for this order may cost (max_cost"),
        "{}",
        exception.detail
    );
    let candidates = candidates(&world, &record).await;
    let refused = reasons(&candidates, Carrier::Ups);
    assert!(refused.iter().any(|refusal| matches!(refusal, Ineligible::TooDear { .. })), "{refused:?}");
    apply(&world, Remedy::Retry).await;
    assert_eq!(open(&only_record(&world).await), [ExceptionKind::PriceTooHigh]);
    assert_eq!(world.sandbox.easypost.labels_bought(), 0);
    let offered = only_record(&world).await.shipments[0].price_too_high.unwrap();
    apply(&world, Remedy::Rerate).await;
    assert_eq!(outcome(&only_record(&world).await), OrderOutcome::Uploaded);
    let paid = world.sandbox.easypost.purchases()[0].price_cents;
    assert_eq!(i64::try_from(paid).unwrap(), offered.minor);
    world.check().await.unwrap();
}

async fn a_price_that_rose_beyond_the_highest_is_not_paid(backend_kind: BackendKind) {
    let world = world(of(Kind::Light, 1), &backend_kind).await;
    with_risen_prices(&world, 1_000_000).await;
    assert!(world.sandbox.easypost.calls()[&CallKind::ShipmentRerate] > 0);
    assert_eq!(open(&only_record(&world).await), [ExceptionKind::PriceTooHigh]);
    assert_eq!(world.sandbox.easypost.labels_bought(), 0);
}

async fn a_cheaper_label_takes_the_place_of_one_whose_price_rose(backend_kind: BackendKind) {
    // FedEx calls the sender, whose number TikTok masks.
    let default = Settings { label_phone: Some(Private::from("+14155550100")), ..Settings::default() };
    let settings = AllSettings { default, ..AllSettings::default() };
    let config = WorldConfig { orders: of(Kind::Heavy, 1), settings, ..WorldConfig::default() };
    let world = World::new(config.on(&backend_kind)).await.unwrap();
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.work_on(2).await.unwrap();
    let rated = only_record(&world).await;
    let limit = match &rated.shipments[0].stage {
        domain::stage::Stage::Rated { chosen, .. } => chosen.limit,
        stage => panic!("{stage:?}"),
    };
    world.sandbox.easypost.raise_prices_of("UPSDAP", 60);
    world.clock.advance(SignedDuration::from_mins(11));
    drive.until_done().await.unwrap();
    world.check().await.unwrap();
    assert_eq!(bought(&world), ["FedExDefault"]);
    let paid = world.sandbox.easypost.purchases()[0].price_cents;
    assert!(paid <= u64::try_from(limit.minor).unwrap(), "{paid} for at most {limit}");
}

async fn a_label_whose_link_has_expired_is_fetched_by_a_new_one(backend_kind: BackendKind) {
    let world = world(of(Kind::Light, 1), &backend_kind).await;
    world.sandbox.easypost.expire_label_links();
    work(&world).await;
    world.check().await.unwrap();
    let calls = world.sandbox.easypost.calls();
    assert_eq!(
        (calls[&CallKind::LabelFile], calls[&CallKind::ShipmentLabel]),
        (2, 1),
        "the old link was tried"
    );
    let record = only_record(&world).await;
    let label = record.shipments[0].stage.label().unwrap();
    let domain::stage::LabelFileState::Kept { name } = &label.file else { panic!("{:?}", label.file) };
    let file = world.backend.labels.get_label(name).await.unwrap().unwrap();
    assert!(file.bytes.starts_with(b"%PDF"));
}
