//! Stock: what is sent and what is made of the answers.

use domain::SkuId;
use serde_json::{Value, json};
use tiktok::Class;

use crate::server::Reply;
use crate::setup::{fresh, shop};

#[tokio::test]
async fn six_hundred_variations_a_call() {
    let (server, client, _setup) = fresh(|seen, _| {
        let body: Value = serde_json::from_str(&seen.body).unwrap();
        let ids = body["sku_ids"].as_array().unwrap().clone();
        let skus: Vec<_> = ids
            .iter()
            .map(|id| json!({"id": id, "total_available_quantity": 3, "total_committed_quantity": 1}))
            .collect();
        Reply::data(json!({"inventory": [{"product_id": "1", "skus": skus}, null]}))
    })
    .await;
    let skus: Vec<_> = (0..601).map(|n| SkuId::new(format!("17{n}"))).collect();
    let levels = client.inventory(&shop(), &skus).await.unwrap();
    assert!(levels.iter().map(|level| &level.sku).eq(&skus));
    assert_eq!((levels[600].available, levels[600].committed), (3, 1));
    assert_eq!(server.count("/product/202309/inventory/search"), 2);

    assert!(client.inventory(&shop(), &[]).await.unwrap().is_empty());
    let error = client.inventory(&shop(), &[SkuId::new("")]).await.unwrap_err();
    assert_eq!((error.class(), server.seen().len()), (Class::Bug, 2));
}
