//! The client: signs, paces, renews tokens and repeats what may be repeated.

use std::sync::Arc;
use std::time::Duration;

use domain::Private;
use serde::de::DeserializeOwned;
use serde_json::Value;
use system::{Clock, SecretStore};
use throttle::{Limiter, RateLimits};
use tokio::time::Instant;

use crate::access::ShopAccess;
use crate::auth;
use crate::call::{Call, CallName};
use crate::codes::{self, Meaning};
use crate::config::{TikTokConfig, Timeouts};
use crate::error::{Class, Error, Fault};
use crate::providers::ProviderCache;
use crate::served::Served;
use crate::tokens::{TokenSet, Tokens};
use crate::transport::{Observer, Transport};

/// How often a read is repeated: faults of a moment pass, and what lasts is the queue's to repeat.
const REPEATS_MAX: u32 = 2;
/// The pause before the first repetition; jitter adds as much again, and each repetition doubles it.
const REPEAT_PAUSE: Duration = Duration::from_millis(100);
/// TikTok gives no numbers: quotas move, by app and authorised shop.
const LIMITS: RateLimits = RateLimits { first: 100.0, most: 400.0, wait_max: Duration::from_secs(2) };

/// The TikTok Shop API. Cheap to clone; clones share tokens and pace.
#[derive(Clone)]
pub struct TikTok {
    transport: Transport,
    tokens: Tokens,
    limiter: Arc<Limiter>,
    pub(crate) providers: Arc<ProviderCache>,
}

impl TikTok {
    /// A client on `http` (see [`crate::http_client`]) that keeps its tokens in `secrets`.
    pub fn new(
        http: reqwest::Client,
        config: TikTokConfig,
        clock: Arc<dyn Clock>,
        secrets: Arc<dyn SecretStore>,
    ) -> Self {
        Self {
            limiter: Arc::new(Limiter::new(Arc::clone(&clock), LIMITS)),
            providers: Arc::default(),
            tokens: Tokens::new(secrets),
            transport: Transport {
                http,
                config: Arc::new(config),
                clock,
                timeouts: Timeouts::default(),
                observer: None,
                on_refusal: None,
                served: Served::default(),
            },
        }
    }

    /// Tells `observer` of every HTTP call, by its name (see [`CallName::as_str`]).
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Fn(&'static str) + Send + Sync>) -> Self {
        self.transport.observer = Some(observer as Observer);
        self
    }

    /// Tells `told` whenever TikTok refuses the app itself ([`Class::AppRefused`]): its key or secret may be out of date.
    #[must_use]
    pub fn with_refusals_told(mut self, told: Arc<dyn Fn() + Send + Sync>) -> Self {
        self.transport.on_refusal = Some(told);
        self
    }

