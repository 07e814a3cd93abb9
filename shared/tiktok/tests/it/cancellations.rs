//! Cancellations: what is sent and what is made of the answers.

use axum::http::Method;
use domain::{CancelId, LineItemId, OrderId, Timestamp};
use serde_json::json;
use tiktok::{
    CancelResult, CancelRole, CancelStatus, CancellationRejection, CancellationSearch, Class, Fault, signing,
};

use crate::server::{Reply, Seen};
use crate::setup::{SECRET, fresh, shop};

fn is_signed(seen: &Seen) -> bool {
    let query: Vec<_> = seen.query.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let parts = signing::SignedParts {
        path: &seen.path,
        query: &query,
        content_type: "application/json",
        body: seen.body.as_bytes(),
    };
    let sign = signing::sign(&SECRET.into(), &parts);
    seen.query["sign"] == sign
}

fn rejection<'a>(idempotency_key: &'a str, comment: Option<&'a str>) -> CancellationRejection<'a> {
    CancellationRejection { idempotency_key, reason: "packed", comment }
}

#[tokio::test]
async fn one_unreadable_entry_does_not_lose_the_page() {
    let (server, client, _setup) = fresh(|_, _| {
        Reply::data(json!({
            "cancellations": [
                {
                    "cancel_id": "4", "order_id": "5", "cancel_status": "CANCELLATION_REQUEST_PENDING",
                    "role": "BUYER", "cancel_reason": "late", "create_time": 7, "update_time": 8,
                    "seller_next_action_response": [{"action": "SELLER_RESPOND_CANCEL", "deadline": 9}],
                },
                {"cancel_id": "6", "order_id": "5"},
                null,
            ],
            "next_page_token": "next", "total_count": 3,
        }))
    })
    .await;
    let search = CancellationSearch {
        order_ids: vec![OrderId::new("5")],
        statuses: vec![CancelStatus::Pending, CancelStatus::Cancelled],
        update_time_ge: Timestamp::from_second(100).ok(),
        update_time_lt: Timestamp::from_second(200).ok(),
        page_size: 500,
        page_token: None,
    };
    let page = client.search_cancellations(&shop(), &search).await.unwrap();
    assert_eq!((page.next_page_token.as_deref(), page.total_count), (Some("next"), Some(3)));
    let [pending, lacking, none] = page.cancellations.as_slice() else { panic!() };
    let pending = pending.as_ref().unwrap();
    assert_eq!((&pending.status, &pending.role), (&CancelStatus::Pending, &CancelRole::Buyer));
    assert_eq!(pending.respond_by, Timestamp::from_second(9).ok());
    assert_eq!(lacking.as_ref().unwrap_err().field, "cancel_status");
    assert_eq!(none.as_ref().unwrap_err().id, None);

    let seen = &server.seen()[0];
    assert_eq!(seen.path, "/return_refund/202309/cancellations/search");
    assert_eq!((seen.query["page_size"].as_str(), seen.query["sort_field"].as_str()), ("50", "update_time"));
    let body = r#"{"order_ids":["5"],"cancel_status":["CANCELLATION_REQUEST_PENDING","CANCELLATION_REQUEST_CANCEL"],"update_time_ge":100,"update_time_lt":200}"#;
    assert_eq!(seen.body, body);
    assert!(is_signed(seen));
}

#[tokio::test]
async fn an_empty_page_must_be_empty() {
    let (server, client, _setup) = fresh(|_, _| Reply::data(json!({"total_count": 1}))).await;
    let error = client.search_cancellations(&shop(), &CancellationSearch::default()).await.unwrap_err();
    assert_eq!((error.class(), server.seen()[0].body.as_str()), (Class::Retry, "{}"));
}

#[tokio::test]
async fn an_approval_has_no_body_and_a_signed_key() {
    let (server, client, _setup) = fresh(|_, _| Reply::data(json!({}))).await;
    client.approve_cancellation(&shop(), &CancelId::new("4035"), "key 1/ä").await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].method, Method::POST);
    assert_eq!(seen[0].path, "/return_refund/202309/cancellations/4035/approve");
    assert_eq!((seen[0].body.as_str(), seen[0].query["idempotency_key"].as_str()), ("", "key 1/ä"));
    assert!(is_signed(&seen[0]));

    for (id, key) in [("4035", ""), ("4035", "k".repeat(256).as_str()), ("../x", "k")] {
        let error = client.approve_cancellation(&shop(), &CancelId::new(id), key).await.unwrap_err();
        assert_eq!(error.class(), Class::Bug);
    }
    assert_eq!(server.seen().len(), 1, "nothing of that is sent");
}

