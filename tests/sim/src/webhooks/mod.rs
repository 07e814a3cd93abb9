//! Delivery of webhooks: signed, retried by the provider's table, logged.

mod client;
mod log;
mod policy;
mod post;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;
use tokio::runtime::Handle;
use tokio::sync::watch;

pub use log::{Attempt, AttemptResult, DeliveryLog};
pub use policy::WebhookConfig;
pub(crate) use policy::{EASYPOST, RetryPolicy, TIKTOK};

use crate::Result;
use crate::lock::locked;

/// One event ready to be posted.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    /// The provider's id of the event.
    pub(crate) id: String,
    /// What it is about, for the log.
    pub(crate) topic: String,
    /// The signature's header and its value.
    pub(crate) signature: (&'static str, String),
    pub(crate) body: Bytes,
}

/// Posts events to one address, each in a task of its own.
#[derive(Debug)]
pub(crate) struct Courier {
    http: reqwest::Client,
    policy: &'static RetryPolicy,
    config: WebhookConfig,
    url: Mutex<Option<String>>,
    rng: Mutex<Rng>,
    log: Arc<Mutex<DeliveryLog>>,
    stop: watch::Sender<bool>,
    /// So that a test may act from a thread outside the runtime.
    runtime: Handle,
}

impl Courier {
    pub(crate) fn new(policy: &'static RetryPolicy, config: WebhookConfig) -> Result<Self> {
        Ok(Self {
            http: client::build()?,
            policy,
            url: Mutex::new(config.url.clone()),
            rng: Mutex::new(Rng::with_seed(config.seed)),
            config,
            log: Arc::default(),
            stop: watch::Sender::new(false),
            runtime: Handle::current(),
        })
    }

    /// Where events go from now on; `None` drops them, as for an app without an address.
    pub(crate) fn set_url(&self, url: Option<String>) {
        *locked(&self.url) = url;
    }

    /// Ends all deliveries under way.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Whether an event would be sent at all.
    pub(crate) fn listening(&self) -> bool {
        self.config.enabled && locked(&self.url).is_some()
    }

    pub(crate) fn log(&self) -> DeliveryLog {
        locked(&self.log).clone()
    }

    /// Sends an event, with the copies and delays that the configuration asks for.
    pub(crate) fn send(&self, delivery: &Delivery) {
        let Some(url) = locked(&self.url).clone().filter(|_| self.config.enabled) else { return };
        for _ in 0..=self.config.extra_copies {
            let delay = self.draw_delay();
            let post = self.post(url.clone(), delivery.clone());
            let mut stop = self.stop.subscribe();
            self.runtime.spawn(async move {
                let work = async {
                    tokio::time::sleep(delay).await;
                    post.until_accepted().await;
                };
                tokio::select! {
                    () = work => {}
                    _ = stop.wait_for(|stopped| *stopped) => {}
                }
            });
        }
    }

    /// Sends once, at once, and says what came back.
    pub(crate) async fn send_once(&self, delivery: Delivery) -> Option<AttemptResult> {
        let url = locked(&self.url).clone()?;
        Some(self.post(url, delivery).attempt(1).await)
    }

    fn post(&self, url: String, delivery: Delivery) -> post::Post {
        post::Post {
            http: self.http.clone(),
            url,
            delivery,
            policy: self.policy,
            shorten: self.config.retry_shorten,
            log: self.log.clone(),
        }
    }

    fn draw_delay(&self) -> Duration {
        let max = u64::try_from(self.config.delay_max.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(locked(&self.rng).u64(0..=max))
    }
}
