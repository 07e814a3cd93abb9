//! shop-authorization: connects a seller's shops, and disconnects them.
//!
//! **Shops are connected only by who may.** The operator makes a link with a ticket, which serves once and for half an
//! hour. `start` takes the ticket and sends the seller to TikTok's consent page with a signed, expiring state that is
//! bound to this browser by a cookie; `callback` takes the state from the same browser, claims the ticket, exchanges the
//! code, stores both tokens, lists the seller's shops with their warehouses and stores them. Whatever does not fit is
//! refused before TikTok is asked anything.
//!
//! A shop that is connected is polled at once, unless the operator has a list of shops and it is not on it: then it waits.
//! Connecting again renews the tokens and keeps where polling stands.

mod browser;
mod links;
mod operator;

use std::sync::Arc;

use backend::{BackendError, Committed, ProcessedEventStore, ShopStore, Versioned};
use domain::exception::{self, ExceptionKind};
use domain::polling::PollState;
use domain::settings::AllSettings;
use domain::shop::{Authorization, Shop, ShopMonitor};
use domain::{Private, Timestamp};
use jiff::SignedDuration;
use system::Clock;
use tiktok::{AuthorizedShop, ShopAccess, TikTok};
use workflow::error_chain;

pub use browser::{Reply, Visit};
use links::{STATE_VALID_FOR, Signer, nonce};
pub use operator::{Answer, ConnectLink, DisconnectError, Malformed, Request, connect_link};

/// How often a lost race for a shop is run again.
const RACES_MAX: u32 = 5;

/// How long it is remembered that a ticket was used: longer than any state that was begun with it lives.
const USED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The step.
pub struct ShopAuthorization {
    shops: Arc<dyn ShopStore>,
    processed_events: Arc<dyn ProcessedEventStore>,
    tiktok: TikTok,
    clock: Arc<dyn Clock>,
    settings: Arc<AllSettings>,
    signer: Signer,
}

/// What TikTok sent the seller back with.
#[derive(Clone, Debug, Default)]
pub struct Callback {
    /// The code to exchange; `null` when the seller declined.
    pub code: Option<Private<String>>,
    /// The state that `start` signed.
    pub state: Option<String>,
    /// `auth_denied` when the seller declined.
    pub error: Option<String>,
}

