//! shop-authorization: connects a seller's shops, and disconnects them.
//!
//! **Only whoever the operator lets may connect shops.** The operator makes a link with a ticket, which is valid for one use
//! and half an hour. `start` takes the ticket and sends the seller to TikTok's consent page with a signed, expiring state
//! that a cookie binds to this browser. `callback` takes the state from the same browser, claims the ticket, exchanges the
//! code, stores both tokens, lists the seller's shops with their warehouses and stores them. Whatever does not fit is
//! refused before TikTok is asked anything.
//!
//! A connected shop is polled at once, unless the operator has a list of allowed shops and it is not on it: then it waits.
//! Connecting a shop again renews the tokens and keeps its position in polling.

mod browser;
mod links;
mod operator;

use std::sync::Arc;

use backend::{BackendError, ProcessedEventStore, ShopStore};
use domain::exception::{self, ExceptionKind};
use domain::polling::PollState;
use domain::settings::AllSettings;
use domain::shop::{Authorization, Shop, ShopMonitor};
use domain::{Private, Timestamp};
use jiff::SignedDuration;
use system::Clock;
use tiktok::{AuthorizedShop, ShopAccess, TikTok};
use workflow::{Change, StepError, error_chain, upsert_shop};

pub use browser::{BrowserResponse, BrowserSession};
use links::{STATE_VALID_FOR, Signer, nonce};
pub use operator::{
    ConnectLink, DisconnectError, InvalidOperatorRequest, OperatorAnswer, OperatorRequest, connect_link,
};

/// How long the use of a ticket is remembered: longer than any state that was issued for it is valid.
const USE_REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// What [`ShopAuthorization`] works with.
pub struct ShopAuthorizationDeps {
    pub shops: Arc<dyn ShopStore>,
    /// Remember the tickets that were used.
    pub processed_events: Arc<dyn ProcessedEventStore>,
    pub tiktok: TikTok,
    pub clock: Arc<dyn Clock>,
    /// May name the shops that are allowed.
    pub settings: Arc<AllSettings>,
    /// Signs tickets and states. The app's secret serves.
    pub secret: Private<String>,
}

/// Connects shops, and disconnects them.
pub struct ShopAuthorization {
    shops: Arc<dyn ShopStore>,
    processed_events: Arc<dyn ProcessedEventStore>,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
    settings: Arc<AllSettings>,
    signer: Signer,
}

/// What TikTok sends the seller back with.
#[derive(Clone, Debug, Default)]
pub struct Callback {
    /// The code to exchange; `null` when the seller declined.
    pub code: Option<Private<String>>,
    /// The state that [`ShopAuthorization::start`] signed.
    pub state: Option<String>,
    /// `auth_denied` when the seller declined.
    pub error: Option<String>,
}

