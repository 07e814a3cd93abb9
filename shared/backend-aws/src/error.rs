//! What can go wrong at AWS, and what callers are told of it.

use std::error::Error;

use aws_sdk_dynamodb::error::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use backend::BackendError;

/// A request that failed, without what was asked: it may be personal data.
#[derive(Debug, thiserror::Error)]
#[error("{request} failed: {why}")]
pub struct Failed {
    request: &'static str,
    code: Option<String>,
    why: String,
}

/// Why a resource can't be used; found when a function starts.
#[derive(Debug, thiserror::Error)]
#[error("{resource} {fault}")]
pub struct ResourceError {
    /// The variable that names it.
    pub resource: String,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a resource.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// There is none of that name.
    #[error("names something that does not exist ({0})")]
    Missing(Failed),
    /// The role may not use it, or the credentials are no good.
    #[error("names something that this function's role may not use ({0})")]
    Denied(Failed),
    /// It is of another kind than is wanted: another table, for example.
    #[error("names something that is not what this function needs ({0})")]
    Unfit(Failed),
    /// It can't be asked now. It may be well.
    #[error("names something that does not answer now ({0})")]
    Unanswered(Failed),
}

impl Fault {
    /// True when a later attempt finds the same.
    pub fn is_lasting(&self) -> bool {
        !matches!(self, Self::Unanswered(_))
    }
}

/// What AWS says of a thing that is not there. S3 and SQS have two names for it, by protocol.
const MISSING: [&str; 5] = [
    "ResourceNotFoundException",
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
    "NoSuchBucket",
    "NotFound",
];

/// What AWS says of a thing that has another form, such as a table with another key.
const UNFIT: [&str; 3] = ["ValidationException", "InvalidAddress", "UnsupportedOperation"];

/// What AWS says to those who may not.
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

impl Failed {
    /// Keeps the service's code and message of an answer, and of a request without an answer why there is none.
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

    /// A request that was answered with an error.
    pub(crate) fn answered(request: &'static str, status: u16, code: Option<String>) -> Self {
        let why = match &code {
            Some(code) => format!("{code} ({status})"),
            None => format!("HTTP status {status}"),
        };
        Self { request, code, why }
    }

    /// A request that was not answered, not made, or carried out in part.
    pub(crate) fn partly(request: &'static str, why: impl Into<String>) -> Self {
        Self { request, code: None, why: why.into() }
    }

    /// True for this answer of the service.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// What a start-up check makes of it.
    pub(crate) fn into_fault(self) -> Fault {
        let among = |codes: &[&str]| self.code.as_deref().is_some_and(|code| codes.contains(&code));
        if among(&MISSING) {
            Fault::Missing(self)
        } else if among(&DENIED) {
            Fault::Denied(self)
        } else if among(&UNFIT) {
            Fault::Unfit(self)
        } else {
            Fault::Unanswered(self)
        }
    }
}

impl From<Failed> for BackendError {
    fn from(failed: Failed) -> Self {
        Self::unavailable(failed)
    }
}

/// An error with its causes in one line.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Why a stored document can't be read: only the place. serde's own text would quote the value.
#[derive(Debug, thiserror::Error)]
#[error("its JSON does not fit this version at line {line}, column {column}")]
struct Unreadable {
    line: usize,
    column: usize,
}

/// A stored document that can't be read.
pub(crate) fn unreadable(what: String, error: &serde_json::Error) -> BackendError {
    BackendError::Corrupt { what, source: Unreadable { line: error.line(), column: error.column() }.into() }
}

/// An item that lacks an attribute.
pub(crate) fn lacking(what: String, attribute: &'static str) -> BackendError {
    BackendError::Corrupt { what, source: format!("it has no attribute {attribute:?} as expected").into() }
}
