//! What carriers say is believed, kept and shown: their dates, their prices, their reasons, their forms.

use std::time::Duration;

use backend::RateOutcome;
use domain::exception::{Exception, ExceptionKind};
use domain::rates::{Ineligible, Verdict};
use domain::settings::AllSettings;
use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, World, WorldConfig};
use punctual::summary::{OrderOutcome, outcome};
use serde_json::json;
use sim::easypost::{GivenRate, PurchaseRefusal};
use sim::faults::CallKind;
use sim::sandbox::{Kind, SandboxOrder};
use sim::tiktok::{DeliveryOption, Recipient};
use system::{Clock, SystemClock};

pipeline::on_both_backends!(
    a_delivery_date_after_the_promise_is_not_bought,
    when_every_date_is_late_the_earliest_is_bought_and_said_to_be_late,
    a_price_of_nothing_is_not_bought,
    a_price_that_has_become_nothing_is_not_bought,
    a_refused_purchase_says_why_and_nothing_of_the_address,
    carriers_without_a_rate_are_heard,
    a_parcel_to_the_armed_forces_has_a_customs_form,
    a_parcel_to_guam_is_bought_with_a_customs_form,
    without_a_declaration_nothing_is_asked_or_bought,
    puerto_rico_needs_a_form_for_all_but_the_postal_service,
);

const HOUR: i64 = 3_600;
const UPS: &str = "UPSDAP";
const CARRIERS: [&str; 4] = ["USPS", UPS, "FedExDefault", "DhlEcs"];

/// A light order to a street in a state.
fn light() -> SandboxOrder {
    let orders = sim::sandbox::orders(Kind::ALL.len(), 7).into_iter();
    orders.into_iter().find(|order| order.kind == Kind::Light).unwrap()
}

fn promised(hours: u64) -> SandboxOrder {
    let mut order = light();
    let within = order.spec.paid_ago + Duration::from_secs(hours * 3_600);
    order.spec.delivery = DeliveryOption { deliver_within: Some(within), ..DeliveryOption::standard() };
    order
}

fn to(state: &str, city: &str, postal_code: &str, line1: &str) -> SandboxOrder {
    let mut order = light();
    order.spec.recipient = Recipient {
        state: state.into(),
        city: city.into(),
        county: String::new(),
        postal_code: postal_code.into(),
        line1: line1.into(),
        line2: String::new(),
        ..order.spec.recipient
    };
    order
}

fn to_guam() -> SandboxOrder {
    to("Guam", "Hagatna", "96910", "118 Plumeria Bend")
}

fn declared() -> AllSettings {
    let customs = json!({"signer": "Sam Seller", "origin_country": "CN", "hs_code": "6912.00"});
    AllSettings::read(&json!({"default": {"customs": customs}}).to_string()).unwrap()
}

/// The day that it is in so many hours, as UPS writes it.
fn day_in(hours: i64) -> String {
    let at = SystemClock.now() + SignedDuration::from_secs(hours * HOUR);
    at.strftime("%Y-%m-%dT23:00:00Z").to_string()
}

/// A world with one order, and the order.
async fn world_of(backend_kind: &BackendKind, order: SandboxOrder, settings: AllSettings) -> (World, String) {
    let config = WorldConfig { orders: vec![order], settings, ..WorldConfig::default() };
    let world = World::new(config.on(backend_kind)).await.unwrap();
    let order = world.sandbox.kinds().keys().next().unwrap().clone();
    (world, order)
}

/// Lets the pipeline hear of the order and works until nothing is left to do.
async fn work(world: &World) {
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.work_for(SignedDuration::from_mins(2)).await.unwrap();
}

fn services(world: &World) -> Vec<String> {
    world.sandbox.easypost.purchases().into_iter().map(|purchase| purchase.service).collect()
}

async fn open(world: &World, order: &str) -> Vec<Exception> {
    let record = world.record(order).await.unwrap().unwrap();
    record.open_exceptions().cloned().collect()
}

/// The one exception that is open.
async fn only(world: &World, order: &str, kind: ExceptionKind) -> String {
    let open = open(world, order).await;
    let kinds: Vec<_> = open.iter().map(|exception| exception.kind).collect();
    assert_eq!(kinds, [kind], "{open:?}");
    open[0].detail.clone()
}

async fn decision(world: &World, order: &str) -> RateOutcome {
    let key = world.key(order);
    world.backend.orders.get_decision(&key, &key.shipment(1)).await.unwrap().unwrap()
}

