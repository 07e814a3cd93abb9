//! Addresses, rates, purchases and refunds.

use std::time::Duration;

use crate::support::{Post, shipment};
use serde_json::{Value, json};
use sim::easypost::{CarrierAccount, EasyPostConfig, RefundStatus, StaleRates};

#[tokio::test]
async fn bought_once() {
    let post = Post::start(EasyPostConfig::default()).await;
    let created = post.shipment(&shipment("order-1")).await;
    assert_eq!(created["rates"].as_array().unwrap().len(), 12);
    assert_eq!(created["tracking_code"], Value::Null);
    let (status, bought) = post.buy(&created).await;
    assert_eq!((status, bought["selected_rate"]["id"].clone()), (200, created["rates"][0]["id"].clone()));
    let (status, again) = post.buy(&created).await;
    assert_eq!((status, again["error"]["code"].clone()), (422, json!("SHIPMENT.POSTAGE.EXISTS")));

    let url = bought["postage_label"]["label_pdf_url"].as_str().unwrap();
    let file = post.http.get(url).send().await.unwrap();
    assert_eq!(file.headers()["content-type"], "application/pdf");
    let file = String::from_utf8(file.bytes().await.unwrap().to_vec()).unwrap();
    assert!(file.starts_with("%PDF-") && file.contains(bought["tracking_code"].as_str().unwrap()));

    let purchases = post.easypost.purchases();
    assert_eq!((purchases.len(), purchases[0].reference.as_deref()), (1, Some("order-1")));
    let second = post.shipment(&shipment("order-1")).await;
    post.buy(&second).await;
    assert_eq!(post.easypost.labels_bought_twice(), ["order-1"]);
    let id = second["id"].as_str().unwrap();
    let (_, refunded) = post.send("POST", &format!("/v2/shipments/{id}/refund"), &Value::Null).await;
    assert_eq!(refunded["refund_status"], "submitted");
    assert!(post.easypost.labels_bought_twice().is_empty());
    post.easypost.settle_refunds();
    assert_eq!(post.easypost.purchases()[1].refund, Some(RefundStatus::Refunded));
}

#[tokio::test]
async fn one_purchase_at_a_time() {
    let buy_takes = Duration::from_millis(80);
    let post = Post::start(EasyPostConfig { buy_takes, ..EasyPostConfig::default() }).await;
    let created = post.shipment(&shipment("o")).await;
    let (first, second) = tokio::join!(post.buy(&created), async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        post.buy(&created).await
    });
    assert_eq!(first.0, 200);
    assert_eq!(second.1["error"]["code"], "SHIPMENT.PURCHASE.IN_PROGRESS");
    assert_eq!(post.easypost.labels_bought(), 1);
}

#[tokio::test]
async fn prices_move() {
    let post = Post::start(EasyPostConfig::default()).await;
    let created = post.shipment(&shipment("o")).await;
    let quoted = created["rates"][0]["rate"].as_str().unwrap().parse::<f64>().unwrap();
    post.easypost.raise_prices(20);
    post.easypost.set_stale_rates(StaleRates::Refused);
    assert_eq!(post.buy(&created).await.1["error"]["code"], "SHIPMENT.POSTAGE.FAILURE");
    post.easypost.set_stale_rates(StaleRates::Repriced);
    let (_, bought) = post.buy(&created).await;
    let paid = bought["selected_rate"]["rate"].as_str().unwrap().parse::<f64>().unwrap();
    assert!(paid > quoted * 1.19);

    let created = post.shipment(&shipment("o")).await;
    let id = created["id"].as_str().unwrap();
    let (_, rerated) = post.send("POST", &format!("/v2/shipments/{id}/rerate"), &Value::Null).await;
    assert_ne!(rerated["rates"][0]["id"], created["rates"][0]["id"]);
    let (status, old) = post.buy(&created).await;
    assert_eq!(status, 422, "the old rate is gone: {old}");
}