/// Why no shop was connected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The ticket is missing, forged or expired.
    #[error(
        "Shops are connected with a link that whoever runs Punctual creates for you. This link is incomplete or older \
         than 30 minutes: ask for a new one."
    )]
    Ticket,
    /// The ticket was used already.
    #[error(
        "This link has already been used. To connect more shops, ask whoever runs Punctual for a new one."
    )]
    Used,
    /// The state is missing, forged, older than ten minutes, or from another browser.
    #[error(
        "This took longer than 10 minutes, or was started in another browser. Open the link that you were given again, \
         and stay in one browser."
    )]
    State,
    #[error("The authorization was declined at TikTok. To connect the shop after all, open the link again.")]
    Declined,
    #[error("TikTok did not connect the shop. Ask whoever runs Punctual for a new link and try again.")]
    TikTok(#[from] tiktok::Error),
    #[error("The shop could not be stored. Ask whoever runs Punctual for a new link and try again.")]
    Store(#[from] StepError),
}

impl ConnectError {
    /// The HTTP status to answer with.
    pub fn status(&self) -> u16 {
        match self {
            Self::State | Self::Declined => 400,
            Self::Ticket | Self::Used => 403,
            Self::TikTok(_) => 502,
            Self::Store(_) => 503,
        }
    }

    fn page(&self) -> BrowserResponse {
        match self {
            // Anybody can cause this, as often as they like: it must not fill the log.
            Self::Ticket | Self::Used | Self::State | Self::Declined => {
                tracing::debug!(error = error_chain(self), "no shop was connected");
            }
            Self::TikTok(_) | Self::Store(_) => {
                tracing::warn!(error = error_chain(self), "no shop was connected");
            }
        }
        BrowserResponse::page(self.status(), format!("{self}\n"))
    }
}

impl From<BackendError> for ConnectError {
    fn from(error: BackendError) -> Self {
        Self::Store(error.into())
    }
}

impl ShopAuthorization {
    pub fn new(deps: ShopAuthorizationDeps) -> Self {
        let ShopAuthorizationDeps { shops, processed_events, tiktok, clock, settings, secret } = deps;
        Self { shops, processed_events, tiktok, clock, settings, signer: Signer::new(secret) }
    }

    /// Sends the browser of whoever has a ticket to TikTok's consent page. That does not use the ticket up, because e-mail
    /// scanners and link previews open links before people do.
    pub async fn start(&self, ticket: Option<&str>, browser: &BrowserSession) -> BrowserResponse {
        match self.begin(ticket, browser).await {
            Ok(reply) => reply,
            Err(error) => error.page(),
        }
    }

    async fn begin(
        &self,
        ticket: Option<&str>,
        browser: &BrowserSession,
    ) -> Result<BrowserResponse, ConnectError> {
        let now = self.clock.now();
        let ticket = ticket.and_then(|ticket| self.signer.read_ticket(ticket, now));
        let ticket = ticket.ok_or(ConnectError::Ticket)?;
        if self.processed_events.is_processed(&use_of(ticket), now).await? {
            return Err(ConnectError::Used);
        }
        let token = nonce();
        let consent = self.tiktok.consent_url(&self.signer.state(ticket, &token, now));
        Ok(BrowserResponse::redirect(consent, browser.cookie(&token, STATE_VALID_FOR.as_secs())))
    }

    /// Connects the shops of a seller whom TikTok sent back, and says so.
    pub async fn callback(&self, callback: &Callback, browser: &BrowserSession) -> BrowserResponse {
        match self.finish(callback, browser).await {
            Ok(shops) => BrowserResponse::page(200, outcome(&shops)),
            Err(error) => error.page(),
        }
    }

    async fn finish(&self, callback: &Callback, browser: &BrowserSession) -> Result<Vec<Shop>, ConnectError> {
        let now = self.clock.now();
        let (Some(state), Some(token)) = (&callback.state, browser.token()) else {
            return Err(ConnectError::State);
        };
        let ticket = self.signer.read_state(state, token, now).ok_or(ConnectError::State)?;
        let code = match (&callback.error, &callback.code) {
            (None, Some(code)) if !matches!(code.expose().as_str(), "" | "null") => code,
            _ => return Err(ConnectError::Declined),
        };
        let until = now.saturating_add(USE_REMEMBERED).unwrap_or(Timestamp::MAX);
        if !self.processed_events.claim(&use_of(ticket), now, until).await? {
            return Err(ConnectError::Used);
        }
        self.connect(code).await
    }

    /// Does what an operator asks for. `base` is the origin of links, where it is known.
    ///
    /// # Errors
    /// When it is not known and a link is asked for, or a shop cannot be disconnected.
    pub async fn operate(
        &self,
        request: OperatorRequest,
        base: Option<&str>,
    ) -> Result<OperatorAnswer, OperateError> {
        match request {
            OperatorRequest::ConnectLink {} => {
                Ok(OperatorAnswer::Link(self.connect_link(base.ok_or(OperateError::NoBase)?)))
            }
            OperatorRequest::Disconnect { shop } => {
                self.disconnect(&shop).await?;
                Ok(OperatorAnswer::Disconnected { disconnected: shop })
            }
        }
    }

    /// A link with which shops can be connected at `base`: see [`connect_link`].
    pub fn connect_link(&self, base: &str) -> ConnectLink {
        connect_link(self.signer.secret(), base, self.clock.now())
    }

    /// Exchanges the code of a consent, and stores the tokens and the seller's shops; returns the shops. It does not check
    /// whether the caller may do that: [`ShopAuthorization::callback`] does.
    ///
    /// # Errors
    /// When TikTok refuses, or they cannot be stored.
    pub async fn connect(&self, code: &Private<String>) -> Result<Vec<Shop>, ConnectError> {
        let tokens = self.tiktok.exchange_code(code.expose()).await?;
        self.tiktok.store_tokens(&tokens).await?;
        let mut connected = Vec::new();
        for shop in self.tiktok.authorized_shops(&tokens.open_id).await? {
            connected.push(self.store(&tokens.open_id, shop).await?);
        }
        Ok(connected)
    }

    async fn store(&self, account: &str, shop: AuthorizedShop) -> Result<Shop, ConnectError> {
        let access = ShopAccess {
            account: account.to_owned(),
            cipher: shop.cipher.clone(),
            shop: shop.id.clone(),
            market: shop.market.clone(),
        };
        let warehouses = self.tiktok.warehouses(&access).await?;
        let now = self.clock.now();
        let connected = upsert_shop(&*self.shops, &shop.id, |stored| {
            let known = stored.take();
            let mut connected = Shop {
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
                poll: poll_at_once(known.as_ref(), now),
                monitor: reset_monitor(known.map(|shop| shop.monitor), now),
            };
            connected.apply_allowed_shops(&self.settings, now);
            *stored = Some(connected.clone());
            Ok(Change::Commit(connected))
        })
        .await?;
        match connected.closed() {
            None => tracing::info!(shop = %shop.id, market = shop.market.code(), "shop is connected"),
            Some(closed) => {
                tracing::warn!(shop = %shop.id, why = closed.why, "shop is connected, and has to wait")
            }
        }
        Ok(connected)
    }
}

/// Why a request of the operator was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    /// It is not known at which address sellers reach us.
    #[error("PUNCTUAL_PUBLIC_URL is not set")]
    NoBase,
    #[error(transparent)]
    Disconnect(#[from] DisconnectError),
}

/// The id under which the use of a ticket is remembered.
fn use_of(ticket: &str) -> String {
    format!("connect/{ticket}")
}

/// The outcome, for the seller to read.
fn outcome(shops: &[Shop]) -> String {
    let (waiting, open): (Vec<&Shop>, Vec<&Shop>) = shops.iter().partition(|shop| shop.closed().is_some());
    let mut text = String::new();
    for (what, shops) in
        [("Connected", open), ("Connected, and waiting for the operator's permission", waiting)]
    {
        let names: Vec<String> =
            shops.iter().map(|shop| format!("{} ({})", browser::displayable(&shop.name), shop.id)).collect();
        if !names.is_empty() {
            text.push_str(&format!("{what}: {}\n", names.join(", ")));
        }
    }
    if text.is_empty() { "Authorized, but TikTok lists no shop.\n".to_owned() } else { text }
}

/// Keeps what was learned of the shop, and closes the exceptions of its old connection.
fn reset_monitor(known: Option<ShopMonitor>, now: Timestamp) -> ShopMonitor {
    let mut monitor = known.unwrap_or_default();
    monitor.tokens_failing_since = None;
    monitor.authorization_ends_at = None;
    for kind in [
        ExceptionKind::ShopUnauthorized,
        ExceptionKind::AuthorizationEnding,
        ExceptionKind::TokenRefreshFailing,
        ExceptionKind::ShopNotAllowed,
    ] {
        exception::close(&mut monitor.exceptions, kind, None, now);
    }
    monitor
}

/// Continues polling where it stood. A closed shop is polled from the beginning, because its webhooks were dropped.
fn poll_at_once(known: Option<&Shop>, now: Timestamp) -> PollState {
    match known.filter(|shop| shop.closed().is_none()) {
        Some(shop) => PollState { next_at: now, ..shop.poll.clone() },
        None => PollState::new(now),
    }
}
