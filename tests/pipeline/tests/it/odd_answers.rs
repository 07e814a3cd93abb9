//! Answers that are odd and harmless: the order is shipped all the same.

use std::collections::BTreeMap;

use domain::exception::ExceptionKind;
use domain::record::OrderRecord;
use domain::stage::LabelFileState;
use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, World, WorldConfig};
use punctual::summary::{OrderOutcome, outcome};
use serde_json::{Value, json};
use sim::faults::{CallKind, Fault};
use sim::sandbox::Kind;
use sim::tiktok::ShippingType;

pipeline::on_both_backends!(
    null_lists_and_a_null_payment_stop_nothing,
    texts_without_end_stop_nothing,
    an_order_of_many_units_with_long_texts_is_stored,
    an_order_whose_number_is_not_shown_is_not_stuck,
    a_star_in_a_name_stops_nothing,
    a_unit_without_a_sku_is_told,
    the_number_of_tiktok_s_own_label_leads_to_no_other_file,
    a_label_of_tiktok_s_with_an_impossible_number_waits_and_is_told,
);

/// What an item of DynamoDB may have.
const ITEM_BYTES_MAX: usize = 400 * 1024;

async fn null_lists_and_a_null_payment_stop_nothing(backend_kind: BackendKind) {
    let mut config = WorldConfig::one(Kind::Light).on(&backend_kind);
    config.orders[0].spec.fields = BTreeMap::from([
        ("packages", Some(Value::Null)),
        ("payment", Some(Value::Null)),
        ("buyer_message", Some(Value::Null)),
        ("handling_duration", Some(json!({}))),
        ("a_field_of_tomorrow", Some(json!([{ "odd": null }]))),
    ]);
    let world = World::new(config).await.unwrap();
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.until_done().await.unwrap();
    world.check().await.unwrap();
    let record = world.records().await.unwrap().remove(0);
    assert_eq!((outcome(&record), record.order.total), (OrderOutcome::Uploaded, None));
}

/// Works until the only order is at its end.
async fn worked_on(world: &World) -> OrderRecord {
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.until_done().await.unwrap();
    world.records().await.unwrap().remove(0)
}

