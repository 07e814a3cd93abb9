//! A client as simple as it can be, and a receiver of webhooks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use sim::clock;
use sim::easypost::{EasyPost, EasyPostConfig};
use sim::tiktok::{TikTok, TikTokConfig, sign};

pub const SHOP: &str = "7495540735365700001";
pub const CIPHER: &str = "TTP_c1pherAAAAAsampleUS";
pub const MUG: &str = "1729590000000000001";
pub const UPS: &str = "7117859084333745966";

pub fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap()
}

/// A seller's app.
#[derive(Clone)]
pub struct App {
    pub tiktok: TikTok,
    pub http: reqwest::Client,
    pub token: String,
    pub key: String,
    pub secret: String,
}

impl App {
    pub async fn start(config: TikTokConfig) -> Self {
        let (key, secret) = (config.app_key.clone(), config.app_secret.clone());
        let shops: Vec<String> = config.shops.iter().map(|shop| shop.id.clone()).collect();
        let tiktok = TikTok::start(config).await.unwrap();
        let ids: Vec<&str> = shops.iter().map(String::as_str).collect();
        let token = tiktok.grant(&ids).access_token;
        Self { tiktok, http: http(), token, key, secret }
    }

    /// A request with everything right.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        query: &[(&str, &str)],
        body: &str,
    ) -> reqwest::RequestBuilder {
        self.request_at(clock::unix_seconds(), method, path, query, body)
    }

    pub fn request_at(
        &self,
        timestamp: i64,
        method: &str,
        path: &str,
        query: &[(&str, &str)],
        body: &str,
    ) -> reqwest::RequestBuilder {
        let mut query: Vec<(String, String)> =
            query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        query.push(("app_key".to_owned(), self.key.clone()));
        query.push(("timestamp".to_owned(), timestamp.to_string()));
        let json = Some("application/json");
        let sign = sign::request(&self.secret, path, &query, json, body.as_bytes());
        query.push(("sign".to_owned(), sign));
        let url = format!("{}{path}", self.tiktok.url());
        self.http
            .request(method.parse().unwrap(), url)
            .query(&query)
            .header("content-type", "application/json")
            .header("x-tts-access-token", &self.token)
            .body(body.to_owned())
    }

    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let mut query = query.to_vec();
        query.push(("shop_cipher", CIPHER));
        json(self.request("GET", path, &query, "")).await
    }

    pub async fn post(&self, path: &str, query: &[(&str, &str)], body: &Value) -> Value {
        let mut query = query.to_vec();
        query.push(("shop_cipher", CIPHER));
        json(self.request("POST", path, &query, &body.to_string())).await
    }

    pub async fn mark(&self, order_id: &str, body: &Value) -> Value {
        self.post(&format!("/fulfillment/202309/orders/{order_id}/packages"), &[], body).await
    }

    pub async fn detail(&self, order_id: &str) -> Value {
        self.get("/order/202309/orders", &[("ids", order_id)]).await["data"]["orders"][0].clone()
    }
}

pub async fn json(request: reqwest::RequestBuilder) -> Value {
    request.send().await.unwrap().json().await.unwrap()
}

/// A client of EasyPost.
#[derive(Clone)]
pub struct Post {
    pub easypost: EasyPost,
    pub http: reqwest::Client,
    pub key: String,
}

impl Post {
    pub async fn start(config: EasyPostConfig) -> Self {
        let key = config.api_key.clone();
        Self { easypost: EasyPost::start(config).await.unwrap(), http: http(), key }
    }

    pub fn request(&self, method: &str, path: &str, body: &Value) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.easypost.url());
        let request = self.http.request(method.parse().unwrap(), url).bearer_auth(&self.key);
        if body.is_null() { request } else { request.json(body) }
    }

    pub async fn send(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let response = self.request(method, path, body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub async fn shipment(&self, body: &Value) -> Value {
        let (status, json) = self.send("POST", "/v2/shipments", body).await;
        assert_eq!(status, 201, "{json}");
        json
    }

    pub async fn buy(&self, shipment: &Value) -> (u16, Value) {
        let id = shipment["id"].as_str().unwrap();
        let rate = serde_json::json!({ "rate": { "id": shipment["rates"][0]["id"] } });
        self.send("POST", &format!("/v2/shipments/{id}/buy"), &rate).await
    }
}

/// A parcel from Columbus to Portland.
pub fn shipment(reference: &str) -> Value {
    serde_json::json!({ "shipment": {
        "reference": reference,
        "to_address": {
            "name": "Orla Testerman", "street1": "418 Imaginary Elm St", "street2": "Apt 3",
            "city": "Portland", "state": "OR", "zip": "97205", "country": "US", "phone": "5035550142",
        },
        "from_address": {
            "company": "Sample Goods", "street1": "1200 Depot Yard Rd", "city": "Columbus",
            "state": "OH", "zip": "43215", "country": "US", "phone": "6145550100",
        },
        "parcel": { "length": 6, "width": 5, "height": 5, "weight": 14.4 },
        "options": { "label_format": "PDF", "label_size": "4x6" },
    }})
}

/// What a receiver of webhooks got.
#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    pub got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    answer: Arc<Mutex<(u16, &'static str)>>,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let receiver = Self { url, got: Arc::default(), answer: Arc::new(Mutex::new((200, ""))) };
        let app = Router::new().route("/hook", post(take)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        receiver
    }

    pub fn answer_with(&self, status: u16, body: &'static str) {
        *self.answer.lock().unwrap() = (status, body);
    }

    pub fn count(&self) -> usize {
        self.got.lock().unwrap().len()
    }

    pub fn bodies(&self) -> Vec<Value> {
        self.got.lock().unwrap().iter().map(|(_, body)| serde_json::from_slice(body).unwrap()).collect()
    }

    pub async fn wait_for(&self, n: usize) {
        until(|| self.count() >= n).await;
    }
}

async fn take(
    State(receiver): State<Receiver>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    receiver.got.lock().unwrap().push((headers, body));
    let (status, body) = *receiver.answer.lock().unwrap();
    (StatusCode::from_u16(status).unwrap(), body)
}

/// Waits up to five seconds.
pub async fn until(holds: impl Fn() -> bool) {
    for _ in 0..500 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to that");
}