/// Nothing of the buyer's address but its state is in `text`.
fn assert_nothing_private(world: &World, order: &str, text: &str) {
    let to = |field| world.sandbox.easypost.sent_to(&format!("{order}-1"), field).unwrap();
    for field in ["name", "street1", "street2", "city", "zip", "phone"] {
        for word in to(field).split_whitespace().filter(|word| word.len() > 3) {
            assert!(!text.to_lowercase().contains(&word.to_lowercase()), "{field}: {word} in {text}");
        }
    }
    assert!(
        !text.contains("Depot Yard") && !text.contains("Shipping desk"),
        "the sender's address in {text}"
    );
}

/// Ground says two days, and names a day after the promise.
async fn a_delivery_date_after_the_promise_is_not_bought(backend_kind: BackendKind) {
    let (world, order) = world_of(&backend_kind, promised(84), AllSettings::default()).await;
    world.sandbox.easypost.offer(vec![
        GivenRate::new(UPS, "Ground", 900, 2).on(&day_in(108)),
        GivenRate::new(UPS, "NextDayAir", 2_500, 1).on(&day_in(60)),
    ]);
    work(&world).await;
    assert_eq!(services(&world), ["NextDayAir"]);
    assert_eq!(open(&world, &order).await, []);
}

async fn when_every_date_is_late_the_earliest_is_bought_and_said_to_be_late(backend_kind: BackendKind) {
    let (world, order) = world_of(&backend_kind, promised(84), AllSettings::default()).await;
    // Ground has fewer days and the later day.
    world.sandbox.easypost.offer(vec![
        GivenRate::new(UPS, "Ground", 900, 1).on(&day_in(24 * 9)),
        GivenRate::new(UPS, "3DaySelect", 1_500, 3).on(&day_in(24 * 8)),
    ]);
    work(&world).await;
    assert_eq!(services(&world), ["3DaySelect"]);
    only(&world, &order, ExceptionKind::ArrivesLate).await;
}

async fn a_price_of_nothing_is_not_bought(backend_kind: BackendKind) {
    let free = GivenRate::new(UPS, "Ground", 0, 3);
    let (world, order) = world_of(&backend_kind, light(), AllSettings::default()).await;
    world.sandbox.easypost.offer(vec![free.clone(), GivenRate::new(UPS, "3DaySelect", 1_500, 3)]);
    work(&world).await;
    assert_eq!(services(&world), ["3DaySelect"]);
    let RateOutcome::Chosen { decision, .. } = decision(&world, &order).await else { panic!("no rate") };
    assert_eq!(decision.candidates[0].verdict, Verdict::Ineligible(Ineligible::Free));

    let (world, order) = world_of(&backend_kind, light(), AllSettings::default()).await;
    world.sandbox.easypost.offer(vec![free]);
    work(&world).await;
    assert_eq!(world.sandbox.easypost.labels_bought(), 0);
    let detail = only(&world, &order, ExceptionKind::NoRate).await;
    assert!(detail.contains("UPS Ground is priced at nothing"), "{detail}");
}

/// The quote has grown old before the label is bought, and the carrier is asked for its price again.
async fn a_price_that_has_become_nothing_is_not_bought(backend_kind: BackendKind) {
    let (world, order) = world_of(&backend_kind, light(), AllSettings::default()).await;
    world.sandbox.easypost.offer(vec![GivenRate::new(UPS, "Ground", 900, 3)]);
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.work_on(2).await.unwrap();
    let record = world.record(&order).await.unwrap().unwrap();
    assert_eq!(record.shipments[0].stage.name(), "rated");
    world.sandbox.easypost.offer(vec![GivenRate::new(UPS, "Ground", 0, 3)]);
    world.clock.advance(SignedDuration::from_mins(15));
    drive.work_for(SignedDuration::from_mins(5)).await.unwrap();
    assert!(world.sandbox.easypost.calls().contains_key(&CallKind::ShipmentRerate), "it was asked again");
    assert_eq!(world.sandbox.easypost.labels_bought(), 0);
    assert_ne!(open(&world, &order).await, []);
}

async fn a_refused_purchase_says_why_and_nothing_of_the_address(backend_kind: BackendKind) {
    let (world, order) = world_of(&backend_kind, light(), AllSettings::default()).await;
    world.sandbox.easypost.offer(vec![GivenRate::new(UPS, "Ground", 900, 3)]);
    let words = "Missing or invalid ship to phone number ({phone}) of {name}, {street1} {street2}, {city} {zip}. \
        Shipper: {from.name}, {from.street1}";
    let refusal = PurchaseRefusal { message: words.to_owned(), ..PurchaseRefusal::of(UPS) };
    world.sandbox.easypost.refuse_purchases(refusal);
    work(&world).await;
    assert!(world.sandbox.easypost.purchases_refused() > 0);
    assert_eq!(world.sandbox.easypost.labels_bought(), 0);
    let detail = only(&world, &order, ExceptionKind::PurchaseRefused).await;
    assert!(detail.contains("SHIPMENT.POSTAGE.FAILURE"), "{detail}");
    assert!(detail.contains("Missing or invalid ship to phone number"), "{detail}");
    let record = world.record(&order).await.unwrap().unwrap();
    let stored = serde_json::to_string(&(&record.shipments, &record.exceptions)).unwrap();
    assert_nothing_private(&world, &order, &stored);
}