#[tokio::test]
async fn a_refusal_names_its_reason() {
    let (server, client, _setup) = fresh(|_, _| Reply::data(json!(null))).await;
    let id = CancelId::new("4035");
    client.reject_cancellation(&shop(), &id, rejection("k1", Some("It is packed"))).await.unwrap();
    client.reject_cancellation(&shop(), &id, rejection("k2", None)).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].path, "/return_refund/202309/cancellations/4035/reject");
    assert_eq!(seen[0].body, r#"{"reject_reason":"packed","comment":"It is packed"}"#);
    assert_eq!(seen[1].body, r#"{"reject_reason":"packed"}"#);
    assert!(seen.iter().all(is_signed) && seen[1].query["idempotency_key"] == "k2");
}

#[tokio::test]
async fn answers_are_sent_once() {
    let (server, client, _setup) = fresh(|_, _| Reply::text(502, "")).await;
    let (id, order) = (CancelId::new("4"), OrderId::new("5"));
    let approved = client.approve_cancellation(&shop(), &id, "k").await.unwrap_err();
    let rejected = client.reject_cancellation(&shop(), &id, rejection("k", None)).await.unwrap_err();
    let cancelled = client.cancel_order(&shop(), &order, "stock", None).await.unwrap_err();
    for error in [approved, rejected, cancelled] {
        assert_eq!(error.class(), Class::RereadFirst);
    }
    assert_eq!(server.seen().len(), 3);
    client.reject_reasons(&shop(), &id).await.unwrap_err();
    client.seller_cancel_reasons(&shop(), &order).await.unwrap_err();
    assert_eq!(server.seen().len(), 9, "reads are repeated twice");
}

#[tokio::test]
async fn reasons() {
    let (server, client, _setup) = fresh(|seen, _| {
        if seen.path.ends_with("reject_reasons") {
            return Reply::data(
                json!({"reasons": [{"name": "packed", "text": "It is packed"}, {"text": "x"}]}),
            );
        }
        let cancel = json!({"request_type": "CANCEL", "eligible": true, "available_reason_names": ["stock"]});
        Reply::data(json!({"sku_eligibility": [{"sku_id": "1", "line_item_eligibility": [cancel]}]}))
    })
    .await;
    let reasons = client.reject_reasons(&shop(), &CancelId::new("4")).await.unwrap();
    assert_eq!((reasons.len(), reasons[0].name.as_str()), (1, "packed"));
    assert_eq!(client.seller_cancel_reasons(&shop(), &OrderId::new("5")).await.unwrap(), ["stock"]);
    let seen = server.seen();
    assert_eq!(seen[0].query["return_or_cancel_id"], "4");
    assert_eq!(seen[1].path, "/return_refund/202602/orders/5/aftersale_eligibility");
    let query = (seen[1].query["initiate_aftersale_user"].as_str(), seen[1].query["request_types"].as_str());
    assert_eq!(query, ("SELLER", "CANCEL"));
}

#[tokio::test]
async fn cancels_orders_and_units() {
    let (server, client, _setup) = fresh(|_, before| match before {
        0 | 1 => Reply::data(json!({"cancel_id": "4", "cancel_status": "CANCELLATION_REQUEST_CANCELLED"})),
        2 => Reply::data(json!({})),
        _ => Reply::code(25_001_021, "Reason not match order status"),
    })
    .await;
    let order = OrderId::new("5");
    let cancel =
        async |items: Option<&[LineItemId]>| client.cancel_order(&shop(), &order, "stock", items).await;
    let made = CancelResult { cancel_id: CancelId::new("4"), status: CancelStatus::Cancelled };
    assert_eq!(cancel(None).await.unwrap(), made);
    cancel(Some(&[LineItemId::new("7")])).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].path, "/return_refund/202309/cancellations");
    assert_eq!(seen[0].body, r#"{"order_id":"5","cancel_reason":"stock"}"#);
    assert_eq!(seen[1].body, r#"{"order_id":"5","cancel_reason":"stock","order_line_item_ids":["7"]}"#);

    assert_eq!(cancel(Some(&[])).await.unwrap_err().class(), Class::Bug, "it would be the whole order");
    assert_eq!(server.seen().len(), 2);
    let error = cancel(None).await.unwrap_err();
    assert!(matches!(error, tiktok::Error::Lost { fault: Fault::BrokenAnswer, .. }), "{error}");
    assert_eq!(cancel(None).await.unwrap_err().class(), Class::ContentRefused);
}
