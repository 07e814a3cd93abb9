//! A client, its clock and its seller.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::market::Market;
use domain::{Private, ShopId, Timestamp};
use serde_json::{Value, json};
use system::Clock;
use tiktok::{ShopAccess, TikTok, TikTokConfig, TikTokTimeouts, TokenSet};

use crate::server::{Reply, Seen, Server};
use crate::store::MemorySecrets;

pub const SECRET: &str = "app-secret-s3cr3t";
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// A clock that a test turns.
pub struct TestClock(Mutex<Timestamp>);

impl TestClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2026-11-22T12:00:00Z".parse().unwrap())))
    }

    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

pub struct Setup {
    pub clock: Arc<TestClock>,
    pub secrets: Arc<MemorySecrets>,
    pub url: String,
}

impl Setup {
    pub fn new(url: &str) -> Self {
        Self { clock: TestClock::new(), secrets: Arc::default(), url: url.to_owned() }
    }

    /// A client as another process would have it, on the same store.
    pub fn client(&self) -> TikTok {
        // A second installation is refused, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = TikTokConfig {
            api_url: self.url.clone(),
            auth_url: self.url.clone(),
            consent_url: "https://services.example/open/authorize?service_id=7".into(),
            app_key: "key1".into(),
            app_secret: Private::from(SECRET),
        };
        TikTok::new(tiktok::http_client().unwrap(), config, self.clock.clone(), self.secrets.clone())
            .with_timeouts(TikTokTimeouts {
                read: Duration::from_millis(500),
                write: Duration::from_millis(500),
            })
    }

    /// A client whose seller's access token, `access-0`, lives for `life`.
    pub async fn connected(&self, life: Duration) -> TikTok {
        let client = self.client();
        client.store_tokens(&self.tokens(life)).await.unwrap();
        client
    }

    pub fn tokens(&self, life: Duration) -> TokenSet {
        TokenSet {
            access: Private::from("access-0"),
            refresh: Private::from("refresh-0"),
            access_expires_at: self.clock.now() + life,
            refresh_expires_at: self.clock.now() + 300 * DAY,
            open_id: "seller-1".into(),
            seller_name: "Ann Lee".into(),
            region: "US".into(),
            granted_scopes: vec!["seller.order.info".into()],
        }
    }

    pub fn stored(&self) -> Value {
        self.secrets.value("tiktok/tokens/seller-1").unwrap()
    }
}

/// A server, and a client of a seller with a fresh token.
pub async fn fresh(reply: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> (Server, TikTok, Setup) {
    let server = Server::start(reply).await;
    let setup = Setup::new(&server.url);
    let client = setup.connected(7 * DAY).await;
    (server, client, setup)
}

pub fn shop() -> ShopAccess {
    ShopAccess {
        account: "seller-1".into(),
        cipher: Private::from("GCP_cipher1"),
        shop: ShopId::new("7000714532876273420"),
        market: Market::united_states(),
    }
}

/// The answer of the authorization host with the `n`th pair of tokens.
pub fn pair(n: usize, clock: &TestClock) -> Value {
    let now = clock.now().as_second();
    json!({
        "access_token": format!("access-{n}"), "access_token_expire_in": now + 7 * 86_400,
        "refresh_token": format!("refresh-{n}"), "refresh_token_expire_in": now + 300 * 86_400,
        "open_id": "seller-1", "seller_name": "Ann Lee", "seller_base_region": "US", "user_type": 0,
        "granted_scopes": ["seller.order.info"],
    })
}
