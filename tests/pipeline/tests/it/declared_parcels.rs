//! What is declared to the carrier: the variation's own weight and size, units packed as people pack them, and never a
//! weight that nobody gave.

use domain::exception::ExceptionKind;
use domain::settings::AllSettings;
use pipeline::{BackendKind, FaultPlan, World, WorldConfig};
use sim::SandboxConfig;
use sim::sandbox::{Kind, SandboxOrder};
use sim::tiktok::{LineSpec, OrderSpec, ProductSpec};

pipeline::on_both_backends!(
    a_pack_of_twenty_is_declared_with_its_own_weight_and_size,
    a_variation_s_placeholder_leaves_the_product_s_figures,
    forty_cubes_are_declared_as_a_box_that_people_would_use,
    what_no_carrier_takes_as_one_parcel_is_told_before_a_label_is_bought,
    weights_with_the_digits_of_a_binary_fraction_are_declared_rounded_up,
    a_weight_of_zero_is_named_as_such,
    a_gift_whose_product_is_not_shown_is_never_guessed,
);

const PRODUCT: &str = "1729592000000000201";
const GIFT: &str = "1729592000000000202";

fn product() -> ProductSpec {
    ProductSpec::new(PRODUCT, "Soap", 900)
}

/// A world with one order of these products, worked off.
async fn shipped(backend_kind: &BackendKind, products: Vec<ProductSpec>, lines: &[(&str, u32)]) -> World {
    let mut spec = OrderSpec::new(PRODUCT);
    spec.lines = lines
        .iter()
        .map(|(id, quantity)| LineSpec { product_id: (*id).to_owned(), quantity: *quantity })
        .collect();
    let recipients = r#"{"default": {"recipients": [{"id": "ann", "email": "ann@example.com"}]}}"#;
    let config = WorldConfig {
        sandbox: SandboxConfig { products, ..SandboxConfig::default() },
        orders: vec![SandboxOrder { kind: Kind::Light, spec }],
        settings: serde_json::from_str::<AllSettings>(recipients).unwrap(),
        ..WorldConfig::default()
    };
    let world = World::new(config.on(backend_kind)).await.unwrap();
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.work_off().await.unwrap();
    world
}

/// Ounces and inches of the one label that was bought, whose number is at TikTok.
fn declared(world: &World) -> (f64, Option<[f64; 3]>) {
    let purchases = world.sandbox.easypost.purchases();
    assert_eq!((purchases.len(), world.sandbox.tiktok.uploads().len()), (1, 1));
    (purchases[0].ounces, purchases[0].inches)
}

/// The one exception of the one order, for which nothing was bought.
async fn blocked(world: &World) -> (ExceptionKind, String) {
    assert_eq!(world.sandbox.easypost.labels_bought(), 0);
    let records = world.records().await.unwrap();
    let open: Vec<_> = records[0].exceptions.iter().filter(|open| open.closed_at.is_none()).collect();
    assert_eq!(open.len(), 1, "{open:?}");
    (open[0].kind, open[0].detail.clone())
}

async fn a_pack_of_twenty_is_declared_with_its_own_weight_and_size(backend_kind: BackendKind) {
    let pack = product().packed("1", ["8", "6", "3"]).sku_packed("10", ["16", "12", "10"]);
    let world = Box::pin(shipped(&backend_kind, vec![pack], &[(PRODUCT, 1)])).await;
    assert_eq!(declared(&world), (160.0, Some([16.0, 12.0, 10.0])));
}

async fn a_variation_s_placeholder_leaves_the_product_s_figures(backend_kind: BackendKind) {
    let placeholder = product().packed("1", ["8", "6", "3"]).sku_packed("0", ["0", "0", "0"]);
    let world = Box::pin(shipped(&backend_kind, vec![placeholder], &[(PRODUCT, 1)])).await;
    assert_eq!(declared(&world), (16.0, Some([8.0, 6.0, 3.0])));
}

async fn forty_cubes_are_declared_as_a_box_that_people_would_use(backend_kind: BackendKind) {
    let world =
        Box::pin(shipped(&backend_kind, vec![product().packed("0.3", ["4", "4", "4"])], &[(PRODUCT, 40)]))
            .await;
    assert_eq!(declared(&world), (192.0, Some([20.0, 16.0, 8.0])));
}

async fn what_no_carrier_takes_as_one_parcel_is_told_before_a_label_is_bought(backend_kind: BackendKind) {
    let world =
        Box::pin(shipped(&backend_kind, vec![product().packed("20", ["20", "20", "20"])], &[(PRODUCT, 8)]))
            .await;
    let (kind, detail) = blocked(&world).await;
    assert_eq!(kind, ExceptionKind::TooLargeForOneParcel);
    let expect = "together the items are 160 lb and 40x40x40 in, more than any carrier takes as one parcel";
    assert_eq!(detail, expect);
    assert_eq!(world.sandbox.easypost.shipments_created(), 0, "no carrier is asked");
    world.functions(&FaultPlan::none()).unwrap().deadline_alarm.run().await.unwrap();
    let told: Vec<String> =
        world.notifications.sent().into_iter().map(|(_, notification)| notification.subject).collect();
    assert!(told.iter().any(|subject| subject.contains("too large for one parcel")), "{told:?}");
}

async fn weights_with_the_digits_of_a_binary_fraction_are_declared_rounded_up(backend_kind: BackendKind) {
    let number = product().packed(0.769_999_999_999_999_9, ["6", "5", "4"]);
    assert_eq!(
        declared(&Box::pin(shipped(&backend_kind, vec![number], &[(PRODUCT, 1)])).await).0,
        12.4,
        "as 0.77 lb"
    );
    let text = product().packed("1.1023113109243878", ["6", "5", "4"]);
    assert_eq!(declared(&Box::pin(shipped(&backend_kind, vec![text], &[(PRODUCT, 1)])).await).0, 17.7);
}

async fn a_weight_of_zero_is_named_as_such(backend_kind: BackendKind) {
    let world =
        Box::pin(shipped(&backend_kind, vec![product().packed("0.00", ["6", "5", "4"])], &[(PRODUCT, 1)]))
            .await;
    let (kind, detail) = blocked(&world).await;
    assert_eq!(kind, ExceptionKind::WeightUnknown);
    assert!(detail.ends_with("can't be used: 0.00 is zero"), "{detail}");
}

async fn a_gift_whose_product_is_not_shown_is_never_guessed(backend_kind: BackendKind) {
    let gift = ProductSpec { shown: false, ..ProductSpec::new(GIFT, "Gift", 0) };
    let products = vec![product().packed("1", ["8", "6", "3"]), gift];
    let world = Box::pin(shipped(&backend_kind, products, &[(PRODUCT, 1), (GIFT, 1)])).await;
    let (kind, detail) = blocked(&world).await;
    assert_eq!(kind, ExceptionKind::WeightUnknown);
    assert!(detail.starts_with("no weight is known for SKU "), "{detail}");
}
