//! shop-authorization: connects a seller's shops.
//!
//! `start` sends the seller to TikTok's consent page with a signed, expiring state; `callback` exchanges the code,
//! stores both tokens, lists the seller's shops with their warehouses and stores them. A shop that is connected is
//! polled at once. Connecting again renews the tokens and keeps where polling stands.

mod state;

use std::sync::Arc;

use domain::Timestamp;
use domain::exception::{self, ExceptionKind};
use domain::polling::PollState;
use domain::shop::{Authorization, Shop, ShopWatch};
use engine::{Clock, Committed, EngineError, ShopStore, Versioned};
use state::StateSigner;
use steps::chain;
use tiktok::{AuthorizedShop, ShopAccess, TikTok};

/// How often a lost race for a shop is run again.
const RACES_MAX: u32 = 5;

/// The step.
pub struct ShopAuthorization {
    shops: Arc<dyn ShopStore>,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
    signer: StateSigner,
}

/// What TikTok sent the seller back with.
#[derive(Clone, Debug, Default)]
pub struct Callback {
    /// The code to exchange; `null` when the seller declined.
    pub code: Option<domain::Private<String>>,
    /// The state that `start` signed.
    pub state: Option<String>,
    /// `auth_denied` when the seller declined.
    pub error: Option<String>,
}

/// What is shown to the seller, as plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// The text.
    pub text: String,
}

/// Why no shop was connected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The state is missing, forged or older than ten minutes.
    #[error("the link has expired or was not made here: begin again at /oauth/tiktok/start")]
    State,
    /// The seller declined.
    #[error("the authorisation was declined at TikTok")]
    Declined,
    /// TikTok refused.
    #[error("TikTok did not connect the shop")]
    TikTok(#[from] tiktok::Error),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Others kept changing the shop.
    #[error("shop {0} is being changed by others, try again")]
    Contention(domain::ShopId),
}

impl ConnectError {
    /// The HTTP status to answer with.
    pub fn status(&self) -> u16 {
        match self {
            Self::State | Self::Declined => 400,
            Self::TikTok(_) => 502,
            Self::Engine(_) | Self::Contention(_) => 503,
        }
    }
}

impl ShopAuthorization {
    /// Uses these; `secret` signs the states (the app's secret serves).
    pub fn new(
        shops: Arc<dyn ShopStore>,
        tiktok: TikTok,
        clock: Arc<dyn Clock>,
        secret: domain::Private<String>,
    ) -> Self {
        Self { shops, tiktok, clock, signer: StateSigner::new(secret) }
    }

    /// Where to send the seller.
    pub fn start(&self) -> String {
        self.tiktok.consent_url(&self.signer.sign(self.clock.now()))
    }

    /// [`ShopAuthorization::callback`], and what the seller's browser shows of it.
    pub async fn callback_page(&self, callback: &Callback) -> Page {
        match self.callback(callback).await {
            Ok(shops) => {
                let names: Vec<String> =
                    shops.iter().map(|shop| format!("{} ({})", shop.name, shop.id)).collect();
                let text = match names.as_slice() {
                    [] => "Authorised, but TikTok names no shop.\n".to_owned(),
                    names => format!("Connected: {}\n", names.join(", ")),
                };
                Page { status: 200, text }
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), "no shop was connected");
                Page { status: error.status(), text: format!("{error}\n") }
            }
        }
    }

    /// Exchanges the code and stores the seller's shops; returns them.
    pub async fn callback(&self, callback: &Callback) -> Result<Vec<Shop>, ConnectError> {
        let now = self.clock.now();
        if !callback.state.as_deref().is_some_and(|state| self.signer.verify(state, now)) {
            return Err(ConnectError::State);
        }
        let code = match (&callback.error, &callback.code) {
            (None, Some(code)) if !matches!(code.expose().as_str(), "" | "null") => code,
            _ => return Err(ConnectError::Declined),
        };
        let tokens = self.tiktok.exchange_code(code.expose()).await?;
        self.tiktok.store_tokens(&tokens).await?;
        let mut connected = Vec::new();
        for shop in self.tiktok.authorized_shops(&tokens.open_id).await? {
            connected.push(self.connect(&tokens.open_id, shop).await?);
        }
        Ok(connected)
    }

    async fn connect(&self, account: &str, shop: AuthorizedShop) -> Result<Shop, ConnectError> {
        let access = ShopAccess {
            account: account.to_owned(),
            cipher: shop.cipher.clone(),
            shop: shop.id.clone(),
            market: shop.market.clone(),
        };
        let warehouses = self.tiktok.warehouses(&access).await?;
        let now = self.clock.now();
        for _ in 0..RACES_MAX {
            let stored = self.shops.shop(&shop.id).await?;
            let (known, version) = match stored {
                Some(Versioned { value, version }) => (Some(value), version),
                None => (None, 0),
            };
            let connected = Shop {
                id: shop.id.clone(),
                name: shop.name.clone(),
                market: shop.market.clone(),
                seller: shop.seller,
                cipher: shop.cipher.clone(),
                account: account.to_owned(),
                authorization: Authorization::Granted,
                warehouses: warehouses.clone(),
                warehouses_read_at: now,
                connected_at: known.as_ref().map_or(now, |shop| shop.connected_at),
                poll: poll_at_once(known.as_ref().map(|shop| shop.poll.clone()), now),
                watch: watch_anew(known.map(|shop| shop.watch), now),
            };
            if let Committed::Stored(_) = self.shops.commit_shop(&connected, version).await? {
                tracing::info!(shop = %connected.id, market = connected.market.code(), "shop is connected");
                return Ok(connected);
            }
        }
        Err(ConnectError::Contention(shop.id))
    }
}

/// What was watched goes on; what was wrong with the connection is mended.
fn watch_anew(known: Option<ShopWatch>, now: Timestamp) -> ShopWatch {
    let mut watch = known.unwrap_or_default();
    watch.tokens_failing_since = None;
    watch.authorization_ends_at = None;
    for kind in [
        ExceptionKind::ShopAuthorization,
        ExceptionKind::AuthorizationEnding,
        ExceptionKind::TokenRefreshFailing,
    ] {
        exception::close(&mut watch.exceptions, kind, None, now);
    }
    watch
}

fn poll_at_once(known: Option<PollState>, now: Timestamp) -> PollState {
    match known {
        Some(poll) => PollState { next_at: now, ..poll },
        None => PollState::new(now),
    }
}