async fn carriers_without_a_rate_are_heard(backend_kind: BackendKind) {
    let (world, order) = world_of(&backend_kind, light(), AllSettings::default()).await;
    for carrier in CARRIERS {
        world.sandbox.easypost.decline(carrier, "No pickup at {from.street1} for {name}, {street1}");
    }
    work(&world).await;
    let detail = only(&world, &order, ExceptionKind::NoRate).await;
    assert!(detail.contains("UPSDAP says: No pickup at […] for […]"), "{detail}");
    assert_nothing_private(&world, &order, &detail);
    let RateOutcome::None { messages, .. } = decision(&world, &order).await else { panic!("a rate") };
    assert_eq!(messages.len(), CARRIERS.len());
    for message in messages {
        assert!(message.text.contains("No pickup at"), "{}", message.carrier);
        assert_nothing_private(&world, &order, &message.text);
    }
}

/// Whether a carrier that delivers there may be bought from is for the choice; the form goes with every quote.
async fn a_parcel_to_the_armed_forces_has_a_customs_form(backend_kind: BackendKind) {
    let order = to("Armed Forces Europe", "APO", "09012", "PSC 2 Box 14697");
    let (world, order) = world_of(&backend_kind, order, declared()).await;
    work(&world).await;
    let reference = format!("{order}-1");
    let form = world.sandbox.easypost.customs_info(&reference).expect("a customs form");
    assert_eq!(form["customs_signer"], "Sam Seller");
    assert_eq!((&form["contents_type"], &form["eel_pfc"]), (&json!("merchandise"), &json!("NOEEI 30.37(a)")));
    let item = &form["customs_items"][0];
    assert_eq!((&item["origin_country"], &item["hs_tariff_number"]), (&json!("CN"), &json!("6912.00")));
    assert!(item["value"].as_f64().unwrap() > 0.0 && item["weight"].as_f64().unwrap() > 0.0, "{item}");
    assert_eq!(world.sandbox.easypost.sent_to(&reference, "state").as_deref(), Some("AE"));
}

async fn a_parcel_to_guam_is_bought_with_a_customs_form(backend_kind: BackendKind) {
    let (world, order) = world_of(&backend_kind, to_guam(), declared()).await;
    world.sandbox.easypost.offer(vec![GivenRate::new(UPS, "2ndDayAir", 2_900, 3)]);
    work(&world).await;
    let reference = format!("{order}-1");
    assert_eq!(services(&world), ["2ndDayAir"], "the carrier refuses to sell without the form");
    assert!(world.sandbox.easypost.customs_info(&reference).is_some());
    assert_eq!(world.sandbox.easypost.sent_to(&reference, "state").as_deref(), Some("GU"));
    assert_eq!(world.sandbox.easypost.sent_to(&reference, "country").as_deref(), Some("US"));
    let record = world.record(&order).await.unwrap().unwrap();
    assert_eq!(outcome(&record), OrderOutcome::Uploaded, "{:?}", record.exceptions);
}

async fn without_a_declaration_nothing_is_asked_or_bought(backend_kind: BackendKind) {
    for order in [to_guam(), to("Armed Forces Pacific", "FPO", "96349", "Unit 2050 Box 4190")] {
        let (world, order) = world_of(&backend_kind, order, AllSettings::default()).await;
        work(&world).await;
        assert_eq!(world.sandbox.easypost.shipments_created(), 0);
        let detail = only(&world, &order, ExceptionKind::CustomsFormNeeded).await;
        assert!(detail.contains("have no customs declaration"), "{detail}");
    }
}

async fn puerto_rico_needs_a_form_for_all_but_the_postal_service(backend_kind: BackendKind) {
    let san_juan = || to("Puerto Rico", "San Juan", "00901", "77 Calle Ficus");
    let ups = || vec![GivenRate::new(UPS, "2ndDayAir", 2_900, 2)];
    let (world, order) = world_of(&backend_kind, san_juan(), AllSettings::default()).await;
    world.sandbox.easypost.offer(ups());
    work(&world).await;
    assert_eq!(world.sandbox.easypost.labels_bought(), 0);
    let detail = only(&world, &order, ExceptionKind::CustomsFormNeeded).await;
    assert!(detail.contains("UPS 2nd Day Air needs a customs form"), "{detail}");

    let (world, _) = world_of(&backend_kind, san_juan(), declared()).await;
    world.sandbox.easypost.offer(ups());
    work(&world).await;
    assert_eq!(services(&world), ["2ndDayAir"]);
}
