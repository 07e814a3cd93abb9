//! What can go wrong at AWS, and how it is reported.

use std::error::Error;

use aws_sdk_dynamodb::error::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use backend::BackendError;

/// A request that failed. Its content is left out, because it may be personal data.
#[derive(Debug, thiserror::Error)]
#[error("{request} failed: {why}")]
pub struct RequestFailed {
    request: &'static str,
    code: Option<String>,
    why: String,
}

/// Why a resource can't be used. It is found when a function starts.
#[derive(Debug, thiserror::Error)]
#[error("{resource} {fault}")]
pub struct ResourceError {
    /// The variable that names the resource.
    pub resource: String,
    pub fault: ResourceFault,
}

/// What is wrong with a resource.
#[derive(Debug, thiserror::Error)]
pub enum ResourceFault {
    /// It does not exist.
    #[error("names something that does not exist ({0})")]
    Missing(RequestFailed),
    /// The role may not use it, or the credentials are not accepted.
    #[error("names something that this function's role may not use ({0})")]
    Denied(RequestFailed),
    /// It is of the wrong kind, for example another table.
    #[error("names something that is not what this function needs ({0})")]
    Unfit(RequestFailed),
    /// It does not answer now. It may be all right.
    #[error("names something that does not answer now ({0})")]
    Unanswered(RequestFailed),
}

impl ResourceFault {
    /// Whether a later attempt would find the same.
    pub fn is_lasting(&self) -> bool {
        !matches!(self, Self::Unanswered(_))
    }
}

/// AWS's codes for something that does not exist. S3 and SQS have two, depending on the protocol.
const MISSING: [&str; 5] = [
    "ResourceNotFoundException",
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
    "NoSuchBucket",
    "NotFound",
];

/// AWS's codes for something of another form, such as a table with another key.
const UNFIT: [&str; 3] = ["ValidationException", "InvalidAddress", "UnsupportedOperation"];

/// AWS's codes for something that may not be used.
const DENIED: [&str; 8] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidAccessKeyId",
    "ExpiredTokenException",
    "SignatureDoesNotMatch",
];

impl RequestFailed {
    /// Keeps the service's code and message, or the reason why there is no response.
    pub(crate) fn new<E, R>(request: &'static str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: std::fmt::Debug + 'static,
    {
        match error {
            SdkError::ServiceError(answer) => {
                let answer = answer.err();
                let code = answer.code().map(str::to_owned);
                let named = code.as_deref().unwrap_or("an error without a name");
                let why = match answer.message() {
                    Some(message) => format!("{named}: {message}"),
                    None => named.to_owned(),
                };
                Self { request, code, why }
            }
            SdkError::TimeoutError(_) => Self { request, code: None, why: "no answer in time".to_owned() },
            SdkError::DispatchFailure(failure) => {
                let why = failure.as_connector_error().map(|error| with_causes(error));
                Self { request, code: None, why: why.unwrap_or_else(|| "it was not sent".to_owned()) }
            }
            SdkError::ResponseError(_) => {
                Self { request, code: None, why: "the answer can't be read".to_owned() }
            }
            _ => Self { request, code: None, why: "the request can't be made".to_owned() },
        }
    }

    /// A request with an error response.
    pub(crate) fn answered(request: &'static str, status: u16, code: Option<String>) -> Self {
        let why = match &code {
            Some(code) => format!("{code} ({status})"),
            None => format!("HTTP status {status}"),
        };
        Self { request, code, why }
    }

    /// A request without a response, or one that was carried out in part.
    pub(crate) fn partly(request: &'static str, why: impl Into<String>) -> Self {
        Self { request, code: None, why: why.into() }
    }

    /// Whether the service answered with this code.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// The fault for a check at the start.
    pub(crate) fn into_fault(self) -> ResourceFault {
        let among = |codes: &[&str]| self.code.as_deref().is_some_and(|code| codes.contains(&code));
        if among(&MISSING) {
            ResourceFault::Missing(self)
        } else if among(&DENIED) {
            ResourceFault::Denied(self)
        } else if among(&UNFIT) {
            ResourceFault::Unfit(self)
        } else {
            ResourceFault::Unanswered(self)
        }
    }
}

impl From<RequestFailed> for BackendError {
    fn from(failed: RequestFailed) -> Self {
        Self::unavailable(failed)
    }
}

/// An error with its causes, in one line.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Where a stored document can't be read. serde's own message would quote the value.
#[derive(Debug, thiserror::Error)]
#[error("its JSON can't be read by this version: line {line}, column {column}")]
struct InvalidStoredJson {
    line: usize,
    column: usize,
}

/// The error for a stored document that can't be read.
pub(crate) fn unreadable(what: String, error: &serde_json::Error) -> BackendError {
    BackendError::Corrupt {
        what,
        source: InvalidStoredJson { line: error.line(), column: error.column() }.into(),
    }
}

/// An item without an attribute that it must have.
pub(crate) fn lacking(what: String, attribute: &'static str) -> BackendError {
    BackendError::Corrupt { what, source: format!("it has no attribute {attribute:?} as expected").into() }
}
