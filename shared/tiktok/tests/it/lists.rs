//! One entry of a list that can't be read costs itself alone.

use domain::{ConversationId, DeliveryOptionId, OrderId, ProductId, SkuId};
use serde_json::{Value, json};
use tiktok::{CancellationSearch, OrderSearch};

use crate::server::Reply;
use crate::setup::{fresh, shop};

/// Entries between which the sound ones stand.
fn odd() -> Vec<Value> {
    vec![json!(null), json!(7), json!("text"), json!([[]]), json!({}), json!({"id": {"a": []}, "skus": 3})]
}

/// The sound entry, with odd ones around it.
fn among(sound: &Value) -> Value {
    let mut list = odd();
    list.insert(3, sound.clone());
    list.push(sound.clone());
    Value::Array(list)
}

#[tokio::test]
async fn orders_and_cancellations_name_what_they_can_of_an_entry_that_can_t_be_read() {
    let order = json!({
        "id": "577", "status": "AWAITING_SHIPMENT", "create_time": 1_790_000_000, "update_time": 1_790_000_000,
        "line_items": [{"id": "1", "product_id": "2", "sku_id": "3"}]
    });
    let cancellation = json!({
        "cancel_id": "4", "order_id": "577", "cancel_status": "CANCELLATION_REQUEST_PENDING", "role": "BUYER",
        "create_time": 1_790_000_000, "update_time": 1_790_000_000
    });
    let named = json!({"id": "578"});
    let mut orders = among(&order);
    orders.as_array_mut().unwrap().push(named);
    let answer = json!({"orders": orders, "cancellations": among(&cancellation), "total_count": 9});
    let (_server, client, _setup) = fresh(move |_, _| Reply::data(answer.clone())).await;
    let search = OrderSearch { page_size: 10, ..OrderSearch::default() };
    let found = client.search_orders(&shop(), &search).await.unwrap().orders;
    let read = client.orders(&shop(), &[OrderId::new("577")]).await.unwrap();
    for list in [found, read] {
        assert_eq!(list.iter().filter(|order| order.is_ok()).count(), 2);
        let names: Vec<_> = list.iter().filter_map(|order| order.as_ref().err()?.id.clone()).collect();
        assert_eq!(names, [OrderId::new("578")]);
        assert_eq!(list.len(), 9);
    }
    let found = client.search_cancellations(&shop(), &CancellationSearch::default()).await.unwrap();
    let sound = found.cancellations.iter().filter(|cancellation| cancellation.is_ok()).count();
    assert_eq!((sound, found.cancellations.len()), (2, 8));
}

#[tokio::test]
async fn other_lists_give_what_can_be_read() {
    let conversation = json!({"id": "5", "participants": [{"role": "BUYER", "user_id": "6"}]});
    let message = json!({
        "id": "7", "type": "TEXT", "content": "{\"content\": \"hello\"}", "create_time": 1_790_000_000,
        "sender": {"role": "BUYER"}
    });
    let warehouse = json!({
        "id": "8", "type": "SALES_WAREHOUSE", "effect_status": "ENABLED", "is_default": true,
        "address": {"address_line1": "1 Depot Rd", "city": "Columbus", "state": "OH", "postal_code": "43215",
                    "region_code": "US", "contact_person": "Desk", "phone_number": "6145550100"}
    });
    let provider = json!({"id": "9", "name": "USPS"});
    let stock = json!({"product_id": "2", "skus": among(&json!({
        "id": "3", "total_available_quantity": 1, "total_committed_quantity": 1
    }))});
    let sku = json!({"id": "3", "sku_weight": {"value": "1", "unit": "POUND"}});
    let answer = json!({
        "conversations": among(&conversation), "messages": among(&message), "warehouses": among(&warehouse),
        "shipping_providers": among(&provider), "inventory": among(&stock), "skus": among(&sku)
    });
    let (_server, client, _setup) = fresh(move |_, _| Reply::data(answer.clone())).await;
    let shop = shop();
    assert_eq!(client.conversations(&shop, 20, None).await.unwrap().conversations.len(), 2);
    assert_eq!(client.messages(&shop, &ConversationId::new("5"), 10, None).await.unwrap().messages.len(), 2);
    assert_eq!(client.warehouses(&shop).await.unwrap().len(), 2);
    let option = DeliveryOptionId::new("1");
    assert_eq!(client.shipping_providers(&shop, &option, None).await.unwrap().len(), 2);
    assert_eq!(client.inventory(&shop, &[SkuId::new("3")]).await.unwrap().len(), 4);
    let product = client.product(&shop, &ProductId::new("2")).await.unwrap();
    assert!(product.package(&SkuId::new("3")).weight.is_some());
}
