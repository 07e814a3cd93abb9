//! The client: it signs calls, limits their rate, renews tokens and repeats what may be repeated.

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
use crate::call::{ApiCall, CallName};
use crate::clock_offset::ClockOffset;
use crate::codes::{self, Meaning};
use crate::config::{TikTokConfig, TikTokTimeouts};
use crate::error::{Class, Error, Fault};
use crate::providers::ProviderCache;
use crate::tokens::{TokenSet, Tokens};
use crate::transport::{Observer, TikTokTransport};

/// How often a read is repeated. Momentary faults pass; longer ones are for the queue to retry.
const REPEATS_MAX: u32 = 2;
/// The pause before the first repetition. Jitter adds up to as much again, and each repetition doubles it.
const REPEAT_PAUSE: Duration = Duration::from_millis(100);
/// TikTok publishes no numbers: quotas move, by app and authorized shop. A quota that is lower than the first rate is found within
/// three seconds, and costs refusals that harm nobody.
const LIMITS: RateLimits = RateLimits { first: 200.0, most: 400.0, wait_max: Duration::from_secs(2) };

/// The TikTok Shop API. Cheap to clone; clones share tokens and rates.
#[derive(Clone)]
pub struct TikTok {
    transport: TikTokTransport,
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
            transport: TikTokTransport {
                http,
                config: Arc::new(config),
                clock,
                timeouts: TikTokTimeouts::default(),
                observer: None,
                on_app_refusal: None,
                clock_offset: ClockOffset::default(),
            },
        }
    }

    /// Tells `observer` of every HTTP call, by its name (see [`CallName::as_str`]).
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Fn(&'static str) + Send + Sync>) -> Self {
        self.transport.observer = Some(observer as Observer);
        self
    }

    /// Calls `notify` whenever TikTok refuses the app itself ([`Class::AppRefused`]): its key or secret may be out of date.
    #[must_use]
    pub fn on_app_refusal(mut self, notify: Arc<dyn Fn() + Send + Sync>) -> Self {
        self.transport.on_app_refusal = Some(notify);
        self
    }

    /// Uses these timeouts instead of the default ones.
    #[must_use]
    pub fn with_timeouts(mut self, timeouts: TikTokTimeouts) -> Self {
        self.transport.timeouts = timeouts;
        self
    }

    /// The link on which a seller consents. TikTok returns `state`, which ties its response to our request.
    pub fn consent_url(&self, state: &str) -> String {
        auth::consent_url(&self.transport.config.consent_url, state)
    }

    /// Exchanges the code of a consent for tokens. A code is valid for 30 minutes and once.
    ///
    /// # Errors
    /// When TikTok refuses the code or gives no usable answer. Then the seller has to consent again.
    pub async fn exchange_code(&self, code: &str) -> Result<TokenSet, Error> {
        auth::exchange_code(&self.transport, code).await
    }

    /// Stores the tokens of a seller, both in one write, in place of the former ones.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn store_tokens(&self, tokens: &TokenSet) -> Result<(), Error> {
        self.tokens.put(&self.transport, tokens).await
    }

    /// Deletes the tokens of a seller. This process makes no more calls for it; another one may still hold an access token.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_tokens(&self, account: &str) -> Result<(), Error> {
        self.tokens.forget(account).await
    }

    /// Renews the tokens of a seller if they expire soon. Returns when the seller's authorization ends, which is when the
    /// refresh token expires.
    ///
    /// # Errors
    /// When they could not be renewed, even while the old ones are still good.
    pub async fn keep_tokens(&self, account: &str) -> Result<domain::Timestamp, Error> {
        self.tokens.keep(&self.transport, account).await
    }

    /// How far our clock is ahead of TikTok's, by the `Date` of its latest answer. Negative when it is behind.
    pub fn clock_ahead(&self) -> Option<jiff::SignedDuration> {
        self.transport.clock_offset.ahead()
    }

    pub(crate) fn now(&self) -> domain::Timestamp {
        self.transport.clock.now()
    }

    /// Makes a call for a shop.
    pub(crate) async fn shop_call<T: DeserializeOwned>(
        &self,
        shop: &ShopAccess,
        call: ApiCall,
    ) -> Result<T, Error> {
        let call = call.with("shop_cipher", shop.cipher.expose());
        self.call(Caller { account: &shop.account, rate_key: shop.shop.as_str() }, &call).await
    }

    /// Makes a call for a seller.
    pub(crate) async fn account_call<T: DeserializeOwned>(
        &self,
        account: &str,
        call: ApiCall,
    ) -> Result<T, Error> {
        self.call(Caller { account, rate_key: account }, &call).await
    }

    /// Fetches a file from where TikTok says it is.
    pub(crate) async fn fetch(&self, name: CallName, url: &str, bytes_max: usize) -> Result<Vec<u8>, Error> {
        let mut repeats = 0;
        loop {
            match self.transport.download(name, url, bytes_max).await {
                Err(error) if repeats < REPEATS_MAX && may_repeat(name, &error) => repeats += 1,
                result => return result,
            }
            tokio::time::sleep(REPEAT_PAUSE * 2_u32.pow(repeats)).await;
        }
    }

    async fn call<T: DeserializeOwned>(&self, caller: Caller<'_>, call: &ApiCall) -> Result<T, Error> {
        let data = self.repeat(caller, call).await?;
        // The answer of a call without a result has no `data`, or an empty one.
        let data = if data.is_null() { Value::Object(serde_json::Map::new()) } else { data };
        serde_json::from_value(data).map_err(|_| Error::lost(call.name, Fault::BrokenAnswer))
    }

    async fn repeat(&self, caller: Caller<'_>, call: &ApiCall) -> Result<Value, Error> {
        let Caller { account, rate_key } = caller;
        let mut token = self.tokens.access(&self.transport, account).await?;
        let mut renewed = false;
        let mut repeats = 0;
        let started = Instant::now();
        loop {
            let error = match self.attempt(rate_key, call, &token).await {
                Ok(data) => return Ok(data),
                Err(error) => error,
            };
            if !renewed && let Some(other) = self.other_token(account, &token, &error).await? {
                // TikTok did not execute the call, so that a write may be sent again, too.
                (token, renewed) = (other, true);
                continue;
            }
            // Repetitions start within the timeout of one call, so that the longest duration of a call is known.
            let in_time = started.elapsed() < call.name.timeout(self.transport.timeouts);
            if repeats == REPEATS_MAX || !in_time || !may_repeat(call.name, &error) {
                return Err(error);
            }
            let pause = REPEAT_PAUSE * 2_u32.pow(repeats);
            tokio::time::sleep(pause + pause.mul_f64(fastrand::f64())).await;
            repeats += 1;
        }
    }

    async fn attempt(&self, rate_key: &str, call: &ApiCall, token: &Private<String>) -> Result<Value, Error> {
        let throttled = |after| Error::Throttled { call: call.name, after };
        self.limiter.admit(rate_key).await.map_err(throttled)?;
        let result = self.transport.send(call, token.expose()).await;
        match result {
            Err(Error::Throttled { after, .. }) => {
                let requested = Some(after).filter(|after| !after.is_zero());
                Err(throttled(self.limiter.refused(rate_key, requested)))
            }
            // Any other answer of TikTok means that the call was let through.
            Ok(_) | Err(Error::Refused { .. }) => {
                self.limiter.succeeded(rate_key);
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
            Some(Meaning::Reauthorize) => self.tokens.replacement(account, token).await,
            _ if code == codes::UNACCEPTABLE => self.tokens.replacement(account, token).await,
            _ => Ok(None),
        }
    }
}

/// Whose tokens a call carries, and whose rate it counts towards.
#[derive(Clone, Copy)]
struct Caller<'a> {
    account: &'a str,
    rate_key: &'a str,
}

/// Only reads, and only after faults that pass soon. A throttled read is repeated where the limiter would let it wait.
fn may_repeat(call: CallName, error: &Error) -> bool {
    call.is_read()
        && match error.class() {
            Class::Retry => true,
            Class::Throttled { after } => after <= LIMITS.wait_max,
            _ => false,
        }
}
