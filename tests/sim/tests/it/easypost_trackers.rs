//! Trackers, and refunds that are followed to their end.

use crate::support::{Post, Receiver, shipment, until};
use serde_json::{Value, json};
use sim::easypost::{EasyPostConfig, RefundStatus, TrackerStatus};

async fn bought(post: &Post) -> (String, String) {
    let (_, bought) = post.buy(&post.shipment(&shipment("o")).await).await;
    (bought["id"].as_str().unwrap().to_owned(), bought["tracking_code"].as_str().unwrap().to_owned())
}

async fn get(post: &Post, path: &str) -> Value {
    let (status, body) = post.send("GET", path, &Value::Null).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

fn ids(list: &Value) -> Vec<&str> {
    list["trackers"].as_array().unwrap().iter().map(|tracker| tracker["id"].as_str().unwrap()).collect()
}

async fn create(post: &Post, tracker: Value) -> (u16, Value) {
    post.send("POST", "/v2/trackers", &json!({ "tracker": tracker })).await
}

#[tokio::test]
async fn the_shipment_shows_every_step() {
    let post = Post::start(EasyPostConfig::default()).await;
    let (id, code) = bought(&post).await;
    let path = format!("/v2/shipments/{id}");
    let shown = get(&post, &path).await;
    assert_eq!((&shown["tracker"]["status"], &shown["status"]), (&json!("unknown"), &json!("unknown")));
    assert_eq!(shown["tracker"]["tracking_details"], json!([]));

    assert!(post.easypost.scan(&code));
    assert!(post.easypost.set_tracker(&code, TrackerStatus::OutForDelivery));
    assert!(post.easypost.deliver(&code));
    let tracker = get(&post, &path).await["tracker"].clone();
    assert_eq!((&tracker["status"], &tracker["shipment_id"]), (&json!("delivered"), &json!(id)));
    let details = tracker["tracking_details"].as_array().unwrap();
    let steps: Vec<_> = details
        .iter()
        .map(|step| (step["status"].clone(), step["tracking_location"]["city"].clone()))
        .collect();
    let expect = [("in_transit", "COLUMBUS"), ("out_for_delivery", "PORTLAND"), ("delivered", "PORTLAND")];
    assert_eq!(steps, expect.map(|(status, city)| (json!(status), json!(city))));
    assert_eq!(details[2]["datetime"], tracker["updated_at"]);
    assert_eq!(get(&post, &format!("/v2/trackers/{}", tracker["id"].as_str().unwrap())).await, tracker);
}

#[tokio::test]
async fn a_parcel_comes_back() {
    let post = Post::start(EasyPostConfig::default()).await;
    let (id, code) = bought(&post).await;
    assert!(post.easypost.scan(&code) && post.easypost.return_to_sender(&code));
    let tracker = get(&post, &format!("/v2/shipments/{id}")).await["tracker"].clone();
    assert_eq!(
        (&tracker["status"], &tracker["status_detail"]),
        (&json!("return_to_sender"), &json!("return"))
    );
    for unknown in [post.easypost.scan("x"), post.easypost.deliver("x"), post.easypost.return_to_sender("x")]
    {
        assert!(!unknown);
    }
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let post = Post::start(EasyPostConfig::default()).await;
    let mut codes = Vec::new();
    for _ in 0..5 {
        codes.push(bought(&post).await.1);
    }
    let all = get(&post, "/v2/trackers").await;
    let newest_first: Vec<_> = codes.iter().rev().map(|code| json!(code)).collect();
    let shown: Vec<_> =
        all["trackers"].as_array().unwrap().iter().map(|tracker| tracker["tracking_code"].clone()).collect();
    assert_eq!((shown, &all["has_more"]), (newest_first, &json!(false)));
    let all = ids(&all);

    let first = get(&post, "/v2/trackers?page_size=2").await;
    assert_eq!((ids(&first), &first["has_more"]), (all[..2].to_vec(), &json!(true)));
    let second = get(&post, &format!("/v2/trackers?page_size=2&before_id={}", all[1])).await;
    assert_eq!((ids(&second), &second["has_more"]), (all[2..4].to_vec(), &json!(true)));
    let last = get(&post, &format!("/v2/trackers?page_size=2&before_id={}", all[3])).await;
    assert_eq!((ids(&last), &last["has_more"]), (all[4..].to_vec(), &json!(false)));
    let after = get(&post, &format!("/v2/trackers?after_id={}", all[2])).await;
    assert_eq!(ids(&after), all[..2]);

    let one = get(&post, &format!("/v2/trackers?tracking_code={}&carrier", codes[1])).await;
    assert_eq!(ids(&one), [all[3]]);
    assert_eq!(ids(&get(&post, "/v2/trackers?carrier=UPSDAP").await), [""; 0]);
    assert_eq!(ids(&get(&post, "/v2/trackers?start_datetime=2000-01-01T00:00:00Z").await), all);
    assert_eq!(ids(&get(&post, "/v2/trackers?end_datetime=2000-01-01T00:00:00Z").await), [""; 0]);
    for (query, status) in [("page_size=x", 422), ("start_datetime=x", 422), ("before_id=trk_x", 404)] {
        let (told, _) = post.send("GET", &format!("/v2/trackers?{query}"), &Value::Null).await;
        assert_eq!(told, status, "{query}");
    }
    assert_eq!(post.send("GET", "/v2/trackers/trk_x", &Value::Null).await.0, 404);
}

#[tokio::test]
async fn one_tracker_for_a_number_and_carrier() {
    let post = Post::start(EasyPostConfig::default()).await;
    let (id, code) = bought(&post).await;
    let own = get(&post, &format!("/v2/shipments/{id}")).await["tracker"]["id"].clone();
    for asked in [json!({ "tracking_code": code }), json!({ "tracking_code": code, "carrier": "USPS" })] {
        let (status, tracker) = create(&post, asked).await;
        assert_eq!((status, &tracker["id"]), (200, &own));
    }
    let (_, other) = create(&post, json!({ "tracking_code": code, "carrier": "UPS" })).await;
    assert_ne!(other["id"], own);

    let (status, by_hand) = create(&post, json!({ "tracking_code": "1Z8V4X030300000001" })).await;
    assert_eq!((status, &by_hand["carrier"], &by_hand["shipment_id"]), (200, &json!("UPSDAP"), &Value::Null));
    assert!(post.easypost.scan("1Z8V4X030300000001"));
    let path = format!("/v2/trackers/{}", by_hand["id"].as_str().unwrap());
    assert_eq!(get(&post, &path).await["status"], "in_transit");
    for bad in [json!({}), json!({ "carrier": "USPS" }), json!({ "tracking_code": "of nobody" })] {
        assert_eq!(create(&post, bad.clone()).await.0, 422, "{bad}");
    }
}

#[tokio::test]
async fn steps_and_payments_are_told() {
    let receiver = Receiver::start().await;
    let post = Post::start(EasyPostConfig::default()).await;
    let secret = "a secret";
    post.easypost.set_webhook_url(Some(&receiver.url), secret);
    let (_, code) = bought(&post).await;
    receiver.wait_for(1).await;
    let mut before = "unknown";
    // One by one: each event has a task of its own, and they overtake each other.
    let steps: [(&str, &dyn Fn() -> bool); 3] = [
        ("in_transit", &|| post.easypost.scan(&code)),
        ("delivered", &|| post.easypost.deliver(&code)),
        ("return_to_sender", &|| post.easypost.return_to_sender(&code)),
    ];
    for (n, (status, step)) in steps.into_iter().enumerate() {
        assert!(step());
        receiver.wait_for(n + 2).await;
        let event = receiver.bodies()[n + 1].clone();
        assert_eq!(event["description"], "tracker.updated");
        assert_eq!(
            (&event["result"]["status"], &event["previous_attributes"]["status"]),
            (&json!(status), &json!(before))
        );
        before = status;
    }

    let (other, other_code) = bought(&post).await;
    receiver.wait_for(5).await;
    post.send("POST", &format!("/v2/shipments/{other}/refund"), &Value::Null).await;
    assert!(post.easypost.settle_refund(&other_code, RefundStatus::Refunded));
    receiver.wait_for(6).await;
    let event = receiver.bodies()[5].clone();
    assert_eq!(event["description"], "refund.successful");
    let refund = &event["result"];
    assert_eq!((&refund["shipment_id"], &refund["tracking_code"]), (&json!(other), &json!(other_code)));
    assert_eq!((&refund["object"], &refund["status"]), (&json!("Refund"), &json!("refunded")));
    for (headers, body) in receiver.got.lock().unwrap().iter() {
        assert_eq!(headers["x-hmac-signature"], sim::easypost::sign::webhook(secret, body));
    }
    until(|| post.easypost.deliveries().accepted() == 6).await;
}

#[tokio::test]
async fn a_refund_ends_as_the_carrier_decides() {
    let post = Post::start(EasyPostConfig::default()).await;
    let (id, code) = bought(&post).await;
    let path = format!("/v2/shipments/{id}");
    let status = async || get(&post, &path).await["refund_status"].clone();
    assert!(!post.easypost.settle_refund(&code, RefundStatus::Refunded), "nobody asked");
    assert_eq!(status().await, Value::Null);

    let ask = async || post.send("POST", &format!("{path}/refund"), &Value::Null).await.0;
    assert_eq!((ask().await, status().await), (200, json!("submitted")));
    assert!(post.easypost.settle_refund(&code, RefundStatus::Rejected));
    assert_eq!(status().await, "rejected");
    assert!(!post.easypost.settle_refund(&code, RefundStatus::Refunded), "it is overrides");
    assert_eq!((ask().await, status().await), (200, json!("submitted")), "and may be asked for again");
    assert!(post.easypost.settle_refund(&code, RefundStatus::Refunded));
    assert_eq!((ask().await, status().await), (422, json!("refunded")));
    assert!(get(&post, &path).await["fees"].as_array().unwrap().iter().all(|fee| fee["refunded"] == true));
    assert_eq!(post.easypost.deliveries().attempts.len(), 0);
}

#[tokio::test]
async fn what_was_scanned_is_not_refunded() {
    for last in [TrackerStatus::InTransit, TrackerStatus::Cancelled, TrackerStatus::Error] {
        let post = Post::start(EasyPostConfig::default()).await;
        let (id, code) = bought(&post).await;
        post.easypost.scan(&code);
        post.easypost.set_tracker(&code, last);
        let (_, refunded) = post.send("POST", &format!("/v2/shipments/{id}/refund"), &Value::Null).await;
        assert_eq!(refunded["refund_status"], "rejected", "{last:?}");
    }
}
