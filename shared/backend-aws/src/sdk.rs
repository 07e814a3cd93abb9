//! The clients, configured by the environment of a Lambda function.
//!
//! `aws-config` would look into profiles, instance metadata and three sign-in services. A function has everything in its
//! environment, and leaving that crate out makes a binary a tenth smaller.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_types::retry::{ReconnectMode, RetryConfig};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::bucket::Bucket;
use crate::http::HttpOverReqwest;
use crate::signed::SigningClient;
use crate::sns::Sns;
use crate::voice::EndUserMessaging;

/// The number of attempts, including the first. Throttled writes to a table that is scaling up succeed at the third or fourth;
/// if they are refused for longer, it is better to have the message delivered again.
const ATTEMPTS_MAX: u32 = 4;
/// The pause before the second attempt; it doubles each time, with jitter.
const BACKOFF_FIRST: Duration = Duration::from_millis(50);
const BACKOFF_MAX: Duration = Duration::from_secs(2);
/// The timeout of one attempt. DynamoDB and SQS answer within milliseconds, so one that takes longer is lost.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(4);
/// The timeout of a request with all its attempts.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// Makes the clients of all AWS services, which share credentials and connections.
#[derive(Clone)]
pub struct Sdk {
    config: SdkConfig,
    http: reqwest::Client,
    credentials: Credentials,
    region: String,
    /// Clients are handles: the stores of a function share one with its connections.
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    sqs: OnceLock<aws_sdk_sqs::Client>,
    lookup: Arc<VariableLookup>,
}

/// Looks up a variable.
type VariableLookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Why no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum SdkError {
    #[error("{0} is not set")]
    Missing(&'static str),
}

impl Sdk {
    /// Reads region, credentials and endpoints by the SDK's own variables: `AWS_REGION`, `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_ENDPOINT_URL` and, for a single service, for example
    /// `AWS_ENDPOINT_URL_DYNAMODB`. Requests go through `http`, whose connect timeout applies; it must not retry or follow
    /// redirects.
    ///
    /// # Errors
    /// When a variable is not set, which the error names.
    pub fn from_environment(
        lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
        http: reqwest::Client,
    ) -> Result<Self, SdkError> {
        let required = |name: &'static str| lookup(name).ok_or(SdkError::Missing(name));
        let region = lookup("AWS_REGION").or_else(|| lookup("AWS_DEFAULT_REGION"));
        let region = region.ok_or(SdkError::Missing("AWS_REGION"))?;
        let credentials = Credentials::new(
            required("AWS_ACCESS_KEY_ID")?,
            required("AWS_SECRET_ACCESS_KEY")?,
            lookup("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        let retry = RetryConfig::standard()
            .with_max_attempts(ATTEMPTS_MAX)
            .with_initial_backoff(BACKOFF_FIRST)
            .with_max_backoff(BACKOFF_MAX)
            // The HTTP client manages its connections itself.
            .with_reconnect_mode(ReconnectMode::ReuseAllConnections);
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(REQUEST_TIMEOUT)
            .build();
        let config = SdkConfig::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .region(Region::new(region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials.clone()))
            .http_client(HttpOverReqwest::new(http.clone()))
            .retry_config(retry)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .timeout_config(timeouts)
            .build();
        Ok(Self {
            config,
            http,
            credentials,
            region,
            dynamodb: OnceLock::new(),
            sqs: OnceLock::new(),
            lookup: Arc::new(lookup),
        })
    }

    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        self.dynamodb.get_or_init(|| aws_sdk_dynamodb::Client::new(&self.of("DYNAMODB"))).clone()
    }

    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        self.sqs.get_or_init(|| aws_sdk_sqs::Client::new(&self.of("SQS"))).clone()
    }

    pub fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.of("SECRETS_MANAGER"))
    }

    pub fn bucket(&self, name: &str) -> Bucket {
        let region = &self.region;
        // At AWS a bucket has its own host name; other endpoints rarely have one for each.
        let url = match self.endpoint("S3") {
            Some(endpoint) => format!("{}/{name}", endpoint.trim_end_matches('/')),
            None => format!("https://{name}.s3.{region}.amazonaws.com"),
        };
        Bucket { signed: self.signed("s3"), url }
    }

    /// Notifications through the topic with this ARN; text messages go straight to a number.
    pub fn sns(&self, topic: &str) -> Sns {
        Sns::new(self.signed("sns"), self.url("SNS", "sns"), topic)
    }

    /// Calls from `origination`, a voice-capable number of AWS End User Messaging, by its id or ARN.
    pub fn end_user_messaging(&self, origination: &str) -> EndUserMessaging {
        let url = self.url("PINPOINT_SMS_VOICE_V2", "sms-voice");
        EndUserMessaging::new(self.signed("sms-voice"), url, origination)
    }

    fn signed(&self, service: &'static str) -> SigningClient {
        let (http, credentials) = (self.http.clone(), self.credentials.clone());
        SigningClient { http, credentials, region: self.region.clone(), service }
    }

    /// The address of a service whose requests all go to one path.
    fn url(&self, variable: &str, host: &str) -> String {
        match self.endpoint(variable) {
            Some(endpoint) => format!("{}/", endpoint.trim_end_matches('/')),
            None => format!("https://{host}.{}.amazonaws.com/", self.region),
        }
    }

    fn endpoint(&self, service: &str) -> Option<String> {
        let endpoint = (self.lookup)(&format!("AWS_ENDPOINT_URL_{service}"));
        endpoint.or_else(|| (self.lookup)("AWS_ENDPOINT_URL")).filter(|url| !url.is_empty())
    }

    fn of(&self, service: &str) -> SdkConfig {
        let mut config = self.config.to_builder();
        config.set_endpoint_url(self.endpoint(service));
        config.build()
    }
}

impl std::fmt::Debug for Sdk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sdk")
    }
}