/// Has the only order answered with `fields`, and its only unit with `of_unit`.
fn answer_with(world: &World, fields: &[(&'static str, Option<Value>)], of_unit: Value) {
    let order = world.sandbox.tiktok.orders().remove(0);
    let line = &order.lines[0];
    let mut unit = json!({"id": line.id, "product_id": line.product_id, "sku_id": "7295920000000001029"});
    unit.as_object_mut().unwrap().extend(of_unit.as_object().unwrap().clone());
    let mut fields = BTreeMap::from_iter(fields.iter().cloned());
    fields.insert("line_items", Some(json!([unit])));
    world.sandbox.tiktok.set_fields(&order.id, fields).unwrap();
}

fn bytes(record: &OrderRecord) -> usize {
    serde_json::to_vec(record).unwrap().len()
}

async fn texts_without_end_stop_nothing(backend_kind: BackendKind) {
    let world = World::new(WorldConfig::one(Kind::Light).on(&backend_kind)).await.unwrap();
    let long = json!("🎁".repeat(25_000));
    let fields = ["buyer_message", "seller_note", "payment_method_name", "delivery_option_name"];
    let fields = fields.map(|field| (field, Some(long.clone())));
    answer_with(&world, &fields, json!({"product_name": long, "sku_name": long}));
    let record = worked_on(&world).await;
    assert_eq!(outcome(&record), OrderOutcome::Uploaded);
    assert!(bytes(&record) < ITEM_BYTES_MAX / 10, "{}", bytes(&record));
}

async fn an_order_of_many_units_with_long_texts_is_stored(backend_kind: BackendKind) {
    let long = "🎁".repeat(250);
    let mut config = WorldConfig::one(Kind::Light).on(&backend_kind);
    let sku = "MUG-BLUE-".repeat(5);
    let unit = |n: usize| {
        json!({"id": format!("5770865121237{n:05}"), "product_id": "1729582718312380123",
            "sku_id": "2729382476852921560", "seller_sku": sku, "product_name": long, "sku_name": long,
            "display_status": "AWAITING_SHIPMENT", "sale_price": "0.01", "currency": "USD"})
    };
    let units = (0..500).map(unit).collect();
    let fields = [("line_items", Some(units)), ("buyer_message", Some(Value::from(long.clone())))];
    config.orders[0].spec.fields = BTreeMap::from(fields);
    let record = worked_on(&World::new(config).await.unwrap()).await;
    assert_eq!((record.order.items.len(), record.shipments[0].items.len()), (500, 500));
    assert_eq!(record.order.items[499].seller_sku, sku, "what shipping needs is whole");
    assert!(bytes(&record) < ITEM_BYTES_MAX * 3 / 4, "{}", bytes(&record));
}

/// The upload took place and its answer was lost; TikTok shows the order as shipped, and no number of it.
async fn an_order_whose_number_is_not_shown_is_not_stuck(backend_kind: BackendKind) {
    let world = World::new(WorldConfig::one(Kind::Light).on(&backend_kind)).await.unwrap();
    answer_with(&world, &[("tracking_number", None)], json!({}));
    let faults = world.sandbox.tiktok.faults();
    faults.on_next(CallKind::MarkShipped, Fault::LostAnswer);
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.work_for(SignedDuration::from_mins(5)).await.unwrap();
    assert!(faults.all_fired());
    assert_eq!(world.sandbox.tiktok.uploads().len(), 1, "the lost answer was of an upload");
    let record = world.records().await.unwrap().remove(0);
    assert_eq!(outcome(&record), OrderOutcome::Uploaded);
    let open: Vec<_> = record.open_exceptions().map(|exception| exception.kind).collect();
    assert_eq!(open, [ExceptionKind::UploadWarning]);
}

async fn a_star_in_a_name_stops_nothing(backend_kind: BackendKind) {
    let mut config = WorldConfig::one(Kind::Light).on(&backend_kind);
    config.orders[0].spec.recipient.last_name = "Anna*".to_owned();
    let world = World::new(config).await.unwrap();
    let record = worked_on(&world).await;
    world.check().await.unwrap();
    assert_eq!(outcome(&record), OrderOutcome::Uploaded);
    assert!(record.order.recipient.unwrap().name.ends_with("Anna*"));
}

async fn a_unit_without_a_sku_is_told(backend_kind: BackendKind) {
    let world = World::new(WorldConfig::one(Kind::Light).on(&backend_kind)).await.unwrap();
    answer_with(&world, &[], json!({"sku_id": "", "seller_sku": ""}));
    let record = worked_on(&world).await;
    let open: Vec<_> = record.open_exceptions().map(|exception| exception.kind).collect();
    assert_eq!(open, [ExceptionKind::WeightUnknown]);
}

async fn platform_world(backend_kind: &BackendKind, number: &str) -> World {
    let mut config = WorldConfig::one(Kind::Light).on(backend_kind);
    config.orders[0].spec.shipping = ShippingType::TikTok;
    let world = World::new(config).await.unwrap();
    world.sandbox.tiktok.number_labels(Some(number));
    world
}

async fn the_number_of_tiktok_s_own_label_leads_to_no_other_file(backend_kind: BackendKind) {
    for number in ["../..", "AB/12/../3", "/etc/label"] {
        let world = platform_world(&backend_kind, number).await;
        let record = worked_on(&world).await;
        let label = record.shipments[0].stage.label().unwrap();
        assert_eq!((outcome(&record), label.tracking.as_str()), (OrderOutcome::Uploaded, number));
        let LabelFileState::Kept { name } = &label.file else { panic!("{:?}", label.file) };
        let stem = name.strip_suffix(".pdf").unwrap();
        assert!(stem.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')), "{name}");
        assert!(name.starts_with(&format!("{}-1-", record.order.id)), "{name}");
        let file = world.backend.labels.get_label(name).await.unwrap().unwrap();
        assert!(file.bytes.starts_with(b"%PDF"), "{name}");
    }
}

async fn a_label_of_tiktok_s_with_an_impossible_number_waits_and_is_told(backend_kind: BackendKind) {
    let world = platform_world(&backend_kind, "<b>12 Elm St</b>").await;
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.work_for(SignedDuration::from_mins(4)).await.unwrap();
    assert!(world.sandbox.tiktok.calls()[&CallKind::ShippingDocument] > 1);
    let record = world.records().await.unwrap().remove(0);
    assert_eq!(record.shipments[0].stage.name(), "label_pending");
    let open: Vec<_> = record.open_exceptions().map(|e| (e.kind, e.detail.as_str())).collect();
    let [(ExceptionKind::ServiceUnavailable, why)] = open.as_slice() else { panic!("{open:?}") };
    assert!(!why.contains("Elm"), "{why}");

    world.sandbox.tiktok.number_labels(None);
    drive.until_done().await.unwrap();
    let record = world.records().await.unwrap().remove(0);
    assert_eq!(outcome(&record), OrderOutcome::Uploaded);
    assert_eq!(record.open_exceptions().count(), 0);
    assert_eq!(world.sandbox.tiktok.platform_packages().len(), 1);
}
