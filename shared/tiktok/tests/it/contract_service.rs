//! Recorded shapes of cancellations, customer service and stock.

use domain::{BuyerId, CancelId, ConversationId, LineItemId, OrderId, SkuId, Timestamp};
use serde_json::Value;
use tiktok::{CancelRole, CancelStatus, CancellationRejection, CancellationSearch, ChatRole};

use crate::contract::{answering, folder, json};
use crate::server::Server;
use crate::setup::shop;

/// The recorded body of a request.
fn request(example: &str) -> Value {
    json(&folder().unwrap().join("examples").join(format!("{example}.request.json")))
}

fn sent(server: &Server) -> Value {
    serde_json::from_str(&server.seen()[0].body).unwrap()
}

#[tokio::test]
async fn cancellations() {
    let Some((server, client, _setup)) = answering("return_refund_202309_SearchCancellations").await else {
        return;
    };
    let search = CancellationSearch {
        order_ids: vec![OrderId::new("577087614418520388")],
        statuses: vec![CancelStatus::Pending],
        update_time_ge: Timestamp::from_second(1_690_340_825).ok(),
        update_time_lt: Timestamp::from_second(1_690_340_825).ok(),
        ..CancellationSearch::default()
    };
    let page = client.search_cancellations(&shop(), &search).await.unwrap();
    assert!(page.next_page_token.is_some() && page.total_count == Some(100));
    let one = page.cancellations[0].as_ref().unwrap();
    assert_eq!((one.id.as_str(), one.order.as_str()), ("4035318504086604100", "577087614418520388"));
    assert_eq!((&one.status, &one.role), (&CancelStatus::Pending, &CancelRole::Buyer));
    assert_eq!(one.respond_by, Timestamp::from_second(1_690_554_680).ok());
    assert_eq!(one.reason_text.expose(), "Order created by mistake");
    assert!(one.created_at.is_some() && one.updated_at.is_some() && !one.reason.is_empty());
    let recorded = request("return_refund_202309_SearchCancellations");
    for (field, value) in sent(&server).as_object().unwrap() {
        assert_eq!(value, &recorded[field], "{field}");
    }
}

#[tokio::test]
async fn answers_to_cancellations() {
    let id = CancelId::new("4035319218955782461");
    let Some((_server, client, _setup)) = answering("return_refund_202309_ApproveCancellation").await else {
        return;
    };
    client.approve_cancellation(&shop(), &id, "key").await.unwrap();

    let example = "return_refund_202309_RejectCancellation";
    let Some((server, client, _setup)) = answering(example).await else { return };
    let recorded = request(example);
    let text = |name: &str| recorded[name].as_str().unwrap();
    let rejection = CancellationRejection {
        idempotency_key: "key",
        reason: text("reject_reason"),
        comment: Some(text("comment")),
    };
    client.reject_cancellation(&shop(), &id, rejection).await.unwrap();
    for (field, value) in sent(&server).as_object().unwrap() {
        assert_eq!(value, &recorded[field], "{field}");
    }

    let Some((_server, client, _setup)) = answering("return_refund_202309_GetRejectReasons").await else {
        return;
    };
    let reasons = client.reject_reasons(&shop(), &id).await.unwrap();
    assert_eq!((reasons.len(), reasons[0].text.is_empty()), (1, false));
}

#[tokio::test]
async fn cancelled_orders() {
    let example = "return_refund_202309_CancelOrder";
    let Some((server, client, _setup)) = answering(example).await else { return };
    let recorded = request(example);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let order = OrderId::new(text(&recorded["order_id"]));
    let items = [LineItemId::new(text(&recorded["order_line_item_ids"][0]))];
    let made =
        client.cancel_order(&shop(), &order, &text(&recorded["cancel_reason"]), Some(&items)).await.unwrap();
    assert_eq!((made.cancel_id.as_str(), made.status), ("4035319218955782461", CancelStatus::Success));
    for (field, value) in sent(&server).as_object().unwrap() {
        assert_eq!(value, &recorded[field], "{field}");
    }

    // What it holds is about refunds, so that it names no reason to cancel.
    let example = "return_refund_202512_GetAftersaleEligibility";
    let Some((_server, client, _setup)) = answering(example).await else { return };
    assert!(client.seller_cancel_reasons(&shop(), &order).await.unwrap().is_empty());
}

#[tokio::test]
async fn conversations() {
    let id = ConversationId::new("7494560109732334261");
    let Some((_server, client, _setup)) = answering("customer_service_202601_GetConversation").await else {
        return;
    };
    let one = client.conversation(&shop(), &id).await.unwrap();
    assert_eq!((&one.id, one.buyer()), (&id, Some(BuyerId::new("7494560109732334262"))));

    let Some((_server, client, _setup)) = answering("customer_service_202309_GetConversations").await else {
        return;
    };
    let page = client.conversations(&shop(), 10, None).await.unwrap();
    assert!(page.next_page_token.is_some() && page.conversations[0].can_send_message == Some(true));

    let example = "customer_service_202309_GetConversationMessages";
    let Some((_server, client, _setup)) = answering(example).await else { return };
    let page = client.messages(&shop(), &id, 10, None).await.unwrap();
    let [message] = page.messages.as_slice() else { panic!("{} messages", page.messages.len()) };
    assert_eq!((&message.sender, message.kind.as_str()), (&ChatRole::Buyer, "TEXT"));
    assert_eq!(message.text.as_ref().unwrap().expose(), "simple text message");
    assert!(message.index.is_some() && message.created_at.is_some());
}

#[tokio::test]
async fn writing() {
    let example = "customer_service_202309_CreateConversation";
    let Some((server, client, _setup)) = answering(example).await else { return };
    let id = client.open_conversation(&shop(), &BuyerId::new("7494560109732338459")).await.unwrap();
    assert_eq!((id.as_str(), sent(&server)), ("7106888323922608389", request(example)));

    let example = "customer_service_202309_SendMessage";
    let Some((server, client, _setup)) = answering(example).await else { return };
    assert_eq!(client.send_text(&shop(), &id, "test").await.unwrap().as_str(), "7494560109732334261");
    // The content is JSON in a text, whose blanks are free.
    let parsed = |mut body: Value| {
        body["content"] = serde_json::from_str(body["content"].as_str().unwrap()).unwrap();
        body
    };
    assert_eq!(parsed(sent(&server)), parsed(request(example)));
}

#[tokio::test]
async fn inventory() {
    let example = "product_202309_InventorySearch";
    let Some((server, client, _setup)) = answering(example).await else { return };
    let levels = client.inventory(&shop(), &[SkuId::new("1729388324987897824")]).await.unwrap();
    let [level] = levels.as_slice() else { panic!("{} levels", levels.len()) };
    assert_eq!((level.available, level.committed, level.warehouses.len()), (100, 10, 1));
    assert_eq!(level.product.as_str(), "1729592969712207008");
    assert_eq!((level.warehouses[0].available, level.warehouses[0].committed), (100, 10));
    assert_eq!(sent(&server)["sku_ids"], request(example)["sku_ids"]);
}
