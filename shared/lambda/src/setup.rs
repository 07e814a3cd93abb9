//! What a function is built from.

use std::sync::Arc;

use carriers::{Carrier, EasyPost, easypost};
use config::ConfigError;
use domain::message::Queue;
use engine::{
    CatalogueStore, Clock, LabelStore, NoticeStore, OrderStore, Queues, Random, ShopStore, SystemClock,
    SystemRandom,
};
use engine_aws::{
    Catalogue, CredentialsError, Labels, Notices, Orders, QueueUrls, ResourceError, Sdk, SdkError, Shops,
    SqsQueues, Tokens,
};
use tiktok::TikTok;

use crate::resources::Looks;
use crate::secrets::Secrets;

/// Why a function does not start. One line with its sources, which names the variable to look at.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable is missing or malformed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// EasyPost's address or key can't be used.
    #[error("EASYPOST_API_URL or EASYPOST_API_KEY can't be used")]
    EasyPost(#[from] easypost::InvalidConfig),
    /// A variable that Lambda sets is missing.
    #[error(transparent)]
    Sdk(#[from] SdkError),
    /// A secret can't be had.
    #[error("{variable} {why}")]
    Secret {
        /// The variable that names it.
        variable: &'static str,
        /// Why.
        why: CredentialsError,
    },
    /// A table, queue or bucket can't be used.
    #[error(transparent)]
    Resource(#[from] ResourceError),
    /// TLS can't be set up.
    #[error("TLS can't be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The runtime does not start.
    #[error("the runtime does not start")]
    Runtime(#[source] std::io::Error),
}

/// The parts of a function, each made when it is asked for: so a function's binary holds, and its start looks at, what
/// it uses and no more. Variables are read from the environment and from the secrets that it names.
pub struct Setup {
    sdk: Sdk,
    http: reqwest::Client,
    secrets: Secrets,
    looks: Looks,
    clock: Arc<dyn Clock>,
}

impl Setup {
    pub(crate) fn new(sdk: Sdk, http: reqwest::Client, secrets: Secrets) -> Self {
        Self { sdk, http, secrets, looks: Looks::default(), clock: Arc::new(SystemClock) }
    }

    pub(crate) fn into_looks(self) -> Looks {
        self.looks
    }

    /// A variable's value.
    pub fn lookup(&self, name: &str) -> Option<String> {
        self.secrets.get(name).or_else(|| config::environment(name))
    }

    /// Orders: the table that `PUNCTUAL_ORDERS_TABLE` names.
    ///
    /// # Errors
    /// When it is not set.
    pub fn orders(&mut self) -> Result<Arc<dyn OrderStore>, StartError> {
        const NAME: &str = "PUNCTUAL_ORDERS_TABLE";
        let orders = Orders::new(self.sdk.dynamodb(), self.required(NAME)?);
        let look = orders.clone();
        self.looks.add(NAME, async move { look.check().await });
        Ok(Arc::new(orders))
    }

    /// Shops: the table that `PUNCTUAL_SHOPS_TABLE` names.
    ///
    /// # Errors
    /// When it is not set.
    pub fn shops(&mut self) -> Result<Arc<dyn ShopStore>, StartError> {
        const NAME: &str = "PUNCTUAL_SHOPS_TABLE";
        let shops = Shops::new(self.sdk.dynamodb(), self.required(NAME)?);
        let look = shops.clone();
        self.looks.add(NAME, async move { look.check().await });
        Ok(Arc::new(shops))
    }

    /// Weights and sizes: the table that `PUNCTUAL_CATALOGUE_TABLE` names.
    ///
    /// # Errors
    /// When it is not set.
    pub fn catalogue(&mut self) -> Result<Arc<dyn CatalogueStore>, StartError> {
        const NAME: &str = "PUNCTUAL_CATALOGUE_TABLE";
        let catalogue = Catalogue::new(self.sdk.dynamodb(), self.required(NAME)?);
        let look = catalogue.clone();
        self.looks.add(NAME, async move { look.check().await });
        Ok(Arc::new(catalogue))
    }

    /// Notices: the table that `PUNCTUAL_NOTICES_TABLE` names.
    ///
    /// # Errors
    /// When it is not set.
    pub fn notices(&mut self) -> Result<Arc<dyn NoticeStore>, StartError> {
        const NAME: &str = "PUNCTUAL_NOTICES_TABLE";
        let notices = Notices::new(self.sdk.dynamodb(), self.required(NAME)?);
        let look = notices.clone();
        self.looks.add(NAME, async move { look.check().await });
        Ok(Arc::new(notices))
    }

    /// Labels: the bucket that `PUNCTUAL_LABELS_BUCKET` names.
    ///
    /// # Errors
    /// When it is not set.
    pub fn labels(&mut self) -> Result<Arc<dyn LabelStore>, StartError> {
        const NAME: &str = "PUNCTUAL_LABELS_BUCKET";
        let labels = Labels::new(self.sdk.bucket(&self.required(NAME)?));
        let look = labels.clone();
        self.looks.add(NAME, async move { look.check().await });
        Ok(Arc::new(labels))
    }

    /// The queues that the function sends to, each by its variable, for example `PUNCTUAL_ORDER_CHANGES_QUEUE`. To
    /// send to another one is an error.
    ///
    /// # Errors
    /// When one is not set.
    pub fn queues(&mut self, queues: &[Queue]) -> Result<Arc<dyn Queues>, StartError> {
        let mut urls = Vec::new();
        for queue in queues {
            let url = self.required(queue_variable(*queue))?;
            urls.push((*queue, QueueUrls { queue: url, dead_letters: None }));
        }
        let sqs = SqsQueues::new(self.sdk.sqs(), urls);
        for queue in queues.iter().copied() {
            let look = sqs.clone();
            self.looks.add(queue_variable(queue), async move { look.check(queue).await });
        }
        Ok(Arc::new(sqs))
    }

    /// TikTok's client: `TIKTOK_*`, and the tokens in the table that `PUNCTUAL_TOKENS_TABLE` names.
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub fn tiktok(&mut self) -> Result<TikTok, StartError> {
        const NAME: &str = "PUNCTUAL_TOKENS_TABLE";
        let config = config::tiktok(&|name| self.lookup(name))?;
        let tokens = Tokens::new(self.sdk.dynamodb(), self.required(NAME)?);
        let look = tokens.clone();
        self.looks.add(NAME, async move { look.check().await });
        Ok(TikTok::new(self.http.clone(), config, self.clock(), Arc::new(tokens)))
    }

    /// The carrier: `EASYPOST_API_URL` and `EASYPOST_API_KEY`.
    ///
    /// # Errors
    /// When one is missing or malformed.
    pub fn carrier(&mut self) -> Result<Arc<dyn Carrier>, StartError> {
        let account = config::easypost(&|name| self.lookup(name))?;
        let config = easypost::Config::new(&account.url, &account.key)?;
        Ok(Arc::new(EasyPost::new(self.http.clone(), config, self.clock())))
    }

    /// The clock.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// Chance.
    pub fn random(&self) -> Arc<dyn Random> {
        Arc::new(SystemRandom)
    }

    fn required(&self, name: &'static str) -> Result<String, ConfigError> {
        config::required(&|name| self.lookup(name), name)
    }
}

/// The variable that names a queue.
pub(crate) fn queue_variable(queue: Queue) -> &'static str {
    match queue {
        Queue::OrderChanges => "PUNCTUAL_ORDER_CHANGES_QUEUE",
        Queue::RateRequests => "PUNCTUAL_RATE_REQUESTS_QUEUE",
        Queue::LabelRequests => "PUNCTUAL_LABEL_REQUESTS_QUEUE",
        Queue::TrackingUploads => "PUNCTUAL_TRACKING_UPLOADS_QUEUE",
    }
}
