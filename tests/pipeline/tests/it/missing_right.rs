//! A right that the seller has not granted is told once, at the shop, and blocks no order.

use domain::SkuId;
use domain::exception::ExceptionKind;
use domain::measure::Weight;
use domain::parcel::{CatalogueItem, CatalogueSource};
use domain::settings::AllSettings;
use domain::shop::Shop;
use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, World, WorldConfig};
use punctual::summary::{OrderOutcome, outcome};
use sim::faults::CallKind;
use sim::sandbox::{Kind, SandboxOrder};
use sim::tiktok::LineSpec;
use system::Clock as _;

pipeline::on_both_backends!(products_that_may_not_be_read_are_told_at_the_shop_and_block_no_order);

const NOTEBOOK: &str = "1729592000000000102";
const LAMP: &str = "1729592000000000103";

/// One thing of this product.
fn order_of(product: &str) -> SandboxOrder {
    let orders = sim::sandbox::orders(Kind::ALL.len(), 7).into_iter();
    let mut order = orders.into_iter().find(|order| order.kind == Kind::Light).unwrap();
    order.spec.lines = vec![LineSpec { product_id: product.to_owned(), quantity: 1 }];
    order
}

async fn shop(world: &World, order: &str) -> Shop {
    world.backend.shops.load_shop(&world.key(order).shop).await.unwrap().unwrap().value
}

async fn products_that_may_not_be_read_are_told_at_the_shop_and_block_no_order(backend_kind: BackendKind) {
    let json = r#"{"default": {"recipients": [{"id": "ann", "email": "ann@example.com"}]}}"#;
    let settings = AllSettings::read(json).unwrap();
    let orders = vec![order_of(NOTEBOOK), order_of(LAMP), order_of(LAMP)];
    let config = WorldConfig { orders, settings, ..WorldConfig::default() }.on(&backend_kind);
    let world = World::new(config).await.unwrap();
    let all: Vec<String> = world.sandbox.kinds().keys().cloned().collect();
    let has_notebook = |order: &String| {
        world.sandbox.tiktok.order(order).unwrap().lines.iter().any(|line| line.product_id == NOTEBOOK)
    };
    let (known, unknown): (Vec<String>, Vec<String>) = all.iter().cloned().partition(has_notebook);
    assert_eq!((known.len(), unknown.len()), (1, 2));

    // What the catalogue has of the notebook was read two days ago.
    let functions = world.functions(&FaultPlan::none()).unwrap();
    let hint = domain::message::OrderChange {
        key: world.key(&known[0]),
        source: domain::message::ChangeSource::Webhook,
    };
    functions.order_sync.handle_batch(vec![hint]).await;
    let items = world.record(&known[0]).await.unwrap().unwrap().order.items;
    let entry = |sku: &SkuId| CatalogueItem {
        sku: sku.clone(),
        weight: Some(Weight::ounces(10)),
        dimensions: None,
        source: CatalogueSource::TikTok,
        read_at: world.clock.now() - SignedDuration::from_hours(48),
    };
    let entries: Vec<CatalogueItem> = items.iter().map(|item| entry(&item.sku)).collect();
    world.backend.catalogue.put_items(&world.key(&known[0]).shop, &entries).await.unwrap();

    world.sandbox.tiktok.deny_scope_of(Some(CallKind::ProductDetail));
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    for _ in 0..5 {
        drive.work_for(SignedDuration::from_mins(1)).await.unwrap();
        assert_eq!(drive.functions().deadline_alarm.run().await.unwrap().failed, 0);
    }
    assert!(world.sandbox.tiktok.scope_denials() > 3);
    let record = world.record(&known[0]).await.unwrap().unwrap();
    assert_eq!(outcome(&record), OrderOutcome::Uploaded, "an old weight is better than none");
    for order in &unknown {
        let record = world.record(order).await.unwrap().unwrap();
        assert_eq!(record.shipments[0].stage.name(), "ready", "{order}");
        let kinds: Vec<_> = record.open_exceptions().map(|e| e.kind).collect();
        assert_eq!(kinds, [ExceptionKind::ShopUnauthorized], "{order}");
    }
    let told = shop(&world, &all[0]).await;
    let open: Vec<_> = told.open_exceptions().map(|e| (e.kind, e.detail.as_str())).collect();
    let [(ExceptionKind::ShopUnauthorized, why)] = open.as_slice() else { panic!("{open:?}") };
    assert!(why.starts_with("TikTok does not let Punctual read products: "), "{why}");
    let mails = world.notifications.sent();
    assert!(mails.iter().all(|(_, mail)| mail.kind == "shop_unauthorized"), "{mails:?}");
    assert!(mails.iter().any(|(_, mail)| mail.text.expose().contains("read products")), "{mails:?}");

    world.sandbox.tiktok.deny_scope_of(None);
    drive.until_done().await.unwrap();
    for order in &all {
        let record = world.record(order).await.unwrap().unwrap();
        assert_eq!(outcome(&record), OrderOutcome::Uploaded, "{order}: {:?}", record.exceptions);
    }
    assert_eq!(shop(&world, &all[0]).await.open_exceptions().count(), 0);
    world.check().await.unwrap();
}