#[tokio::test]
async fn who_carries_what() {
    let accounts = vec![
        CarrierAccount::new("ca_1", "USPS"),
        CarrierAccount::new("ca_2", "UPSDAP"),
        CarrierAccount::new("ca_3", "UPSDAP"),
    ];
    let post = Post::start(EasyPostConfig { accounts, ..EasyPostConfig::default() }).await;
    let carriers = |created: &Value| -> Vec<String> {
        let rates = created["rates"].as_array().unwrap().iter();
        rates.map(|rate| rate["carrier"].as_str().unwrap().to_owned()).collect()
    };
    let mut body = shipment("o");
    assert_eq!(carriers(&post.shipment(&body).await).len(), 3 + 4 + 4);
    body["shipment"]["to_address"]["street1"] = json!("P.O. Box 12");
    let boxed = post.shipment(&body).await;
    assert!(carriers(&boxed).iter().all(|carrier| carrier == "USPS"));
    assert_eq!(boxed["messages"].as_array().unwrap().len(), 2);
    let mut body = shipment("o");
    body["shipment"]["parcel"]["weight"] = json!(71 * 16);
    assert!(carriers(&post.shipment(&body).await).iter().all(|carrier| carrier == "UPSDAP"));
    body["shipment"]["parcel"]["weight"] = json!(151 * 16);
    assert!(carriers(&post.shipment(&body).await).is_empty());
}

#[tokio::test]
async fn refusals() {
    let post = Post::start(EasyPostConfig::default()).await;
    let refused = async |body: &Value| post.send("POST", "/v2/shipments", body).await;
    let (status, body) = refused(&json!({ "shipment": {} })).await;
    assert_eq!((status, body["error"]["errors"][0]["field"].clone()), (422, json!("shipment")));
    for field in ["to_address", "from_address", "parcel"] {
        let mut body = shipment("o");
        body["shipment"].as_object_mut().unwrap().remove(field);
        let (status, body) = refused(&body).await;
        assert_eq!((status, body["error"]["code"].clone()), (422, json!("PARAMETER.REQUIRED")), "{field}");
    }
    let mut body = shipment("o");
    body["shipment"]["carrier_accounts"] = json!(["ca_unknown"]);
    assert_eq!(refused(&body).await.0, 422);
    let created = post.shipment(&shipment("o")).await;
    let path = format!("/v2/shipments/{}/buy", created["id"].as_str().unwrap());
    assert_eq!(post.send("POST", &path, &json!({ "rate": { "id": "rate_x" } })).await.0, 422);
    assert_eq!(post.send("POST", &path, &json!({})).await.1["error"]["code"], "PARAMETER.REQUIRED");
    assert_eq!(post.send("GET", "/v2/shipments/shp_x", &Value::Null).await.0, 404);

    let url = format!("{}/v2/shipments/shp_x", post.easypost.url());
    assert_eq!(post.http.get(&url).send().await.unwrap().status(), 401);
    assert_eq!(post.http.get(&url).bearer_auth("wrong").send().await.unwrap().status(), 403);
    assert_eq!(post.http.get(&url).basic_auth(&post.key, Some("")).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn addresses() {
    let post = Post::start(EasyPostConfig::default()).await;
    let good = shipment("o")["shipment"]["to_address"].clone();
    let mut bad = good.clone();
    bad["zip"] = json!("00000");
    let create = async |body: Value| post.send("POST", "/v2/addresses", &body).await;

    let (status, plain) = create(json!({ "address": bad })).await;
    assert_eq!((status, plain["verifications"].clone()), (201, json!({})));
    let (status, verified) = create(json!({ "address": good, "verify": true })).await;
    assert_eq!((status, verified["verifications"]["delivery"]["success"].clone()), (201, json!(true)));
    assert_eq!(verified["city"], "PORTLAND");
    let mut inside = bad.clone();
    inside["verify"] = json!(true);
    let (status, body) = create(json!({ "address": inside })).await;
    assert_eq!((status, body["verifications"]["delivery"]["success"].clone()), (201, json!(false)));
    let (status, body) = create(json!({ "address": bad, "verify_strict": true })).await;
    assert_eq!((status, body["error"]["code"].clone()), (422, json!("ADDRESS.VERIFY.FAILURE")));

    let (status, body) =
        post.send("POST", "/v2/addresses/create_and_verify", &json!({ "address": good })).await;
    assert_eq!((status, body["address"]["residential"].clone()), (200, json!(true)));
    let path = format!("/v2/addresses/{}/verify", plain["id"].as_str().unwrap());
    assert_eq!(post.send("GET", &path, &Value::Null).await.0, 422);

    let mut body = shipment("o");
    body["shipment"]["to_address"] = json!({ "id": plain["id"] });
    let created = post.shipment(&body).await;
    let (_, refused) = post.buy(&created).await;
    assert_eq!(refused["error"]["code"], "SHIPMENT.POSTAGE.FAILURE", "rates are given, the label is not");
}
