//! What a function is built from.

use std::sync::Arc;

use backend::{
    AlarmStore, CatalogueStore, LabelStore, Notifier, OrderStore, ProcessedEventStore, Queues, ShopStore,
    VoiceCalls,
};
use backend_aws::{
    AlarmTable, CatalogueTable, CredentialsError, LabelBucket, OrderTable, ProcessedEventTable, QueueUrls,
    ResourceError, Sdk, SdkError, ShopTable, SqsQueues, TokenTable,
};
use carriers::{CarrierAccounts, registry};
use config::ConfigError;
use domain::Private;
use domain::message::Queue;
use domain::settings::AllSettings;
use system::{Clock, Random, SystemClock, SystemRandom};
use tiktok::TikTok;

use crate::no_voice::NoVoice;
use crate::resources::Looks;
use crate::secrets::{Secrets, secret_with};

/// Why a function does not start. One line with its sources, which names the variable to look at.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable is missing or malformed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Something that is compiled in can't be used: a defect of this build.
    #[error(transparent)]
    BuiltIn(#[from] domain::built_in::BuiltInError),
    /// A variable that Lambda sets is missing.
    #[error(transparent)]
    Sdk(#[from] SdkError),
    /// A secret can't be had.
    #[error("the secret that {variable} names can't be used")]
    Secret {
        /// The variable that names it.
        variable: &'static str,
        /// Why.
        #[source]
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

impl StartError {
    /// The variable that names the secret at fault, when another version of it may be better.
    pub(crate) fn secret(&self) -> Option<&'static str> {
        match self {
            Self::Config(ConfigError::Missing(field) | ConfigError::Malformed { name: field, .. }) => {
                secret_with(field)
            }
            Self::Secret { variable, why: CredentialsError::Malformed } => Some(variable),
            _ => None,
        }
    }
}

/// The parts of a function, each made when it is asked for: so a function's binary holds, and its start looks at, what
/// it uses and no more. Variables are read from the environment and from the secrets that it names.
pub struct Setup {
    sdk: Sdk,
    http: reqwest::Client,
    secrets: Secrets,
    /// The versions before; `None` until the function is known to need them.
    former: Option<Secrets>,
    needs_former: bool,
    looks: Looks,
    clock: Arc<dyn Clock>,
}

impl Setup {
    pub(crate) fn new(sdk: Sdk, http: reqwest::Client, secrets: Secrets) -> Self {
        Self {
            sdk,
            http,
            secrets,
            former: None,
            needs_former: false,
            looks: Looks::default(),
            clock: Arc::new(SystemClock),
        }
    }

    pub(crate) fn with_former(self, former: Secrets) -> Self {
        Self { former: Some(former), ..self }
    }

    /// True when the function asked for a former value that was not read yet: it has to be built again.
    pub(crate) fn lacks_former(&self) -> bool {
        self.needs_former && self.former.is_none()
    }

    pub(crate) fn into_looks(self) -> Looks {
        self.looks
    }

    /// A variable's value.
    pub fn lookup(&self, name: &str) -> Option<String> {
        self.secrets.get(name).or_else(|| config::environment(name))
    }

    /// A variable's present value, and the one that its secret held before: whoever verifies what others sign accepts both,
    /// so that a rotated secret refuses nothing. `None` is left out, as is a former value that equals the present one.
    pub fn present_and_former(&mut self, name: &str) -> Vec<Private<String>> {
        self.needs_former = true;
        let present = self.lookup(name);
        let former = self.former.as_ref().and_then(|former| former.get(name));
        let former = former.filter(|former| present.as_ref() != Some(former));
        present.into_iter().chain(former).map(Private::new).collect()
    }

    /// OrderTable: the table that `PUNCTUAL_ORDERS_TABLE` names.
    ///
    /// # Errors
    /// When it is not set.
    pub fn orders(&mut self) -> Result<Arc<dyn OrderStore>, StartError> {
        const NAME: &str = "PUNCTUAL_ORDERS_TABLE";
        let orders = OrderTable::new(self.sdk.dynamodb(), self.required(NAME)?);
        let look = orders.clone();
        self.looks.add(NAME, async move { look.check().await });
        Ok(Arc::new(orders))
    }

    /// AlarmTable: the table that `PUNCTUAL_ALARMS_TABLE` names.
    ///
    /// # Errors
    /// When it is not set.
    pub fn alarms(&mut self) -> Result<Arc<dyn AlarmStore>, StartError> {
        const NAME: &str = "PUNCTUAL_ALARMS_TABLE";
        let alarms = AlarmTable::new(self.sdk.dynamodb(), self.required(NAME)?);
        let look = alarms.clone();
        self.looks.add(NAME, async move { look.check().await });
        Ok(Arc::new(alarms))
    }

    /// The seller's settings: `PUNCTUAL_SETTINGS`; without it nobody is told of alarms.
    ///
    /// # Errors
    /// When they can't be used.
    pub fn settings(&self) -> Result<Arc<AllSettings>, StartError> {
        Ok(Arc::new(config::settings(&|name| self.lookup(name))?))
    }

    /// Who sends the messages of alarms: the topic that `PUNCTUAL_ALARMS_TOPIC` names, and text messages under the name
    /// that `PUNCTUAL_SMS_SENDER_ID` gives, if it is set. There is no look at the topic: SNS has no request that a
    /// publisher may make and that sends nothing.
    ///
    /// # Errors
    /// When the topic is not set.
    pub fn notifier(&self) -> Result<Arc<dyn Notifier>, StartError> {
        let sns = self.sdk.sns(&self.required("PUNCTUAL_ALARMS_TOPIC")?);
        Ok(match self.lookup("PUNCTUAL_SMS_SENDER_ID") {
            Some(sender) => Arc::new(sns.with_sender_id(&sender)),
            None => Arc::new(sns),
        })
    }

    /// Who makes phone calls, from the number that `PUNCTUAL_VOICE_NUMBER` names; without one every call is refused, and
    /// whoever was to be called is told otherwise.
    ///
    /// # Errors
    /// None: a number that can't be called from shows with the first call.
    pub fn voice(&self) -> Result<Arc<dyn VoiceCalls>, StartError> {
        Ok(match self.lookup("PUNCTUAL_VOICE_NUMBER") {
            Some(number) => Arc::new(self.sdk.end_user_messaging(&number)),
            None => Arc::new(NoVoice),
        })
    }

    /// ShopTable: the table that `PUNCTUAL_SHOPS_TABLE` names.
    ///
    /// # Errors
    /// When it is not set.
    pub fn shops(&mut self) -> Result<Arc<dyn ShopStore>, StartError> {
        const NAME: &str = "PUNCTUAL_SHOPS_TABLE";
        let shops = ShopTable::new(self.sdk.dynamodb(), self.required(NAME)?);
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
        let catalogue = CatalogueTable::new(self.sdk.dynamodb(), self.required(NAME)?);
        let look = catalogue.clone();
        self.looks.add(NAME, async move { look.check().await });
        Ok(Arc::new(catalogue))
    }

    /// ProcessedEventTable: the table that `PUNCTUAL_PROCESSED_EVENTS_TABLE` names.
    ///
    /// # Errors
    /// When it is not set.
    pub fn processed_events(&mut self) -> Result<Arc<dyn ProcessedEventStore>, StartError> {
        const NAME: &str = "PUNCTUAL_PROCESSED_EVENTS_TABLE";
        let processed_events = ProcessedEventTable::new(self.sdk.dynamodb(), self.required(NAME)?);
        let look = processed_events.clone();
        self.looks.add(NAME, async move { look.check().await });
        Ok(Arc::new(processed_events))
    }

    /// LabelBucket: the bucket that `PUNCTUAL_LABELS_BUCKET` names.
    ///
    /// # Errors
    /// When it is not set.
    pub fn labels(&mut self) -> Result<Arc<dyn LabelStore>, StartError> {
        const NAME: &str = "PUNCTUAL_LABELS_BUCKET";
        let labels = LabelBucket::new(self.sdk.bucket(&self.required(NAME)?));
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
            let url = self.required(queue_variables(*queue).0)?;
            urls.push((*queue, QueueUrls { queue: url, dead_letters: None }));
        }
        Ok(self.sqs(urls))
    }

    /// The same for a function that looks into the dead letters too: their queues are named by a variable each, for
    /// example `PUNCTUAL_ORDER_CHANGES_DEAD_LETTERS`.
    ///
    /// # Errors
    /// When one is not set.
    pub fn queues_with_dead_letters(&mut self, queues: &[Queue]) -> Result<Arc<dyn Queues>, StartError> {
        let mut urls = Vec::new();
        for queue in queues {
            let (url, dead_letters) = queue_variables(*queue);
            let (url, dead_letters) = (self.required(url)?, Some(self.required(dead_letters)?));
            urls.push((*queue, QueueUrls { queue: url, dead_letters }));
        }
        Ok(self.sqs(urls))
    }

    fn sqs(&mut self, urls: Vec<(Queue, QueueUrls)>) -> Arc<dyn Queues> {
        let queues: Vec<Queue> = urls.iter().map(|(queue, _)| *queue).collect();
        let sqs = SqsQueues::new(self.sdk.sqs(), urls);
        for queue in queues {
            let look = sqs.clone();
            self.looks.add(queue_variables(queue).0, async move { look.check(queue).await });
        }
        Arc::new(sqs)
    }

    /// TikTok's client: `TIKTOK_*`, and the tokens in the table that `PUNCTUAL_TOKENS_TABLE` names.
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub fn tiktok(&mut self) -> Result<TikTok, StartError> {
        const NAME: &str = "PUNCTUAL_TOKENS_TABLE";
        let config = config::tiktok(&|name| self.lookup(name))?;
        let tokens = TokenTable::new(self.sdk.dynamodb(), self.required(NAME)?);
        let look = tokens.clone();
        self.looks.add(NAME, async move { look.check().await });
        let secrets = self.secrets.clone();
        let client = TikTok::new(self.http.clone(), config, self.clock(), Arc::new(tokens));
        Ok(client.on_app_refusal(Arc::new(move || secrets.note_refused())))
    }

    /// The carrier accounts that are configured.
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub fn accounts(&mut self) -> Result<CarrierAccounts, StartError> {
        let accounts = registry::accounts(&|name| self.lookup(name))?;
        let parts = registry::Parts { http: self.http.clone(), clock: self.clock(), counter: None };
        Ok(registry::connect(accounts, &parts))
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

/// The variables that name a queue and its dead letters.
fn queue_variables(queue: Queue) -> (&'static str, &'static str) {
    match queue {
        Queue::OrderChanges => ("PUNCTUAL_ORDER_CHANGES_QUEUE", "PUNCTUAL_ORDER_CHANGES_DEAD_LETTERS"),
        Queue::RateRequests => ("PUNCTUAL_RATE_REQUESTS_QUEUE", "PUNCTUAL_RATE_REQUESTS_DEAD_LETTERS"),
        Queue::LabelRequests => ("PUNCTUAL_LABEL_REQUESTS_QUEUE", "PUNCTUAL_LABEL_REQUESTS_DEAD_LETTERS"),
        Queue::TrackingUploads => {
            ("PUNCTUAL_TRACKING_UPLOADS_QUEUE", "PUNCTUAL_TRACKING_UPLOADS_DEAD_LETTERS")
        }
        Queue::ParcelChecks => ("PUNCTUAL_PARCEL_CHECKS_QUEUE", "PUNCTUAL_PARCEL_CHECKS_DEAD_LETTERS"),
        Queue::ConversationChanges => {
            ("PUNCTUAL_CONVERSATION_CHANGES_QUEUE", "PUNCTUAL_CONVERSATION_CHANGES_DEAD_LETTERS")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use backend::{NotifyError, VoiceCall};
    use backend_aws::Sdk;
    use domain::message::Queue;
    use domain::recipient::Language;
    use domain::{DeliveryId, Private};

    use super::{Setup, queue_variables};
    use crate::secrets::Secrets;

    fn setup(variables: &[(&str, &str)]) -> Setup {
        // An error means that a test before has chosen it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let environment = |name: &str| name.starts_with("AWS_").then(|| "http://127.0.0.1:9".to_owned());
        let http = reqwest::Client::new();
        let sdk = Sdk::from_environment(environment, http.clone()).unwrap();
        Setup::new(sdk, http, Secrets::of(variables))
    }

    #[test]
    fn every_queue_has_variables_of_its_own() {
        for queue in Queue::ALL {
            let name = queue.name().replace('-', "_").to_uppercase();
            let expected = (format!("PUNCTUAL_{name}_QUEUE"), format!("PUNCTUAL_{name}_DEAD_LETTERS"));
            let (url, dead_letters) = queue_variables(queue);
            assert_eq!((url.to_owned(), dead_letters.to_owned()), expected);
        }
    }

    #[test]
    fn a_rotated_secret_is_good_in_both_versions() {
        let shown = |setup: &mut Setup| -> Vec<String> {
            setup.present_and_former("TIKTOK_APP_SECRET").iter().map(|one| one.expose().clone()).collect()
        };
        let secret = |value| Secrets::of(&[("TIKTOK_APP_SECRET", value)]);
        let mut first = setup(&[("TIKTOK_APP_SECRET", "new")]);
        assert!(!first.lacks_former(), "whoever verifies nothing costs no read");
        assert_eq!(shown(&mut first), ["new"]);
        assert!(first.lacks_former());
        let mut second = setup(&[("TIKTOK_APP_SECRET", "new")]).with_former(secret("old"));
        assert_eq!(shown(&mut second), ["new", "old"]);
        assert!(!second.lacks_former());
        assert_eq!(shown(&mut setup(&[("TIKTOK_APP_SECRET", "new")]).with_former(secret("new"))), ["new"]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = |error: super::StartError| error.to_string();
        let queues = [Queue::ParcelChecks];
        let url = ("PUNCTUAL_PARCEL_CHECKS_QUEUE", "http://127.0.0.1:9/parcel-checks");
        assert_eq!(
            setup(&[]).alarms().map(drop).map_err(missing),
            Err("PUNCTUAL_ALARMS_TABLE is not set".into())
        );
        assert_eq!(
            setup(&[]).notifier().map(drop).map_err(missing),
            Err("PUNCTUAL_ALARMS_TOPIC is not set".into())
        );
        assert_eq!(
            setup(&[]).queues(&queues).map(drop).map_err(missing),
            Err("PUNCTUAL_PARCEL_CHECKS_QUEUE is not set".into())
        );
        assert!(setup(&[url]).queues(&queues).is_ok(), "who only sends needs no dead letters");
        assert_eq!(
            setup(&[url]).queues_with_dead_letters(&queues).map(drop).map_err(missing),
            Err("PUNCTUAL_PARCEL_CHECKS_DEAD_LETTERS is not set".into())
        );
    }

    #[test]
    fn settings_are_optional_and_come_out_of_a_secret() {
        assert!(setup(&[]).settings().unwrap().default.recipients.is_empty());
        let json = r#"{"default": {"recipients": [{"id": "ann", "email": "ann@example.com"}]}}"#;
        let settings = setup(&[("PUNCTUAL_SETTINGS", json)]).settings().unwrap();
        assert_eq!(settings.default.recipients[0].id.as_str(), "ann");
        let broken = setup(&[("PUNCTUAL_SETTINGS", r#"{"default": {"recipients": "ann@example.com"}}"#)]);
        let error = broken.settings().unwrap_err().to_string();
        assert!(error.starts_with("PUNCTUAL_SETTINGS is not") && !error.contains("ann@"), "{error}");
    }

    #[tokio::test]
    async fn without_a_number_every_call_is_refused() {
        let call = VoiceCall {
            delivery: DeliveryId::new("a/ann/call"),
            to: Private::from("+14155550100"),
            language: Language::English,
            text: Private::from("Punctual"),
        };
        let voice: Arc<dyn backend::VoiceCalls> = setup(&[]).voice().unwrap();
        let refused = NotifyError::Refused { reason: "no number to call from is configured".into() };
        assert_eq!(voice.call(&call).await, Err(refused));
    }
}