    /// Takes other timeouts than the default ones.
    #[must_use]
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.transport.timeouts = timeouts;
        self
    }

    /// The link on which a seller consents. TikTok hands `state` back, which ties the answer to the question.
    pub fn consent_url(&self, state: &str) -> String {
        auth::consent_url(&self.transport.config.consent_url, state)
    }

    /// Exchanges the code of a consent for tokens. A code is valid for 30 minutes and once.
    ///
    /// # Errors
    /// When TikTok refuses the code, or gives no usable answer: then the seller has to consent again.
    pub async fn exchange_code(&self, code: &str) -> Result<TokenSet, Error> {
        auth::exchange_code(&self.transport, code).await
    }

    /// Stores the tokens of a seller, both in one write, in place of those before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn store_tokens(&self, tokens: &TokenSet) -> Result<(), Error> {
        self.tokens.put(&self.transport, tokens).await
    }

    /// Forgets the tokens of a seller. This process calls no more for it; another one may hold an access token that it read
    /// before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_tokens(&self, account: &str) -> Result<(), Error> {
        self.tokens.forget(account).await
    }

    /// Renews the tokens of a seller where their end is near; returns when the seller's authorisation ends, which is the
    /// end of the refresh token.
    ///
    /// # Errors
    /// When they could not be renewed, also while the old ones are still good.
    pub async fn keep_tokens(&self, account: &str) -> Result<domain::Timestamp, Error> {
        self.tokens.keep(&self.transport, account).await
    }

    /// How far our clock is ahead of TikTok's, by the `Date` of its latest answer; negative when it is behind.
    pub fn clock_ahead(&self) -> Option<jiff::SignedDuration> {
        self.transport.served.ahead()
    }

    pub(crate) fn now(&self) -> domain::Timestamp {
        self.transport.clock.now()
    }

    /// Makes a call for a shop.
    pub(crate) async fn shop_call<T: DeserializeOwned>(
        &self,
        shop: &ShopAccess,
        call: Call,
    ) -> Result<T, Error> {
        let call = call.with("shop_cipher", shop.cipher.expose());
        self.call(&shop.account, shop.shop.as_str(), &call).await
    }

    /// Makes a call for a seller.
    pub(crate) async fn account_call<T: DeserializeOwned>(
        &self,
        account: &str,
        call: Call,
    ) -> Result<T, Error> {
        self.call(account, account, &call).await
    }

    async fn call<T: DeserializeOwned>(&self, account: &str, pace: &str, call: &Call) -> Result<T, Error> {
        let data = self.repeat(account, pace, call).await?;
        // A call without a result has no `data`, or an empty one.
        let data = if data.is_null() { Value::Object(serde_json::Map::new()) } else { data };
        serde_json::from_value(data).map_err(|_| Error::lost(call.name, Fault::BrokenAnswer))
    }

    async fn repeat(&self, account: &str, pace: &str, call: &Call) -> Result<Value, Error> {
        let mut token = self.tokens.access(&self.transport, account).await?;
        let mut renewed = false;
        let mut repeats = 0;
        let started = Instant::now();
        loop {
            let error = match self.attempt(pace, call, &token).await {
                Ok(data) => return Ok(data),
                Err(error) => error,
            };
            if !renewed && let Some(other) = self.other_token(account, &token, &error).await? {
                // TikTok did not carry the call out, so that a write may be sent anew as well.
                (token, renewed) = (other, true);
                continue;
            }
            // Repetitions start within the time of one call, so that a step knows how long it may take.
            let in_time = started.elapsed() < call.name.timeout(self.transport.timeouts);
            if repeats == REPEATS_MAX || !in_time || !may_repeat(call.name, &error) {
                return Err(error);
            }
            let pause = REPEAT_PAUSE * 2_u32.pow(repeats);
            tokio::time::sleep(pause + pause.mul_f64(fastrand::f64())).await;
            repeats += 1;
        }
    }

    async fn attempt(&self, pace: &str, call: &Call, token: &Private<String>) -> Result<Value, Error> {
        let busy = |after| Error::Throttled { call: call.name, after };
        self.limiter.admit(pace).await.map_err(busy)?;
        let result = self.transport.send(call, token.expose()).await;
        match result {
            Err(Error::Throttled { after, .. }) => {
                let asked = Some(after).filter(|after| !after.is_zero());
                Err(busy(self.limiter.refused(pace, asked)))
            }
            // Any other answer of TikTok was let through.
            Ok(_) | Err(Error::Refused { .. }) => {
                self.limiter.succeeded(pace);
                result
            }
            Err(_) => result,
        }
    }

    /// Another token after TikTok did not accept `token`, if there is one.
    async fn other_token(
        &self,
        account: &str,
        token: &Private<String>,
        error: &Error,
    ) -> Result<Option<Private<String>>, Error> {
        let Some(code) = error.code() else { return Ok(None) };
        match codes::meaning(code) {
            Some(Meaning::TokenExpired) => {
                self.tokens.renewed(&self.transport, account, token).await.map(Some)
            }
            Some(Meaning::Reauthorise) => self.tokens.replacement(account, token).await,
            _ if code == codes::UNACCEPTABLE => self.tokens.replacement(account, token).await,
            _ => Ok(None),
        }
    }
}

/// Only reads, and only after what passes soon. A throttled read is repeated where the limiter would let it wait.
fn may_repeat(call: CallName, error: &Error) -> bool {
    call.is_read()
        && match error.class() {
            Class::Retry => true,
            Class::Throttled { after } => after <= LIMITS.wait_max,
            _ => false,
        }
}
