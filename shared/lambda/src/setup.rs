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
use config::{ConfigError, Lookup, Variable};
use domain::Private;
use domain::settings::AllSettings;
use manifest::Function;
use system::{Clock, Random, SystemClock, SystemRandom};
use tiktok::TikTok;

use crate::checks::ResourceChecks;
use crate::no_calls::NoCalls;
use crate::secrets::{Secrets, secret_with};

/// Why a function does not start. With its causes it is one line, which names the variable to look at.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Something that is compiled in can't be used: a defect of this build.
    #[error(transparent)]
    BuiltIn(#[from] domain::built_in::BuiltInError),
    /// A variable that Lambda itself sets is missing.
    #[error(transparent)]
    Sdk(#[from] SdkError),
    #[error("the secret that {variable} names can't be used")]
    Secret { variable: &'static str, source: CredentialsError },
    /// A table, queue or bucket is missing or may not be used.
    #[error(transparent)]
    Resource(#[from] ResourceError),
    /// The function was started as if it served a queue, and its entry in the manifest names none.
    #[error("{0} serves no queue")]
    ServesNoQueue(&'static str),
    #[error("TLS can't be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the async runtime can't be started")]
    Runtime(#[source] std::io::Error),
}

impl StartError {
    /// The variable that names the secret at fault, if an earlier version of that secret may do better.
    pub(crate) fn secret(&self) -> Option<&'static str> {
        match self {
            Self::Config(error) => secret_with(error.variable()?),
            Self::Secret { variable, source: CredentialsError::Malformed } => Some(variable),
            Self::Secret { source: CredentialsError::Fault(_), .. }
            | Self::BuiltIn(_)
            | Self::Sdk(_)
            | Self::Resource(_)
            | Self::ServesNoQueue(_)
            | Self::Tls(_)
            | Self::Runtime(_) => None,
        }
    }
}

/// The parts of a function, each made when it is asked for: a function's binary contains, and its start checks, only what
/// it uses. Variables are read from the environment and from the secrets that the environment names.
pub struct Setup {
    function: &'static Function,
    sdk: Sdk,
    http: reqwest::Client,
    secrets: Secrets,
    /// The versions before the current ones; `None` until the function is known to need them.
    former: Option<Secrets>,
    needs_former: bool,
    checks: ResourceChecks,
    clock: Arc<dyn Clock>,
}

impl Setup {
    pub(crate) fn new(
        function: &'static Function,
        sdk: Sdk,
        http: reqwest::Client,
        secrets: Secrets,
    ) -> Self {
        let (checks, clock) = (ResourceChecks::default(), Arc::new(SystemClock));
        Self { function, sdk, http, secrets, former: None, needs_former: false, checks, clock }
    }

    pub(crate) fn with_former(self, former: Secrets) -> Self {
        Self { former: Some(former), ..self }
    }

    /// True when the function asked for a former value that was not read yet: it has to be built again.
    pub(crate) fn lacks_former(&self) -> bool {
        self.needs_former && self.former.is_none()
    }

    pub(crate) fn into_checks(self) -> ResourceChecks {
        self.checks
    }

    /// Reads configuration with one of the functions of [`config`], for example [`config::dispatch_rules`].
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub fn read<T>(&self, read: impl FnOnce(Lookup<'_>) -> Result<T, ConfigError>) -> Result<T, StartError> {
        Ok(read(&|name| self.lookup(name))?)
    }

    /// The current value of a variable, and the one that its secret held before: whoever verifies what others sign accepts
    /// both, so that nothing is refused while a secret is rotated.
    pub fn current_and_former(&mut self, name: &str) -> Vec<Private<String>> {
        self.needs_former = true;
        let current = self.lookup(name);
        let former = self.former.as_ref().and_then(|former| former.get(name));
        let former = former.filter(|former| current.as_ref() != Some(former));
        current.into_iter().chain(former).map(Private::new).collect()
    }

    fn lookup(&self, name: &str) -> Option<String> {
        self.secrets.get(name).or_else(|| config::environment(name))
    }

    fn required(&self, variable: &Variable) -> Result<String, ConfigError> {
        variable.required(&|name| self.lookup(name))
    }

    pub fn orders(&mut self) -> Result<Arc<dyn OrderStore>, StartError> {
        let variable = &config::ORDERS_TABLE;
        let table = OrderTable::new(self.sdk.dynamodb(), self.required(variable)?);
        let checked = table.clone();
        self.checks.add(variable, async move { checked.check().await });
        Ok(Arc::new(table))
    }

    pub fn alarms(&mut self) -> Result<Arc<dyn AlarmStore>, StartError> {
        let variable = &config::ALARMS_TABLE;
        let table = AlarmTable::new(self.sdk.dynamodb(), self.required(variable)?);
        let checked = table.clone();
        self.checks.add(variable, async move { checked.check().await });
        Ok(Arc::new(table))
    }

    pub fn shops(&mut self) -> Result<Arc<dyn ShopStore>, StartError> {
        let variable = &config::SHOPS_TABLE;
        let table = ShopTable::new(self.sdk.dynamodb(), self.required(variable)?);
        let checked = table.clone();
        self.checks.add(variable, async move { checked.check().await });
        Ok(Arc::new(table))
    }

    pub fn catalogue(&mut self) -> Result<Arc<dyn CatalogueStore>, StartError> {
        let variable = &config::CATALOGUE_TABLE;
        let table = CatalogueTable::new(self.sdk.dynamodb(), self.required(variable)?);
        let checked = table.clone();
        self.checks.add(variable, async move { checked.check().await });
        Ok(Arc::new(table))
    }

    pub fn processed_events(&mut self) -> Result<Arc<dyn ProcessedEventStore>, StartError> {
        let variable = &config::PROCESSED_EVENTS_TABLE;
        let table = ProcessedEventTable::new(self.sdk.dynamodb(), self.required(variable)?);
        let checked = table.clone();
        self.checks.add(variable, async move { checked.check().await });
        Ok(Arc::new(table))
    }

    pub fn labels(&mut self) -> Result<Arc<dyn LabelStore>, StartError> {
        let variable = &config::LABELS_BUCKET;
        let bucket = LabelBucket::new(self.sdk.bucket(&self.required(variable)?));
        let checked = bucket.clone();
        self.checks.add(variable, async move { checked.check().await });
        Ok(Arc::new(bucket))
    }

    /// The queues of the function's entry in the manifest. Sending to another one is an error.
    ///
    /// # Errors
    /// When the URL of one is not set.
    pub fn queues(&mut self) -> Result<Arc<dyn Queues>, StartError> {
        let mut urls = Vec::new();
        for queue in self.function.queues() {
            let url = self.required(&config::queue_url(queue))?;
            let inspects_dead_letters = self.function.inspects_dead_letters_of.contains(&queue);
            let dead_letters = if inspects_dead_letters {
                Some(self.required(&config::dead_letters_url(queue))?)
            } else {
                None
            };
            urls.push((queue, QueueUrls { queue: url, dead_letters }));
        }
        let sqs = SqsQueues::new(self.sdk.sqs(), urls);
        for queue in self.function.queues() {
            let checked = sqs.clone();
            self.checks.add(&config::queue_url(queue), async move { checked.check(queue).await });
        }
        Ok(Arc::new(sqs))
    }

    /// The client of TikTok's API.
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub fn tiktok(&mut self) -> Result<TikTok, StartError> {
        let variable = &config::TOKENS_TABLE;
        let tiktok = self.read(config::tiktok)?;
        let tokens = TokenTable::new(self.sdk.dynamodb(), self.required(variable)?);
        let checked = tokens.clone();
        self.checks.add(variable, async move { checked.check().await });
        let secrets = self.secrets.clone();
        let client = TikTok::new(self.http.clone(), tiktok, self.clock(), Arc::new(tokens));
        // A refused app secret may have been rotated.
        Ok(client.on_app_refusal(Arc::new(move || secrets.mark_refused())))
    }

    /// The carrier accounts that are configured.
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub fn accounts(&self) -> Result<CarrierAccounts, StartError> {
        let accounts = self.read(registry::accounts)?;
        let secrets = self.secrets.clone();
        let parts = registry::ConnectorParts {
            http: self.http.clone(),
            clock: self.clock(),
            counter: None,
            // A refused key may have been replaced.
            on_refusal: Some(Arc::new(move || secrets.mark_refused())),
        };
        Ok(registry::connect(accounts, &parts))
    }

    /// The seller's settings; the default ones, by which nobody is notified, when there are none.
    ///
    /// # Errors
    /// When they are malformed.
    pub fn settings(&self) -> Result<Arc<AllSettings>, StartError> {
        Ok(Arc::new(self.read(config::settings)?))
    }

    /// Sends e-mails and requests for calls to the alarm topic, and text messages straight to the number. The topic is not
    /// checked at the start: SNS has no request that a publisher may make and that sends nothing.
    ///
    /// # Errors
    /// When the topic is not set.
    pub fn notifier(&self) -> Result<Arc<dyn Notifier>, StartError> {
        let sns = self.sdk.sns(&self.required(&config::ALARMS_TOPIC)?);
        Ok(match self.lookup(&config::SMS_SENDER_ID.name) {
            Some(sender) => Arc::new(sns.with_sender_id(&sender)),
            None => Arc::new(sns),
        })
    }

    /// Makes phone calls. Without a number to call from, every call is refused, and the recipient is notified over another
    /// channel. A number that can't be used shows at the first call.
    pub fn voice(&self) -> Arc<dyn VoiceCalls> {
        match self.lookup(&config::VOICE_NUMBER.name) {
            Some(number) => Arc::new(self.sdk.end_user_messaging(&number)),
            None => Arc::new(NoCalls),
        }
    }

    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    pub fn random(&self) -> Arc<dyn Random> {
        Arc::new(SystemRandom)
    }
}

#[cfg(test)]
mod tests {
    use backend::{NotifyError, VoiceCall};
    use backend_aws::Sdk;
    use domain::recipient::Language;
    use domain::{DeliveryId, Private};
    use manifest::{DEADLINE_ALARM, Function, HOUSEKEEPING, TRACKING_WATCH};

    use super::Setup;
    use crate::secrets::Secrets;

    fn setup_of(function: &'static Function, variables: &[(&str, &str)]) -> Setup {
        // An error means that an earlier test has installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let environment = |name: &str| name.starts_with("AWS_").then(|| "http://127.0.0.1:9".to_owned());
        let http = reqwest::Client::new();
        let sdk = Sdk::from_environment(environment, http.clone()).unwrap();
        Setup::new(function, sdk, http, Secrets::of(variables))
    }

    fn setup(variables: &[(&str, &str)]) -> Setup {
        setup_of(&DEADLINE_ALARM, variables)
    }

    #[test]
    fn a_rotated_secret_is_good_in_both_versions() {
        let shown = |setup: &mut Setup| -> Vec<String> {
            setup.current_and_former("TIKTOK_APP_SECRET").iter().map(|one| one.expose().clone()).collect()
        };
        let secret = |value| Secrets::of(&[("TIKTOK_APP_SECRET", value)]);
        let mut first = setup(&[("TIKTOK_APP_SECRET", "new")]);
        assert!(!first.lacks_former(), "a function that verifies nothing costs no read");
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
        assert_eq!(
            setup(&[]).alarms().map(drop).map_err(missing),
            Err("PUNCTUAL_ALARMS_TABLE is not set".into())
        );
        assert_eq!(
            setup(&[]).notifier().map(drop).map_err(missing),
            Err("PUNCTUAL_ALARMS_TOPIC is not set".into())
        );
        assert_eq!(
            setup_of(&TRACKING_WATCH, &[]).queues().map(drop).map_err(missing),
            Err("PUNCTUAL_ORDER_CHANGES_QUEUE is not set".into())
        );
    }

    #[test]
    fn only_who_inspects_dead_letters_needs_their_queues() {
        let urls = |function: &'static Function| {
            let variables = function.queues().into_iter().map(config::queue_url);
            variables.map(|variable| (variable.name.into_owned(), "http://127.0.0.1:9/q".to_owned()))
        };
        let queues = |function: &'static Function| {
            let urls: Vec<(String, String)> = urls(function).collect();
            let urls: Vec<(&str, &str)> =
                urls.iter().map(|(name, url)| (name.as_str(), url.as_str())).collect();
            setup_of(function, &urls).queues().map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(queues(&TRACKING_WATCH), Ok(()));
        assert_eq!(queues(&HOUSEKEEPING), Err("PUNCTUAL_ORDER_CHANGES_DEAD_LETTERS is not set".into()));
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
        let refused = NotifyError::Refused { reason: "no number to call from is configured".into() };
        assert_eq!(setup(&[]).voice().call(&call).await, Err(refused));
    }
}
