//! TikTok refuses what is not right.

use crate::support::{App, CIPHER, json as answer};
use serde_json::json;
use sim::clock;
use sim::tiktok::TikTokConfig;

const SEARCH: &str = "/order/202309/orders/search";

#[tokio::test]
async fn gate() {
    let app = App::start(TikTokConfig::default()).await;
    let query = [("shop_cipher", CIPHER), ("page_size", "10")];
    let now = clock::unix_seconds();
    let code = async |request| answer(request).await["code"].as_i64().unwrap();

    assert_eq!(code(app.request("POST", SEARCH, &query, "{}")).await, 0);
    assert_eq!(code(app.request_at(now - 301, "POST", SEARCH, &query, "{}")).await, 36_009_004);
    assert_eq!(code(app.request_at(now - 295, "POST", SEARCH, &query, "{}")).await, 0);
    assert_eq!(code(app.request_at(now + 35, "POST", SEARCH, &query, "{}")).await, 36_009_004);
    // The body that was signed is not the body that was sent.
    assert_eq!(code(app.request("POST", SEARCH, &query, "{}").body("{ }")).await, 106_001);
    assert_eq!(code(app.request("POST", SEARCH, &[("page_size", "10")], "{}")).await, 106_013);
    let other = [("shop_cipher", "TTP_other"), ("page_size", "10")];
    assert_eq!(code(app.request("POST", SEARCH, &other, "{}")).await, 36_009_004);
    assert_eq!(code(app.request("GET", "/nowhere", &query, "")).await, 36_009_009);
    assert_eq!(code(app.request("GET", SEARCH, &query, "")).await, 36_009_010);

    let shops = "/authorization/202309/shops";
    assert_eq!(code(app.request("GET", shops, &[], "")).await, 0);
    let cipher = answer(app.request("GET", shops, &[("shop_cipher", CIPHER)], "")).await;
    assert_eq!(cipher["code"], 36_009_004);
    assert!(cipher["message"].as_str().unwrap().starts_with("Unexpected identifier"));

    let stranger = App { token: "TTP_unknown".to_owned(), ..app.clone() };
    assert_eq!(code(stranger.request("POST", SEARCH, &query, "{}")).await, 105_004);
    let shopless = App { token: app.tiktok.grant(&[]).access_token, ..app.clone() };
    assert_eq!(code(shopless.request("POST", SEARCH, &query, "{}")).await, 101_000);
    app.tiktok.expire_access_tokens();
    assert_eq!(code(app.request("POST", SEARCH, &query, "{}")).await, 105_002);
}

#[tokio::test]
async fn parameters() {
    let app = App::start(TikTokConfig::default()).await;
    for size in ["0", "101", "x", ""] {
        assert_eq!(app.post(SEARCH, &[("page_size", size)], &json!({})).await["code"], 36_009_004);
    }
    assert_eq!(app.post(SEARCH, &[], &json!({})).await["code"], 36_009_004);
    let ten = [("page_size", "10")];
    assert_eq!(app.post(SEARCH, &ten, &json!({ "order_status": "SHIPPED" })).await["code"], 36_009_004);
    let token = [("page_size", "10"), ("page_token", "made up")];
    assert_eq!(app.post(SEARCH, &token, &json!({})).await["code"], 36_009_004);

    let ids = |n: usize| vec!["576461000000007919"; n].join(",");
    assert_eq!(app.get("/order/202309/orders", &[("ids", &ids(51))]).await["code"], 36_009_004);
    assert_eq!(app.get("/order/202309/orders", &[("ids", "")]).await["code"], 36_009_004);
    assert_eq!(app.get("/order/202309/orders", &[("ids", &ids(50))]).await["code"], 21_008_111);
}

#[tokio::test]
async fn too_many_calls() {
    let app = App::start(TikTokConfig { shop_qps_max: Some(3), ..TikTokConfig::default() }).await;
    let query = [("shop_cipher", CIPHER)];
    let mut refused = 0;
    for _ in 0..10 {
        let response = app.request("GET", "/logistics/202309/warehouses", &query, "").send().await.unwrap();
        if response.status() == 429 {
            refused += 1;
            let body: serde_json::Value = response.json().await.unwrap();
            assert_eq!(body["code"], 36_009_002);
        }
    }
    assert!(refused >= 5, "{refused}");
}
