//! Consent, codes and tokens.

use std::time::Duration;

use crate::support::{self, App, CIPHER, http, json};
use serde_json::Value;
use sim::clock;
use sim::tiktok::{Consent, OldAccessToken, TikTok, TikTokConfig};

async fn token(tiktok: &TikTok, which: &str, query: &[(&str, &str)]) -> Value {
    let config = TikTokConfig::default();
    let mut query = query.to_vec();
    query.extend([("app_key", config.app_key.as_str()), ("app_secret", config.app_secret.as_str())]);
    json(http().get(format!("{}/api/v2/token/{which}", tiktok.url())).query(&query)).await
}

#[tokio::test]
async fn consent_to_refresh() {
    let redirect_url = Some("http://localhost:1/back?x=1".to_owned());
    let tiktok = TikTok::start(TikTokConfig { redirect_url, ..TikTokConfig::default() }).await.unwrap();
    let config = TikTokConfig::default();
    let page = format!("{}/oauth/authorize?app_key={}&state=a%20b", tiktok.url(), config.app_key);
    let response = http().get(&page).send().await.unwrap();
    assert_eq!(response.status(), 302);
    let back = reqwest::Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
    let find = |name: &str| back.query_pairs().find(|(k, _)| k == name).unwrap().1.into_owned();
    assert_eq!((find("x"), find("state")), ("1".to_owned(), "a b".to_owned()));
    let code = find("code");

    let wrong = [("auth_code", code.as_str()), ("grant_type", "authorization_code")];
    assert_ne!(token(&tiktok, "get", &wrong).await["code"], 0);
    let right = [("auth_code", code.as_str()), ("grant_type", "authorized_code")];
    let first = token(&tiktok, "get", &right).await;
    assert_eq!(first["code"], 0);
    let week = clock::unix_seconds() + 7 * 24 * 3600;
    assert!((first["data"]["access_token_expire_in"].as_i64().unwrap() - week).abs() < 5);
    assert_ne!(token(&tiktok, "get", &right).await["code"], 0, "a code works once");

    let old = first["data"]["refresh_token"].as_str().unwrap();
    let refresh = [("refresh_token", old), ("grant_type", "refresh_token")];
    let second = token(&tiktok, "refresh", &refresh).await;
    assert_eq!(second["code"], 0);
    assert_ne!(second["data"]["access_token"], first["data"]["access_token"]);
    assert_ne!(second["data"]["refresh_token"], first["data"]["refresh_token"]);
    assert_eq!(token(&tiktok, "refresh", &refresh).await["code"], 36_004_001);
    assert_eq!(tiktok.refreshes(), 1);

    tiktok.set_consent(Consent::Denied);
    let response = http().get(&page).send().await.unwrap();
    assert!(response.headers()["location"].to_str().unwrap().contains("code=null&error=auth_denied"));
}

#[tokio::test]
async fn access_tokens_end() {
    let query = [("shop_cipher", CIPHER)];
    let config = TikTokConfig {
        access_token_life: Duration::from_secs(1),
        old_access_token: OldAccessToken::Invalidated,
        ..TikTokConfig::default()
    };
    let mut app = App::start(config).await;
    let pair = app.tiktok.grant(&[support::SHOP]);
    app.token = pair.access_token;
    let refresh = [("refresh_token", pair.refresh_token.as_str()), ("grant_type", "refresh_token")];
    assert_eq!(token(&app.tiktok, "refresh", &refresh).await["code"], 0);
    let call = || json(app.request("GET", "/logistics/202309/warehouses", &query, ""));
    assert_eq!(call().await["code"], 105_004, "invalidated by the refresh");

    app.token = app.tiktok.grant(&[support::SHOP]).access_token;
    let call = || json(app.request("GET", "/logistics/202309/warehouses", &query, ""));
    assert_eq!(call().await["code"], 0);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(call().await["code"], 105_002);
}