/// Why no shop was connected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The ticket is missing, forged or expired.
    #[error(
        "Shops are connected by a link that whoever runs Punctual makes for you. This one is incomplete or older than \
         30 minutes: ask for a new one."
    )]
    Ticket,
    /// The ticket was used already.
    #[error("This link was used already. To connect shops again, ask whoever runs Punctual for a new one.")]
    Used,
    /// The state is missing, forged, older than ten minutes, or of another browser.
    #[error(
        "It took longer than 10 minutes, or was begun in another browser. Open the link that you were given once more, \
         and stay in one browser."
    )]
    State,
    /// The seller declined.
    #[error("The authorisation was declined at TikTok. To connect after all, open the link once more.")]
    Declined,
    /// TikTok refused.
    #[error("TikTok did not connect the shop. Ask whoever runs Punctual for a new link and try again.")]
    TikTok(#[from] tiktok::Error),
    /// The backend failed.
    #[error("The shop could not be stored. Ask whoever runs Punctual for a new link and try again.")]
    Backend(#[from] BackendError),
    /// Others kept changing the shop.
    #[error("Shop {0} is being changed by others. Ask whoever runs Punctual for a new link and try again.")]
    Contention(domain::ShopId),
}

impl ConnectError {
    /// The HTTP status to answer with.
    pub fn status(&self) -> u16 {
        match self {
            Self::State | Self::Declined => 400,
            Self::Ticket | Self::Used => 403,
            Self::TikTok(_) => 502,
            Self::Backend(_) | Self::Contention(_) => 503,
        }
    }

    fn page(&self) -> Reply {
        match self {
            // Anybody can bring this about, as often as they like.
            Self::Ticket | Self::Used | Self::State | Self::Declined => {
                tracing::debug!(error = error_chain(self), "no shop was connected");
            }
            Self::TikTok(_) | Self::Backend(_) | Self::Contention(_) => {
                tracing::warn!(error = error_chain(self), "no shop was connected");
            }
        }
        Reply::page(self.status(), format!("{self}\n"))
    }
}

impl ShopAuthorization {
    /// Uses these; `secret` signs tickets and states (the app's secret serves), and `settings` may name the shops that are
    /// allowed.
    pub fn new(
        shops: Arc<dyn ShopStore>,
        processed_events: Arc<dyn ProcessedEventStore>,
        tiktok: TikTok,
        clock: Arc<dyn Clock>,
        settings: Arc<AllSettings>,
        secret: Private<String>,
    ) -> Self {
        Self { shops, processed_events, tiktok, clock, settings, signer: Signer::new(secret) }
    }

    /// Sends the browser of whoever has a ticket to TikTok's consent page. The ticket is not spent by that: whatever looks at
    /// links before people do must not use them up.
    pub async fn start(&self, ticket: Option<&str>, visit: &Visit) -> Reply {
        match self.begin(ticket, visit).await {
            Ok(reply) => reply,
            Err(error) => error.page(),
        }
    }

    async fn begin(&self, ticket: Option<&str>, visit: &Visit) -> Result<Reply, ConnectError> {
        let now = self.clock.now();
        let ticket = ticket.and_then(|ticket| self.signer.read_ticket(ticket, now));
        let ticket = ticket.ok_or(ConnectError::Ticket)?;
        if self.processed_events.is_processed(&use_of(ticket), now).await? {
            return Err(ConnectError::Used);
        }
        let browser = nonce();
        let consent = self.tiktok.consent_url(&self.signer.state(ticket, &browser, now));
        Ok(Reply::redirect(consent, visit.cookie(&browser, STATE_VALID_FOR.as_secs())))
    }

    /// Connects the shops of a seller whom TikTok sent back, and says so.
    pub async fn callback(&self, callback: &Callback, visit: &Visit) -> Reply {
        match self.finish(callback, visit).await {
            Ok(shops) => Reply::page(200, outcome(&shops)),
            Err(error) => error.page(),
        }
    }

    async fn finish(&self, callback: &Callback, visit: &Visit) -> Result<Vec<Shop>, ConnectError> {
        let now = self.clock.now();
        let (Some(state), Some(browser)) = (&callback.state, visit.token()) else {
            return Err(ConnectError::State);
        };
        let ticket = self.signer.read_state(state, browser, now).ok_or(ConnectError::State)?;
        let code = match (&callback.error, &callback.code) {
            (None, Some(code)) if !matches!(code.expose().as_str(), "" | "null") => code,
            _ => return Err(ConnectError::Declined),
        };
        let until = now.saturating_add(USED_FOR).unwrap_or(Timestamp::MAX);
        if !self.processed_events.claim(&use_of(ticket), now, until).await? {
            return Err(ConnectError::Used);
        }
        self.connect(code).await
    }

    /// What an operator asks for; `base` is the origin of links, where it is known.
    ///
    /// # Errors
    /// When it is not known and a link is asked for, or a shop can't be disconnected.
    pub async fn operate(&self, request: Request, base: Option<&str>) -> Result<Answer, OperateError> {
        match request {
            Request::ConnectLink {} => Ok(Answer::Link(self.connect_link(base.ok_or(OperateError::NoBase)?))),
            Request::Disconnect { shop } => {
                self.disconnect(&shop).await?;
                Ok(Answer::Disconnected { disconnected: shop })
            }
        }
    }

    /// A link with which shops can be connected at `base`: see [`connect_link`].
    pub fn connect_link(&self, base: &str) -> ConnectLink {
        connect_link(self.signer.secret(), base, self.clock.now())
    }

    /// Exchanges the code of a consent, and stores the tokens and the seller's shops; returns them. It asks nobody whether
    /// that may be: [`ShopAuthorization::callback`] does.
    ///
    /// # Errors
    /// When TikTok refuses, or they can't be stored.
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
        for _ in 0..RACES_MAX {
            let stored = self.shops.load_shop(&shop.id).await?;
            let (known, version) = match stored {
                Some(Versioned { value, version }) => (Some(value), version),
                None => (None, 0),
            };
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
                monitor: monitor_anew(known.map(|shop| shop.monitor), now),
            };
            connected.apply_list(self.settings.allows(&shop.id), now);
            if let Committed::Stored(_) = self.shops.commit_shop(&connected, version).await? {
                match connected.closed() {
                    None => {
                        tracing::info!(shop = %shop.id, market = shop.market.code(), "shop is connected");
                    }
                    Some(closed) => tracing::warn!(shop = %shop.id, why = closed.why, "shop has to wait"),
                }
                return Ok(connected);
            }
        }
        Err(ConnectError::Contention(shop.id))
    }
}

/// Why what the operator asked for was not done.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    /// It is not known where sellers reach us.
    #[error("PUNCTUAL_PUBLIC_URL is not set")]
    NoBase,
    /// The shop is not disconnected.
    #[error(transparent)]
    Disconnect(#[from] DisconnectError),
}

/// The notice that a ticket was used.
fn use_of(ticket: &str) -> String {
    format!("connect/{ticket}")
}

/// What became of the shops, for the seller.
fn outcome(shops: &[Shop]) -> String {
    let names = |waits: bool| {
        let shops = shops.iter().filter(|shop| shop.closed().is_some() == waits);
        let names: Vec<String> =
            shops.map(|shop| format!("{} ({})", browser::shown(&shop.name), shop.id)).collect();
        names.join(", ")
    };
    let mut text = String::new();
    for (waits, what) in
        [(false, "Connected"), (true, "Connected, and waiting to be allowed by the operator")]
    {
        let names = names(waits);
        if !names.is_empty() {
            text.push_str(&format!("{what}: {names}\n"));
        }
    }
    if text.is_empty() { "Authorised, but TikTok names no shop.\n".to_owned() } else { text }
}

/// What was watched goes on; what was wrong with the connection is mended.
fn monitor_anew(known: Option<ShopMonitor>, now: Timestamp) -> ShopMonitor {
    let mut watch = known.unwrap_or_default();
    watch.tokens_failing_since = None;
    watch.authorization_ends_at = None;
    for kind in [
        ExceptionKind::ShopUnauthorized,
        ExceptionKind::AuthorizationEnding,
        ExceptionKind::TokenRefreshFailing,
        ExceptionKind::ShopNotAllowed,
    ] {
        exception::close(&mut watch.exceptions, kind, None, now);
    }
    watch
}

/// Goes on where polling stood. What was heard of a closed shop was dropped, so it is polled from the beginning.
fn poll_at_once(known: Option<&Shop>, now: Timestamp) -> PollState {
    match known.filter(|shop| shop.closed().is_none()) {
        Some(shop) => PollState { next_at: now, ..shop.poll.clone() },
        None => PollState::new(now),
    }
}
