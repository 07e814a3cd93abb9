//! Answers that are odd and harmless: the order is shipped all the same.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;

use local::summary::{Outcome, outcome};
use pipeline::{Plan, Site, World, WorldConfig};
use serde_json::{Value, json};
use sim::sandbox::Kind;

pipeline::on_both_engines!(null_lists_and_a_null_payment_stop_nothing);

async fn null_lists_and_a_null_payment_stop_nothing(site: Site) {
    let mut config = WorldConfig::one(Kind::Light).on(&site);
    config.orders[0].spec.fields = BTreeMap::from([
        ("packages", Some(Value::Null)),
        ("payment", Some(Value::Null)),
        ("buyer_message", Some(Value::Null)),
        ("handling_duration", Some(json!({}))),
        ("a_field_of_tomorrow", Some(json!([{ "odd": null }]))),
    ]);
    let world = World::new(config).await.unwrap();
    let mut drive = world.drive(Plan::calm()).unwrap();
    drive.announce().await.unwrap();
    drive.until_done().await.unwrap();
    world.check().await.unwrap();
    let record = world.records().await.unwrap().remove(0);
    assert_eq!((outcome(&record), record.order.total), (Outcome::Uploaded, None));
}
